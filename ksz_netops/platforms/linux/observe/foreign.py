"""What others hold on a hub and may carry a partner's packets past our filter.

The filter drops what it does not know, so another interface, or another table that only accepts,
opens nothing. What does is told here: routes, tunnels, and whatever takes or changes packets before
they come to the filter or after they passed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.platforms.linux.config import names, tc
from ksz_netops.platforms.linux.observe import ruleset
from ksz_netops.platforms.linux.on_hub.agent import ours
from ksz_netops.platforms.linux.stores import tunnels
from ksz_netops.state.addresses import read_network
from ksz_netops.state.observations import Detour, Foreign, ForeignRoute, ForeignTunnel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ksz_netops.platforms.linux.config.dialect import Dialect
    from ksz_netops.state.resources import IPNetwork

_Documents = list[dict[str, Any]]

_CHARON_TABLE: Final = "220"
_LAST_TABLES: Final = frozenset({"main", "default"})
"""Where our routes are, and what is looked at after them."""
_ANY: Final = ("0.0.0.0/0", "::/0")
_PLAIN: Final = frozenset(
    {"htb", "noqueue", "pfifo_fast", "fq_codel", "fq", "mq", "pfifo", "bfifo", "ingress", "clsact"}
)
"""Queues that only queue; ours is an HTB, and any other HTB lacks our classes."""
_BEFORE_ALL: Final = frozenset({"ingress", "clsact"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the tools show of everything, ours included."""

    routes: _Documents
    """`ip -j route show table all`."""
    rules: _Documents
    """`ip -j rule show`."""
    ruleset: dict[str, Any]
    """`nft -j -s -t list ruleset`."""
    links: _Documents
    """`ip -j -d address show`."""
    qdiscs: str
    """`tc -j qdisc show`."""
    connections: _Documents
    """charon's `list-conn` events."""
    associations: _Documents
    """charon's `list-sa` events."""
    filters: Mapping[str, str]
    """`tc filter show`, by port."""
    shared_keys: tuple[str, ...] = ()
    """The names of the keys that charon has loaded."""
    ports: frozenset[str]
    """Those by which packets of partners come and go."""


def read(answers: Answers, dialect: Dialect) -> Foreign:
    """What in *answers* is not ours, and may matter to a partner."""
    return Foreign(
        routes=tuple(_routes(answers, dialect)),
        tunnels=tuple(dict.fromkeys(_tunnels(answers))),
        detours=(
            *ruleset.detours(answers.ruleset, answers.ports),
            *_diverted(answers),
            *_keys(answers),
        ),
    )


def _routes(answers: Answers, dialect: Dialect) -> Iterator[ForeignRoute]:
    own = {each["local"] for link in answers.links for each in link.get("addr_info", ())}
    # What only the hub itself sends, or is sent in answer to it, is nobody's way.
    consulted = {
        rule["table"]
        for rule in answers.rules
        if "table" in rule and rule.get("src") not in own and rule.get("iif") != "lo"
    }
    for route in answers.routes:
        table = str(route.get("table", "main"))
        if str(route.get("protocol")) == str(names.ROUTE_PROTOCOL) or table not in consulted:
            continue
        if table == _CHARON_TABLE and route.get("dev") == dialect.tunnel_port:
            # charon's own way into a tunnel, which is judged by its selectors.
            continue
        gateway = f" via {route['gateway']}" if "gateway" in route else ""
        port = f" dev {route['dev']}" if "dev" in route else ""
        kind = f"{route['type']} " if "type" in route else ""
        yield ForeignRoute(
            destination=_destination(route),
            decides=table not in _LAST_TABLES,
            statement=f"ip route {kind}{route['dst']}{gateway}{port} table {table}",
        )


def _destination(route: dict[str, Any]) -> IPNetwork:
    if route["dst"] != "default":
        return read_network(route["dst"])
    # `ip` names neither version where a default route has no gateway.
    said = str(route.get("gateway", route.get("prefsrc", "")))
    version6 = "pref" in route or ":" in said
    return read_network(_ANY[1] if version6 else _ANY[0])


def _tunnels(answers: Answers) -> Iterator[ForeignTunnel]:
    for events, children in (
        (answers.connections, "children"),
        (answers.associations, "child-sas"),
    ):
        for event in events:
            for name, body in event.items():
                if not ours.is_connection(name):
                    for child in body.get(children, {}).values():
                        yield from _selectors(name, body, child)


def _selectors(name: str, body: dict[str, Any], child: dict[str, Any]) -> Iterator[ForeignTunnel]:
    for near in _networks(child["local-ts"], body.get("local_addrs", ())):
        for far in _networks(child["remote-ts"], body.get("remote_addrs", ())):
            if near.version == far.version:
                statement = f"connection {name}: {near} === {far}"
                yield ForeignTunnel(local=near, remote=far, statement=statement)


def _networks(selectors: list[str], addresses: list[str]) -> Iterator[IPNetwork]:
    """What *selectors* take; `dynamic` is each of *addresses*, or anything."""
    for each in selectors:
        prefix = each.partition("[")[0]
        for place in [prefix] if prefix != "dynamic" else addresses or ["%any"]:
            try:
                yield read_network(place, strict=False)
            except ValueError:
                yield from map(read_network, _ANY)


def _keys(answers: Answers) -> Iterator[Detour]:
    for name in tunnels.foreign_keys(answers.shared_keys):
        yield Detour(
            statement=f"shared key {name} in the IKE daemon",
            effect="may stand in for a partner's key: the daemon does not tell for whom it is",
            certain=False,
        )


def _diverted(answers: Answers) -> Iterator[Detour]:
    # What sits on the port below a VLAN gets its packets too.
    below = {port.partition(".")[0] for port in answers.ports}
    for link in answers.links:
        port = link["ifname"]
        if port in answers.ports and "master" in link:
            yield Detour(
                statement=f"{port} master {link['master']}",
                effect="lets frames pass between ports by no filter of ours",
            )
        if port in answers.ports | below and "xdp" in link:
            yield Detour(statement=f"xdp on {port}", effect="hands packets to a program")
    for port, shown in answers.filters.items():
        if port in answers.ports and shown.strip():
            yield Detour(
                statement=f"tc filter on {port}: {' '.join(shown.split())[:80]}",
                effect="steers packets past the class of their partner, or drops them",
            )
    for queue in tc.qdiscs(answers.qdiscs):
        if queue.port in answers.ports and queue.parent is None and queue.kind not in _PLAIN:
            yield Detour(
                statement=f"qdisc {queue.kind} on {queue.port}",
                effect="delays or drops packets by rules of its own",
            )
        if queue.kind in _BEFORE_ALL and queue.port in answers.ports | below:
            yield Detour(
                statement=f"qdisc {queue.kind} on {queue.port}",
                effect="may divert packets before any filter",
            )
