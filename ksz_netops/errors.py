"""Every error a user can meet, as one tree, and the place where each came from.

    KszError
    ├── IntentError          the files are wrong: all problems at once, each with its place
    │   └── UnsupportedError     the files are right, the hub's platform cannot do it
    ├── ReadbackError        a device's output was not understood
    ├── DeviceError          a device could not be used
    │   ├── ConnectError         not reached, not authenticated, unknown host key
    │   ├── BusyError            somebody else holds the hub or left a commit pending
    │   ├── CommitError          the hub refused the change; it holds what it held before
    │   ├── RevertedError        pushed, not confirmed, restored
    │   └── UnconfirmedError     the outcome is unknown; a human must look
    ├── RefusedError         approval, policy, drift or the record forbids a change
    ├── InterruptError       somebody stopped a change; says what holds
    ├── SecretError          a secret is missing, unreadable or unfit
    └── LabError             the lab cannot do what was asked

What is wrong *on* a device is a finding, never an exception.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from ksz_netops.printable import printable, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST: Final = 2000
"""Characters of a message; what a hub or a file says has no bound of its own."""


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """A place in a file; lines and columns count from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{printable(self.file)}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, where it is, and what to do about it."""

    code: str
    """Stable, `KSZ` and three digits; `docs/errors/<code>.md` explains it."""
    what: str
    """What is wrong, with the offending value; secrets masked. Shown on one line."""
    fix: str
    """What to do, as an imperative."""
    origin: Origin | None = None
    """Where it stands; None where nothing but the whole run is to blame."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "what", printable(shortened(self.what, _LONGEST)))
        object.__setattr__(self, "fix", printable(shortened(self.fix, _LONGEST)))

    def __str__(self) -> str:
        place = f"{self.origin}: " if self.origin else ""
        return f"{place}{self.code} {self.what}; {self.fix}"

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """The key by which problems are listed: place first, then code and text."""
        place = self.origin or Origin("", 0, 0)
        return (place.file, place.line, place.column, self.code, self.what)


class KszError(Exception):
    """The root: carries problems, and the exit code that the command line returns for it."""

    exit_code: ClassVar[int] = 1

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        given = (problems,) if isinstance(problems, Problem) else tuple(problems)
        self.problems: tuple[Problem, ...] = tuple(
            sorted(dict.fromkeys(given), key=lambda each: each.order)
        )
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[KszError], tuple[tuple[Problem, ...]]]:
        """Survives the way back from a worker process."""
        return (type(self), (self.problems,))


class IntentError(KszError):
    """The inventory says something wrong; nothing was touched."""


class UnsupportedError(IntentError):
    """The intent is sound, but the hub's platform has no way to do it."""


class ReadbackError(KszError):
    """A device answered something that is not understood, so nothing may be concluded from it."""


class DeviceError(KszError):
    """A device could not be used as asked."""


class ConnectError(DeviceError):
    """Not reached, not authenticated, or the host key is not the known one."""


class BusyError(DeviceError):
    """Another run holds the hub, or a commit is still waiting for its confirmation."""

    exit_code = 3


class CommitError(DeviceError):
    """The hub refused the change and holds what it held before."""


class RevertedError(DeviceError):
    """The change was pushed and not confirmed; the hub is back where it was."""

    exit_code = 4


class UnconfirmedError(DeviceError):
    """Whether the hub holds the old or the new state is unknown."""

    exit_code = 5


class RefusedError(KszError):
    """A change may not be made as asked; no hub was changed."""

    exit_code = 3


class InterruptError(KszError):
    """Somebody stopped a change; the problem says what the hubs hold and the next command."""

    exit_code = 130

    def __init__(self, problems: Problem | Iterable[Problem], *, is_begun: bool = False) -> None:
        super().__init__(problems)
        if is_begun:
            self.exit_code = 5  # type: ignore[misc] # of this one error, not of its class


class SecretError(KszError):
    """A secret is missing, cannot be decrypted, or is unfit for use; its value is never shown."""


class LabError(KszError):
    """The lab cannot do what was asked on this machine."""
