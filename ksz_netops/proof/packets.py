"""Sets of packets, exact and comparable, whatever rules they were written with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksz_netops.proof.boxes import Box, disjoint, holds, outside, volume
from ksz_netops.proof.rules import Action, allowance, boxes_of, packet_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ksz_netops.proof.rules import Packet, Rule
    from ksz_netops.state.resources import IPAddress, Permit


@dataclass(frozen=True, slots=True, eq=False)
class PacketSet:
    """A set of packets; two are equal where they hold the same packets."""

    boxes: tuple[Box, ...]
    """Disjoint."""

    @classmethod
    def permitted(cls, rules: Sequence[Rule]) -> PacketSet:
        """What *rules* let through, the first match deciding."""
        earlier: list[Box] = []
        found: list[Box] = []
        for rule in rules:
            for box in boxes_of(rule):
                if rule.action is Action.PERMIT:
                    found.extend(outside(box, earlier))
                earlier.append(box)
        return cls(tuple(found))

    @classmethod
    def allowed(cls, official: IPAddress, permits: Iterable[Permit]) -> PacketSet:
        """What a partner with *official* and *permits* may send."""
        return cls(disjoint(allowance(official, permits)))

    def __contains__(self, packet: Packet) -> bool:
        point = packet.point()
        return any(holds(box, point) for box in self.boxes)

    def __bool__(self) -> bool:
        return bool(self.boxes)

    def __or__(self, other: PacketSet) -> PacketSet:
        return PacketSet((*self.boxes, *(other - self).boxes))

    def __sub__(self, other: PacketSet) -> PacketSet:
        return PacketSet(tuple(piece for box in self.boxes for piece in outside(box, other.boxes)))

    def __and__(self, other: PacketSet) -> PacketSet:
        return self - (self - other)

    def __le__(self, other: PacketSet) -> bool:
        return all(next(outside(box, other.boxes), None) is None for box in self.boxes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PacketSet):
            return NotImplemented
        return sorted(self.boxes) == sorted(other.boxes) or (self <= other <= self)

    __hash__ = None  # type: ignore[assignment] # equal sets have many forms

    @property
    def size(self) -> int:
        """How many packets, a protocol without ports counted as 65,536 squared."""
        return sum(volume(box) for box in self.boxes)

    def example(self) -> Packet | None:
        """One packet of the set, or None where there is none."""
        return packet_in(self.boxes[0]) if self.boxes else None
