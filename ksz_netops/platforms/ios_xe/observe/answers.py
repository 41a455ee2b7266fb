"""Whether an answer of the router has the shape of its command.

An answer that was refused, cut short or empty says nothing about the router, so it must never
become a value.
"""

from __future__ import annotations

import re
from typing import Final

from ksz_netops.errors import Problem, ReadbackError

_REFUSED: Final = re.compile(
    r"^ *(?:% ?(?:Invalid|Incomplete|Ambiguous|Unknown|Authorization|Command rejected).*"
    r"|Command authorization failed.*|Error: .*)",
    re.MULTILINE,
)


def refusal_in(answer: str) -> str | None:
    """The router's words where it did not answer a command, else None."""
    found = _REFUSED.search(answer)
    return found[0].strip() if found else None


def misshapen(command: str, why: str) -> ReadbackError:
    """The error for an *answer* to *command* from which nothing can be concluded."""
    return ReadbackError(
        Problem(
            code="KSZ272",
            what=f"the answer to `{command}` was not understood: {why}",
            fix="type the command on the router; record what it shows if it is whole there",
        )
    )
