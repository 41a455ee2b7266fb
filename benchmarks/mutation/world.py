"""Hubs as they answered in one audit, and what the audit makes of other answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from benchmarks.mutation import honest, linux, routers
from benchmarks.mutation.replay import NOWHERE, Replayed, recorded
from ksz_netops.compliance.checks.catalogue import check_hub
from ksz_netops.compliance.reading import read_hub
from ksz_netops.platforms import platforms
from ksz_netops.platforms.linux.device.session import LOOK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from random import Random

    from benchmarks.mutation.mutants import Device, Mutant
    from ksz_netops.compliance.findings import Finding
    from ksz_netops.state.resources import DeviceState

LINUX: Final = "linux"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedHub:
    """What one hub must hold, and what it answered."""

    name: str
    platform: str
    desired: DeviceState
    answers: Mapping[str, str]

    @property
    def device(self) -> Device:
        """The hub as it answered; a router is one that starts with the same configuration."""
        if self.platform == LINUX:
            return recorded(self.answers)
        return routers.played(*routers.router_of(self.answers, self.desired))

    def mutants(self, random: Random) -> Iterator[Mutant]:
        """Everything that may be wrong with it."""
        if self.platform == LINUX:
            return linux.mutants(self.name, self.answers[LOOK], random)
        return routers.mutants(self.name, self.answers, self.desired, random)

    def unforeseen(self) -> Iterator[Mutant]:
        """What may be otherwise in its answers, whether or not it matters."""
        if self.platform == LINUX:
            return linux.unforeseen(self.name, self.answers[LOOK])
        return routers.unforeseen(self.name, self.answers, self.desired)

    def later(self, random: Random) -> Device:
        """It again, with nothing wrong."""
        if self.platform == LINUX:
            return honest.linux(self.answers[LOOK], random)
        text, peers = routers.router_of(self.answers, self.desired)
        return honest.router(text, peers, random)

    def bad(self, device: Device) -> list[Finding]:
        """What the audit has against *device* in its place."""
        platform = Replayed(platforms()[self.platform], device)
        reading = read_hub(platform, replace(NOWHERE, name=self.name))
        return [each for each in check_hub(self.desired, reading) if not each.verdict.good]


def answers_in(folder: Path) -> dict[str, Mapping[str, str]]:
    """By hub, what the evidence of one audit in *folder* holds."""
    kept = (json.loads(file.read_text("utf-8")) for file in folder.glob("*.json"))
    return {each["hub"]: each["answers"] for each in kept}
