"""Boxes of packets, and what is left of one when others are taken away.

A box is the product of five closed intervals, flat in one tuple for speed:

    source, destination, protocol, port, source port

- IPv4 and IPv6 addresses share one axis, IPv4 first. A rule never mixes families in one box, so
  boxes of two families are disjoint without being told apart.
- `port` is the destination port, for ICMP the type. A type fills 0 to 255 only, so 255 stands for
  all that is above it; a protocol with neither has the whole axis.

All is integers and exact; nothing here is rounded or sampled.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ksz_netops.state.resources import IPAddress, IPNetwork

Interval: TypeAlias = tuple[int, int]
Box: TypeAlias = tuple[int, int, int, int, int, int, int, int, int, int]

PORTS: Final[Interval] = (0, 65535)
PROTOCOLS: Final[Interval] = (0, 255)
TYPES: Final = 255
_SIXES: Final = 1 << 32
"""Where IPv6 begins on the address axis."""
_BITS: Final = {4: 32, 6: 128}


def interval_of(network: IPNetwork) -> Interval:
    """The addresses of *network* on the address axis."""
    version = network.version
    first = int(network.network_address) + (_SIXES if version == 6 else 0)  # noqa: PLR2004
    return first, first + (1 << (_BITS[version] - network.prefixlen)) - 1


def point_of(address: IPAddress) -> int:
    """*address* on the address axis."""
    return int(address) + (_SIXES if address.version == 6 else 0)  # noqa: PLR2004


def address_at(point: int) -> IPAddress:
    """The address at *point* of the address axis."""
    return IPv4Address(point) if point < _SIXES else IPv6Address(point - _SIXES)


def meet(one: Box, other: Box) -> bool:
    """Whether a packet is in both."""
    return (
        one[0] <= other[1]
        and other[0] <= one[1]
        and one[2] <= other[3]
        and other[2] <= one[3]
        and one[6] <= other[7]
        and other[6] <= one[7]
        and one[4] <= other[5]
        and other[4] <= one[5]
        and one[8] <= other[9]
        and other[8] <= one[9]
    )


def holds(outer: Box, inner: Box) -> bool:
    """Whether every packet of *inner* is in *outer*."""
    return (
        outer[0] <= inner[0]
        and inner[1] <= outer[1]
        and outer[2] <= inner[2]
        and inner[3] <= outer[3]
        and outer[6] <= inner[6]
        and inner[7] <= outer[7]
        and outer[4] <= inner[4]
        and inner[5] <= outer[5]
        and outer[8] <= inner[8]
        and inner[9] <= outer[9]
    )


def volume(box: Box) -> int:
    """How many packets *box* holds, ICMP types and protocols without ports counted as ports."""
    product = 1
    for axis in range(0, 10, 2):
        product *= box[axis + 1] - box[axis] + 1
    return product


def without(box: Box, hole: Box) -> Iterator[Box]:
    """The packets of *box* that are not in *hole*, as disjoint boxes; they must meet."""
    rest = list(box)
    for low in range(0, 10, 2):
        high = low + 1
        if rest[low] < hole[low]:
            piece = rest.copy()
            piece[high] = hole[low] - 1
            yield tuple(piece)  # type: ignore[misc] # a copy of a box is as long as a box
            rest[low] = hole[low]
        if rest[high] > hole[high]:
            piece = rest.copy()
            piece[low] = hole[high] + 1
            yield tuple(piece)  # type: ignore[misc] # a copy of a box is as long as a box
            rest[high] = hole[high]


def outside(box: Box, *covers: Sequence[Box]) -> Iterator[Box]:
    """What *covers* leave of *box*, as disjoint boxes, one at a time.

    Only covers that meet a piece are followed into it, the largest common part first, so whoever
    asks for the first piece alone gets it without the others being worked out.
    """
    pending = [(box, [cover for some in covers for cover in some if meet(cover, box)])]
    while pending:
        piece, meeting = pending.pop()
        if not meeting:
            yield piece
            continue
        if any(holds(cover, piece) for cover in meeting):
            continue
        hole = meeting[0] if len(meeting) == 1 else max(meeting, key=lambda c: _common(c, piece))
        pending.extend(
            (rest, [cover for cover in meeting if meet(cover, rest)])
            for rest in without(piece, hole)
        )


def _common(one: Box, other: Box) -> int:
    """How many packets are in both, which must meet."""
    product = 1
    for low in range(0, 10, 2):
        high = low + 1
        product *= min(one[high], other[high]) - max(one[low], other[low]) + 1
    return product


def disjoint(boxes: Iterable[Box]) -> tuple[Box, ...]:
    """The packets of *boxes*, each in one box only."""
    found: list[Box] = []
    for box in boxes:
        found.extend(tuple(outside(box, found)))
    return tuple(found)
