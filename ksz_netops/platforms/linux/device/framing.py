"""What tells a command's answer from what a login shell prints by itself.

A `.bashrc`, a profile or a login banner may print before a command runs, on both outputs. So each
command is run between two lines that nobody can guess, and only what stands between them counts.
"""

from __future__ import annotations

import re
import secrets
import shlex
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Framed:
    """What stood in a frame."""

    code: int
    octets: bytes


@dataclass(frozen=True, slots=True)
class Frame:
    """The two lines around one answer."""

    mark: str

    @classmethod
    def fresh(cls) -> Self:
        """A frame that was never used."""
        return cls(secrets.token_hex(16))

    def around(self, command: str) -> str:
        """What a login shell of any kind is asked to run, so that *command* answers in the frame.

        The command has the standard input for itself, and its exit code is that of the whole.
        """
        script = (
            f"printf '\\n%s\\n' 'begin {self.mark}'; printf '\\n%s\\n' 'begin {self.mark}' >&2\n"
            f"( {command}\n)\ncode=$?\n"
            f"printf '\\n%s\\n' \"end {self.mark} $code\"\nexit $code"
        )
        return f"exec /bin/sh -c {shlex.quote(script)}"

    def within(self, out: bytes) -> Framed | None:
        """The answer in the standard output *out*; None where the frame is not whole."""
        mark = self.mark.encode()
        found = re.search(rb"(?:^|\n)begin %s\n(.*)\nend %s (\d+)\n" % (mark, mark), out, re.DOTALL)
        return None if found is None else Framed(code=int(found[2]), octets=found[1])

    def errors(self, err: bytes) -> bytes:
        """What the command wrote to its standard error, within *err*."""
        before, begin, after = err.partition(b"begin %s\n" % self.mark.encode())
        return after if begin else before
