"""What only one may have: addresses, ports, numbers, keys; and what a hub can sell only once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksz_netops.intent.models.surroundings import Claim
from ksz_netops.intent.words import Violation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ksz_netops.intent.models.extranet import Extranet
    from ksz_netops.intent.models.partner import Connection
    from ksz_netops.intent.reading.drafts import Draft, Drafts
    from ksz_netops.intent.reading.source import Source
    from ksz_netops.intent.words import Path


@dataclass(frozen=True, slots=True)
class _Holder:
    """Who claimed something first."""

    draft: Draft
    path: Path
    name: str

    def __str__(self) -> str:
        return f"{self.name} ({self.draft.source.at(self.path)})"


def violations(
    drafts: Drafts, extranet: Extranet, partners: Iterable[Draft]
) -> Iterator[tuple[Source, Violation]]:
    """Whatever a second one of *partners* or of their connections claims."""
    holders: dict[object, _Holder] = {}
    for draft in partners:
        ground = drafts.ground(extranet, draft)
        clashes = _Clashes(draft, holders)
        for claim in _of_partner(draft):
            clashes.add(claim, draft.partner.id, ())
        for index, connection in draft.connections():
            name = f"{draft.partner.id}-{connection.id}"
            for claim in (*connection.claims(ground), *_of_rank(draft, connection)):
                clashes.add(claim, name, ("connections", index))
        for violation in clashes.found():
            yield draft.source, violation


class _Clashes:
    """What one partner claims though somebody holds it; one violation for each place."""

    def __init__(self, draft: Draft, holders: dict[object, _Holder]) -> None:
        self._draft = draft
        self._holders = holders
        self._found: dict[tuple[Path, str], list[tuple[Claim, _Holder]]] = {}

    def add(self, claim: Claim, name: str, base: Path) -> None:
        partner = self._draft.partner.id
        scope = partner if claim.own else None
        key = (claim.hub, claim.kind, claim.value, scope)
        path = (*base, *claim.path)
        if not self._draft.trusts(*path):
            return
        holder = self._holders.setdefault(key, _Holder(self._draft, path, name))
        if holder.draft is self._draft and (holder.path == path or claim.shareable):
            return
        self._found.setdefault((path, claim.code), []).append((claim, holder))

    def found(self) -> Iterator[Violation]:
        for (path, code), clashes in self._found.items():
            claim, holder = clashes[0]
            same = [each.value for each, _ in clashes if each.kind == claim.kind]
            value = str(same[0]) if len(same) == 1 else f"{same[0]} to {same[-1]}"
            where = f" of {claim.hub}" if claim.hub else ""
            what = f"{claim.kind} {value}{where} is already used by {holder}"
            yield Violation(code=code, what=what, fix=claim.fix, path=path)


def _of_partner(draft: Draft) -> Iterator[Claim]:
    if draft.official is not None:
        yield Claim(
            kind="address",
            value=draft.official,
            code="KSZ103",
            fix="give each partner its own official address",
            path=("official_ip",),
            shareable=True,
        )


def _of_rank(draft: Draft, connection: Connection) -> Iterator[Claim]:
    """Its number on each hub, and its place among the partner's ways there."""
    for hub, preferences in connection.precedence().items():
        if draft.trusts("id"):
            yield Claim(
                kind="number",
                value=connection.number or draft.partner.number,
                code="KSZ119",
                fix="add `number:` with one that is free on this hub",
                path=("number",),
                hub=hub,
            )
        for preference in preferences:
            yield Claim(
                kind="preference",
                value=preference,
                code="KSZ145",
                fix="add `preference:`; the lower one is used first",
                path=("preference",),
                hub=hub,
                own=True,
            )


def oversold(drafts: Drafts, partners: Iterable[Draft]) -> Iterator[tuple[Source, Violation]]:
    """The connection with which a hub has sold more than its uplink carries."""
    sold = dict.fromkeys(drafts.hubs, 0)
    for draft in partners:
        for index, connection in draft.connections():
            for name in connection.hubs() & drafts.hubs.keys():
                internet = drafts.hubs[name].internet
                asked = connection.uplink_kbps(name)
                if internet is None or asked == 0 or asked > internet.uplink_kbps:
                    continue
                before, sold[name] = sold[name], sold[name] + asked
                if before <= internet.uplink_kbps < sold[name]:
                    what = f"with it {name} has sold {sold[name]} kbit/s of {internet.uplink_kbps}"
                    fix = f"order at most {internet.uplink_kbps - before}, or use another hub"
                    path = ("connections", index, "capacity_kbps")
                    yield draft.source, Violation(code="KSZ118", what=what, fix=fix, path=path)
