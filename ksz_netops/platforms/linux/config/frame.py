"""The frame of our nft table: sets without their elements, chains with their rules.

It is the same on every hub with the same ESP path; all that belongs to a hub or a partner is an
element of a set. So a frame is either the standard one or somebody has changed it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

from ksz_netops.platforms.linux.config import names, nft, nft_differences
from ksz_netops.platforms.linux.config.dialect import Esp
from ksz_netops.platforms.linux.config.render import environment
from ksz_netops.state.grammar import Word

CAUSES: Final = (
    "layer2",
    "malformed",
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
    """The table without elements, as `nft -f` takes it."""
    return (
        environment()
        .get_template("frame.nft.j2")
        .render(
            causes=map(Word, CAUSES),
            kernel=esp is Esp.KERNEL,
            standing=names.MARK_STANDING,
            admitted=names.MARK_ADMITTED,
        )
    )


CLOSED: Final = """\
table inet ksz {
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
}
"""
"""The filter of a hub that holds nothing: nobody passes, whoever manages it still gets in."""


def deviations(found: nft.Table, esp: Esp) -> list[str]:
    """The statements for the table that a hub has: `frame standard`, or how it differs.

    Nothing for the closed table of a hub that holds nothing. A table with a flag is not compared
    further: a dormant one filters nothing, whatever stands in it.
    """
    if flags := nft.flags(found):
        return [f"frame foreign table: flags {', '.join(flags)}"]
    if found == _as_listed("closed"):
        return []
    told = nft_differences.differences(found, _as_listed(esp))
    return [f"frame {each}" for each in told] or ["frame standard"]


@cache
def _as_listed(name: str) -> nft.Table:
    """The table that nft lists once it has loaded the frame called *name*.

    `scripts/list-frames` writes these listings, by loading the frames into nft.
    """
    text = (Path(__file__).parent / "frames" / f"{name}.json").read_text()
    return nft.table(json.loads(text))
