"""What is ours on a hub: the exact form of a name that we write, in the place where we write it.

The organisation's own letters stand in many a free text, and no free text makes a thing ours.
"""

from __future__ import annotations

import re
from typing import Final

_TOKEN: Final = re.compile(
    r"KSZ-(?:P[0-9]{5}(?:-S[0-9]{1,2})?|HUB|NET-[A-Z0-9]+(?:-[A-Z0-9]+)*)", re.ASCII
)
_CONNECTION: Final = re.compile(r"KSZ-P[0-9]{5}-S[0-9]{1,2}")
_ACCOUNT: Final = re.compile(r"ksz-p[0-9]{5}-s[0-9]{1,2}")


def is_token(alias: str) -> bool:
    """Whether an interface with this *alias* is ours."""
    return bool(_TOKEN.fullmatch(alias))


def is_connection(name: str) -> bool:
    """Whether the IKE daemon's connection called *name* is ours."""
    return bool(_CONNECTION.fullmatch(name))


def is_account(name: str) -> bool:
    """Whether the account called *name* is a partner's."""
    return bool(_ACCOUNT.fullmatch(name))
