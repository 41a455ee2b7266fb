"""What one look at a hub showed, as resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.linux.config.parse import parsed
from ksz_netops.state.resources import DeviceState, Shaper

if TYPE_CHECKING:
    from ksz_netops.platforms.linux.observe.seen import Seen

_CLASSES: Final = "element class_"
"""Statements that belong to a rate, and stand in the filter."""


def held(now: Seen) -> DeviceState:
    """The resources that *now* shows, with what could not be read of them."""
    state = parsed(now.statements)
    unread = {kind for each in now.unread for kind in each.kinds}
    strays = [
        stray
        for stray in state.strays
        # The other half of it could not be read, so that nothing speaks against it.
        if not (Shaper.kind in unread and stray.statement.startswith(_CLASSES))
    ]
    return DeviceState.of(state, strays, now.unread, now.unconfirmed)
