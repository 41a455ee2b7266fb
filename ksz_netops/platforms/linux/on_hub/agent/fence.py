"""CLOSED, the one state that needs nothing, and the fence around the filter."""

from __future__ import annotations

import contextlib
import json
import os
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.linux.on_hub.agent.command import SHORT_S, StepError

if TYPE_CHECKING:
    from ksz_netops.platforms.linux.on_hub.agent.command import Run
    from ksz_netops.platforms.linux.on_hub.agent.places import Places

GUARD: Final = "guard.sh"
_ABSENT: Final = "No such file or directory"
"""What nft says of a table that is not there; any other failure is no answer."""


@cache
def guard() -> str:
    """The shell program that closes a hub; also installed beside the agent."""
    return (pkgutil.get_data(__package__, GUARD) or b"").decode()


def put(run: Run) -> None:
    """Puts the fence where it does not stand, and a closed filter where none of ours stands.

    Raises:
        StepError: If a part of it does not stand afterwards.
    """
    run("sh", "-s", "fence", stdin=guard(), limit_s=SHORT_S)


def close(run: Run, places: Places) -> None:
    """Closes the hub, whatever stands; each part is tried although another fails.

    Raises:
        StepError: If a part of it failed; forwarding is off then, where that could be done.
    """
    try:
        run("sh", "-s", "close", stdin=guard(), limit_s=SHORT_S)
    finally:
        end_forwarding(places)


def is_closed(run: Run) -> bool:
    """Whether the filter lets nothing pass; False also where that cannot be seen.

    Without a filter, or where its forward chain has no rule, no packet is marked as admitted, so
    that the fence drops it.
    """
    try:
        shown = run("nft", "-j", "-t", "list", "table", "inet", "ksz", limit_s=SHORT_S)
        objects = [each for item in json.loads(shown)["nftables"] for each in item.items()]
        return not any(kind == "rule" and rule["chain"] == "forward" for kind, rule in objects)
    except StepError as error:
        return _ABSENT in str(error)
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def begin_forwarding(run: Run, places: Places) -> None:
    """Lets the kernel forward, now that fence and filter stand.

    Raises:
        StepError: If they do not stand, or forwarding cannot be enabled.
    """
    put(run)
    try:
        for switch in places.forwarding:
            if switch.exists() and switch.read_text().strip() != "1":
                switch.write_text("1\n")
    except OSError as error:
        message = f"forwarding cannot be enabled: {error}"
        raise StepError(message) from error


def end_forwarding(places: Places) -> None:
    """Keeps the kernel from forwarding; never raises."""
    for switch in places.forwarding:
        with contextlib.suppress(OSError):
            descriptor = os.open(switch, os.O_WRONLY)
            try:
                os.write(descriptor, b"0\n")
            finally:
                os.close(descriptor)


def is_forwarding(places: Places) -> bool:
    """Whether the kernel forwards packets of any IP version."""
    for switch in places.forwarding:
        with contextlib.suppress(OSError):
            if switch.read_text().strip() != "0":
                return True
    return False
