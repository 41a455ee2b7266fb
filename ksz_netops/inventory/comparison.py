"""What differs between two inventories: each hub's configuration, and who may reach what."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksz_netops.errors import IntentError, Problem
from ksz_netops.intent.words import suggestion
from ksz_netops.inventory.desired import desired_state
from ksz_netops.inventory.rendering import UnopenedVault
from ksz_netops.platforms import platforms
from ksz_netops.proof.access import access_changes
from ksz_netops.state.diff import difference
from ksz_netops.state.resources import DeviceState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date

    from ksz_netops.intent.models import Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class HubChange:
    """What differs on one hub."""

    hub: str
    changes: tuple[str, ...]
    """By resource, as a plan says it."""
    configuration: tuple[str, ...]
    """The lines that go (`-`) and come (`+`), each behind the section that it stands in."""
    partners: tuple[str, ...]
    """Whom it touches."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class HubAccess:
    """Who may reach what on one hub from now on, or no longer."""

    partner: str
    hub: str
    gains: tuple[str, ...]
    loses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What differs; false where nothing does."""

    hubs: tuple[HubChange, ...]
    access: tuple[HubAccess, ...]
    risks: tuple[str, ...]
    """What a person should look at first."""

    def __bool__(self) -> bool:
        return bool(self.hubs)


def compared(before: Intent, after: Intent, on: date, hubs: Collection[str] = ()) -> Comparison:
    """What differs between *before* and *after*, both on the day *on*; on *hubs* or on all.

    Raises:
        IntentError: If a hub cannot hold what is asked of it.
    """
    changed: list[HubChange] = []
    access: list[HubAccess] = []
    known = before.hubs.keys() | after.hubs.keys()
    for name in set(hubs) - known:
        what, fix = f"there is no hub '{name}'", suggestion(name, known)
        raise IntentError(Problem(code="KSZ115", what=what, fix=fix))
    for name in sorted(set(hubs) or known):
        old, new = _state(before, name, on), _state(after, name, on)
        change = difference(old, new)
        if change:
            configuration = _lines(_rendered(before, name, old), _rendered(after, name, new))
            changed.append(
                HubChange(
                    hub=name,
                    changes=tuple(change.lines()),
                    configuration=tuple(configuration),
                    partners=change.partners,
                )
            )
            access += [
                HubAccess(partner=each.partner, hub=name, gains=each.gains, loses=each.loses)
                for each in access_changes(old, new)
            ]
    return Comparison(
        hubs=tuple(changed), access=tuple(sorted(access)), risks=tuple(_risks(before, after, on))
    )


def _state(intent: Intent, hub: str, on: date) -> DeviceState:
    if hub not in intent.hubs:
        return DeviceState.of(())
    return desired_state(intent, hub, secrets=UnopenedVault(), on=on)


def _rendered(intent: Intent, hub: str, state: DeviceState) -> list[str]:
    if hub not in intent.hubs:
        return []
    platform = platforms()[intent.hubs[hub].platform]
    platform.check(state)
    return platform.render(state).splitlines()


def _lines(old: list[str], new: list[str]) -> Iterator[str]:
    """The lines that go and come, section by section; the head of a section stands before them.

    A rendering is canonical, so that its lines as a bag say everything.
    """
    before, after = _sections(old), _sections(new)
    for head in {**before, **after}:
        was, becomes = Counter(before.get(head, ())), Counter(after.get(head, ()))
        goes, comes = was - becomes, becomes - was
        if goes + comes and head not in goes + comes:
            yield f"  {head}"
        yield from (f"- {line}" for line in goes.elements())
        yield from (f"+ {line}" for line in comes.elements())


def _sections(lines: list[str]) -> dict[str, list[str]]:
    """The lines by the line without indentation that they stand under, that one included."""
    found: dict[str, list[str]] = {}
    head = ""
    for line in lines:
        if not line.strip(" !"):
            continue
        if not line.startswith((" ", "\t", "}")):
            head = line
        found.setdefault(head, []).append(line)
    return found


def _risks(before: Intent, after: Intent, on: date) -> Iterator[str]:
    for hub in sorted(before.hubs.keys() - after.hubs.keys()):
        yield f"{hub} is no hub of the inventory any more; what it holds stays"
    old = {partner.id: partner for partner in before.partners}
    new = {partner.id: partner for partner in after.partners}
    gone = sorted(old.keys() - new.keys())
    for partner in gone:
        yield f"{partner} leaves: {old[partner].name}"
    for partner in sorted(old.keys() & new.keys()):
        was, becomes = old[partner], new[partner]
        if was.official_ip != becomes.official_ip:
            yield (
                f"{partner} gets another official address: "
                f"{was.official_ip}, now {becomes.official_ip}"
            )
        opened = any(flow.open_on(on) for flow in was.flows)
        if opened and not any(flow.open_on(on) for flow in becomes.flows):
            yield f"{partner} keeps its connection and reaches nothing any more"
    if before.extranet.prefixes != after.extranet.prefixes:
        yield "the prefixes of the extranet change, which every hub and partner rests on"
