"""Explore: a circuit of Proximus to the hub, for partners who already use Explore."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import model_validator

from ksz_netops.intent.models import Connection
from ksz_netops.intent.models.line import Line
from ksz_netops.intent.models.values import Flag
from ksz_netops.intent.words import refusal
from ksz_netops.state.resources import Entry, PartnerFilter, Route, Shaper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.intent.models import Site
    from ksz_netops.intent.models.surroundings import Claim, Ground, LinkNetwork
    from ksz_netops.intent.words import Violation
    from ksz_netops.state.resources import Resource


class Reason(StrEnum):
    """Why Explore makes sense for a partner who did not have it."""

    OTHER_PROJECTS = "other_projects"
    """Explore also serves other projects of the partner."""
    OUTSIDE_BRUSSELS = "outside_brussels"
    """The connection leaves the Brussels-Capital Region."""


class Explore(Connection):
    """A circuit of the Explore network to the hub."""

    title: ClassVar[str] = "direct line, Explore"
    example: ClassVar[Mapping[str, Any]] = {
        "id": "S1",
        "method": "explore",
        "has_explore": True,
        "line": dict(Line.example),
    }

    method: Literal["explore"]
    has_explore: Flag
    """Whether the partner had Explore before."""
    reason: Reason | None = None
    """Required of those who had not."""
    line: Line

    @model_validator(mode="after")
    def _is_sensible(self) -> Explore:
        if not self.has_explore and self.reason is None:
            what = "a partner without Explore needs a reason to take it"
            fix = "add `reason: other_projects` or outside_brussels, or choose a leased line"
            raise refusal(code="KSZ153", what=what, fix=fix, at=("has_explore",))
        return self

    def hubs(self) -> frozenset[str]:
        """The hub of its line."""
        return frozenset({self.line.hub})

    def precedence(self) -> dict[str, tuple[int, ...]]:
        """One way, over its line."""
        return {self.line.hub: (self.preference,)}

    def resources(self, site: Site) -> Iterator[Resource]:
        """A handoff, and over it a route, a filter and a rate."""
        owner, line = site.owner(self), self.line
        port = line.port(site)
        yield line.handoff(site, owner)
        yield Route(
            owner=owner,
            official=site.official,
            hops=(line.hop(site, self.preference),),
            origin=site.origin,
        )
        yield PartnerFilter(
            owner=owner,
            official=site.official,
            entries=(Entry(way=port),),
            permits=site.permits,
            origin=site.origin,
        )
        yield Shaper(
            owner=owner,
            number=site.number(self),
            official=site.official,
            rates_kbps=((port, line.rate_kbps),),
            origin=site.origin,
        )

    def violations(self, ground: Ground) -> Iterator[Violation]:
        """Those of its line."""
        for violation in self.line.violations(ground):
            yield violation.below("line")

    def claims(self, ground: Ground) -> Iterator[Claim]:
        """Those of its line."""
        for claim in self.line.claims(ground):
            yield replace(claim, path=("line", *claim.path))

    def networks(self) -> Iterator[LinkNetwork]:
        """Those of its line."""
        for network in self.line.networks():
            yield replace(network, path=("line", *network.path))
