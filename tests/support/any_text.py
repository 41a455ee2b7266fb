"""Any text in any field of an inventory, and what a hub would be sent for it.

The inventory is the good one of the tests, one partner of it at a time, in memory.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st
from pydantic import ValidationError

from ksz_netops.errors import KszError
from ksz_netops.intent.models import Extranet, Hub, Intent
from ksz_netops.intent.reading.drafts import Draft, Drafts
from ksz_netops.intent.reading.source import Source, read
from ksz_netops.intent.rules import consistency
from ksz_netops.inventory.desired import desired_state
from ksz_netops.inventory.load import partner_model
from ksz_netops.inventory.validation import AnySecret
from ksz_netops.platforms import platforms
from ksz_netops.platforms.linux.config.dialect import Dialect, Esp
from ksz_netops.platforms.linux.config.render import configuration
from ksz_netops.platforms.linux.planning import generation, order
from ksz_netops.platforms.linux.stores import tunnels
from support.inventories import GOOD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.state.resources import DeviceState

Path = tuple[Any, ...]
DAY: Final = date(2026, 12, 1)
HOSTILE: Final = [
    "%x", "%", "%\n", "\n", "\r", "\t", "\0", "\x1b[2J", "\u202e", "\u2028", " ", "  ", "\u00a0",
    ";", "; id", "$(id)", "`id`", "'", '"', "\\", "|", "&", "{", "}", "{{ 1 }}", "{% x %}", "{#",
    "#", "!", "?", "/", "/32", "/0", "../", "..", "-", "--", "-o", "=", ",", ".", ":", "*", "@",
    "KSZ-P00007-S1", "KSZ-BCSS", "\nconnection KSZ-P00007-S1 {\n}", ' comment "x"', " : 4b5a:1",
    "\nexit\nno ip access-list", " secondary", "\u0660", "\u0661", "\uff11", "\u00e9", "e\u0301",
    "true", "no", "1e3", "0x10", "010", "::ffff:192.0.2.1", "::1", "fe80::1", "0.0.0.1", "x" * 70,
]  # fmt: skip


@dataclass(frozen=True)
class Documents:
    """The data of one partner's file, of all hubs' files and of the extranet's."""

    partner: dict[str, Any]
    hubs: dict[str, dict[str, Any]]
    extranet: dict[str, Any]


@cache
def documents() -> tuple[Documents, ...]:
    """Each partner of the good inventory alone."""
    hubs = {path.stem: read(path).data["ksz_hub"] for path in (GOOD / "host_vars").glob("*.yml")}
    extranet = read(GOOD / "extranet.yml").data
    return tuple(
        Documents(read(path).data, hubs, extranet)
        for path in sorted((GOOD / "partners").glob("*.yml"))
    )


def places(data: Any, path: Path = ()) -> Iterator[Path]:  # noqa: ANN401 - YAML
    """The paths to every value of *data* that is neither a list nor a mapping, and to its keys."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from places(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from places(value, (*path, index))
    else:
        yield path


@cache
def all_places() -> tuple[tuple[int, str, Path], ...]:
    """The partner's index, the document and the path of every value."""
    found = []
    for index, each in enumerate(documents()):
        found += [(index, "partner", path) for path in places(each.partner)]
        found += [(index, "hubs", path) for path in places(_near(each))]
        found += [(index, "extranet", path) for path in places(each.extranet)]
    return tuple(found)


def _near(each: Documents) -> dict[str, Any]:
    """The hubs of which the partner's file speaks."""
    said = repr(each.partner)
    return {name: hub for name, hub in each.hubs.items() if name in said}


@st.composite
def edits(draw: st.DrawFn) -> tuple[int, str, Path, Any]:
    """One value of the inventory replaced: by any text, or with any text in it."""
    index, document, path = draw(st.sampled_from(all_places()))
    value: Any = getattr(documents()[index], document)
    for step in path:
        value = value[step]
    text = st.one_of(
        st.sampled_from(HOSTILE),
        st.text(max_size=40),
        st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=3).map("".join),
    )
    old = str(value)
    place = draw(st.integers(0, len(old)))
    new = draw(
        st.one_of(
            text,
            text.map(lambda each: old[:place] + each + old[place:]),
            st.integers(-1, 2**33),
            st.sampled_from([None, True, [], {}, [old, old], old[:-1], old.upper(), old.lower()]),
        )
    )
    return index, document, path, new


def edited(index: int, document: str, path: Path, new: Any) -> Documents:  # noqa: ANN401 - YAML
    """The documents with *new* at *path*."""
    made = copy.deepcopy(documents()[index])
    inner: Any = getattr(made, document)
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = new
    return made


def states(made: Documents) -> dict[str, DeviceState] | None:
    """What each hub must hold; None where `validate` would refuse the documents."""
    try:
        extranet = Extranet.model_validate(made.extranet)
        hubs = {name: Hub.model_validate(data) for name, data in made.hubs.items()}
        partner = partner_model().model_validate(made.partner)
    except ValidationError:
        return None
    source = Source(f"{partner.id}.yml", made.partner, "a: 1\n")
    drafts = Drafts(
        extranet=extranet,
        extranet_source=Source("extranet.yml", made.extranet, "a: 1\n"),
        hubs=hubs,
        hub_sources={name: Source(f"{name}.yml", {}, "a: 1\n") for name in hubs},
        unreadable_hubs=frozenset(),
        partners=(Draft(source=source, partner=partner),),
    )
    if any(hub.platform not in platforms() for hub in hubs.values()):
        return None
    if next(consistency.violations(drafts), None) is not None:
        return None
    intent = Intent(extranet=extranet, hubs=hubs, partners=(partner,))
    found = {}
    try:
        for name in {hub for each in partner.connections for hub in each.hubs()}:
            state = desired_state(intent, name, secrets=AnySecret(), on=DAY)
            platforms()[hubs[name].platform].check(state)
            found[name] = state
    except KszError:
        return None
    return found


def leads_to_exactly(made: Documents) -> bool:
    """Whether the documents are valid; what is sent then must be exactly what is intended."""
    held = states(made)
    for name, state in (held or {}).items():
        platform = platforms()[made.hubs[name]["platform"]]
        text = platform.render(state)
        assert platform.parse(text) == state, text
        assert text.isascii()
        assert all(line.isprintable() for line in text.splitlines())
        if platform.name == "linux":
            _every_line_is_of_a_closed_form(state)
    return held is not None


def _every_line_is_of_a_closed_form(state: DeviceState) -> None:
    """Making a step checks it; a file of a connection must read back as its statement."""
    intended = frozenset(configuration(state))
    dialect = Dialect(esp=Esp.KERNEL, internet="wan0")
    assert order.steps(frozenset(), intended, dialect)
    assert order.steps(intended, frozenset(), dialect)
    files = generation.files(intended, dialect)
    for token, statement in generation.connections(intended).items():
        read_back = list(
            tunnels.read_files({token: files[f"connections/{token}.conf"]}, {}, dialect)
        )
        assert read_back == [statement]
