"""The laws that every platform keeps, whatever hubs it is for."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis.strategies import integers

from ksz_netops.errors import UnsupportedError
from ksz_netops.platforms import Platform, platforms
from ksz_netops.state.resources import DeviceState, EthernetPort, PartnerFilter, Perimeter, Resource
from support.strategies import device_states

LAW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])


@pytest.fixture(params=sorted(platforms()), scope="session")
def platform(request: pytest.FixtureRequest) -> Platform:
    return platforms()[request.param]


def supported(platform: Platform, state: DeviceState) -> DeviceState:
    """*state*, or what is left of it without a file service and layer-2 addresses.

    Its ports are then called as a router calls them. Another example where the platform cannot
    hold that either.
    """
    try:
        platform.check(state)
    except UnsupportedError:
        simple = (simpler(each) for each in state if each.kind != "sftp_account")
        state = DeviceState.of(on_router_ports(each) for each in simple)
        try:
            platform.check(state)
        except UnsupportedError:
            assume(condition=False)
    return state


def on_router_ports(value: Any) -> Any:  # noqa: ANN401 - any part of a resource
    """*value* with routers' names for its Ethernet ports."""
    if isinstance(value, EthernetPort):
        return replace(value, interface=f"TenGigabitEthernet0/0/{sum(value.interface.encode())}")
    if isinstance(value, tuple):
        return tuple(map(on_router_ports, value))
    if not is_dataclass(value) or isinstance(value, type):
        return value
    inner = {each.name: on_router_ports(getattr(value, each.name)) for each in fields(value)}
    return replace(value, **inner)


def simpler(resource: Resource) -> Resource:
    match resource:
        case Perimeter():
            return replace(resource, file_service=False)
        case PartnerFilter():
            entries = tuple(replace(entry, layer2=None) for entry in resource.entries)
            return replace(resource, entries=entries)
        case _:
            return resource


@LAW
@given(state=device_states())
def test_what_is_rendered_is_read_back_as_the_same_state(
    platform: Platform, state: DeviceState
) -> None:
    state = supported(platform, state)

    assert platform.parse(platform.render(state)) == state


@LAW
@given(state=device_states())
def test_rendering_a_state_twice_gives_the_same_text(
    platform: Platform, state: DeviceState
) -> None:
    state = supported(platform, state)

    assert platform.render(state) == platform.render(DeviceState.of(reversed(state.resources)))


@LAW
@given(state=device_states())
def test_a_hub_that_holds_what_is_intended_gets_no_command(
    platform: Platform, state: DeviceState
) -> None:
    state = supported(platform, state)

    assert platform.commands(state, state) == ()


@LAW
@given(before=device_states(), after=device_states())
def test_two_different_states_never_look_alike(
    platform: Platform, before: DeviceState, after: DeviceState
) -> None:
    before = supported(platform, before)
    after = supported(platform, after)

    assert (platform.render(before) == platform.render(after)) == (before == after)
    assert bool(platform.commands(before, after)) == (before != after)
    assert bool(platform.safety(before, after)) == (before != after)


@LAW
@given(state=device_states(), start=integers(0, 20))
def test_a_configuration_that_lacks_a_line_is_another_state(
    platform: Platform, state: DeviceState, start: int
) -> None:
    state = supported(platform, state)
    lines = platform.render(state).splitlines(keepends=True)
    # Every line of a long one would be parsed anew: some twenty of them, others in each example.
    step = 1 + len(lines) // 20

    for index in range(start % step, len(lines), step):
        if lines[index].strip(" }!\n").startswith("#") or not lines[index].strip(" }!\n"):
            continue
        assert platform.parse("".join(lines[:index] + lines[index + 1 :])) != state


@LAW
@given(state=device_states())
def test_secrets_show_as_fingerprints_only(platform: Platform, state: DeviceState) -> None:
    state = supported(platform, state)

    renamed = DeviceState.of(
        replace(each, secret=replace(each.secret, name="other")) if each.kind == "tunnel" else each
        for each in state
    )

    assert platform.render(renamed) == platform.render(state)


@LAW
@given(state=device_states())
def test_what_a_partner_may_reach_is_all_that_its_filter_admits(
    platform: Platform, state: DeviceState
) -> None:
    state = supported(platform, state)
    closed = DeviceState.of(
        replace(each, permits=()) if isinstance(each, PartnerFilter) else each for each in state
    )

    assert platform.parse(platform.render(closed)) == closed
