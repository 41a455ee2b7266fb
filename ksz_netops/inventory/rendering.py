"""The configuration that the inventory asks for, worked out without reaching a hub."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import IntentError, Problem
from ksz_netops.intent.words import suggestion
from ksz_netops.inventory.desired import desired_state
from ksz_netops.platforms import platforms
from ksz_netops.state.grammar import Fingerprint, SecretName
from ksz_netops.state.resources import DeviceState, Secret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from ksz_netops.intent.models import Intent

_ZEROS: Final = Fingerprint("0" * 16)


class UnopenedVault(Mapping[str, Secret]):
    """Every pre-shared key by its name, with a fingerprint of zeros where it is not *known*."""

    def __init__(self, known: Mapping[str, Secret] | None = None) -> None:
        self._known = known or {}

    def __getitem__(self, name: str) -> Secret:
        return self._known.get(name) or Secret(name=SecretName(name), fingerprint=_ZEROS)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """One hub's configuration, or one partner's part of it."""

    hub: str
    platform: str
    text: str


def renderings(
    intent: Intent, *, secrets: Mapping[str, Secret], on: date, subject: str | None = None
) -> Iterator[Rendering]:
    """What the hubs must hold on the day *on*, as their platforms show it.

    Args:
        intent: The inventory.
        secrets: Fingerprints of the pre-shared keys by name.
        on: The day by which flows are open or closed.
        subject: A hub, or a partner whose part is wanted on each of its hubs; all hubs where None.

    Raises:
        IntentError: If there is no such hub or partner, or a hub cannot hold what is asked of it.
    """
    partners = {partner.id: partner for partner in intent.partners}
    if subject is None:
        hubs = sorted(intent.hubs)
    elif subject in intent.hubs:
        hubs = [subject]
    elif subject in partners:
        used = {hub for each in partners[subject].connections for hub in each.hubs()}
        hubs = sorted(used)
    else:
        what = f"there is no hub and no partner '{subject}'"
        fix = suggestion(subject, [*intent.hubs, *partners])
        raise IntentError(Problem(code="KSZ115", what=what, fix=fix))
    for hub in hubs:
        state = desired_state(intent, hub, secrets=secrets, on=on)
        platform = platforms()[intent.hubs[hub].platform]
        platform.check(state)
        if subject in partners:
            state = part_of(state, subject)
        yield Rendering(hub=hub, platform=platform.name, text=platform.render(state))


def part_of(state: DeviceState, partner: str | None) -> DeviceState:
    """What of *state* belongs to *partner* alone."""
    return DeviceState.of(each for each in state if each.owner.partner == partner)
