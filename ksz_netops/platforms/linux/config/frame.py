"""The frame of our nft table: sets without their elements, chains with their rules.

It is the same on every hub with the same ESP path; all that belongs to a hub or a partner is an
element of a set. So a frame is either the standard one or somebody has been at it.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from ksz_netops.platforms.linux.config.dialect import Esp
from ksz_netops.platforms.linux.config.render import environment
from ksz_netops.state.grammar import Word

CAUSES: Final = (
    "layer2",
    "misdirected",
    "refused",
    "spoofed",
    "unauthorised",
    "unsolicited",
    "untunnelled",
)
"""Why packets are dropped; each has a counter of this name."""


@cache
def frame(esp: Esp) -> str:
    """The table without elements, in the words of `nft -s -t list table`."""
    return (
        environment()
        .get_template("frame.nft.j2")
        .render(causes=map(Word, CAUSES), kernel=esp is Esp.KERNEL)
    )


CLOSED: Final = """\
table inet ksz {
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
}
"""
"""The filter of a hub that holds nothing: nobody passes, whoever manages it still gets in."""


def deviations(listing: str, esp: Esp) -> list[str]:
    """The statements for what `nft -s -t list table` shows: `frame standard`, or what differs.

    Nothing for the closed table of a hub that holds nothing.
    """
    found, standard = _lines(listing), _lines(frame(esp))
    if found == _lines(CLOSED):
        return []
    if found == standard:
        return ["frame standard"]
    extra = sorted(set(found) - set(standard))
    lacking = sorted(set(standard) - set(found))
    if not extra and not lacking:
        return ["frame has its rules in another order"]
    return [
        *(f"frame foreign {where}: {line}" for where, line in extra),
        *(f"frame lacks {where}: {line}" for where, line in lacking),
    ]


def _lines(listing: str) -> list[tuple[str, str]]:
    """Each line with the set, counter or chain it stands in; sets and counters by name.

    The order of sets is nft's own affair, that of the rules in a chain is not.
    """
    objects: dict[str, list[str]] = {}
    where = ""
    for raw in listing.splitlines():
        line = " ".join(raw.split())
        if raw.startswith("\t") and not raw.startswith("\t\t"):
            if line.endswith("{"):
                where = line.removesuffix(" {")
                objects[where] = []
        elif line and line != "}" and not line.startswith("table "):
            objects.setdefault(where, []).append(line)
    return [(name, line) for name in sorted(objects) for line in ("defined", *objects[name])]
