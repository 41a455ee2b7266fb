"""What is written for a router is read back from it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksz_netops.platforms import platforms
from ksz_netops.platforms.ios_xe.config import normal, tree
from ksz_netops.platforms.ios_xe.config.parse import configuration_of, held, parse
from ksz_netops.platforms.ios_xe.config.render import rendered
from ksz_netops.state.grammar import ControllerName
from ksz_netops.state.resources import BundlePort, DeviceState, E1Port, Handoff, Perimeter
from support import ios_states

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.platforms.ios_xe.config.tree import Path, Tree

SEEDS = st.integers(min_value=0, max_value=2**32)


@given(SEEDS)
@settings(deadline=None)
def test_what_is_rendered_is_parsed_back_to_the_same(seed: int) -> None:
    state = ios_states.state(ios_states.wishes(ios_states.dice(seed)))

    assert parse(tree.written(rendered(state))) == state


def wished(kind: str, *, six: bool = False) -> DeviceState:
    """A hub with a partner of *kind*, two where they share something, and what guards it."""
    first = ios_states.Wish(
        number=5,
        kind=kind,
        slot=5,
        six=six,
        services=frozenset({0, 1, 3}),
        rate_kbps=512,
        crypto="baseline",
        key=1,
        connection=1,
        preference=10,
    )
    second = dataclasses.replace(first, number=6, slot=6, connection=2, crypto="high", key=2)
    return ios_states.state({5: first, 6: second} if kind in {"fedman", "vpn"} else {5: first})


def without_each_line(whole: Tree, above: Path = ()) -> Iterator[tuple[Path, Tree]]:
    """Each line of *whole* with all of *whole* but it and what stands below it."""
    for line, below in whole.items():
        yield (*above, line), {each: whole[each] for each in whole if each != line}
        for path, rest in without_each_line(below, (*above, line)):
            yield path, {**whole, line: rest}


@pytest.mark.parametrize(
    ("kind", "six"),
    [(kind, False) for kind in ios_states.KINDS]
    + [(kind, True) for kind in ("vlan", "fedman", "vpn")],
)
def test_a_router_that_lacks_any_one_of_our_lines_is_never_what_was_intended(
    kind: str, *, six: bool
) -> None:
    intended = wished(kind, six=six)
    whole = rendered(intended)

    unseen = [
        path for path, rest in without_each_line(whole) if parse(tree.written(rest)) == intended
    ]

    assert parse(tree.written(whole)) == intended
    assert unseen == []


@given(SEEDS)
@settings(deadline=None)
def test_whatever_lines_are_lost_or_added_the_state_says_exactly_what_the_router_holds(
    seed: int,
) -> None:
    rng = ios_states.dice(seed)
    own = rendered(ios_states.state(ios_states.wishes(rng)))
    for _ in range(rng.randint(1, 4)):
        header = rng.choice(list(own))
        section = own[header]
        if rng.random() < 0.3:
            own.pop(header)
        elif rng.random() < 0.5 and section:
            section.pop(rng.choice(list(section)))
        else:
            section[rng.choice(["description KSZ-P00099-S1", "5 permit ip any any", "x y"])] = {}
        if not own:
            return
    own = normal.own(own)

    state = held(own)

    assert configuration_of(state) == normal.arranged(own)
    assert bool(state.strays) == (rendered(state) != own)


def test_the_lines_of_a_bundle_may_be_named_in_any_order() -> None:
    lines = [E1Port(ControllerName(slot)) for slot in ("0/10/0", "0/9/7")]
    one, other = BundlePort(7, tuple(lines)), BundlePort(7, tuple(reversed(lines)))
    state = ios_states.state({7: dataclasses.replace(ios_states.LINE, number=7, kind="bundle")})
    moved = DeviceState.of(
        dataclasses.replace(each, port=one) if isinstance(each, Handoff) else each
        for each in state
        if isinstance(each, Handoff | Perimeter)
    )

    platforms()["ios_xe"].check(moved)

    assert one == other
    assert parse(tree.written(rendered(moved))) == moved
