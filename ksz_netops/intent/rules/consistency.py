"""What must hold beyond the single value: within a partner, a hub, the extranet.

A rule yields what is wrong together with the file that is to blame, and never stops at the first.
"""

from __future__ import annotations

import itertools
from ipaddress import collapse_addresses
from pathlib import PurePath
from typing import TYPE_CHECKING

from ksz_netops.intent.models.addresses import unusable
from ksz_netops.intent.note.catalogue import PRIVATE_NETWORKS
from ksz_netops.intent.rules import exclusive, prefixes
from ksz_netops.intent.words import Violation, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.intent.models.extranet import Extranet
    from ksz_netops.intent.models.hub import Hub
    from ksz_netops.intent.models.partner import Connection
    from ksz_netops.intent.models.surroundings import Ground, OurAddresses
    from ksz_netops.intent.reading.drafts import Draft, Drafts
    from ksz_netops.intent.reading.source import Source
    from ksz_netops.intent.words import Path


def violations(drafts: Drafts) -> Iterator[tuple[Source, Violation]]:
    """Everything that is wrong within and between the files."""
    tainted = {draft.source.file: draft for draft in drafts.partners if draft.tainted}
    for source, violation in _all(drafts):
        draft = tainted.get(source.file)
        premises = (violation.path, *violation.rests_on)
        if draft is None or all(draft.trusts(*path) for path in premises):
            yield source, violation


def _all(drafts: Drafts) -> Iterator[tuple[Source, Violation]]:
    yield from _of_us(drafts)
    misnamed = set()
    for draft in drafts.partners:
        for each in _name_of_file(draft):
            misnamed.add(draft.source.file)
            yield draft.source, each
    named = [draft for draft in drafts.partners if draft.source.file not in misnamed]
    yield from _of_partners(drafts)
    if drafts.extranet is not None:
        yield from exclusive.violations(drafts, drafts.extranet, named)
        yield from prefixes.violations(drafts, drafts.extranet)
    yield from exclusive.oversold(drafts, named)
    if drafts.extranet is not None and not drafts.extranet.lab:
        yield from _keys_of_a_lab(drafts)


def _keys_of_a_lab(drafts: Drafts) -> Iterator[tuple[Source, Violation]]:
    """Keys whose private half anybody can compute, since it is the lab's."""
    given = [
        (draft, ("connections", index, "keys", position), key)
        for draft in drafts.partners
        for index, connection in draft.connections()
        for position, key in enumerate(connection.public_keys())
    ]
    if not given:
        return
    from ksz_netops.intent.models.lab_keys import lab_public_key  # noqa: PLC0415 - slow to import

    samples = {f"P{number:05}" for number in range(1, 100)}
    known = {lab_public_key(id_) for id_ in samples | {draft.partner.id for draft, _, _ in given}}
    for draft, path, key in given:
        if key in known:
            what = "this is a key of the lab, and anybody can compute its private half"
            fix = "ask the partner for its own key; a rehearsal says `lab: true` in extranet.yml"
            yield draft.source, Violation(code="KSZ192", what=what, fix=fix, path=path)


def _of_us(drafts: Drafts) -> Iterator[tuple[Source, Violation]]:
    """What is wrong with the extranet and the hubs."""
    if drafts.extranet is not None and drafts.extranet_source is not None:
        for each in (*_extranet(drafts.extranet), *_destinations(drafts.extranet, drafts.ours)):
            yield drafts.extranet_source, each
    for name, hub in drafts.hubs.items():
        for each in _hub(hub, drafts.extranet):
            yield drafts.hub_sources[name], each.below("ksz_hub")
    yield from _twins(drafts)


def _twins(drafts: Drafts) -> Iterator[tuple[Source, Violation]]:
    """Hubs that have an address, or a way to be managed, of another."""
    holders: dict[object, str] = {}
    for name, hub in drafts.hubs.items():
        management = hub.management
        claims: list[tuple[object, str, Path]] = [
            (
                (management.address, management.port),
                f"{management.address} port {management.port}",
                ("management", "address"),
            )
        ]
        for key, side in (("extranet", hub.extranet), ("internet", hub.internet)):
            for index, address in enumerate(side.addresses if side else ()):
                claims.append((address.ip, str(address.ip), (key, "addresses", index)))
        for value, text, path in claims:
            holder = holders.setdefault(value, name)
            if holder != name:
                what = f"{text} is already that of {holder}"
                fix = "give each hub its own address"
                violation = Violation(code="KSZ175", what=what, fix=fix, path=path)
                yield drafts.hub_sources[name], violation.below("ksz_hub")


def _of_partners(drafts: Drafts) -> Iterator[tuple[Source, Violation]]:
    """What is wrong with each partner by itself."""
    extranet = drafts.extranet
    for draft in drafts.partners:
        for each in _partner(draft, extranet):
            yield draft.source, each
        if extranet is None:
            continue
        ground = drafts.ground(extranet, draft)
        for index, connection in draft.connections():
            for each in (*connection.violations(ground), *_dead_end(connection, ground)):
                yield draft.source, each.below("connections", index)


def _dead_end(connection: Connection, ground: Ground) -> Iterator[Violation]:
    """A hub on which a connection's packets would have nowhere to go."""
    for name in sorted(connection.precedence()):
        hub = ground.hubs.get(name)
        if hub is None:
            continue
        families = {each.version for each in hub.extranet.addresses} if hub.extranet else set()
        if hub.extranet is None:
            what = f"{name} has no port towards the extranet"
            fitting = [key for key, each in ground.hubs.items() if each.extranet]
            fix = suggestion("", fitting)
            yield Violation(code="KSZ170", what=what, fix=fix, path=("hub",))
        elif ground.family and ground.family not in families:
            what = f"{name} has no IPv{ground.family} address towards the extranet"
            fix = f"give the hub one, or an official_ip of IPv{10 - ground.family}"
            yield Violation(code="KSZ171", what=what, fix=fix, path=("hub",))


def _extranet(extranet: Extranet) -> Iterator[Violation]:
    if not extranet.prefixes:
        what = "the extranet has no prefixes"
        yield Violation(code="KSZ113", what=what, fix="name them", path=("prefixes",))
    for (first, one), (second, other) in itertools.combinations(enumerate(extranet.prefixes), 2):
        if one.version == other.version and one.overlaps(other):
            merged = next(iter(collapse_addresses([one, other])))  # type: ignore[type-var]
            what = f"{other} overlaps {one}, number {first + 1} of the list"
            fix = f"write {merged} once"
            yield Violation(code="KSZ105", what=what, fix=fix, path=("prefixes", second))


def _destinations(extranet: Extranet, ours: OurAddresses) -> Iterator[Violation]:
    """Services that are no servers of the extranet."""
    for name, service in extranet.services.items():
        for index, each in enumerate(service.destinations):
            inside = any(
                each.version == prefix.version and each.subnet_of(prefix)  # type: ignore[arg-type]
                for prefix in extranet.prefixes
            )
            path = ("services", name, "destinations", index)
            placed = ours.single.get(each.network_address) if each.num_addresses == 1 else None
            if placed:
                what = f"destination {each} is {placed}"
                fix = "give the address of the server"
                yield Violation(code="KSZ109", what=what, fix=fix, path=path)
            if not inside:
                what = f"destination {each} is outside the extranet"
                fix = "give an address inside its prefixes, or add the prefix"
                yield Violation(code="KSZ109", what=what, fix=fix, path=path)


def _hub(hub: Hub, extranet: Extranet | None) -> Iterator[Violation]:
    used: dict[str, str] = {hub.management.interface: "management"}
    for key, side in (("extranet", hub.extranet), ("internet", hub.internet)):
        if side is None:
            continue
        if not side.addresses:
            what = "the port has no address"
            yield Violation(code="KSZ113", what=what, fix="add one", path=(key, "addresses"))
        if side.interface in used:
            what = f"interface {side.interface} is also that of {used[side.interface]}"
            fix = "give each its own interface"
            yield Violation(code="KSZ140", what=what, fix=fix, path=(key, "interface"))
        used[side.interface] = key
    yield from _attachments(hub, used)
    for index, address in enumerate(hub.extranet.addresses if hub.extranet else ()):
        if extranet is not None and not any(address.ip in each for each in extranet.prefixes):
            what = f"{address} on the extranet's side is outside the extranet's prefixes"
            path = ("extranet", "addresses", index)
            yield Violation(code="KSZ172", what=what, fix="give an address inside", path=path)


def _attachments(hub: Hub, used: dict[str, str]) -> Iterator[Violation]:
    for name, attachment in hub.attachments.items():
        port = attachment.interface or f"E1 {attachment.controller}"
        if port in used:
            what = f"{port} is also that of {used[port]}"
            path: Path = ("attachments", name)
            yield Violation(code="KSZ140", what=what, fix="name each port once", path=path)
        used[port] = name
        network = attachment.network
        if network is not None and network not in PRIVATE_NETWORKS:
            what = f"private network '{network}' has no interconnect with the extranet"
            path = ("attachments", name, "network")
            fix = suggestion(network, PRIVATE_NETWORKS)
            yield Violation(code="KSZ154", what=what, fix=fix, path=path)


def _name_of_file(draft: Draft) -> Iterator[Violation]:
    stem = PurePath(draft.source.file).stem
    if draft.trusts("id") and draft.partner.id != stem:
        what = f"id {draft.partner.id} stands in the file of {stem}"
        fix = f"write `id: {stem}`, or name the file {draft.partner.id}.yml"
        yield Violation(code="KSZ116", what=what, fix=fix, path=("id",))


def _partner(draft: Draft, extranet: Extranet | None) -> Iterator[Violation]:
    seen: dict[str, int] = {}
    for index, connection in draft.connections():
        if connection.id in seen:
            what = f"connection {connection.id} stands twice"
            fix = "give each connection its own id"
            yield Violation(code="KSZ116", what=what, fix=fix, path=("connections", index, "id"))
        seen[connection.id] = index
    if extranet is not None:
        yield from _official(draft, extranet)
        yield from _flows(draft, extranet)


def _official(draft: Draft, extranet: Extranet) -> Iterator[Violation]:
    official = draft.official
    if official is None:
        return
    reason = unusable(official, lab=extranet.lab)
    if reason:
        what = f"official_ip {official} is {reason}"
        fix = "give the public address that is registered to the partner"
        if not extranet.lab:
            fix += "; a rehearsal says `lab: true` in extranet.yml"
        yield Violation(code="KSZ101", what=what, fix=fix, path=("official_ip",))
    elif extranet.prefixes and all(each.version != official.version for each in extranet.prefixes):
        what = f"official_ip {official} is IPv{official.version}, the extranet is not"
        fix = f"give an IPv{extranet.prefixes[0].version} address"
        yield Violation(code="KSZ171", what=what, fix=fix, path=("official_ip",))


def _flows(draft: Draft, extranet: Extranet) -> Iterator[Violation]:
    seen: dict[str, int] = {}
    official = draft.official
    for index, flow in draft.flows():
        path = ("flows", index, "to")
        service = extranet.services.get(flow.to)
        if service is None:
            what = f"there is no extranet service '{flow.to}'"
            yield Violation(
                code="KSZ115", what=what, fix=suggestion(flow.to, extranet.services), path=path
            )
            continue
        if flow.to in seen:
            what = f"a second flow to {flow.to}"
            fix = "keep one, with the authorisation that holds"
            yield Violation(code="KSZ182", what=what, fix=fix, path=path)
        seen[flow.to] = index
        families = {each.version for each in service.destinations}
        if official is not None and official.version not in families:
            what = f"service {flow.to} has no IPv{official.version} address for {official}"
            fix = "give the service one in extranet.yml, or delete the flow"
            yield Violation(code="KSZ171", what=what, fix=fix, path=path)
    routed = any(connection.precedence() for _, connection in draft.connections())
    if seen and not routed and not draft.tainted:
        what = "no connection of this partner carries flows"
        fix = "delete the flows, or add a connection other than SFTP"
        yield Violation(code="KSZ183", what=what, fix=fix, path=("flows", 0))
