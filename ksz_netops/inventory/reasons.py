"""Which lines of the inventory ask for a line of a hub's configuration.

Nothing is traced while the configuration is made. A connection is a reason when its resources alone
render the line; a flow is a reason when the line is gone without it.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ksz_netops.intent.reading.source import read
from ksz_netops.inventory.desired import desired_state
from ksz_netops.inventory.rendering import UnopenedVault
from ksz_netops.platforms import platforms
from ksz_netops.state.resources import DeviceState, key_of

_NUMBER: Final = re.compile(r"^\d+ ")

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from ksz_netops.errors import Origin
    from ksz_netops.intent.models import Connection, Intent, Partner
    from ksz_netops.platforms import Platform
    from ksz_netops.state.resources import Resource


@dataclass(frozen=True, slots=True, order=True)
class Reason:
    """One place in the inventory that asks for a line."""

    origin: Origin | None
    line: str
    """As the hub shows it."""
    what: str


def reasons(intent: Intent, hub: str, wanted: str, on: date) -> tuple[Reason, ...]:
    """Every place that asks for a line of *hub* that is *wanted*, or holds it where none is.

    Raises:
        IntentError: If there is no such hub.
    """
    state = desired_state(intent, hub, secrets=UnopenedVault(), on=on)
    platform = platforms()[intent.hubs[hub].platform]
    lines = _lines(platform.render(state))
    plain = " ".join(wanted.split())
    exact = {body: line for body, line in lines.items() if line == plain}
    asked = exact or {body: line for body, line in lines.items() if plain in line}
    partners = {partner.id: partner for partner in intent.partners}
    found: set[Reason] = set()
    groups = _by_partner(state)
    shared = groups.get(None, [])
    for together in (False, True):
        # A line of something shared, such as a policy, may need a partner that uses it.
        for owner, own in groups.items():
            resources = [*shared, *own] if together and owner is not None else own
            rendered = _lines(platform.render(DeviceState.of(resources)))
            for body in asked.keys() & rendered.keys():
                places = list(_of_resources(platform, resources, body))
                if owner is not None:
                    places += _of_flows(intent, hub, partners[owner], body, on)
                found.update(Reason(origin, asked[body], what) for origin, what in places)
        if found:
            break
    order = sorted(found, key=lambda each: (each.line, str(each.origin), each.what))
    return tuple(order)


def _by_partner(state: DeviceState) -> dict[str | None, list[Resource]]:
    groups: dict[str | None, list[Resource]] = {}
    for resource in state:
        groups.setdefault(resource.owner.partner, []).append(resource)
    return groups


def _lines(text: str) -> dict[str, str]:
    """The lines of a configuration by their bodies: a sequence number tells only the order."""
    found = (" ".join(line.split()) for line in text.splitlines() if line.strip(" !"))
    return {_NUMBER.sub("", line): line for line in found}


def _of_resources(
    platform: Platform, resources: list[Resource], body: str
) -> Iterator[tuple[Origin | None, str]]:
    """The resources without which the line is not there; all where it needs none by itself."""

    def is_needed(resource: Resource) -> bool:
        rest = (each for each in resources if each is not resource)
        return body not in _lines(platform.render(DeviceState.of(rest)))

    for resource in [each for each in resources if is_needed(each)] or resources:
        yield resource.origin, str(key_of(resource))


def _of_flows(
    intent: Intent, hub: str, partner: Partner[Connection], body: str, on: date
) -> Iterator[tuple[Origin | None, str]]:
    """The flows of *partner* without which the line is not there."""
    place = intent.origins.get((partner.id,))
    source = read(Path(place.file)) if place else None
    platform = platforms()[intent.hubs[hub].platform]
    for index, flow in enumerate(partner.flows):
        rest = partner.flows[:index] + partner.flows[index + 1 :]
        less = dataclasses.replace(intent, partners=(partner.model_copy(update={"flows": rest}),))
        state = desired_state(less, hub, secrets=UnopenedVault(), on=on)
        if body not in _lines(platform.render(state)):
            until = f" until {flow.until}" if flow.until else ""
            what = f"flow to {flow.to}, {flow.authorisation}{until}"
            yield source.at(("flows", index)) if source else None, what
