"""Watches the ways of partners who have several, and takes dead ones out of the routing table.

A way is alive while its partner's router answers echo requests over it. The kernel itself goes on
using a route whose far end is silent, and even one whose port lost its carrier. Only routes of ours
change, and only between those that the running generation holds: filters, blackholes and the last
route of an address are never touched. So the watcher can fail, die and start again, and every way
stays as it was.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.platforms.linux.on_hub.agent import command, files
from ksz_netops.platforms.linux.on_hub.agent.echo import Echo, Target
from ksz_netops.platforms.linux.on_hub.agent.files import BusyError
from ksz_netops.platforms.linux.on_hub.agent.liveness import PACE, Liveness, Pace
from ksz_netops.platforms.linux.on_hub.agent.stores import batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from ksz_netops.platforms.linux.on_hub.agent.hub import Hub

_SLICES: Final = 10
"""Requests of one interval are spread over so many moments, so that none is a burst."""
_COMPARE_S: Final = 5
"""How often the kernel's routes are compared with what they should be."""
_BEAT_S: Final = 10
"""How often the state is written although nothing changed, as a sign of life."""


@dataclass(frozen=True, slots=True, order=True)
class Way:
    """One hop of a route: the partner's router with address *via* behind *port*."""

    official: str
    metric: int
    via: str
    port: str


@dataclass(frozen=True, slots=True)
class Place:
    """What the kernel has one route for, with one hop or several that share the load."""

    official: str
    metric: int


def read_ways(manifest: Mapping[str, Any]) -> tuple[Way, ...]:
    """The ways of a generation's *manifest* that belong to addresses with more than one."""
    given = manifest.get("ways", ())
    return tuple(sorted(Way(e["official"], e["metric"], e["via"], e["port"]) for e in given))


def lines(
    ways: AbstractSet[Way], carrying: AbstractSet[Way], present: Mapping[Place, AbstractSet[Way]]
) -> Iterator[str]:
    """What `ip -batch` is told so that of *ways* those *carrying* have routes and no other has.

    *present* says which hops the kernel has at each place.
    """
    for place in sorted({Place(way.official, way.metric) for way in ways}, key=_order):
        wanted = {way for way in carrying if _place(way) == place}
        if wanted == present.get(place, set()):
            continue
        name = f"{place.official} metric {place.metric} proto 201"
        if wanted:
            hops = [f"via {way.via} dev {way.port}" for way in sorted(wanted)]
            several = len(hops) > 1
            said = " ".join(f"nexthop {hop}" if several else hop for hop in hops)
            yield f"route replace {name} {said}"
        else:
            yield f"route del {name}"


def _place(way: Way) -> Place:
    return Place(way.official, way.metric)


def _order(place: Place) -> tuple[str, int]:
    return place.official, place.metric


def choose(ways: tuple[Way, ...], alive: Callable[[Way], bool]) -> set[Way]:
    """The *ways* that carry: those that are alive, or all of an address of which none is."""
    by_official: dict[str, list[Way]] = {}
    for way in ways:
        by_official.setdefault(way.official, []).append(way)
    carrying: set[Way] = set()
    for several in by_official.values():
        living = [way for way in several if alive(way)]
        carrying.update(living or several)
    return carrying


@dataclass(slots=True)
class Watcher:
    """The watcher of one hub."""

    hub: Hub
    echo: Echo
    pace: Pace = PACE
    ways: tuple[Way, ...] = ()
    states: dict[Way, Liveness] = field(default_factory=dict)
    _generation: str | None = None
    _is_due: bool = True
    _compared_at: float = float("-inf")
    _written_at: float = float("-inf")
    _outcome: int | None = None

    def run(self) -> None:
        """Watches until the process is ended."""
        due, slot = self.hub.now(), 0
        while True:
            now = self.hub.now()
            if now >= due:
                if slot == 0:
                    self.begin_interval(now)
                self.ask(now, slot)
                self.settle(now)
                slot = (slot + 1) % _SLICES
                due = max(due + self.pace.interval_s / _SLICES, now - self.pace.interval_s)
            self._hear(due - self.hub.now())

    def begin_interval(self, now: float) -> None:
        """Takes over another generation where one runs now, and looks at the ports' carrier."""
        # What cannot be read now is read at the next interval.
        with suppress(command.StepError, OSError, ValueError, KeyError, TypeError):
            self._follow(self.hub.running.current(), now)
        # Whoever restored or refreshed the hub may have put back a route that is dead.
        with suppress(OSError):
            changed = self.hub.places.outcome.stat().st_mtime_ns
            self._is_due |= changed != self._outcome
            self._outcome = changed
        without = {port for port in {way.port for way in self.ways} if not self._has_carrier(port)}
        for way in self.ways:
            if way.port in without:
                self._is_due |= self.states[way].lose_carrier(now)

    def _follow(self, generation: str | None, now: float) -> None:
        if generation == self._generation:
            return
        manifest: Mapping[str, Any] = {}
        if generation is not None:
            folder = self.hub.running.folder(generation)
            manifest = json.loads((folder / "manifest.json").read_bytes())
        self.take_over(read_ways(manifest), now)
        self._generation = generation

    def take_over(self, ways: tuple[Way, ...], now: float) -> None:
        """Watches *ways* from now on; those that it knows keep their state.

        A way that is new to it is alive if the kernel has its route, so that a restart of the
        watcher changes nothing.
        """
        present = {way for hops in self._present(ways).values() for way in hops} if ways else set()
        self.states = {
            way: self.states.get(way) or Liveness(alive=way in present, at=now, pace=self.pace)
            for way in ways
        }
        self.ways = ways
        self._is_due = True

    def hear(self, number: int, address: str, now: float) -> None:
        """Takes an answer for the way with *number*, if it came from that way's router."""
        if number < len(self.ways) and self.ways[number].via == address:
            self._is_due |= self.states[self.ways[number]].answer(now)

    def settle(self, now: float) -> None:
        """Makes the routes what the ways' states ask for, where that is due, and says so."""
        if self.ways and (self._is_due or now - self._compared_at >= _COMPARE_S):
            with suppress(BusyError, command.StepError, OSError, ValueError):
                # A commit in progress moves the same routes; the next slice tries again.
                with files.locked(self.hub.places.run):
                    self._apply()
                self._is_due, self._compared_at = False, now
                self._write(now)
        if now - self._written_at >= _BEAT_S:
            with suppress(OSError):
                self._write(now)

    def _apply(self) -> None:
        carrying = choose(self.ways, lambda way: self.states[way].alive)
        told = list(lines(set(self.ways), carrying, self._present(self.ways)))
        batch(self.hub, "ip", told)
        for line in told:
            self.hub.say(f"ways: {line}")

    def ask(self, now: float, slot: int) -> None:
        """Sends the requests of one slice of the interval."""
        for number in range(slot, len(self.ways), _SLICES):
            way = self.ways[number]
            self._is_due |= self.states[way].ask(now)
            self.echo.send(number, Target(address=way.via, port=way.port))

    def _hear(self, limit_s: float) -> None:
        for number, address in self.echo.answers(limit_s):
            self.hear(number, address, self.hub.now())

    def _has_carrier(self, port: str) -> bool:
        # Reading the file of a port that is down is an error.
        return (files.read(self.hub.places.ports / port / "carrier") or b"").strip() == b"1"

    def _present(self, ways: tuple[Way, ...]) -> dict[Place, set[Way]]:
        watched = {way.official for way in ways}
        found: dict[Place, set[Way]] = {}
        for family in ("-4", "-6"):
            shown = self.hub.run("ip", "-j", family, "route", "show", "proto", "201")
            for route in json.loads(shown or "[]"):
                if route["dst"] not in watched or "type" in route:
                    continue
                metric = route.get("metric", 0)
                for hop in route.get("nexthops", [route]):
                    way = Way(route["dst"], metric, hop.get("gateway", ""), hop.get("dev", ""))
                    found.setdefault(_place(way), set()).add(way)
        return found

    def _write(self, now: float) -> None:
        carrying = choose(self.ways, lambda way: self.states[way].alive)
        wall = time.time() - now
        document = {
            "at": now,
            "ways": [
                {
                    "official": way.official,
                    "metric": way.metric,
                    "via": way.via,
                    "port": way.port,
                    "alive": state.alive,
                    "since": round(wall + state.since),
                    "carries": way in carrying,
                }
                for way, state in self.states.items()
            ],
        }
        files.write(self.hub.places.ways, json.dumps(document).encode())
        self._written_at = now


def watch(hub: Hub) -> None:
    """Watches the ways of *hub* until the process is ended."""
    Watcher(hub=hub, echo=Echo()).run()
