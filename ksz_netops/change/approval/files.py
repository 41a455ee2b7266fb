"""A plan as a file, and its signatures as the files beside it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from ksz_netops.borders.files import MOST_OCTETS_OF_A_PLAN, READABLE, read_file, replace_file
from ksz_netops.change.approval.admission import AUTHORSHIP
from ksz_netops.errors import Problem, RefusedError
from ksz_netops.signing.signers import owner_of, read_signers
from ksz_netops.signing.ssh_signatures import sign

if TYPE_CHECKING:
    from pathlib import Path

    from ksz_netops.change.plan.plan import Plan


_AUTHOR: Final = "author"
"""Names the signature of a plan's author among the files beside the plan."""


def read_plan_file(path: Path) -> bytes:
    """The bytes of the plan at *path*.

    Raises:
        RefusedError: If the file cannot be read.
    """
    try:
        return read_file(path, most=MOST_OCTETS_OF_A_PLAN, follow=True)
    except OSError as error:
        raise RefusedError(
            Problem(
                code="KSZ901",
                what=f"not a plan: {path} cannot be read: {error.strerror}",
                fix="make it with `ksz-netops plan`",
            )
        ) from error


def read_signatures(path: Path) -> list[str]:
    """The signatures beside the plan at *path*: every `<plan>.….sig`."""
    found = []
    for each in sorted(path.parent.glob(f"{path.name}.*.sig")):
        with suppress(OSError):
            found.append(read_file(each).decode("utf-8", errors="replace"))
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
    """The file with a signature over the plan *raw* at *path*, where `read_signatures` finds it.

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
    replace_file(beside, signature, mode=READABLE)
    return beside


def write_plan(path: Path, plan: Plan, *, key: Path | None) -> None:
    """Writes *plan* to *path*, signed by its author.

    A plan with nothing to do is not written, so that what stands at *path* stays.

    Raises:
        RefusedError: If an approved plan stands there, or the key cannot sign.
    """
    if not plan.hubs:
        return
    former = sorted(path.parent.glob(f"{path.name}.*.sig"))
    approvals = [each.name for each in former if each.name != f"{path.name}.{_AUTHOR}.sig"]
    if path.exists() and approvals:
        raise RefusedError(
            Problem(
                code="KSZ907",
                what=f"{path} is a plan that somebody has approved ({', '.join(approvals)})",
                fix="give another file with --output, or remove that plan and its signatures",
            )
        )
    for each in former:
        each.unlink()
    raw = plan.as_bytes()
    replace_file(path, raw, mode=READABLE)
    if key is not None:
        sign_beside(path, raw, key=key, name=_AUTHOR, namespace=AUTHORSHIP)
