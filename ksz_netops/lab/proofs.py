"""What a proof is, and the bench on which all of them are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ksz_netops.lab.claims import Kind
    from ksz_netops.lab.namespaces import Inside
    from ksz_netops.lab.requirements import Esp
    from ksz_netops.lab.running import Running
    from ksz_netops.lab.topology import Link, Topology


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One claim and what came of it."""

    partner: str
    hub: str
    kind: Kind
    subject: str
    """What was done, for a person."""
    expected: str
    seen: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The running lab, as far as proofs use it."""

    running: Running
    topology: Topology
    esp: Esp
    patience_s: float
    """How long an answer or a counter is waited for; what holds does not wait for it."""

    def inside(self, host: str) -> Inside:
        """The namespaces of *host*.

        Raises:
            LabError: If it does not run.
        """
        return self.running.host(host).inside

    def link(self, host: str, segment: str) -> Link:
        """The interface of *host* on *segment*."""
        return next(link for link in self.topology.host(host).links if link.segment == segment)
