"""What a partner's engineer sees when something is wrong, why, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.handover.facts import Facts
    from ksz_netops.handover.texts import Say


def rows(facts: Facts, say: Say) -> Iterator[tuple[str, str, str]]:
    """Symptom, cause and remedy, for the methods by which the partner connects."""
    if facts.tunnels:
        yield from _tunnel(say)
    if facts.lines:
        yield from _line(say)
    if facts.accounts:
        yield from _account(say)


def _tunnel(say: Say) -> Iterator[tuple[str, str, str]]:
    yield (
        say("No answer at all from the hub"),
        say("Another source address, or UDP 500 or 4500 is blocked"),
        say("Send from the address of your gateway. Open UDP 500, UDP 4500 and ESP both ways."),
    )
    yield (
        say("Authentication failed"),
        say("The key or an IKE identity differs"),
        say("Enter the key again. Set both identities as addresses, as in the table."),
    )
    yield (
        say("No proposal chosen, before authentication"),
        say("The IKE proposal differs"),
        say("Compare each word: encryption, PRF and group. PRF SHA-384 goes with AES-GCM."),
    )
    yield (
        say("No proposal chosen, after authentication"),
        say("The ESP proposal or PFS differs"),
        say("Set AES-256-GCM with 16 octets and PFS group 20. Turn off ESN."),
    )
    yield (
        say("Traffic selectors unacceptable"),
        say("Your own network stands in the selector"),
        say("Set the official address as local selector. Translate addresses before encryption."),
    )
    yield (
        say("Only one of several networks answers"),
        say("One child SA for all networks, or any to any"),
        say("Make one child SA for each network."),
    )
    yield (
        say("It works, and stops after some hours"),
        say("PFS is off or has another group; a new key fails"),
        say("Set PFS group 20 in the child SA."),
    )
    yield (
        say("The tunnel is up, no service answers"),
        say("Packets leave by your internet translation, or with another source"),
        say("Put the translation to the official address above the general one."),
    )
    yield (
        say("Small packets pass, connections hang"),
        say("Packets are too large for the tunnel"),
        say("Set the TCP segment size of the table."),
    )


def _line(say: Say) -> Iterator[tuple[str, str, str]]:
    yield (
        say("The line is up, no service answers"),
        say("The source is not the official address"),
        say("Translate to the official address on the way to the line."),
    )
    yield (
        say("Our address does not answer a ping"),
        say("Wrong VLAN, wrong address or wrong MAC address"),
        say("Compare VLAN, address and MAC address with the table."),
    )
    yield (
        say("Errors or slips on an E1"),
        say("Framing, CRC4 or clock differs"),
        say("Set G.704 with CRC4 and take the clock from the line."),
    )
    yield (
        say("Large transfers are slow"),
        say("You send more than the rate of the line"),
        say("Shape what you send to the rate of the table."),
    )


def _account(say: Say) -> Iterator[tuple[str, str, str]]:
    yield (
        say("Permission denied (publickey)"),
        say("Another key, or another source address"),
        say("Connect from the official address, with the key that you notified."),
    )
    yield (
        say("Too many authentication failures"),
        say("Your client offers other keys first"),
        say("Offer one key alone (IdentitiesOnly=yes)."),
    )
    yield (
        say("A file cannot be written"),
        say("Only the folders of the table may be written"),
        say("Change into one of them first."),
    )
