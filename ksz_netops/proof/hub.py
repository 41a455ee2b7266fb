"""Whole hubs: what each partner can send into one, and which partners a change touches."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Final, NamedTuple

from ksz_netops.proof.claims import Certificate, Unproven, find_leak
from ksz_netops.proof.openings import Doubt
from ksz_netops.proof.packets import PacketSet
from ksz_netops.proof.rules import Rule, allowance, boxes_of, rule_for
from ksz_netops.state.addresses import is_within, network_of
from ksz_netops.state.resources import Owner, PartnerFilter, Perimeter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.proof.boxes import Box
    from ksz_netops.proof.claims import Judgement, Leak
    from ksz_netops.proof.openings import Opening, Openings
    from ksz_netops.state.resources import DeviceState, Entry, Way


class _Allowance(NamedTuple):
    """What a connection may send by one way."""

    owner: Owner
    layer2: str | None
    """From this layer-2 address only; None is any."""
    boxes: list[Box]


class _Allowed(dict["Way", "list[_Allowance]"]):
    """For each way in, what which connection may send there; many may share a way."""

    def __init__(self) -> None:
        super().__init__()
        self._of_owner: defaultdict[tuple[Way, Owner], list[_Allowance]] = defaultdict(list)
        self._partners: defaultdict[tuple[Way, str | None], dict[str, None]] = defaultdict(dict)

    def add(self, entry: Entry, allowance: _Allowance) -> None:
        """Takes note of what may come in by *entry*."""
        owner = allowance.owner
        self.setdefault(entry.way, []).append(allowance)
        self._of_owner[entry.way, owner].append(allowance)
        self._partners[entry.way, entry.layer2][owner.partner or owner.token] = None

    def of(self, way: Way, owner: Owner) -> list[_Allowance]:
        """What *owner* may send by *way*."""
        return self._of_owner.get((way, owner), [])

    def beside(self, wanted: PartnerFilter) -> tuple[tuple[str, ...], int]:
        """Who else comes in where *wanted* does: the first of them, and how many there are."""
        mine = wanted.owner.partner or wanted.owner.token
        places = {(entry.way, entry.layer2) for entry in wanted.entries}
        groups = [self._partners.get(place, {}) for place in places]
        others = groups[0] if len(groups) == 1 else dict.fromkeys(chain.from_iterable(groups))
        first = islice((each for each in others if each != mine), _NAMED_BESIDE)
        return tuple(sorted(first)), len(others) - (mine in others)


_NAMED_BESIDE: Final = 5
"""How many partners on the same port a certificate names; the others are counted."""


def rules_of(partner_filter: PartnerFilter) -> tuple[Rule, ...]:
    """What *partner_filter* admits by each of its entries, as rules.

    A permit whose last port is before its first admits nothing.
    """
    return tuple(
        rule_for(partner_filter.official, permit)
        for permit in partner_filter.permits
        if permit.ports is None or permit.ports[0] <= permit.ports[1]
    )


def prove_hub(
    live: DeviceState, intended: DeviceState, openings: Openings | None = None
) -> dict[Owner, Judgement]:
    """For each connection intended on a hub whether it can send what it may, and nothing else.

    What decides is where a packet comes in: all that any filter admits by a connection's entry must
    be allowed to somebody intended there, whoever owns the filter. Where partners share an
    interconnect that the carrier separates, the allowance is that of all of them together, and the
    certificate names them.

    A filter of somebody who is not intended on the hub is judged under its owner as well. A rule
    that no resource explains counts like any other; it is booked on the partners whom it serves.
    What was not understood bears on all, whosever token it has: an entry of one may lie on
    another's way.

    Args:
        live: What was read back.
        intended: What must be held.
        openings: What the strays of *live* do to the filters; without it every stray is a doubt.
    """
    wanted, found = _by_owner(intended), _by_owner(live)
    allowed = _allowances(wanted)
    judged: dict[Owner, Judgement] = {}
    for owner, admitting in found.items():
        admitted = rules_of(admitting)
        for entry in admitting.entries:
            leak = _leak_by(entry, owner, admitted, allowed)
            if leak is not None:
                for each in _blamed(owner, entry, allowed):
                    judged.setdefault(each, leak)
    if openings is not None:
        for owner, leak in _opened(openings, intended, wanted, allowed):
            judged.setdefault(owner, leak)
    doubts = _doubts(live, intended, openings)
    for owner, admitting in wanted.items():
        if owner not in judged:
            ways = {None, *(entry.way for entry in admitting.entries)}
            reasons = tuple(str(doubt) for doubt in doubts if doubt.way in ways)
            judged[owner] = (
                Unproven(reasons=reasons)
                if reasons
                else _certificate(admitting, found.get(owner), allowed)
            )
    return dict(sorted(judged.items()))


def blast_radius(before: DeviceState, after: DeviceState) -> tuple[str, ...]:
    """The partners whose permitted packets differ between two states of a hub, in order.

    What is only written differently, such as two halves of a prefix for the whole, is none.
    """
    return tuple(sorted({partner for partner, *_ in permit_changes(before, after)}))


def permit_changes(
    before: DeviceState, after: DeviceState
) -> Iterator[tuple[str, Entry, PacketSet, PacketSet]]:
    """Yields (partner, entry, old packets, new packets) where what may be sent differs.

    A filter without a partner stands under its owner's token.
    """
    old, new = _by_partner(before), _by_partner(after)
    for partner in sorted(old.keys() | new.keys()):
        earlier, later = old.get(partner, ()), new.get(partner, ())
        if earlier == later:
            continue
        was, becomes = _admitted(earlier), _admitted(later)
        for entry in sorted(was.keys() | becomes.keys(), key=str):
            sets = was.get(entry, PacketSet(())), becomes.get(entry, PacketSet(()))
            if sets[0] != sets[1]:
                yield partner, entry, *sets


def _by_owner(state: DeviceState) -> dict[Owner, PartnerFilter]:
    return {each.owner: each for each in state if isinstance(each, PartnerFilter)}


def _by_partner(state: DeviceState) -> dict[str, tuple[PartnerFilter, ...]]:
    """The filters of *state* by the partner that owns them."""
    found: defaultdict[str, list[PartnerFilter]] = defaultdict(list)
    for owner, each in _by_owner(state).items():
        found[owner.partner or owner.token].append(each)
    return {partner: tuple(filters) for partner, filters in found.items()}


def _admitted(filters: tuple[PartnerFilter, ...]) -> dict[Entry, PacketSet]:
    """What *filters* admit, for each entry by which anything comes in."""
    rules: defaultdict[Entry, list[Rule]] = defaultdict(list)
    for each in filters:
        for entry in each.entries:
            rules[entry].extend(rules_of(each))
    sets = {entry: PacketSet.permitted(some) for entry, some in rules.items()}
    return {entry: packets for entry, packets in sets.items() if packets}


def _allowances(wanted: dict[Owner, PartnerFilter]) -> _Allowed:
    """For each way in, what which connection may send there."""
    allowed = _Allowed()
    for owner, each in wanted.items():
        boxes = allowance(each.official, each.permits)
        for entry in each.entries:
            allowed.add(entry, _Allowance(owner, entry.layer2, boxes))
    return allowed


def _leak_by(
    entry: Entry, owner: Owner, admitted: tuple[Rule, ...], allowed: _Allowed
) -> Leak | None:
    """What *admitted* lets in by *entry* and nobody there may send.

    An entry that asks for no layer-2 address lets in everybody's, so what is allowed to one such
    address alone does not cover it. Nearly always what the owner may send covers it: only where it
    does not, everybody who comes in there is looked at.
    """
    layers = {None, entry.layer2}
    mine = [each for each in allowed.of(entry.way, owner) if each.layer2 in layers]
    if find_leak(admitted, [box for each in mine for box in each.boxes]) is None:
        return None
    there = [each for each in allowed.get(entry.way, ()) if each.layer2 in layers]
    return find_leak(admitted, [box for each in there for box in each.boxes])


def _blamed(owner: Owner, entry: Entry, allowed: _Allowed) -> set[Owner]:
    """Whose verdict a leak by *entry* is: its owner's, or else of all who are there as well."""
    there = {each.owner for each in allowed.get(entry.way, ())}
    return {owner} if owner in there else there | {owner}


def _towards(opening: Opening, intended: DeviceState) -> Opening:
    """*opening* narrowed to the extranet where it leads there, so that its witness is of use."""
    inside = tuple(
        prefix if is_within(prefix, each) else each
        for side in intended
        if isinstance(side, Perimeter)
        for prefix in side.extranet_prefixes
        for each in opening.rule.destinations
        if is_within(prefix, each) or is_within(each, prefix)
    )
    return replace(opening, rule=replace(opening.rule, destinations=inside)) if inside else opening


def _opened(
    openings: Openings,
    intended: DeviceState,
    wanted: dict[Owner, PartnerFilter],
    allowed: _Allowed,
) -> Iterator[tuple[Owner, Leak]]:
    """Whom *openings* let reach more than is allowed, each with a packet.

    A rule that serves no partner by its own address lets a stranger's packets in: that is booked on
    everybody who comes in there, or else on the hub.
    """
    others: list[tuple[Opening, Leak]] = []
    served: set[str] = set()
    boxes: dict[Entry, frozenset[Box]] = {}
    for each in openings.opened:
        if each.entry not in boxes:
            boxes[each.entry] = frozenset(_allowed_at(each.entry, allowed))
        if boxes[each.entry].issuperset(boxes_of(each.rule)):
            continue
        opening = _towards(each, intended)
        leak = find_leak([*opening.after, opening.rule], tuple(boxes[each.entry]))
        if leak is None:
            continue
        others.append((opening, leak))
        for owner, own in _own_leaks(opening, wanted, allowed):
            served.add(opening.rule.statement)
            yield owner, own
    for opening, leak in others:
        if opening.rule.statement not in served:
            there = {each.owner for each in allowed.get(opening.entry.way, ())}
            for owner in there or {Owner.shared("HUB")}:
                yield owner, leak


def _allowed_at(entry: Entry, allowed: _Allowed) -> Iterator[Box]:
    for each in allowed.get(entry.way, ()):
        if each.layer2 in {None, entry.layer2}:
            yield from each.boxes


def _own_leaks(
    opening: Opening, wanted: dict[Owner, PartnerFilter], allowed: _Allowed
) -> Iterator[tuple[Owner, Leak]]:
    """By partner that comes in there, a packet from its own address that *opening* lets pass."""
    for each in allowed.get(opening.entry.way, ()):
        own = network_of(wanted[each.owner].official)
        if any(is_within(own, source) for source in opening.rule.sources):
            narrow = replace(opening.rule, sources=(own,))
            # What is allowed to other addresses does not matter to a packet from this one.
            leak = find_leak([*opening.after, narrow], each.boxes)
            if leak is not None:
                yield each.owner, replace(leak, rule=opening.rule)


def _certificate(
    wanted: PartnerFilter, found: PartnerFilter | None, allowed: _Allowed
) -> Certificate:
    names, count = allowed.beside(wanted)
    return Certificate(
        official=wanted.official,
        permits=wanted.permits,
        rules=rules_of(found) if found else (),
        beside=names,
        more_beside=count - len(names),
    )


def _doubts(
    live: DeviceState, intended: DeviceState, openings: Openings | None
) -> tuple[Doubt, ...]:
    """Why the filters read back might not be all that decides."""
    if openings is not None:
        sides = [
            {(each.extranet, each.internet) for each in state if isinstance(each, Perimeter)}
            for state in (live, intended)
        ]
        if sides[0] - sides[1]:
            moved = Doubt(statement="the frame", reason="other ports than intended are its sides")
            return (moved, *openings.doubts)
        return openings.doubts
    doubts = tuple(Doubt(statement=each.statement, reason=each.reason) for each in live.strays)
    frames = [{each for each in state if isinstance(each, Perimeter)} for state in (live, intended)]
    if frames[0] != frames[1]:
        frame = Doubt(statement="the frame of the hub's filter", reason="it is not as intended")
        return (frame, *doubts)
    return doubts
