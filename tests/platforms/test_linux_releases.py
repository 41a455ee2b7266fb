"""Both releases of Debian say of one state in their own words what is read as equal values.

`scripts/capture-hubs` wrote the captures, by looking at hubs that run on each release.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ksz_netops.lab.roots import Release
from ksz_netops.platforms.linux.config.parse import parsed
from ksz_netops.platforms.linux.observe import live
from ksz_netops.platforms.linux.observe.seen import Seen, seen

if TYPE_CHECKING:
    from ksz_netops.state.observations import ForeignRoute, Ground, TunnelStatus

CAPTURES = Path(__file__).parent / "captures"
HUBS = ("hub-bru-1", "sftp-1")


def look(release: Release, hub: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((CAPTURES / release / f"{hub}.json").read_text())
    return document


def read(release: Release, hub: str) -> Seen:
    return seen(hub, json.dumps(look(release, hub)))


def lasting(routes: tuple[ForeignRoute, ...]) -> list[ForeignRoute]:
    """*routes* without link-local ones, for which the kernel draws lots."""
    return [route for route in routes if not route.destination.is_link_local]


def uncounted(tunnel: TunnelStatus) -> tuple[object, ...]:
    children = [(each.installed, each.local, each.remote) for each in tunnel.children]
    return tunnel.token, tunnel.established, tunnel.peer, tunnel.algorithms, children


def refusals(ground: Ground) -> set[tuple[object, ...]]:
    """Whose packets are refused a way; which of two equal ways is taken, and to which service, is
    chance.
    """
    return {(way.official, way.is_towards_partner, way.refused) for way in ground.ways}


def test_the_captures_are_of_the_tools_of_both_releases() -> None:
    versions = {
        release: json.loads(look(release, "hub-bru-1")["tools"]["table"]["out"])["nftables"][0][
            "metainfo"
        ]["version"]
        for release in Release
    }

    assert versions == {Release.BOOKWORM: "1.0.6", Release.TRIXIE: "1.1.3"}


@pytest.mark.parametrize("hub", HUBS)
@pytest.mark.parametrize("release", Release)
def test_every_part_of_a_look_is_read(release: Release, hub: str) -> None:
    found = read(release, hub)

    assert found.unread == ()
    # A file server has no tunnels, and no daemon for them.
    assert (found.silence == "") is (hub == "hub-bru-1")
    assert found.ground is not None
    assert found.foreign is not None


@pytest.mark.parametrize("hub", HUBS)
def test_both_releases_give_the_same_statements_and_the_same_state(hub: str) -> None:
    old, new = (read(release, hub) for release in Release)

    assert old.statements == new.statements
    assert parsed(old.statements) == parsed(new.statements)
    assert (old.dialect, old.daemon) == (new.dialect, new.daemon)


def test_nothing_of_a_provisioned_hub_is_a_deviation() -> None:
    for release in Release:
        assert "frame standard" in read(release, "hub-bru-1").statements
        assert read(release, "sftp-1").daemon == ("sshd standard",)
        for hub in HUBS:
            strays = parsed(read(release, hub).statements).strays
            # The files of a generation are the product's own, of the day of the capture.
            told = [each for each in strays if not each.statement.startswith("startup ")]
            assert told == []


@pytest.mark.parametrize("hub", HUBS)
def test_both_releases_give_the_same_observations(hub: str) -> None:
    old, new = (live.observations(read(release, hub)) for release in Release)

    assert list(map(uncounted, old.tunnels)) == list(map(uncounted, new.tunnels))
    assert [(each.name, each.up) for each in old.ports] == [
        (each.name, each.up) for each in new.ports
    ]
    assert old.ground is not None
    assert new.ground is not None
    assert replace(old.ground, ways=()) == replace(new.ground, ways=())
    assert refusals(old.ground) == refusals(new.ground)
    assert old.foreign is not None
    assert new.foreign is not None
    assert old.foreign.tunnels == new.foreign.tunnels
    assert old.foreign.detours == new.foreign.detours
    assert lasting(old.foreign.routes) == lasting(new.foreign.routes)


@pytest.mark.parametrize("hub", HUBS)
def test_the_ground_of_a_prepared_hub_is_whole_on_both_releases(hub: str) -> None:
    for release in Release:
        now = read(release, hub)
        ground = live.observations(now).ground

        assert now.unread == ()
        assert ground is not None
        # The agent is the product's own, of the day of the capture.
        told = [each.statement for each in ground.obstacles]
        assert [each for each in told if "another agent" not in each] == []
        assert all(way.port for way in ground.ways)
        assert bool(ground.ways) is (hub == "hub-bru-1")
