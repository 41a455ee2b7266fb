"""The pack as a document of sections in one language: what it says, not how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ksz_netops.handover import symptoms
from ksz_netops.handover.equipment import Checked
from ksz_netops.handover.texts import day, sayer
from ksz_netops.state.resources import BundlePort, E1Port, EthernetPort, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from ksz_netops.handover.equipment import Equipment
    from ksz_netops.handover.facts import Facts, LineFacts, ServiceFacts, SftpFacts, TunnelFacts
    from ksz_netops.handover.texts import Say
    from ksz_netops.state.resources import Permit


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One heading with what stands under it."""

    title: str
    paragraphs: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    """The columns' names; empty for a table of names and values."""
    rows: tuple[tuple[str, ...], ...] = ()
    listing: str = ""
    """A configuration, to be shown as it is typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A pack in one language."""

    language: str
    title: str
    subtitle: str
    made_on: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One configuration for one tunnel, beside the document in a file of its own."""

    connection: str
    equipment: Equipment
    file_name: str
    text: str


def document(facts: Facts, listings: tuple[Listing, ...], *, language: str, on: date) -> Document:
    """The pack of *facts* in *language*, made on the day *on*."""
    say = sayer(language)
    sections = [
        _agreed(facts, say),
        _services(facts.services, say, language),
        *(_tunnel(tunnel, say) for tunnel in facts.tunnels),
        *(_line(line, facts, say) for line in facts.lines),
        *(_account(account, facts, say) for account in facts.accounts),
        *(_configuration(listing, say) for listing in listings),
        _tests(facts, say),
        *_failures(facts, say),
    ]
    return Document(
        language=language,
        title=say("Connection to the extranet of social security"),
        subtitle=f"{facts.partner} {facts.name}",
        made_on=day(on, language),
        sections=tuple(sections),
    )


def _agreed(facts: Facts, say: Say) -> Section:
    desk = facts.helpdesk
    return Section(
        title=say("What was agreed"),
        paragraphs=(
            say("Every packet from you has one source address, your official IP address."),
            say("We drop all other packets and count them."),
        ),
        rows=(
            (say("Official IP address"), str(facts.official)),
            (say("Networks of the extranet"), ", ".join(map(str, facts.prefixes))),
            (say("Your technical contact"), f"{desk.name}, {desk.email}, {desk.phone}"),
            (say("Reachable"), desk.hours),
        ),
    )


def _services(services: tuple[ServiceFacts, ...], say: Say, language: str) -> Section:
    return Section(
        title=say("Services that you may use"),
        paragraphs=() if services else (say("None yet: an authorisation opens them."),),
        header=(say("Service"), say("Destination"), say("Authorisation"), say("Until")),
        rows=tuple(
            (
                service.name,
                "\n".join(_permit(permit, say) for permit in service.permits),
                service.authorisation,
                day(service.until, language) if service.until else say("no end"),
            )
            for service in services
        ),
    )


def _permit(permit: Permit, say: Say) -> str:
    destination = permit.destination
    where = (
        str(destination.network_address)
        if destination.prefixlen == destination.max_prefixlen
        else str(destination)
    )
    if permit.protocol is Protocol.ICMP or permit.ports is None:
        return say("{where}, ping", where=where)
    first, last = permit.ports
    ports = str(first) if first == last else f"{first}-{last}"
    return f"{where}, {permit.protocol.upper()} {ports}"


def _tunnel(tunnel: TunnelFacts, say: Say) -> Section:
    profile = tunnel.profile
    return Section(
        title=say("IPsec tunnel {name}", name=tunnel.connection),
        paragraphs=(
            say("Your gateway starts the tunnel. Our hub answers and never starts it."),
            say(
                "Make one child SA for each network of the extranet, with exactly these selectors."
            ),
            say(
                "Translate your own addresses to the official address before encryption, "
                "for packets to the extranet alone."
            ),
            say(
                "While the tunnel is down, packets to the extranet must not leave in clear: "
                "the configuration below drops them."
            ),
            say(
                "The key is in no file. You receive it by another channel; "
                "compare its fingerprint: the first 16 digits of the SHA-256 of the key."
            ),
        ),
        rows=(
            (say("Our hub"), f"{tunnel.hub}, {tunnel.hub_address}"),
            (say("Your gateway"), str(tunnel.peer)),
            (say("IKE identities"), f"{tunnel.peer} ⟷ {tunnel.hub_address}"),
            (say("Version, authentication"), say("IKEv2, pre-shared key")),
            (say("IKE proposals"), "\n".join(profile.ike_proposals)),
            (say("ESP proposals, with PFS"), "\n".join(profile.esp_proposals)),
            (
                say("Traffic selectors"),
                "\n".join(f"{tunnel.official} ⟷ {prefix}" for prefix in tunnel.prefixes),
            ),
            (
                say("Lifetimes, IKE and ESP"),
                f"{profile.ike_lifetime_s} s, {profile.esp_lifetime_s} s",
            ),
            (say("Capacity, both ways"), f"{tunnel.capacity_kbps} kbit/s"),
            (say("TCP segment size, at most"), str(tunnel.mss)),
            (say("Key and its fingerprint"), f"{tunnel.key.name}, {tunnel.key.fingerprint}"),
        ),
    )


def _line(line: LineFacts, facts: Facts, say: Say) -> Section:
    rows = [
        (say("Our hub"), line.hub),
        (say("Our address"), ", ".join(map(str, line.hub_addresses))),
        (say("Your router's address"), str(line.partner_address)),
        (say("Your route to the extranet"), _next_hops(line, facts)),
        (say("Rate, both ways"), f"{line.rate_kbps} kbit/s"),
        (say("Order among your lines (lowest first)"), str(line.preference)),
    ]
    match line.port:
        case EthernetPort(vlan=vlan) if vlan is not None:
            rows.append((say("Handed over as"), say("Ethernet, VLAN {vlan}", vlan=vlan)))
        case EthernetPort():
            rows.append((say("Handed over as"), say("Ethernet, untagged")))
        case E1Port() as port:
            rows.append((say("Handed over as"), _e1(port, say)))
        case BundlePort(members=members):
            rows.append((say("Handed over as"), say("{n} E1 lines as one (MLPPP)", n=len(members))))
            rows += [(f"E1 {port.controller}", _e1(port, say)) for port in members]
    if line.mac:
        rows.append((say("MAC address of your router"), line.mac))
    paragraphs = [
        say("Put the official address on a loopback, never on the line itself."),
        say("Translate your own addresses to the official address on the way to the line."),
    ]
    if line.mac:
        paragraphs.append(
            say("Tell us before you replace the router: we accept this MAC address alone.")
        )
    if line.is_e1:
        paragraphs.append(say("Take the clock from the line. Encapsulation is PPP."))
    return Section(
        title=say("Line {name} at {hub}", name=line.connection, hub=line.hub),
        paragraphs=tuple(paragraphs),
        rows=tuple(rows),
    )


def _next_hops(line: LineFacts, facts: Facts) -> str:
    hop = line.hub_addresses[0].ip if line.hub_addresses else "?"
    return "\n".join(f"{prefix} → {hop}" for prefix in facts.prefixes)


def _e1(port: E1Port, say: Say) -> str:
    if port.timeslots is None:
        return say("E1 unframed (G.703), 2048 kbit/s")
    first, last = port.timeslots
    return say("E1 structured (G.704, CRC4), time slots {first}-{last}", first=first, last=last)


def _account(account: SftpFacts, facts: Facts, say: Say) -> Section:
    server = ", ".join(map(str, account.addresses))
    address = account.addresses[0] if account.addresses else "?"
    return Section(
        title=say("SFTP account {name}", name=account.connection),
        paragraphs=(
            say("The account opens with your key and from your official IP address alone."),
            say("It transfers files and opens no shell. There is no password."),
            say("At the first connection compare the fingerprint of our host key with us."),
        ),
        rows=(
            (say("Server"), f"{account.server}, {server}, TCP 22"),
            (say("User"), account.user),
            (say("From"), str(facts.official)),
            (say("Folders"), ", ".join(f"/{each}" for each in account.directories)),
            (say("Your public keys"), "\n".join(key.algorithm for key in account.keys)),
        ),
        listing=(
            f"sftp -i KEY-FILE -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes "
            f"{account.user}@{address}\n"
            f"cd {account.directories[0]}\n"
            f"put FILE\n"
        ),
    )


def _configuration(listing: Listing, say: Say) -> Section:
    checked: Final = {
        Checked.LAB: say("Checked: two machines brought up a tunnel with these words."),
        Checked.SCHEMA: say(
            "Checked: names and values stand in the vendor's schema. No device has taken them yet."
        ),
        Checked.DOCUMENT: say(
            "Checked: names and values are from the vendor's documents. "
            "No device has taken them yet."
        ),
    }
    paragraphs = [
        say("The same text is in the file {name}.", name=listing.file_name),
        say("Replace the words in capitals by your own values."),
        checked[listing.equipment.checked],
    ]
    return Section(
        title=f"{listing.connection}: {listing.equipment.title}",
        paragraphs=tuple(paragraphs),
        listing=listing.text,
    )


def _tests(facts: Facts, say: Say) -> Section:
    steps = []
    if facts.tunnels:
        steps += [
            say("Your gateway shows one child SA for each network, each installed."),
            say("Force a new key for each child SA: afterwards it shows group 20 (ECP-384)."),
        ]
    if facts.lines:
        steps += [
            say("Your router reaches our address on the line with 1472 octets, not fragmented."),
            say("Your line shows no errors for 15 minutes."),
        ]
    if len(facts.lines) > 1:
        steps.append(say("Pull each line in turn: the services stay reachable."))
    steps += [
        say("From a machine behind your router: {service} answers.", service=service.name)
        for service in facts.services
    ]
    if facts.tunnels:
        steps.append(say("Stop the tunnel: nothing to the extranet leaves in clear. Start it."))
    if facts.accounts:
        steps.append(say("Put a file on the server, get it back, delete it."))
    steps.append(say("We see your packets with the official address and no refused ones."))
    return Section(
        title=say("Test plan"),
        header=("", say("Step"), say("You"), say("We")),
        rows=tuple((str(number), step, "☐", "☐") for number, step in enumerate(steps, start=1)),
    )


def _failures(facts: Facts, say: Say) -> Iterator[Section]:
    rows = tuple(symptoms.rows(facts, say))
    if rows:
        yield Section(
            title=say("When it does not work"),
            header=(say("You see"), say("Cause"), say("Do this")),
            rows=rows,
        )
