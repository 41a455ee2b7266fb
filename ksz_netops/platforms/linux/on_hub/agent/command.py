"""Commands of the box, each with a limit of time."""

from __future__ import annotations

import subprocess
from typing import Final, Protocol

LIMIT_S: Final = 60
SHORT_S: Final = 15
"""For what the safe state waits for, and for a daemon that may hang."""


class StepError(Exception):
    """A step failed; the message is what the command said."""


class Run(Protocol):
    """Runs a command and returns what it prints; raises `StepError` where it fails."""

    def __call__(self, *argv: str, stdin: str = "", limit_s: float = LIMIT_S) -> str:
        """What the command prints."""


def run(*argv: str, stdin: str = "", limit_s: float = LIMIT_S) -> str:
    """What the command prints.

    Raises:
        StepError: If it fails, is not there, or takes longer than *limit_s* seconds.
    """
    try:
        done = subprocess.run(  # noqa: S603 - the operator who may change the hub says what runs
            argv,
            input=stdin,
            text=True,
            encoding="utf-8",
            errors="replace",
            capture_output=True,
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        message = f"{argv[0]}: no answer within {limit_s:g} s"
        raise StepError(message) from error
    except OSError as error:
        message = f"{argv[0]}: {error.strerror or error}"
        raise StepError(message) from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        message = f"{' '.join(argv[:4])}: {' / '.join(said[:4]) or done.returncode}"
        raise StepError(message)
    return done.stdout
