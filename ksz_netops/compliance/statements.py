"""What is wrong with a resource that is there in part, told by the statements of its platform.

A platform reads a resource whose statements are not all there, or not as they are rendered, as
strays. Which statement lacks and which stands in its place is found by rendering what is intended
and comparing text; verdicts do not depend on it.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import KszError
from ksz_netops.state.resources import DeviceState, Owner, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.compliance.reading import Reading
    from ksz_netops.state.resources import Resource, Stray


_MOST_EXPLAINED: Final = 50
"""Of one hub; each costs a rendering."""


def statements(text: str) -> frozenset[str]:
    """*text* cut where a line begins that is neither indented nor closes a block."""
    found: list[str] = []
    for line in text.splitlines():
        continues = line[:1].isspace() or not line.strip("})] !")
        if found and continues:
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return frozenset(found)


def _header(statement: str) -> str:
    return statement.partition("\n")[0]


def _likeness(statement: str) -> Iterator[tuple[str, ...]]:
    """What *statement* has in common with those that may stand in its place."""
    header, _, rest = statement.partition("\n")
    if rest:
        yield ("block", header)
        return
    words = header.split(" ")
    for position in range(1, len(words)):
        yield (*words[:position], "", *words[position + 1 :])


class Comparison:
    """The statements of one hub, intended and held; empty where its platform does not say them."""

    def __init__(self, desired: DeviceState, reading: Reading) -> None:
        self._reading = reading
        self._desired = desired
        self._explained = 0

    @property
    def exhausted(self) -> bool:
        """Whether so much is wrong that the rest is no longer looked at in detail."""
        return self._explained >= _MOST_EXPLAINED

    def explains(self, stray: Stray) -> bool:
        """Whether *stray* is part of a resource that is not held, or stands in the place of one.

        The check on that resource tells it then.
        """
        return stray.statement in self._unheld or stray.statement in self._standing_in

    def wrong_with(self, resource: Resource) -> tuple[str, ...]:
        """What of *resource* is lacking or stands there otherwise; nothing where none of it is."""
        if not self._strays or self.exhausted:
            return ()
        self._explained += 1
        frame = tuple(each for each in self._frame if each != resource)
        base = self._rendered_frame if frame == self._frame else self._rendered(frame)
        own = self._rendered((*frame, resource)) - base
        lacking = sorted(own - self._held)
        in_place = {statement: self._in_place.get(statement, "") for statement in lacking}
        if len(lacking) == len(own) and not any(in_place.values()):
            return ()
        return tuple(
            phrase
            for statement, instead in in_place.items()
            for phrase in _compared(statement, instead)
        )

    def instead_of(self, resource: Resource) -> tuple[str, ...]:
        """The statements that stand where those of *resource* must stand."""
        if not self._strays or self._explained > _MOST_EXPLAINED:
            return ()
        frame = tuple(each for each in self._frame if each != resource)
        base = self._rendered_frame if frame == self._frame else self._rendered(frame)
        own = self._rendered((*frame, resource)) - base
        return tuple(self._in_place[each] for each in sorted(own) if each in self._in_place)

    @cached_property
    def _frame(self) -> tuple[Resource, ...]:
        """What some platforms need beside a resource to render it."""
        return tuple(each for each in self._desired if each.owner == Owner.shared("HUB"))

    @cached_property
    def _rendered_frame(self) -> frozenset[str]:
        return self._rendered(self._frame)

    @cached_property
    def _unheld(self) -> frozenset[str]:
        """The statements of resources that are intended and not held as a whole."""
        state = self._reading.state
        held = state.by_key() if state else {}
        unheld = tuple(each for each in self._desired if held.get(key_of(each)) != each)
        frame = tuple(each for each in self._frame if each not in unheld)
        return self._rendered((*frame, *unheld)) - self._rendered(frame)

    @cached_property
    def _in_place(self) -> dict[str, str]:
        """By intended statement that is nowhere on the hub, the stray that stands for it.

        That is a block with its first line, or a line that differs in one word; each stray once.
        """
        alike: dict[tuple[str, ...], str] = {}
        for stray in sorted(self._strays - self._unheld, reverse=True):
            for key in _likeness(stray):
                alike[key] = stray
        found: dict[str, str] = {}
        taken: set[str] = set()
        for statement in sorted(self._unheld - self._strays):
            candidates = (alike.get(key) for key in _likeness(statement))
            instead = next((each for each in candidates if each), None)
            if instead is not None and instead not in taken:
                found[statement] = instead
                taken.add(instead)
        return found

    @cached_property
    def _standing_in(self) -> frozenset[str]:
        return frozenset(self._in_place.values())

    @cached_property
    def _held(self) -> frozenset[str]:
        """Every statement on the hub: what its resources need, and the strays."""
        state = self._reading.state
        if state is None:
            return self._strays
        resources = tuple(dict.fromkeys((*self._frame, *state)))
        return self._strays | self._rendered(resources)

    @cached_property
    def _strays(self) -> frozenset[str]:
        state = self._reading.state
        return frozenset(stray.statement for stray in state.strays) if state else frozenset()

    def _rendered(self, resources: tuple[Resource, ...]) -> frozenset[str]:
        if self._reading.render is None:
            return frozenset()
        try:
            return statements(self._reading.render(DeviceState.of(resources)))
        except (KszError, ValueError):
            # A part of a state may be nothing that the platform can render.
            return frozenset()


def _compared(intended: str, found: str) -> Iterator[str]:
    """In what *found* differs from *intended*, line by line; it lacks where *found* is empty."""
    if not found:
        yield f"`{_header(intended)}` missing"
        return
    if "\n" not in intended:
        yield f"`{found}`, intended `{intended}`"
        return
    wanted = Counter(line.strip() for line in intended.splitlines())
    there = Counter(line.strip() for line in found.splitlines())
    extra = [*(there - wanted).elements()]
    for line in (wanted - there).elements():
        word = line.partition(" ")[0]
        other = next((each for each in extra if each.partition(" ")[0] == word), None)
        if other is None:
            yield f"`{line}` missing in `{_header(intended)}`"
        else:
            extra.remove(other)
            yield f"`{other}`, intended `{line}`"
    for line in extra:
        yield f"`{line}` not intended in `{_header(intended)}`"
