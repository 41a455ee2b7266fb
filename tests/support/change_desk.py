"""People with keys, an inventory with a policy, and a plan that they have approved."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from ksz_netops.change.approval.admission import APPROVAL, AUTHORSHIP, AdmissionInputs
from ksz_netops.change.approval.policy import Policy
from ksz_netops.change.plan.making import Planned, make_plan
from ksz_netops.signing.signers import parse_signers
from ksz_netops.signing.ssh_signatures import sign
from support.fake_session import FakeHub
from support.sample_states import HUB, WITHOUT_VPN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ksz_netops.change.plan.plan import Plan
    from ksz_netops.errors import Problem
    from ksz_netops.state.resources import DeviceState

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
"""A Tuesday, nine in the evening in Brussels."""
HEAD = f"7:{'7' * 64}"
"""Of the record when the plan was made."""
FILES = {
    name: f"{number:064x}"
    for number, name in enumerate(
        ["extranet.yml", "hubs.yml", "host_vars/hub-a.yml", "partners/P00005.yml"]
    )
}
POLICY = Policy.model_validate(
    {
        "approvers": 2,
        "valid_for_h": 72,
        "attesters": ["pipeline"],
        "windows": [{"days": ["tue", "thu"], "from": "20:00", "until": "23:00"}],
        "freeze": [{"from": "2026-12-18", "until": "2027-01-04", "reason": "end of the year"}],
    }
)
PEOPLE = ("alice", "bob", "carol", "pipeline", "mallory")
"""All but the last are in allowed_signers."""


@cache
def key_of(person: str, kind: str = "ed25519") -> Path:
    """The private key of *person*, made once."""
    path = Path(mkdtemp(prefix="ksz-test-keys-"), person)
    subprocess.run(  # noqa: S603 - argv is ours
        ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", person, "-f", str(path)],  # noqa: S607 - the system's own
        check=True,
    )
    return path


def signers_text() -> str:
    """Alice, Bob and Carol, and a pipeline whose key cannot approve."""
    lines = []
    for person in PEOPLE[:-1]:
        only = f' namespaces="{AUTHORSHIP}"' if person == "pipeline" else ""
        public = key_of(person).with_suffix(".pub").read_text(encoding="utf-8")
        lines.append(f"{person}{only} {public}")
    return "".join(lines)


@cache
def signature(raw: bytes, person: str, namespace: str = APPROVAL) -> str:
    return sign(raw, key=key_of(person), namespace=namespace)


def plan_of(
    running: DeviceState = WITHOUT_VPN, intended: DeviceState = HUB, author: str = "alice"
) -> Plan:
    platform = FakeHub(running)
    return make_plan(
        [Planned(name="hub-a", platform=platform, running=running, intended=intended)],
        author=author,
        made_at=NOW - timedelta(hours=2),
        not_after=NOW + timedelta(hours=60),
        intent=FILES,
        record=HEAD,
    )


@dataclass(frozen=True, kw_only=True)
class Case:
    """One attempt to have a plan admitted."""

    raw: bytes
    signatures: tuple[str, ...]
    at: datetime = NOW
    policy: Policy = POLICY
    files: dict[str, str] = field(default_factory=lambda: dict(FILES))
    used: Callable[[str], bool] = lambda _: False
    heads: frozenset[str] = frozenset({HEAD})
    provenance: Callable[[Plan], Iterable[Problem]] = lambda _: ()
    signers: str = field(default_factory=signers_text)

    @property
    def inputs(self) -> AdmissionInputs:
        return AdmissionInputs(
            signers=parse_signers(self.signers),
            policy=self.policy,
            files=self.files,
            is_used=self.used,
            leads_through=self.heads.__contains__,
            provenance=self.provenance,
        )

    def but(self, **other: object) -> Case:
        return replace(self, **other)


def approved(plan: Plan | None = None) -> Case:
    """A plan of Alice's that Bob and Carol have approved."""
    raw = (plan or plan_of()).as_bytes()
    return Case(
        raw=raw,
        signatures=(
            signature(raw, "alice", AUTHORSHIP),
            signature(raw, "bob"),
            signature(raw, "carol"),
        ),
    )
