"""The raw answers on which findings rest, kept under the hash of their bytes.

One file holds what one hub answered in one audit. Its name is the SHA-256 of its content, which
every finding on that hub bears: whoever has the report can tell whether the evidence is the one.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from ksz_netops.borders.files import replace_file
from ksz_netops.errors import KszError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FOLDER: Final = "evidence"
"""Beside the report."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one hub answered, as it is kept; compressed, since an audit keeps that of every hub."""

    packed: bytes = b""
    digest: str = ""
    """SHA-256 of the file; empty where there is none."""

    @classmethod
    def of(cls, hub: str, answers: Mapping[str, str]) -> Evidence:
        """The answers of *hub*, in which keys are masked already."""
        if not answers:
            return cls()
        document = {"hub": hub, "answers": dict(answers)}
        text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        content = text.encode()
        return cls(zlib.compress(content), sha256(content).hexdigest())

    @property
    def content(self) -> str:
        """One JSON document: the hub, and by command its answer; empty where nothing was heard."""
        return zlib.decompress(self.packed).decode() if self.packed else ""


def keep(kept: Iterable[Evidence], folder: Path) -> None:
    """Puts each into *folder*, for its owner's eyes: a configuration is nobody else's business.

    Raises:
        KszError: If it cannot be written there.
    """
    try:
        for each in kept:
            if each.packed:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                file = folder / f"{each.digest}.json"
                replace_file(file, each.content)
    except OSError as error:
        raise KszError(
            Problem(
                code="KSZ805",
                what=f"{folder}: {error.strerror}",
                fix="name a report in a folder that may be written",
            )
        ) from error
