"""What is written for a router is read back from it."""

from __future__ import annotations

import ios_states
from hypothesis import given, settings
from hypothesis import strategies as st

from ksz_netops.platforms.ios_xe import normal, tree
from ksz_netops.platforms.ios_xe.parse import configuration_of, held, parse
from ksz_netops.platforms.ios_xe.render import rendered

SEEDS = st.integers(min_value=0, max_value=2**32)


@given(SEEDS)
@settings(deadline=None)
def test_what_is_rendered_is_parsed_back_to_the_same(seed: int) -> None:
    state = ios_states.state(ios_states.wishes(ios_states.dice(seed)))

    assert parse(tree.written(rendered(state))) == state


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
