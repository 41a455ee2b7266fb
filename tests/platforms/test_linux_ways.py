"""The watcher of ways against a kernel in memory: it moves routes and never takes the last one."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from ksz_netops.platforms.linux.on_hub.agent import files
from ksz_netops.platforms.linux.on_hub.agent.hub import Hub
from ksz_netops.platforms.linux.on_hub.agent.liveness import Pace
from ksz_netops.platforms.linux.on_hub.agent.places import Places
from ksz_netops.platforms.linux.on_hub.agent.ways import (
    Place,
    Watcher,
    Way,
    choose,
    lines,
    read_ways,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

OFFICIAL = "198.51.100.3"
FIRST = Way(OFFICIAL, 10, "192.0.2.142", "line1")
SECOND = Way(OFFICIAL, 11, "192.0.2.146", "line2")
EQUAL = Way(OFFICIAL, 10, "192.0.2.146", "line2")
WAYS = st.sets(
    st.builds(
        Way,
        st.sampled_from([OFFICIAL, "198.51.100.4", "2001:db8:77::1"]),
        st.sampled_from([10, 11]),
        st.sampled_from(["192.0.2.142", "192.0.2.146"]),
        st.sampled_from(["line1", "line2"]),
    )
)


@dataclass
class Kernel:
    """The routes with our number, as `ip` shows and changes them."""

    routes: dict[tuple[str, int], frozenset[tuple[str, str]]] = field(default_factory=dict)

    def __call__(self, *argv: str, stdin: str = "", limit_s: float = 0) -> str:
        del limit_s
        if argv[1] == "-j":
            return json.dumps(self._shown(6 if argv[2] == "-6" else 4))
        for line in stdin.splitlines():
            self.take(line)
        return ""

    def take(self, line: str) -> None:
        words = line.split()
        assert words[0] == "route"
        assert words[3] == "metric"
        assert words[5:7] == ["proto", "201"]
        place = (words[2], int(words[4]))
        if words[1] == "del":
            del self.routes[place]
            return
        rest = [word for word in words[7:] if word != "nexthop"]
        self.routes[place] = frozenset(zip(rest[1::4], rest[3::4], strict=True))

    def _shown(self, version: int) -> list[dict[str, Any]]:
        return [
            {
                "dst": dst,
                "metric": metric,
                "nexthops": [{"gateway": via, "dev": port} for via, port in hops],
            }
            for (dst, metric), hops in self.routes.items()
            if (":" in dst) == (version == 6)
        ]

    @property
    def ways(self) -> set[Way]:
        return {
            Way(dst, metric, via, port)
            for (dst, metric), hops in self.routes.items()
            for via, port in hops
        }


class Wire:
    """Sends nothing; the test says who answers."""

    def __init__(self) -> None:
        self.sent: list[int] = []

    def send(self, number: int, target: object) -> None:
        del target
        self.sent.append(number)


@dataclass
class World:
    """A hub of two lines in a folder, whose time the test makes go on."""

    root: Path
    kernel: Kernel = field(default_factory=Kernel)
    wire: Wire = field(default_factory=Wire)
    now: float = 1000.0
    silent: set[Way] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.places = Places(root=self.root)
        self.hub = Hub(places=self.places, run=self.kernel, now=lambda: self.now)
        for port in ("line1", "line2"):
            (self.places.ports / port).mkdir(parents=True)
            self.carrier(port, "1")

    def carrier(self, port: str, value: str) -> None:
        (self.places.ports / port / "carrier").write_text(value)

    def intend(self, *ways: Way) -> None:
        """Makes a generation with *ways* the running one, and its routes the kernel's."""
        names = len(list((self.places.run / "generations").glob("*")))
        folder = self.hub.running.folder(f"g{names}")
        folder.mkdir(parents=True)
        manifest = {
            "ways": [
                {"official": w.official, "metric": w.metric, "via": w.via, "port": w.port}
                for w in ways
            ]
        }
        (folder / "manifest.json").write_text(json.dumps(manifest))
        self.hub.running.point(folder.name)
        self.kernel.routes = {}
        for line in lines(set(ways), set(ways), {}):
            self.kernel.take(line)

    def watcher(self) -> Watcher:
        return Watcher(hub=self.hub, echo=self.wire, pace=Pace())  # type: ignore[arg-type]

    def go(self, watcher: Watcher, seconds: float) -> None:
        """Lets *watcher* work, with answers of all who are not silent."""
        end = self.now + seconds
        while self.now < end:
            watcher.begin_interval(self.now)
            for slot in range(10):
                self.wire.sent.clear()
                watcher.ask(self.now, slot)
                for number in self.wire.sent:
                    way = watcher.ways[number]
                    if way not in self.silent:
                        watcher.hear(number, way.via, self.now)
                watcher.settle(self.now)
                self.now += 0.05

    def state(self) -> dict[str, Any]:
        return {way["port"]: way for way in files.read_json(self.places.ways)["ways"]}


def test_a_silent_first_way_leaves_the_routing_table_and_comes_back_after_the_hold(
    tmp_path: Path,
) -> None:
    world = World(tmp_path)
    world.intend(FIRST, SECOND)
    watcher = world.watcher()
    world.go(watcher, 5)
    at_first = world.kernel.ways

    world.silent = {FIRST}
    world.go(watcher, 3)
    dead = (world.kernel.ways, world.state()["line1"]["alive"], world.state()["line2"]["carries"])
    world.silent = set()
    world.go(watcher, 8)
    held = world.kernel.ways
    world.go(watcher, 5)

    assert at_first == {FIRST, SECOND}
    assert dead == ({SECOND}, False, True)
    assert held == {SECOND}
    assert world.kernel.ways == {FIRST, SECOND}


def test_equal_ways_share_a_route_and_the_living_one_keeps_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.intend(FIRST, EQUAL)
    watcher = world.watcher()

    world.silent = {EQUAL}
    world.go(watcher, 4)

    assert world.kernel.routes == {(OFFICIAL, 10): frozenset({("192.0.2.142", "line1")})}


def test_where_every_way_is_dead_all_routes_stay(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.intend(FIRST, SECOND)
    watcher = world.watcher()

    world.silent = {FIRST, SECOND}
    world.go(watcher, 10)

    assert world.kernel.ways == {FIRST, SECOND}
    assert not any(way["alive"] for way in world.state().values())


def test_a_port_without_carrier_is_left_within_one_interval(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.intend(FIRST, SECOND)
    watcher = world.watcher()
    world.go(watcher, 2)

    world.carrier("line1", "0")
    world.go(watcher, 0.5)

    assert world.kernel.ways == {SECOND}


def test_a_restarted_watcher_takes_the_kernels_routes_as_its_state(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.intend(FIRST, SECOND)
    world.silent = {FIRST}
    world.go(world.watcher(), 4)

    fresh = world.watcher()
    world.go(fresh, 1)

    assert world.kernel.ways == {SECOND}
    assert [fresh.states[way].alive for way in (FIRST, SECOND)] == [False, True]


def test_a_dead_route_that_somebody_puts_back_goes_again(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.intend(FIRST, SECOND)
    watcher = world.watcher()
    world.silent = {FIRST}
    world.go(watcher, 4)

    world.kernel.routes[OFFICIAL, 10] = frozenset({("192.0.2.142", "line1")})
    files.write(world.places.outcome, b"{}")
    world.go(watcher, 1)

    assert world.kernel.ways == {SECOND}


def test_a_living_route_that_somebody_deletes_is_put_back(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.intend(FIRST, SECOND)
    watcher = world.watcher()
    world.go(watcher, 2)

    del world.kernel.routes[OFFICIAL, 10]
    world.go(watcher, 6)

    assert world.kernel.ways == {FIRST, SECOND}


def test_while_a_change_is_being_made_no_route_moves(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.intend(FIRST, SECOND)
    watcher = world.watcher()
    world.go(watcher, 2)

    world.silent = {FIRST}
    with files.locked(world.places.run):
        world.go(watcher, 4)
        during = world.kernel.ways
    world.go(watcher, 0.5)

    assert during == {FIRST, SECOND}
    assert world.kernel.ways == {SECOND}


def test_an_answer_from_another_address_does_not_count(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.intend(FIRST, SECOND)
    watcher = world.watcher()
    world.silent = {FIRST}
    world.go(watcher, 4)

    for _ in range(60):
        watcher.hear(0, "192.0.2.146", world.now)
        world.now += 0.5
        watcher.settle(world.now)

    assert world.kernel.ways == {SECOND}


def test_a_partner_that_left_is_no_longer_watched(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.intend(FIRST, SECOND)
    watcher = world.watcher()
    world.go(watcher, 1)

    world.intend()
    world.go(watcher, 6)

    assert watcher.ways == ()
    assert world.kernel.ways == set()


def test_a_full_disk_does_not_stop_the_watcher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path)
    world.intend(FIRST, SECOND)
    watcher = world.watcher()
    world.go(watcher, 2)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    world.silent = {FIRST}
    world.go(watcher, 4)

    assert world.kernel.ways == {SECOND}


@given(WAYS, st.data())
def test_an_address_with_ways_always_keeps_one(ways: set[Way], data: st.DataObject) -> None:
    living = data.draw(st.sets(st.sampled_from(sorted(ways)))) if ways else set()

    carrying = choose(tuple(sorted(ways)), living.__contains__)

    for official in {way.official for way in ways}:
        mine = {way for way in carrying if way.official == official}
        alive = {way for way in living if way.official == official}
        assert mine == (alive or {way for way in ways if way.official == official})


@given(WAYS, st.data())
def test_the_lines_lead_from_any_routes_to_those_that_carry(
    ways: set[Way], data: st.DataObject
) -> None:
    subsets = st.sets(st.sampled_from(sorted(ways))) if ways else st.just(set())
    carrying, held = data.draw(subsets), data.draw(subsets)
    kernel = Kernel()
    for line in lines(ways, held, {}):
        if " replace " in line:
            kernel.take(line)
    present: dict[Place, set[Way]] = {}
    for way in held:
        present.setdefault(Place(way.official, way.metric), set()).add(way)

    for line in lines(ways, carrying, present):
        kernel.take(line)

    assert kernel.ways == carrying


def test_while_a_generation_cannot_be_read_the_former_ways_are_watched(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.intend(FIRST, SECOND)
    watcher = world.watcher()
    world.go(watcher, 2)

    folder = world.hub.running.folder("damaged")
    folder.mkdir()
    (folder / "manifest.json").write_text('{"ways": [')
    world.hub.running.point("damaged")
    world.silent = {FIRST}
    world.go(watcher, 4)

    assert world.kernel.ways == {SECOND}


def test_a_manifest_without_ways_has_none() -> None:
    assert read_ways({}) == ()
