"""What NAPALM's own `compliance_report` makes of the same answers.

The rules are the best that can be written for it: every value that a getter gives of a hub as it
must be, strict at every level, strings anchored, counters and times left out.
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from benchmarks.mutation.replay import driver_of
from ksz_netops.state.resources import Route

if TYPE_CHECKING:
    from benchmarks.mutation.mutants import Device
    from ksz_netops.state.resources import DeviceState

STANDARD = {
    "linux": ("get_interfaces", "get_interfaces_ip", "get_firewall_policies"),
    "ios_xe": ("get_interfaces", "get_interfaces_ip"),
}
"""Getters of NAPALM that the drivers have; `get_route_to` comes for each official address."""
OWN = {
    "linux": ("get_tunnels", "get_filters", "get_shapers", "get_sftp_accounts", "get_strays"),
    "ios_xe": (),
}
"""Getters that only the drivers of this project have.

`compliance_report` passes over `get_config`, so there is no rule on a router's configuration.
"""
_MOVING = frozenset({
    "last_flapped", "packet_hits", "byte_hits", "age", "mac_address", "candidate", "startup",
    "position", "speed",
})  # fmt: skip

Rules = list[dict[str, Any]]


def rules(platform: str, device: Device, desired: DeviceState, *, own: bool) -> Rules:
    """The rules that *device*, which is as it must be, satisfies."""
    driver = driver_of(platform, device)
    found: Rules = []
    for getter in (*STANDARD[platform], *(OWN[platform] if own else ())):
        said = getattr(driver, getter)()
        # Others' interfaces come and go, and are nobody's fault.
        mode = {"_mode": ""} if getter.startswith("get_interfaces") else {}
        found.append({getter: {**_strict(said), **mode}})
    if platform == "linux":
        for route in desired:
            if isinstance(route, Route):
                wanted = {"destination": str(route.official)}
                said = driver.get_route_to(**wanted)
                rule = {"_name": str(route.official), "_kwargs": wanted, **_strict(said)}
                found.append({"get_route_to": rule})
    return found


def complies(platform: str, device: Device, given: Rules) -> bool:
    """Whether NAPALM is content with *device*; what it cannot read does not content it."""
    try:
        report = driver_of(platform, device).compliance_report(
            validation_source=copy.deepcopy(given)
        )
    except Exception:  # noqa: BLE001 - whatever ends the run is noticed by who started it
        return False
    return bool(report["complies"])


def _strict(value: Any) -> Any:  # noqa: ANN401 - a rule
    if isinstance(value, dict):
        kept = {key: _strict(each) for key, each in value.items() if key not in _MOVING}
        missing = _MOVING & value.keys()
        # Strict would refuse the keys that are left out, so these are allowed any value.
        return {**kept, **dict.fromkeys(missing, ""), "_mode": "strict"}
    if isinstance(value, list):
        return {"list": [_strict(each) for each in value], "_mode": "strict"}
    if isinstance(value, bool | int | float):
        return value
    return f"^{re.escape(str(value))}$"
