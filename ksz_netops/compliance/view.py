"""What the checks judge: one connection's part of a hub, wanted and seen."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from ksz_netops.compliance.findings import Verdict
from ksz_netops.errors import Problem
from ksz_netops.state.diff import describe
from ksz_netops.state.resources import (
    Handoff,
    Owner,
    Perimeter,
    Route,
    Shaper,
    Tunnel,
    TunnelEnd,
    key_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ksz_netops.compliance.causes import CauseKind
    from ksz_netops.compliance.reading import Reading
    from ksz_netops.compliance.statements import Comparison
    from ksz_netops.errors import Origin
    from ksz_netops.state.observations import PortStatus, TunnelStatus
    from ksz_netops.state.resources import (
        DeviceState,
        IPAddress,
        Resource,
        ResourceKey,
        Stray,
        Way,
    )

R = TypeVar("R", bound="Resource")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a check says about one subject; hub, check and evidence are added later."""

    verdict: Verdict
    expected: str = ""
    observed: str = ""
    reason: str = ""
    partner: str | None = None
    """None where the subject is the hub itself."""
    connection: str | None = None
    cause: CauseKind | None = None
    """None takes the cause that the check declares."""
    problem: Problem | None = None
    """Why it is unknown; None takes the first problem of the reading."""
    origin: Origin | None = None
    """None takes where the subject's resource of the check's kind was asked for."""

    def about(self, partner: str | None, connection: str | None) -> Judgement:
        """The same about a subject."""
        return replace(self, partner=partner, connection=connection)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """What speaks against one subject, as it is found."""

    wrong: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def judgement(
        self, *, expected: str = "", observed: str = "", cause: CauseKind | None = None
    ) -> Judgement:
        """Violated where anything is wrong, else unknown where anything is, else compliant.

        The *cause* is that of what is wrong.
        """
        verdict = Verdict.COMPLIANT
        if self.wrong:
            verdict = Verdict.VIOLATED
        elif self.unknown:
            verdict = Verdict.UNKNOWN
        return Judgement(
            verdict=verdict,
            expected=expected,
            observed=observed,
            reason="; ".join((*self.wrong, *self.unknown)),
            cause=cause if self.wrong else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended:
    """What a check on one connection asks of the whole hub, looked up once for all of them."""

    extranet_port: str = ""
    routes: Mapping[IPAddress, tuple[Route, ...]] = field(default_factory=dict)
    """By official address."""
    tunnelled: frozenset[IPAddress] = frozenset()
    """The official addresses behind tunnels."""

    @classmethod
    def of(cls, desired: DeviceState) -> Intended:
        """That of a hub that must hold *desired*."""
        routes: dict[IPAddress, tuple[Route, ...]] = {}
        for each in desired:
            if isinstance(each, Route):
                routes[each.official] = (*routes.get(each.official, ()), each)
        sides = (each.extranet for each in desired if isinstance(each, Perimeter))
        return cls(
            extranet_port=next((str(port) for port in sides if port), ""),
            routes=routes,
            tunnelled=frozenset(each.official for each in desired if isinstance(each, Tunnel)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One subject on one hub: a partner's connection, or what the hub has for all of them."""

    reading: Reading
    comparison: Comparison
    partner: str | None = None
    connection: str | None = None
    intended: tuple[Resource, ...] = ()
    held: tuple[Resource, ...] = ()
    """Nothing also where the hub's state was not read."""
    strays: tuple[Stray, ...] = ()
    tunnels: tuple[TunnelStatus, ...] = ()
    """The IKE SAs under this subject's tokens."""
    ports: Mapping[str, PortStatus] = field(default_factory=dict)
    """Every port that was seen, by name."""
    hub: Intended = field(default_factory=Intended)
    """What is intended on the whole hub."""

    def wanted(self, kind: type[R]) -> dict[ResourceKey, R]:
        """What is intended of *kind*."""
        return {key_of(each): each for each in self.intended if isinstance(each, kind)}

    def found(self, kind: type[R]) -> dict[ResourceKey, R]:
        """What the hub holds of *kind* under this subject's tokens."""
        return {key_of(each): each for each in self.held if isinstance(each, kind)}

    @property
    def extranet_port(self) -> str:
        """The hub's port towards the extranet; empty where it has none."""
        return self.hub.extranet_port

    def routes_to(self, official: IPAddress) -> list[Route]:
        """The intended routes to *official*, of all connections on the hub."""
        return list(self.hub.routes.get(official, ()))

    def has_tunnel_to(self, official: IPAddress) -> bool:
        """Whether a tunnel to *official* is intended on the hub."""
        return official in self.hub.tunnelled

    def port_names(self) -> Iterator[str]:
        """The ports on which its packets come in, and the hub's towards the extranet."""
        for each in self.intended:
            match each:
                case Handoff():
                    yield str(each.port)
                case Shaper():
                    yield from (str(way) for way, _ in each.rates_kbps if not _is_tunnel(way))
                case _:
                    continue

    def origin(self, kind: str) -> Origin | None:
        """Where the first intended resource of *kind* was asked for, or else any."""
        of_kind = [each for each in self.intended if each.kind == kind]
        places = (each.origin for each in (*of_kind, *self.intended))
        return next((place for place in places if place), None)

    def missing(self, resource: Resource) -> str:
        """What is to be said of *resource*, which the hub does not hold as a whole."""
        wrong = self.comparison.wrong_with(resource)
        if wrong:
            return f"incomplete: {', '.join(wrong)}"
        strays = [
            each
            for each in self.strays
            if self.comparison.exhausted or not self.comparison.explains(each)
        ]
        found = ", ".join(f"`{each.statement}` ({each.reason})" for each in strays)
        return "missing" + (f", under its token instead: {found}" if found else "")

    def state_unread(self, expected: str, kind: str) -> Judgement | None:
        """The verdict of a check on resources of *kind* where these were not read."""
        if self.reading.state is None:
            why = f"what the hub holds was not read: {self.reading.why}"
            return Judgement(verdict=Verdict.UNKNOWN, expected=expected, reason=why)
        doubt = self.reading.state.doubted(kind)
        if doubt is None:
            return None
        return Judgement(
            verdict=Verdict.UNKNOWN,
            expected=expected,
            reason=f"not read: {doubt.why}",
            problem=Problem(code=doubt.code, what=doubt.why, fix=doubt.fix),
        )

    def observations_unread(self, expected: str) -> Judgement:
        """The verdict of a check on what the hub does where that was not read."""
        why = f"what the hub does was not read: {self.reading.why}"
        return Judgement(verdict=Verdict.UNKNOWN, expected=expected, reason=why)


def _is_tunnel(way: Way) -> bool:
    return isinstance(way, TunnelEnd)


def described(resources: Mapping[ResourceKey, Resource], *, named: bool = True) -> str:
    """Resources of one kind, for a person."""
    several = named and len(resources) > 1
    return "; ".join(
        f"{key.detail or key.token}: {describe(each)}" if several else describe(each)
        for key, each in resources.items()
    )


def views(desired: DeviceState, reading: Reading, comparison: Comparison) -> Iterator[View]:
    """Every subject that *desired* knows, the hub itself first."""
    wanted: defaultdict[tuple[str, str], list[Resource]] = defaultdict(list)
    for resource in desired:
        wanted[subject_of(resource.owner)].append(resource)
    held: defaultdict[tuple[str, str], list[Resource]] = defaultdict(list)
    strays: defaultdict[str, list[Stray]] = defaultdict(list)
    if reading.state is not None:
        for resource in reading.state:
            held[subject_of(resource.owner)].append(resource)
        for stray in reading.state.strays:
            strays[stray.token or ""].append(stray)
    tunnels: defaultdict[str, list[TunnelStatus]] = defaultdict(list)
    ports: dict[str, PortStatus] = {}
    if reading.observations is not None:
        for tunnel in reading.observations.tunnels:
            tunnels[tunnel.token].append(tunnel)
        ports = {port.name: port for port in reading.observations.ports}
    wanted.setdefault(("", ""), [])
    hub = Intended.of(desired)
    for subject in sorted(wanted):
        partner, connection = subject
        tokens = frozenset(each.owner.token for each in wanted[subject])
        yield View(
            reading=reading,
            comparison=comparison,
            partner=partner or None,
            connection=connection or None,
            intended=tuple(wanted[subject]),
            held=tuple(each for each in held[subject] if each.owner.token in tokens),
            strays=tuple(stray for token in sorted(tokens) for stray in strays[token]),
            tunnels=tuple(tunnel for token in sorted(tokens) for tunnel in tunnels[token]),
            ports=ports,
            hub=hub,
        )


def subject_of(owner: Owner) -> tuple[str, str]:
    """Partner and connection; both empty for what several share."""
    return (owner.partner or "", owner.connection or "")
