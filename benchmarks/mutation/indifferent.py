"""Values on which no packet and no finding depends, each with the reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from benchmarks.mutation import generic

if TYPE_CHECKING:
    from benchmarks.mutation.mutants import Mutant

_REASONS: Final = (
    (r"\.(?:handle|index|ifindex|link_index|txqlen|group|refcnt)\b", "a number the kernel gave"),
    (r"\.(?:packets|bytes|used|octets|drops|overlimits|requeues|backlog|qlen)\b", "a count"),
    (r"\.counter$|\.counter\.|direct_packets_stat", "a count"),
    (r"\.(?:stats|stats64|statistics)\b", "counts of a port"),
    (r"metainfo", "the version of nft, and of its JSON"),
    (r"\.(?:valid_life_time|preferred_life_time|cache|expires|age)\b", "a time that passes"),
    (r"violators[46]\)", "whose packets were refused, as they come"),
    (r"^table: .*\.(?:family|table)$", "the table is the one that was asked for"),
    (r"\(ksz \w+ \w+\)|\(table\)", "our own table, which is judged as it is listed by itself"),
    (r"\(route of 201\)", "a route of ours, which is judged as it is listed by itself"),
    (r"\(route of kernel\)", "what the kernel adds by itself for an address of the hub"),
    (
        (
            r"\.(?:num_[rt]x_queues|g[sr]o_\w+|tso_\w+|min_mtu|max_mtu|promiscuity|allmulti"
            r"|inet6_addr_gen_mode|permaddr|broadcast|link|link_type|link_netnsid|label|scope"
            r"|carrier\w*|parentbus|parentdev|linkmode)\b"
        ),
        "of the port's hardware or driver",
    ),
    (r"\.(?:r2q|direct_qlen|default)$", "a default of the discipline that no class uses"),
)
"""By place in an answer."""
_ONLY_IN: Final = {
    "a route of ours, which is judged as it is listed by itself": "every route",
    "our own table, which is judged as it is listed by itself": "every table",
}


def indifferent(mutant: Mutant) -> str:
    """Why nothing is wrong with *mutant*; empty where something may be."""
    if mutant.operator == "any line doubled":
        return "a line that is said twice is said once"
    if mutant.operator not in generic.OPERATORS:
        return ""
    for place, reason in _REASONS:
        only = _ONLY_IN.get(reason, "")
        if mutant.site.startswith(only) and re.search(place, mutant.site):
            return reason
    return ""
