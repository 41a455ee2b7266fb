"""The check on tunnels as they are: their IKE and child SAs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.causes import TUNNEL_DOWN
from ksz_netops.compliance.checks.algorithms import within
from ksz_netops.compliance.checks.check import (
    NOTE,
    OBSERVATIONS,
    Check,
    HubContext,
    each_connection,
)
from ksz_netops.compliance.findings import Question, Verdict
from ksz_netops.compliance.view import Doubts, Judgement
from ksz_netops.state.addresses import network_of
from ksz_netops.state.resources import Tunnel, TunnelEnd

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ksz_netops.compliance.view import View
    from ksz_netops.state.observations import ChildStatus, TunnelStatus
    from ksz_netops.state.resources import IPNetwork

    Selectors = tuple[tuple[IPNetwork, ...], tuple[IPNetwork, ...]]


def tunnel_is_up(view: View) -> Judgement:
    """The IKE SA and exactly the child SAs that are intended, inside the profile."""
    wanted = tuple(view.wanted(Tunnel).values())
    expected = "; ".join(_expected(tunnel) for tunnel in wanted) or "none"
    if view.reading.observations is None:
        if not wanted:
            return Judgement(verdict=Verdict.NOT_APPLICABLE)
        return view.observations_unread(expected)
    seen = view.tunnels
    if not wanted and not seen:
        return Judgement(verdict=Verdict.NOT_APPLICABLE)
    doubts = Doubts()
    for daemon in view.reading.observations.daemons:
        if daemon.kind == Tunnel.kind and daemon.wrong:
            doubts.wrong.append(daemon.wrong)
            return doubts.judgement(expected=expected, observed=daemon.wrong)
    if not wanted:
        doubts.wrong.extend(f"IKE SA with {each.peer} not intended" for each in seen)
    for tunnel in wanted:
        _doubt_tunnel(doubts, tunnel, seen)
        port = view.ports.get(str(TunnelEnd(tunnel.number)))
        if port is not None and not port.up:
            doubts.wrong.append(f"{port.name} is down")
    observed = "; ".join(_observed(each) for each in seen) or "no IKE SA"
    return doubts.judgement(expected=expected, observed=observed)


def _doubt_tunnel(doubts: Doubts, tunnel: Tunnel, seen: tuple[TunnelStatus, ...]) -> None:
    doubts.wrong.extend(
        f"IKE SA with {each.peer}, intended {tunnel.peer}"
        for each in seen
        if each.peer != tunnel.peer
    )
    established = [each for each in seen if each.established]
    if not established:
        state = "IKE SA not established" if seen else "no IKE SA"
        doubts.wrong.append(f"{state} with {tunnel.peer}")
        return
    crypto = tunnel.crypto
    for each in established:
        inside = within(each.algorithms, crypto.ike_proposals, child=False)
        _doubt_algorithms(doubts, "IKE", each.algorithms, crypto.ike_proposals, inside=inside)
    children = [child for each in established for child in each.children]
    installed = [child for child in children if child.installed]
    for child in installed:
        inside = within(child.algorithms, crypto.esp_proposals, child=True)
        _doubt_algorithms(doubts, "ESP", child.algorithms, crypto.esp_proposals, inside=inside)
    waiting = sorted({child.state for child in children if not child.installed})
    doubts.wrong.extend(_selector_differences(tunnel, installed, waiting))


def _doubt_algorithms(
    doubts: Doubts, what: str, algorithms: str, proposals: tuple[str, ...], *, inside: bool | None
) -> None:
    if inside is None:
        doubts.unknown.append(f"{what} algorithms {algorithms or 'not shown'} not understood")
    elif not inside:
        doubts.wrong.append(f"{what} algorithms {algorithms}, intended {' or '.join(proposals)}")


def _intended(tunnel: Tunnel) -> set[Selectors]:
    official = network_of(tunnel.official)
    return {((prefix,), (official,)) for prefix in tunnel.local_prefixes}


def _selector_differences(
    tunnel: Tunnel, installed: Iterable[ChildStatus], waiting: list[str]
) -> Iterator[str]:
    intended = _intended(tunnel)
    found = {(child.local, child.remote) for child in installed}
    missing = dict(sorted(intended - found, key=str))
    for local, remote in sorted(found - intended, key=str):
        if local in missing:
            yield f"remote selector {_written(remote)}, intended {_written(missing.pop(local))}"
        else:
            yield f"child SA {_written(local)} === {_written(remote)} not intended"
    for local, remote in missing.items():
        rest = f" (in state {', '.join(waiting)})" if waiting else ""
        yield f"no child SA installed for {_written(local)} === {_written(remote)}{rest}"


def _written(prefixes: tuple[IPNetwork, ...]) -> str:
    return " ".join(str(prefix) for prefix in prefixes) or "nothing"


def _expected(tunnel: Tunnel) -> str:
    children = ", ".join(
        f"{_written(local)} === {_written(remote)}"
        for local, remote in sorted(_intended(tunnel), key=str)
    )
    return f"IKE SA with {tunnel.peer} inside profile {tunnel.crypto.name}; child SAs {children}"


def _observed(status: TunnelStatus) -> str:
    children = ", ".join(
        f"{_written(child.local)} === {_written(child.remote)} {child.state} {child.algorithms}"
        for child in status.children
    )
    state = "established" if status.established else "not established"
    return f"IKE SA with {status.peer} {state} {status.algorithms}; child SAs {children or 'none'}"


CHECKS: Final[tuple[Check[HubContext], ...]] = (
    Check(
        id="tunnel-up",
        title="The tunnel as it is",
        reads=OBSERVATIONS,
        criterion=(
            "IKE SA established with the peer and child SAs installed with exactly the intended "
            "selectors, all algorithms inside the profile"
        ),
        source=f"{NOTE}: IPsec LAN-to-LAN; RFC 7296, BSI TR-02102-3",
        judge=each_connection(tunnel_is_up),
        concerns=Question.UP,
        cause=TUNNEL_DOWN,
        explains=frozenset({"effort"}),
        needs_far_end=True,
    ),
)
