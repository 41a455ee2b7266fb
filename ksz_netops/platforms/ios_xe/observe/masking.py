"""Answers of a router as they may be kept: without anybody's keys.

Of a configuration our part is kept, and of others only what kind of sections there are. A list of
the forms of secrets would never be complete, so no line of others is kept whole.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from ksz_netops.errors import ReadbackError
from ksz_netops.platforms.ios_xe.config import normal, tree

_KEY: Final = re.compile(
    r"^(.*\b(?:pre-shared-key(?: local| remote)?|secret|password|key|key-string|md5|community)"
    r" (?:\d )?)\S+(.*)$",
    re.MULTILINE,
)
_DESCRIPTION: Final = re.compile(r"^( +Description:) (?!KSZ-P\d{5}-S\d{1,2}$).*$", re.MULTILINE)
_NAMED: Final = re.compile(
    r"interface \S+|controller \S+ \S+|router \S+|vrf definition \S+|ip vrf \S+"
    r"|(?:ip|ipv6) access-list (?:extended |standard )?\S+|class-map(?: match-a\w+)? \S+"
    r"|policy-map \S+|route-map \S+|object-group \S+ \S+|track \d+|ip sla \d+"
    r"|crypto ikev2 (?:proposal|policy|keyring|profile) \S+"
    r"|crypto ipsec (?:transform-set|profile) \S+|line \w+ [\d ]+"
)
"""Headers that hold a name or number and nothing that could be a secret."""
CONFIGURATIONS: Final = frozenset({"show running-config", "show startup-config"})


def kept(command: str, answer: str) -> str:
    """What of the *answer* to *command* may be kept as evidence."""
    if command in CONFIGURATIONS and not tree.says_nothing_saved(answer):
        return _configuration(answer)
    return _DESCRIPTION.sub(r"\1 ***", _KEY.sub(r"\1***\2", answer))


def _configuration(answer: str) -> str:
    try:
        whole = tree.read(answer)
    except ReadbackError as error:
        return f"! {len(answer.splitlines())} lines, not kept: {error}\n"
    own = normal.own(whole)
    others = Counter(_kind(header) for header in whole if header not in own)
    listed = [f"! {kind}" + (f" ({count})" if count > 1 else "") for kind, count in others.items()]
    return "\n".join(["! sections of others, without their lines:", *listed, tree.written(own)])


def _kind(header: str) -> str:
    """What sort of statement of others *header* is, without any word that could be a secret."""
    named = _NAMED.match(header)
    if named:
        return named[0]
    words = header.split()[:2] if header.startswith("no ") else header.split()[:1]
    return f"{' '.join(words)} …"
