"""Mutants of routers: one line of the configuration otherwise, and saved; or another answer.

An emulated router is started with the mutated configuration, so that what it shows of its work
follows from it. What follows from no configuration is changed in the answer.
"""

# ruff: noqa: E501 - a table of words is read by the line
from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from benchmarks.mutation import generic
from benchmarks.mutation.bypasses import on_router
from benchmarks.mutation.mutants import Mutant, is_address, one_bit
from ksz_netops.lab.emulator.commands import execute
from ksz_netops.lab.emulator.peers import Peer
from ksz_netops.lab.emulator.router import Router
from ksz_netops.state.resources import Tunnel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from random import Random

    from benchmarks.mutation.mutants import Device
    from ksz_netops.state.resources import DeviceState

WORDS = (
    ("a filter in the wrong direction", r" in$", " out"),
    ("a filter in the wrong direction", r" out$", " in"),
    ("a changed rule", r"\bpermit\b", "deny"),
    ("a changed rule", r"\bdeny\b", "permit"),
    ("a changed rule", r"\bhost \S+", "any"),
    ("a changed rule", r" (?:established|echo|echo-reply|packet-too-big)$", ""),
    ("a changed rule", r" log$", " "),
    ("another protocol of a flow", r"\btcp\b", "udp"),
    ("another port of a flow", r"\beq \S+", "eq 22"),
    ("another port of a flow", r" (?:eq|range) .*(?= host)", ""),
    ("an algorithm outside the profile", r"aes-gcm-256", "aes-cbc-128"),
    ("an algorithm outside the profile", r"esp-gcm 256", "esp-aes esp-sha-hmac"),
    ("an algorithm outside the profile", r"\bgroup(?: ?)(\d+)", "group14"),
    ("an algorithm outside the profile", r"\bsha384\b", "sha1"),
    ("an algorithm outside the profile", r" pqc \S+", ""),
    ("a route of another preference", r"\b1[01] name", "5 name"),
    ("a wider route", r"255\.255\.255\.255(?= \S+ .*name)", "255.255.255.0"),
    ("a wider route", r"/128(?= .*name)", "/64"),
    ("a weaker check of sources", r"via rx", "via any"),
    ("one other key", r"psk [0-9a-f]{16}", "psk 0123456789abcdef"),
    ("one other key", r"(pre-shared-key (?:local|remote) 6) \S+", r"\1 OTHER"),
    ("a key in clear", r"(pre-shared-key (?:local|remote)) 6 \S+", r"\1 OTHER"),
    ("a tunnel in another VRF", r"INET", "Mgmt"),
    ("an object under another name", r"KSZ-(P\d+-S\d)", r"KSZ-X\1"),
    ("one other time slot", r"timeslots 1-31", "timeslots 1-30"),
)  # fmt: skip
EXTRA = (
    ("an orphan object", "object-group network KSZ-P00099-S1\n host 198.51.100.99\n"),
    ("an orphan object", "ip access-list extended KSZ-P00099-S1-IN\n 10 permit ip any any\n"),
    ("an orphan object", "class-map match-any KSZ-P00099-S1\n match access-group name X\n"),
    ("an orphan object", "policy-map KSZ-P00099-S1-IN\n class KSZ-P00099-S1\n  police cir 64000 bc 8000\n"),
    ("an orphan object", "crypto ikev2 keyring KSZ-P00099-S1\n peer KSZ-P00099-S1\n  address 203.0.113.99\n"),
    ("an orphan object", "crypto ikev2 profile KSZ-P00099-S1\n description KSZ-P00099-S1 baseline\n"),
    ("an orphan object", "crypto ipsec transform-set KSZ-ESP-OLD esp-aes esp-sha-hmac\n mode tunnel\n"),
    ("an orphan object", "interface Tunnel99\n description KSZ-P00099-S1\n tunnel source 203.0.113.4\n tunnel destination 203.0.113.99\n"),
    ("an orphan object", "controller E1 0/1/3\n description KSZ-P00099-S1\n channel-group 0 timeslots 1-31\n"),
    ("one extra route", "ip route 198.51.100.99 255.255.255.255 GigabitEthernet0/0/2 192.0.2.9 10 name KSZ-P00099-S1\n"),
    ("one extra route", "ip route 198.51.100.0 255.255.255.0 GigabitEthernet0/0/2 192.0.2.9 10 name KSZ-P00099-S1\n"),
)  # fmt: skip
ANSWERS = (
    ("show crypto ikev2 sa detailed", "a tunnel that is not up", "READY", "IN-NEG"),
    ("show crypto ikev2 sa detailed", "an algorithm outside the profile", "AES-GCM, keysize: 256", "AES-CBC, keysize: 128"),
    ("show crypto ikev2 sa detailed", "an algorithm outside the profile", "keysize: 256", "keysize: 128"),
    ("show crypto ikev2 sa detailed", "an algorithm outside the profile", "PRF: SHA384", "PRF: SHA1"),
    ("show crypto ikev2 sa detailed", "an algorithm outside the profile", "DH Grp:20", "DH Grp:2"),
    ("show crypto ikev2 sa detailed", "an algorithm outside the profile", "      PQC Key Exchange: MLKEM1024\n", ""),
    ("show crypto ikev2 sa detailed", "an algorithm outside the profile", "MLKEM1024", "MLKEM512"),
    ("show crypto ipsec sa", "a tunnel that is not up", "ACTIVE(ACTIVE)", "DOWN"),
    ("show crypto ipsec sa", "an algorithm outside the profile", "esp-gcm-256", "esp-aes esp-sha-hmac"),
    ("show crypto ipsec sa", "an algorithm outside the profile", "group20", "group2"),
    ("show crypto ipsec sa", "an algorithm outside the profile", "AKE1: MLKEM1024", "AKE1: MLKEM512"),
    ("show crypto ipsec sa", "one wrong selector", "/255.255.255.255/0/0", "/255.255.255.0/0/0"),
    ("show crypto ipsec sa", "one wrong selector", "/255.255.255.128/0/0", "/0.0.0.0/0/0"),
    ("show crypto ipsec sa", "one wrong selector", "(198.51.100.", "(198.51.101."),
    ("show controllers E1", "a line with errors", "No alarms detected.", "Receiver has loss of frame."),
    ("show controllers E1", "a line with errors", " is up.", " is down."),
    ("show controllers E1", "a line with errors", "1:\n     0 Line Code", "1:\n     9 Line Code"),
    ("show ppp multilink", "a bundle without a line", ", since 00:12:34", " (inactive)"),
)  # fmt: skip


_KEY: Final = "AB12"
"""What every pre-shared key is called in a configuration that is played."""


def router_of(answers: Mapping[str, str], desired: DeviceState) -> tuple[str, tuple[Peer, ...]]:
    """The configuration in *answers*, and the partners' gateways that it met."""
    shown = answers["show running-config"]
    # A router encrypts one key anew for each line that shows it.
    text = re.sub(r"(pre-shared-key \w+ 6) \S+", rf"\1 {_KEY}", shown[shown.index("hostname ") :])
    peers = tuple(
        Peer(address=str(each.peer), key=_KEY, official=str(each.official))
        for each in desired
        if isinstance(each, Tunnel)
    )
    return text, peers


def played(text: str, peers: tuple[Peer, ...]) -> Device:
    """An emulated router that started with *text*."""
    router = Router(text, peers=peers)
    router.startup = router.running.text()
    return lambda command: execute(router, command, "netops")


def mutants(
    hub: str, answers: Mapping[str, str], desired: DeviceState, random: Random
) -> Iterator[Mutant]:
    """Every mutant of *hub*, which gave *answers*."""
    text, peers = router_of(answers, desired)
    for operator, site, other in _configurations(text, random):
        yield Mutant(hub=hub, operator=operator, site=site, device=partial(played, other, peers))
    whole = played(text, peers)
    for operator, site, command, said in _answers(whole, answers):
        device = partial(_otherwise, text, peers, command, said)
        yield Mutant(hub=hub, operator=operator, site=site, device=device)


def unforeseen(hub: str, answers: Mapping[str, str], desired: DeviceState) -> Iterator[Mutant]:
    """Every mutant of *hub* in which one of our lines is treated in a way that fits any line."""
    text, peers = router_of(answers, desired)
    lines = text.splitlines(keepends=True)
    for operator, site, other in generic.on_router(lines, list(_own(lines))):
        yield Mutant(hub=hub, operator=operator, site=site, device=partial(played, other, peers))


def _otherwise(text: str, peers: tuple[Peer, ...], command: str, said: str) -> Device:
    whole = played(text, peers)
    return lambda asked: said if asked == command else whole(asked)


def _own(lines: list[str]) -> Iterator[int]:
    """The lines that are ours: marked by our name, or below such a one, or beside one in an interface."""
    starts = [number for number, line in enumerate(lines) if line[:1] not in {" ", "!", ""}]
    tracks = set(
        re.findall(r"\btrack (\d+)", "\n".join(each for each in lines if "name KSZ-" in each))
    )
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        section = [number for number in range(start, end) if lines[number].strip(" !\n")]
        header = lines[start]
        marked = [number for number in section if "KSZ-" in lines[number]]
        described = any(lines[number].startswith(" description KSZ-") for number in section)
        probe = re.match(r"(?:track|ip sla(?: schedule)?) (\d+)", header)
        if header.startswith("interface ") and not described:
            yield from marked
        elif marked or (probe and probe[1] in tracks):
            yield from section


def _configurations(text: str, random: Random) -> Iterator[tuple[str, str, str]]:
    lines = text.splitlines(keepends=True)
    own = list(_own(lines))
    for number in own:
        line = lines[number]
        words = line.strip()
        end = number + 1
        while end < len(lines) and len(lines[end]) - len(lines[end].lstrip()) > len(line) - len(
            line.lstrip()
        ):
            end += 1
        yield _removal(words), words, "".join(lines[:number] + lines[end:])
        for operator, other in _changed(line, random):
            if other != line:
                yield (
                    operator,
                    f"{words} -> {other.strip()}",
                    "".join([*lines[:number], other, *lines[number + 1 :]]),
                )
        entry = re.match(r"( +(?:sequence )?)(\d+)( (?:permit|deny).*\n)", line)
        if entry:
            wide = "ipv6" if "sequence" in line else "ip"
            more = f"{entry[1]}{int(entry[2]) - 1} permit {wide} any any\n"
            yield (
                "one extra rule",
                f"before {words}",
                "".join([*lines[:number], more, *lines[number:]]),
            )
            last = number + 1 if number + 1 < len(lines) else number
            following = re.match(r"( +(?:sequence )?)(\d+)( .*\n)", lines[last])
            if following and following[3] != entry[3]:
                swapped = [
                    f"{entry[1]}{entry[2]}{following[3]}",
                    f"{entry[1]}{following[2]}{entry[3]}",
                ]
                yield (
                    "rules in another order",
                    words,
                    "".join([*lines[:number], *swapped, *lines[last + 1 :]]),
                )
    end = max(number for number, line in enumerate(lines) if line.startswith("end"))
    for operator, more in EXTRA:
        yield operator, more.splitlines()[0], "".join([*lines[:end], more, *lines[end:]])
    yield from on_router(text)


def _removal(words: str) -> str:
    return {
        "permit": "a removed rule", "deny": "a removed rule", "police": "a removed shaper", "shape": "a removed shaper",
        "pre-shared-key": "a removed key", "ip route": "a removed route", "ipv6 route": "a removed route",
        "ip access-group": "a filter that is not bound", "ipv6 traffic-filter": "a filter that is not bound",
        "service-policy": "a shaper that is not bound", "ip address": "a removed address", "ipv6 address": "a removed address",
    }.get(next((key for key in (
        "ip access-group", "ipv6 traffic-filter", "service-policy", "ip route", "ipv6 route", "ip address", "ipv6 address",
        "pre-shared-key", "police", "shape", "permit", "deny",
    ) if re.search(rf"\b{key}\b", words)), ""), "a removed line")  # fmt: skip


def _changed(line: str, random: Random) -> Iterator[tuple[str, str]]:
    for found in re.finditer(r"[0-9A-Fa-f.:]+", line):
        if (
            is_address(found[0])
            and not found[0].startswith(("255.", "0.0.0."))
            and "remark" not in line
        ):
            other = one_bit(found[0], random)
            yield "one bit in an address", line[: found.start()] + other + line[found.end() :]
    rate = re.search(r"(?<=police cir )\d+|(?<=shape average )\d+", line)
    if rate:
        for new in (2 * int(rate[0]), int(rate[0]) + 8000):
            yield "another rate", line.replace(rate[0], str(new), 1)
    for operator, old, new in WORDS:
        if re.search(old, line.rstrip("\n")):
            yield operator, re.sub(old, new, line.rstrip("\n"), count=1) + "\n"


def _answers(whole: Device, recorded: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    for command, operator, old, new in ANSWERS:
        said = whole(command) if command in recorded else ""
        for nth in range(said.count(old)):
            parts = said.split(old)
            other = old.join(parts[: nth + 1]) + new + old.join(parts[nth + 1 :])
            if "Errored" in said and new.endswith("9 Line Code"):
                other = _nth_errored(said, nth)
            yield operator, f"{command}: {old.strip()} -> {new.strip()} ({nth + 1})", command, other
    for command in recorded:
        said = whole(command)
        if "KSZ" in said or "E1 " in said or "Multilink" in said or "Tunnel" in said:
            yield (
                "a tool that failed",
                command,
                command,
                "% Invalid input detected at '^' marker.\n",
            )
        if command.endswith("-config"):
            yield "an answer cut short", command, command, said[: len(said) // 2]
    said = whole("show interfaces")
    for found in re.finditer(
        r"^(\S+) is up, line protocol is up\n(?:  .*\n)*?  Description: KSZ-", said, re.MULTILINE
    ):
        down = (
            said[: found.start()]
            + found[0].replace("protocol is up", "protocol is down", 1)
            + said[found.end() :]
        )
        yield "a port that is down", found[1], "show interfaces", down
    said = whole("show crypto ikev2 sa detailed")
    if "READY" in said:
        yield (
            "a missing SA",
            "IKE SA",
            "show crypto ikev2 sa detailed",
            " IPv4 Crypto IKEv2  SA \n\n",
        )
        yield "a missing SA", "child SA", "show crypto ipsec sa", ""


def _nth_errored(said: str, nth: int) -> str:
    """*said* with nine errored seconds in the last whole quarter of an hour of the *nth* line."""
    parts = re.split(r"(?<=Data in Interval 1:\n)", said)
    parts[nth + 1] = parts[nth + 1].replace(" 0 Errored Secs", " 9 Errored Secs", 1)
    return "".join(parts)
