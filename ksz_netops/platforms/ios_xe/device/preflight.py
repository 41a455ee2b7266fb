"""What must be on a router before a change, and what must not be in our way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import CommitError, Problem
from ksz_netops.platforms.ios_xe.config import names
from ksz_netops.platforms.ios_xe.config.render import rendered
from ksz_netops.platforms.ios_xe.device.conflicts import conflicts
from ksz_netops.state.resources import Tunnel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Tree
    from ksz_netops.state.resources import DeviceState

_ALWAYS: Final = ("archive", "file prompt quiet", "ip scp server enable")
_FOR_TUNNELS: Final = ("password encryption aes", f"vrf definition {names.FRONT_DOOR}")


def check(running: Tree, own: Tree, intended: DeviceState, hub: str) -> None:
    """Accepts a router that has what we stand on, and holds nothing foreign where ours must go.

    Raises:
        CommitError: With all that is missing or in the way; nothing was sent.
    """
    new = rendered(intended)
    problems = [
        Problem(code="KSZ262", what=f"{hub}: {what}", fix="prepare the router: platform-ios-xe.md")
        for what in _missing(running, intended, new)
    ]
    problems += [
        Problem(
            code="KSZ264",
            what=f"{hub}: {what}",
            fix="ask whose it is; choose another value, or have it removed",
        )
        for what in conflicts(running, own, new)
    ]
    if problems:
        raise CommitError(problems)


def _missing(running: Tree, intended: DeviceState, new: Tree) -> Iterator[str]:
    needed = list(_ALWAYS)
    tunnels = [each for each in intended if isinstance(each, Tunnel)]
    if tunnels:
        needed += _FOR_TUNNELS
    if any(each.official.version == 4 for each in tunnels):  # noqa: PLR2004 - IPv4
        needed.append(f"interface {names.UNNUMBERED}")
    for line in needed:
        if line not in running:
            yield f"'{line}' is missing in its configuration"
    for header in new:
        if header.startswith("interface "):
            parent = header.partition(".")[0]
            if (
                not re.match(r"interface (?:Tunnel|Multilink|Serial)", header)
                and parent not in running
            ):
                known = sorted(each.split()[1] for each in running if _port(each))
                yield f"there is no {parent}; it has {', '.join(known) or 'none'}"
        elif header.startswith("controller ") and header not in running:
            yield f"there is no {header}"


def _port(header: str) -> bool:
    return re.fullmatch(r"interface [A-Za-z]+Ethernet[\d/]+", header) is not None
