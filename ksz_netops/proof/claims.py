"""The one-official-IP rule as a claim that is proven or refuted by a packet."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ksz_netops.proof.boxes import Box, outside
from ksz_netops.proof.rules import Action, allowance, boxes_of, packet_in, rule_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ksz_netops.proof.rules import Packet, Rule
    from ksz_netops.state.resources import IPAddress, Permit


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Proven: every packet that the rules let through is from the official address and authorised.

    The proof covers all packets that a filter can tell apart by source, destination, protocol,
    ports and ICMP type; who wants it again gives the same rules to `within`.
    """

    official: IPAddress
    permits: tuple[Permit, ...]
    rules: tuple[Rule, ...]
    """What was read back, in its order."""
    beside: tuple[str, ...] = ()
    """Partners that come in by the same entry, whom the carrier alone keeps apart from this one."""
    more_beside: int = 0
    """How many more there are than `beside` names."""

    @property
    def digest(self) -> str:
        """SHA-256 over the rules and the allowance: of what a kept certificate speaks."""
        text = "\n".join(
            (
                str(self.official),
                *sorted(map(str, self.permits)),
                *(f"{r.action.value} {boxes_of(r)}" for r in self.rules),
            )
        )
        return hashlib.sha256(text.encode()).hexdigest()

    def __str__(self) -> str:
        text = f"{len(self.rules)} rules, within {self.official} to {len(self.permits)} permits"
        if not self.beside:
            return text
        more = f" and {self.more_beside} more" if self.more_beside else ""
        return f"{text}; the carrier keeps apart {', '.join(self.beside)}{more}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Refuted: this packet passes and is not allowed."""

    packet: Packet
    rule: Rule
    """The rule that lets it through."""

    def __str__(self) -> str:
        return f"passes: {self.packet}, by: {self.rule}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unproven:
    """Neither: something that bears on the filter was not understood."""

    reasons: tuple[str, ...]

    def __str__(self) -> str:
        first, *others = self.reasons
        more = f", and {len(others)} more" if others else ""
        return f"not proven, since on this hub something is not understood: {first}{more}"


Judgement: TypeAlias = Certificate | Leak | Unproven


def within(
    permitted: Sequence[Rule], official: IPAddress, permits: Iterable[Permit]
) -> Certificate | Leak:
    """Whether *permitted* lets through nothing but *permits* from *official*.

    A packet passes where a permit matches it and no deny before that permit does; an earlier
    permit alters nothing. So each permit must lie within the allowance and the denies before it,
    and only what lies outside the allowance is worked on.
    """
    permits = tuple(permits)
    leak = find_leak(permitted, allowance(official, permits))
    return leak or Certificate(official=official, permits=permits, rules=tuple(permitted))


def find_leak(permitted: Iterable[Rule], allowed: Sequence[Box]) -> Leak | None:
    """The first packet that passes and is in no box of *allowed*."""
    exactly = set(allowed)
    denied: list[Box] = []
    for rule in permitted:
        if rule.action is Action.DENY:
            denied += boxes_of(rule)
            continue
        for box in boxes_of(rule):
            if box not in exactly:
                piece = next(outside(box, allowed, denied), None)
                if piece is not None:
                    return Leak(packet=packet_in(piece), rule=rule)
    return None


def missing(
    permitted: Sequence[Rule], official: IPAddress, permits: Iterable[Permit]
) -> Packet | None:
    """A packet that is authorised and does not pass, or None where there is none."""
    wanted = [rule_for(official, permit) for permit in permits]
    still = [box for rule in wanted for box in boxes_of(rule)]
    for rule in permitted:
        taken = boxes_of(rule)
        if rule.action is Action.DENY:
            for box in still:
                for hole in taken:
                    common = _common(box, hole)
                    if common is not None:
                        return packet_in(common)
        else:
            still = [piece for box in still for piece in outside(box, taken)]
    return packet_in(still[0]) if still else None


def _common(one: Box, other: Box) -> Box | None:
    """The packets in both, or None where there is none."""
    shared = []
    for low in range(0, 10, 2):
        first, last = max(one[low], other[low]), min(one[low + 1], other[low + 1])
        if first > last:
            return None
        shared += [first, last]
    return tuple(shared)  # type: ignore[return-value] # ten numbers, as a box
