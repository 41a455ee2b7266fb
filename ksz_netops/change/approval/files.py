"""A plan as a file, and its signatures as the files beside it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ksz_netops.change.approval.admission import AUTHORSHIP
from ksz_netops.errors import Problem, RefusedError
from ksz_netops.signing.signers import owner_of, read_signers
from ksz_netops.signing.ssh_signatures import sign

if TYPE_CHECKING:
    from pathlib import Path

    from ksz_netops.change.plan.plan import Plan


def plan_file(path: Path) -> bytes:
    """The bytes of the plan at *path*.

    Raises:
        RefusedError: If the file cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise RefusedError(
            Problem(
                code="KSZ901",
                what=f"not a plan: {path} cannot be read: {error.strerror}",
                fix="make it with `ksz-netops plan`",
            )
        ) from error


def signatures_of(path: Path) -> list[str]:
    """The signatures beside the plan at *path*: every `<plan>.….sig`."""
    found = []
    for each in sorted(path.parent.glob(f"{path.name}.*.sig")):
        with suppress(OSError):
            found.append(each.read_text(encoding="utf-8", errors="replace"))
    return found


def author_of(inventory: Path, author: str | None, key: Path | None) -> str:
    """The name of the author: as given, or to whom *key* belongs.

    Raises:
        RefusedError: If neither tells.
    """
    if author is None and key is None:
        raise RefusedError(
            Problem(
                code="KSZ905",
                what="a plan needs an author",
                fix="give --key, or --author where the policy does not ask for a signature",
            )
        )
    return author or owner_of(read_signers(inventory), key or inventory)


def sign_beside(path: Path, raw: bytes, *, key: Path, name: str, namespace: str) -> Path:
    """The file with a signature over the plan *raw* at *path*, where `signatures_of` finds it.

    Raises:
        RefusedError: If the key cannot sign.
    """
    try:
        signature = sign(raw, key=key, namespace=namespace)
    except OSError as error:
        raise RefusedError(
            Problem(code="KSZ906", what=f"it was not signed: {error}", fix="see the key")
        ) from error
    beside = path.with_name(f"{path.name}.{name}.sig")
    beside.write_text(signature, encoding="utf-8")
    return beside


def write_plan(path: Path, plan: Plan, *, key: Path | None) -> None:
    """Writes *plan* to *path*, without the signatures of a former one, signed by its author.

    Raises:
        RefusedError: If the key cannot sign.
    """
    for former in path.parent.glob(f"{path.name}.*.sig"):
        former.unlink()
    raw = plan.as_bytes()
    path.write_bytes(raw)
    if key is not None and plan.hubs:
        sign_beside(path, raw, key=key, name="author", namespace=AUTHORSHIP)
