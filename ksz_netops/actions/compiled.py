"""What one task compiled, on its way to the task of each hub.

Facts and variables would carry it through Ansible's templating for every hub again, which costs
minutes where hubs have many partners. So it goes by a file in a private folder, and by the file's
digest, which the variables do carry: what has another digest is not read.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import pickle
import pkgutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ksz_netops import platforms
from ksz_netops.borders.files import replace_file
from ksz_netops.errors import IntentError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ksz_netops.platforms import Platform, Target
    from ksz_netops.state.resources import DeviceState


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """One hub's part of the intent; pre-shared keys by their fingerprints only."""

    platform: str
    target: Target
    intended: DeviceState

    def store(self, folder: Path) -> str:
        """Writes it into *folder* and returns its digest."""
        return store_bytes(folder, pickle.dumps(self))

    @staticmethod
    def load(folder: Path, digest: str) -> Compiled:
        """What was stored with *digest*.

        Raises:
            IntentError: If it is not there, or not as it was.
        """
        compiled: Compiled = pickle.loads(load_bytes(folder, digest))  # noqa: S301 - our own bytes, by their digest
        return compiled


def store_bytes(folder: Path, content: bytes) -> str:
    """Writes *content* into *folder* and returns its digest."""
    digest = hashlib.sha256(content).hexdigest()
    replace_file(folder / digest, content)
    return digest


def load_bytes(folder: Path, digest: str) -> bytes:
    """What `store_bytes` wrote with *digest*.

    Raises:
        IntentError: If it is not there, or not as it was.
    """
    try:
        content = (folder / digest).read_bytes()
    except OSError as error:
        raise IntentError(_problem(f"cannot be read ({error.strerror})")) from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise IntentError(_problem("is not what was compiled"))
    return content


def _problem(what: str) -> Problem:
    return Problem(code="KSZ702", what=f"the compiled intent {what}", fix="run the playbook again")


def imported_platforms() -> Mapping[str, Platform]:
    """Every platform, imported to its last module.

    To be called where an action's module is imported, which is once: the workers, one for each hub,
    are forked afterwards, and each would import what it needs for a session anew.
    """
    for module in pkgutil.walk_packages(platforms.__path__, f"{platforms.__name__}."):
        importlib.import_module(module.name)
    return platforms.platforms()


def private_folder() -> Path:
    """Where compiled intents are kept; readable by nobody else, and emptied of old ones."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "ksz-netops"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder
