"""An inventory as it was at a revision of git, laid into a folder of its own."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import IntentError, KszError, Origin, Problem
from ksz_netops.inventory.load import load_intent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.intent.models import Intent

_TIMEOUT_S: Final = 120


def intent_at(inventory: Path, revision: str | None) -> Intent:
    """What the files of *inventory* said at *revision*, or say in the folder *revision*.

    Args:
        inventory: The folder, in a clone of git where a revision is asked for.
        revision: A revision of git, another folder, or None for the files as they are now.

    Raises:
        IntentError: With every problem of the files, each at its place in the revision.
        KszError: If git does not know the revision, or the folder was not there.
    """
    if revision is None:
        return load_intent(inventory)
    if revision and Path(revision).is_dir():
        return load_intent(Path(revision))
    with _checked_out(inventory, revision) as folder:
        try:
            return load_intent(folder)
        except IntentError as error:
            raise IntentError(
                _moved(each, str(folder), f"{revision}:{inventory}") for each in error.problems
            ) from None


def _moved(problem: Problem, old: str, new: str) -> Problem:
    """*problem* with its place in the revision instead of the scratch folder."""
    what = problem.what.replace(old, new)
    if problem.origin is None:
        return replace(problem, what=what)
    place = problem.origin
    origin = Origin(place.file.replace(old, new), place.line, place.column)
    return replace(problem, what=what, origin=origin)


@contextmanager
def _checked_out(inventory: Path, revision: str) -> Iterator[Path]:
    commit = _git(
        inventory, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
    )
    if commit is None:
        raise KszError(
            Problem(
                code="KSZ707",
                what=f"{revision!r} is no folder, and no revision that git knows at {inventory}",
                fix="name a commit, a branch, a tag or a folder",
            )
        )
    prefix = (_git(inventory, "rev-parse", "--show-prefix") or b"").decode().rstrip("\n")
    top = Path((_git(inventory, "rev-parse", "--show-toplevel") or b".").decode().rstrip("\n"))
    archive = _git(top, "archive", "--format=tar", f"{commit.decode().strip()}:{prefix}")
    if archive is None:
        raise KszError(
            Problem(
                code="KSZ707",
                what=f"at {revision} there was no folder {inventory}",
                fix="name a later revision",
            )
        )
    with tempfile.TemporaryDirectory(prefix="ksz-netops-") as scratch:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(scratch, filter="data")
        yield Path(scratch)


def _git(inventory: Path, *arguments: str) -> bytes | None:
    """What git prints at *inventory*; None where it fails.

    Raises:
        KszError: If there is no git.
    """
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, and a revision behind --end-of-options
            ["git", "-C", str(inventory), *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KszError(
            Problem(code="KSZ707", what=f"git does not run ({error})", fix="install git")
        ) from error
    return None if done.returncode else done.stdout
