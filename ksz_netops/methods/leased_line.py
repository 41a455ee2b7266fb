"""Leased line: one or two lines of an operator between the partner and the hubs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, WithJsonSchema, model_validator

from ksz_netops.intent.models import Connection, IntentModel
from ksz_netops.intent.models.line import Delivery, Line
from ksz_netops.intent.models.values import Text, Title
from ksz_netops.intent.note.catalogue import OPERATORS, OTHER_OPERATOR
from ksz_netops.intent.words import Violation, refusal, shown, suggestion
from ksz_netops.state.resources import BundlePort, E1Port, Entry, PartnerFilter, Route, Shaper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.intent.models import Site
    from ksz_netops.intent.models.surroundings import Claim, Ground, LinkNetwork
    from ksz_netops.state.resources import Hop, Resource, Way

_MOST_LINES: Final = 2


def _operator(value: str) -> str:
    if value in OPERATORS or value == OTHER_OPERATOR:
        return value
    for operator in OPERATORS.values():
        if value.strip().casefold() in {name.casefold() for name in operator.former_names}:
            raise refusal(
                code="KSZ150",
                what=f"operator {shown(value)} is not known",
                fix=f"did you mean {operator.name}?",
            )
    fix = suggestion(value, OPERATORS)
    fix += f" For another, write `operator: {OTHER_OPERATOR}` and `operator_name:`"
    raise refusal(code="KSZ150", what=f"operator {shown(value)} is not known", fix=fix)


Operator = Annotated[
    str,
    AfterValidator(_operator),
    WithJsonSchema({"type": "string", "enum": [*OPERATORS, OTHER_OPERATOR]}),
]


class Use(StrEnum):
    """How two lines share the work."""

    BUNDLE = "bundle"
    """As one link (MLPPP); both are E1 and end on one chassis."""
    EQUAL = "equal"
    """As equal paths of one hub."""
    PRIMARY_BACKUP = "primary_backup"
    """The second carries while the first is down; it may end on another hub."""


class Availability(IntentModel):
    """The partner's own assessment of the operator's lines."""

    redundancy: Text
    stability: Text
    assessed_on: date


class LeasedLine(Connection):
    """One or two leased lines."""

    title: ClassVar[str] = "direct line, leased"
    example: ClassVar[Mapping[str, Any]] = {
        "id": "S1",
        "method": "leased_line",
        "operator": "Proximus",
        "lines": [dict(Line.example)],
        "availability": {"redundancy": "-", "stability": "-", "assessed_on": "2026-01-01"},
    }

    method: Literal["leased_line"]
    operator: Operator
    operator_name: Title | None = None
    """The operator's name, where `operator` is `other`."""
    lines: tuple[Line, ...]
    use: Use | None = None
    """Required with two lines."""
    availability: Availability | None = None
    """Required where the operator is not on the extranet with an infrastructure of its own."""

    @model_validator(mode="after")
    def _is_ordered_as_it_is_sold(self) -> LeasedLine:
        if not 1 <= len(self.lines) <= _MOST_LINES:
            what = f"{len(self.lines)} lines are ordered"
            raise refusal(code="KSZ142", what=what, fix="order one line or two", at=("lines",))
        if (len(self.lines) == _MOST_LINES) != (self.use is not None):
            if self.use is None:
                what, fix = "it is not said how the two lines are used", "add `use: equal`"
                raise refusal(
                    code="KSZ142", what=what, fix=f"{fix}, bundle or primary_backup", at=("lines",)
                )
            what = "one line has nothing to share the work with"
            raise refusal(code="KSZ142", what=what, fix="delete `use`", at=("use",))
        if (self.operator == OTHER_OPERATOR) != (self.operator_name is not None):
            what = "the name of another operator goes with `operator: other`"
            fix = "give both or neither"
            raise refusal(code="KSZ150", what=what, fix=fix, at=("operator",))
        if self.availability is None and not self._on_the_extranet:
            what = f"operator {self.operator_name or self.operator} needs the partner's assessment"
            fix = "add `availability:` with redundancy, stability and assessed_on"
            raise refusal(code="KSZ152", what=what, fix=fix, at=("operator",))
        self._check_use()
        return self

    def _check_use(self) -> None:
        """Raises what is wrong with two lines together."""
        if self.use in {Use.BUNDLE, Use.EQUAL} and len({line.hub for line in self.lines}) > 1:
            what = f"two lines as {self.use} end on two hubs"
            fix = "end both on one hub, or `use: primary_backup`"
            raise refusal(code="KSZ142", what=what, fix=fix, at=("lines", 1, "hub"))
        if self.use is Use.BUNDLE and self.lines[1].links():
            what = "a bundle has one link, that of its first line"
            key = self.lines[1].links()[0][0]
            raise refusal(code="KSZ142", what=what, fix="delete this one", at=("lines", 1, key))

    @property
    def _on_the_extranet(self) -> bool:
        operator = OPERATORS.get(self.operator)
        return operator is not None and operator.on_the_extranet

    @property
    def usual_delivery(self) -> Delivery:
        """How the operator hands its lines over unless a line says otherwise."""
        return Delivery.ETHERNET if self._on_the_extranet else Delivery.E1

    def hubs(self) -> frozenset[str]:
        """The hubs of its lines."""
        return frozenset(line.hub for line in self.lines)

    def precedence(self) -> dict[str, tuple[int, ...]]:
        """A way for each line; equal ones and a bundle count as one."""
        return {hub: tuple(sorted({rank for _, rank in self._on(hub)})) for hub in self.hubs()}

    def _on(self, hub: str) -> list[tuple[Line, int]]:
        """The lines that end on *hub*, each with its preference."""
        step = 1 if self.use is Use.PRIMARY_BACKUP else 0
        ranked = [(line, self.preference + step * rank) for rank, line in enumerate(self.lines)]
        return [(line, rank) for line, rank in ranked if line.hub == hub]

    def resources(self, site: Site) -> Iterator[Resource]:
        """Handoffs, and over them a route, a filter and a rate."""
        owner = site.owner(self)
        ways: list[tuple[Way, int]]
        hops: tuple[Hop, ...]
        if self.use is Use.BUNDLE:
            bundle = BundlePort(site.number(self), self._members(site))
            handoff = replace(self.lines[0].handoff(site, owner), port=bundle)
            hops = (replace(self.lines[0].hop(site, self.preference), port=bundle),)
            ways = [(bundle, sum(line.rate_kbps for line in self.lines))]
            yield handoff
        else:
            ranked = self._on(site.hub_name)
            hops = tuple(line.hop(site, rank) for line, rank in ranked)
            ways = [(line.port(site), line.rate_kbps) for line, _ in ranked]
            yield from (line.handoff(site, owner) for line, _ in ranked)
        yield Route(owner=owner, official=site.official, hops=hops, origin=site.origin)
        yield PartnerFilter(
            owner=owner,
            official=site.official,
            entries=tuple(Entry(way=way) for way, _ in ways),
            permits=site.permits,
            origin=site.origin,
        )
        yield Shaper(
            owner=owner,
            number=site.number(self),
            official=site.official,
            rates_kbps=tuple(ways),
            origin=site.origin,
        )

    def _members(self, site: Site) -> tuple[E1Port, ...]:
        ports = (line.port(site) for line in self.lines)
        return tuple(port for port in ports if isinstance(port, E1Port))

    def violations(self, ground: Ground) -> Iterator[Violation]:
        """Those of its lines, and how each was delivered."""
        for index, line in enumerate(self.lines):
            linked = not (self.use is Use.BUNDLE and index > 0)
            for violation in line.violations(ground, linked=linked):
                yield violation.below("lines", index)
            attachment = ground.attachment(line.hub, line.attachment)
            if attachment is None or attachment.network is not None:
                continue
            found = Delivery.E1 if attachment.controller else Delivery.ETHERNET
            expected = line.delivery or self.usual_delivery
            if self.use is Use.BUNDLE and found is not Delivery.E1:
                yield Violation(
                    code="KSZ142",
                    what=f"'{line.attachment}' is Ethernet, and a bundle has E1 lines",
                    fix="attach it to an E1 controller, or `use: equal`",
                    path=("lines", index, "attachment"),
                )
            elif found is not expected:
                yield self._not_offered(line, expected, found).below("lines", index)

    def _not_offered(self, line: Line, expected: Delivery, found: Delivery) -> Violation:
        name = self.operator_name or self.operator
        if line.delivery is None:
            what = f"{name} usually hands over by {expected}, and '{line.attachment}' is {found}"
            fix = f"add `delivery: {found}` if it was delivered so, or attach it elsewhere"
            return Violation(code="KSZ151", what=what, fix=fix, path=("attachment",))
        what = f"the line is delivered by {expected}, and '{line.attachment}' is {found}"
        fix = "name an attachment of that kind, or correct the delivery"
        return Violation(code="KSZ151", what=what, fix=fix, path=("delivery",))

    def claims(self, ground: Ground) -> Iterator[Claim]:
        """Those of its lines."""
        for index, line in enumerate(self.lines):
            for claim in line.claims(ground):
                yield replace(claim, path=("lines", index, *claim.path))

    def networks(self) -> Iterator[LinkNetwork]:
        """Those of its lines."""
        for index, line in enumerate(self.lines):
            for network in line.networks():
                yield replace(network, path=("lines", index, *network.path))
