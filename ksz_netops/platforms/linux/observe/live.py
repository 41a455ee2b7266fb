"""What a look at a hub says of its behaviour: tunnels, ports, counters."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.platforms.linux.config import frame, names
from ksz_netops.platforms.linux.on_hub.agent import ours
from ksz_netops.platforms.linux.on_hub.build import agent_digest
from ksz_netops.state.addresses import read_address, read_network
from ksz_netops.state.observations import (
    ChildStatus,
    Counter,
    Daemon,
    Ground,
    Observations,
    PortStatus,
    TunnelStatus,
    Upkeep,
)
from ksz_netops.state.resources import Tunnel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.platforms.linux.observe.seen import Seen
    from ksz_netops.state.resources import IPAddress

_ADDITIONAL: Final = re.compile(r"a?ke(\d)(?:-alg)?")
_VIOLATORS: Final = ("violators4", "violators6")
_ENTRIES: Final = tuple(
    f"{name}{version}" for name in ("line_in", "bound_in", "tunnel_in") for version in (4, 6)
)


def observations(now: Seen) -> Observations:
    """What *now* shows."""
    return Observations(
        tunnels=tuple(_tunnels(now.associations)),
        ports=tuple(
            PortStatus(
                name=port["ifname"],
                exists=True,
                up="UP" in port["flags"] and port.get("operstate") in {"UP", "UNKNOWN"},
            )
            for port in now.links
        ),
        admitted=tuple(sorted(_admitted(now.table))),
        dropped=tuple(sorted(_dropped(now.table))),
        refused=tuple(_refused(now.table)),
        pending=now.pending or "",
        daemons=(
            Daemon(
                name="the IKE daemon",
                kind=Tunnel.kind,
                wrong=now.silence,
                fix="systemctl restart ksz-charon",
            ),
        ),
        ground=now.ground or Ground(unread="; ".join(each.what for each in now.problems)),
        watch=now.watch,
        upkeep=Upkeep(pending=now.pending or "", flaws=tuple(_flaws(now.agent))),
        foreign=now.foreign,
    )


def _flaws(agent: str | None) -> Iterator[str]:
    """What is wrong with the agent whose file has the digest *agent*."""
    if agent is None:
        yield f"there is no agent at {names.AGENT}: nobody restores at a restart or a deadline"
    elif agent != agent_digest():
        yield f"{names.AGENT} is not the agent of this version: run playbooks/prepare.yml"


def _tunnels(associations: list[dict[str, Any]]) -> Iterator[TunnelStatus]:
    for event in associations:
        for name, sa in event.items():
            if ours.is_connection(name):
                yield TunnelStatus(
                    token=name,
                    established=sa["state"] == "ESTABLISHED",
                    peer=read_address(sa["remote-host"]),
                    peer_identity=sa.get("remote-id", ""),
                    algorithms=_algorithms(sa, "encr", "integ", "prf", "dh"),
                    children=tuple(_child(child) for child in sa.get("child-sas", {}).values()),
                )


def _child(child: dict[str, Any]) -> ChildStatus:
    return ChildStatus(
        installed=child["state"] == "INSTALLED",
        state=child["state"],
        local=tuple(read_network(each) for each in child["local-ts"]),
        remote=tuple(read_network(each) for each in child["remote-ts"]),
        algorithms=_algorithms(child, "encr", "integ", "dh"),
        packets_in=int(child.get("packets-in", 0)),
        packets_out=int(child.get("packets-out", 0)),
    )


def _algorithms(sa: dict[str, Any], *names: str) -> str:
    """As swanctl shows them: `AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_384`."""
    found = []
    for name in names:
        algorithm = sa.get("dh-group") if name == "dh" else sa.get(f"{name}-alg")
        size = sa.get(f"{name}-keysize")
        if algorithm:
            found.append(f"{algorithm}-{size}" if size else algorithm)
    # Additional key exchanges (RFC 9370), the first of which is number 1.
    numbered = ((_ADDITIONAL.fullmatch(key), value) for key, value in sorted(sa.items()))
    found += [f"KE{key[1]}_{value}" for key, value in numbered if key]
    return "/".join(found)


def _admitted(table: dict[str, Any]) -> Iterator[tuple[str, Counter]]:
    packets: dict[str, int] = defaultdict(int)
    octets: dict[str, int] = defaultdict(int)
    for item in table["nftables"]:
        if item.get("set", {}).get("name") in _ENTRIES:
            for element in item["set"].get("elem", ()):
                inner = element.get("elem", {}) if isinstance(element, dict) else {}
                token = inner.get("comment", "").partition(" ")[0]
                if token:
                    packets[token] += inner["counter"]["packets"]
                    octets[token] += inner["counter"]["bytes"]
    for token, count in packets.items():
        yield token, Counter(packets=count, octets=octets[token])


def _dropped(table: dict[str, Any]) -> Iterator[tuple[str, Counter]]:
    for item in table["nftables"]:
        counter = item.get("counter")
        if counter and counter["name"] in frame.CAUSES:
            yield counter["name"], Counter(packets=counter["packets"], octets=counter["bytes"])


def _refused(table: dict[str, Any]) -> Iterator[tuple[tuple[str, IPAddress], Counter]]:
    for item in table["nftables"]:
        if item.get("set", {}).get("name") in _VIOLATORS:
            for element in item["set"].get("elem", ()):
                inner = element["elem"]
                port, source = inner["val"]["concat"]
                count = inner["counter"]
                yield (
                    (port, read_address(source)),
                    Counter(packets=count["packets"], octets=count["bytes"]),
                )
