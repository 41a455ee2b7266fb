"""A configuration that changes line by line, with the router's own rules and refusals."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from ipaddress import IPv4Interface
from typing import TYPE_CHECKING, Final

from ksz_netops.lab.emulator import entries, tree
from ksz_netops.lab.emulator.modes import HIDDEN, MODES, NEEDS, REFERENCES
from ksz_netops.platforms.ios_xe.vendor import forms, rules
from ksz_netops.platforms.ios_xe.vendor.nodes import GLOBAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ksz_netops.lab.emulator.tree import Section
    from ksz_netops.platforms.ios_xe.vendor.forms import Form

_KEY: Final = re.compile(r"(pre-shared-key (?:local|remote)) (?:(\d) )?(\S+)")
_FAMILY: Final = {"acl": 4, "acl6": 6}
_WHOLES: Final = (
    re.compile(r"(ip(?:v6)? route \S+(?: \d+\.\d+\.\d+\.\d+)? \S+(?: \S*[.:]\S+)?)(?: .*)?"),
    re.compile(r"(crypto ipsec transform-set \S+) .*"),
)
"""Top lines of which the router keeps one for each beginning: its end is replaced."""
_PLACES: Final = (
    "tunnel source",
    "tunnel mode",
    "tunnel destination",
    "encapsulation ",
    "police ",
    "set pfs",
    "pre-shared-key local",
    "pre-shared-key remote",
    "identity local",
    "address ",
    "clock source",
    "pqc ",
)
"""How lines of several forms begin of which a section holds one."""
_KEPT_NEGATIONS: Final = frozenset({"config-exchange request"})
"""What holds by default, so that its negation is kept and shown."""
_POLICE: Final = ("conform-action transmit ", "exceed-action drop ")
"""What a router adds below a policer."""


def _whole(line: str) -> str | None:
    return next((found[1] for form in _WHOLES if (found := form.fullmatch(line))), None)


@dataclass(slots=True)
class Configuration:
    """What the router runs, and where the one who types stands in it."""

    root: Section
    keys: dict[str, str] = field(default_factory=dict)
    """Clear text of each encrypted key that was ever shown."""
    _path: list[tuple[str, Section]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.leave()

    def leave(self) -> None:
        """Back to the top, as at the beginning of a session."""
        self._path = [(GLOBAL, self.root)]

    @property
    def depth(self) -> int:
        """How many modes below the top one stands."""
        return len(self._path) - 1

    def text(self) -> str:
        """As `show running-config` gives it."""
        return tree.write(self.root)

    def become(self, root: Section) -> None:
        """Holds *root* instead, whatever it held."""
        self.root = root
        self.leave()

    def enter(self, lines: Iterable[str]) -> str:
        """Types *lines* one after the other and returns what the router said."""
        said = []
        self.leave()
        for line in lines:
            if line.strip() == "end":
                break
            answer = self.type(line)
            if answer:
                said.append(f"{line.strip()}\n{answer}")
        self.leave()
        return "".join(said)

    def type(self, typed: str) -> str:
        """Types one line and returns what the router said about it, usually nothing."""
        line = " ".join(typed.split())
        if not line or line.startswith("!"):
            return ""
        if line == "exit":
            if self.depth:
                self._path.pop()
            return ""
        negative = line.startswith("no ")
        line = line.removeprefix("no ")
        for level in range(self.depth, -1, -1):
            mode, section = self._path[level]
            if not self._knows(mode, line, negative=negative):
                continue
            del self._path[level + 1 :]
            return self._remove(mode, section, line) if negative else self._add(mode, section, line)
        return forms.complaint(self._templates(), line)

    def _templates(self) -> tuple[Form, ...]:
        return tuple(template for mode, _ in reversed(self._path) for template in MODES[mode])

    @staticmethod
    def _knows(mode: str, line: str, *, negative: bool) -> bool:
        if mode in _FAMILY:
            words = r"(?:(?:sequence )?\d+ ?)?(?:(?:permit|deny|remark) .+)?"
            return re.fullmatch(words, line) is not None
        if negative:
            return forms.may_be_negated(MODES[mode], line)
        return forms.find(MODES[mode], line) is not None

    def _add(self, mode: str, section: Section, line: str) -> str:
        if mode in _FAMILY:
            try:
                entry = entries.place(section.lines, line, _FAMILY[mode])
            except entries.EntryError as said:
                return str(said)
            section.lines.setdefault(entry, tree.Section())
            return ""
        template = forms.find(MODES[mode], line)
        if template is None:
            return forms.complaint(MODES[mode], line)
        breach = next(self._breaches(section, line), None)
        refusal = self._refusal(section, line) if breach is None else f"{breach}\n"
        if refusal:
            return refusal
        line = self._as_shown(line)
        self._make_room(mode, section, template, line)
        section.lines.pop(f"no {line}", None)
        if line in HIDDEN.get(mode, ()):
            return ""
        below = section.lines.setdefault(line, tree.Section())
        if template.mode:
            self._path.append((template.mode, below))
        if line.startswith("police "):
            below.lines.update((each, tree.Section()) for each in _POLICE)
        if line.startswith("channel-group "):
            self.root.lines.setdefault(f"interface {self._serial(section, line)}", tree.Section())
        return ""

    def _make_room(self, mode: str, section: Section, template: Form, line: str) -> None:
        if not template.single:
            whole = _whole(line)
            for held in [each for each in section.lines if whole and each != line]:
                if _whole(held) == whole:
                    del section.lines[held]
            return
        rivals = [template]
        if line.startswith(("ip address ", "ip unnumbered ")):
            rivals = [each for each in MODES[mode] if each.text.startswith(("ip addr", "ip unn"))]
            rivals = [each for each in rivals if each.single]
        else:
            start = next((each for each in _PLACES if line.startswith(each)), None)
            if start:
                rivals = [each for each in MODES[mode] if each.text.startswith(start)]
        for held in list(section.lines):
            if held != line and forms.find(rivals, held):
                del section.lines[held]

    def _as_shown(self, line: str) -> str:
        key = _KEY.fullmatch(line)
        if key and key[2] in {None, "0"} and "password encryption aes" in self.root.lines:
            blob = "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ_]^\\[`") for _ in range(60))
            self.keys[blob] = key[3]
            return f"{key[1]} 6 {blob}"
        if re.fullmatch(r"police cir \d+", line):
            return f"{line} bc {max(1500, int(line.split()[2]) // 32)}"
        return line

    def _refusal(self, section: Section, line: str) -> str:
        for form, start in NEEDS:
            named = re.fullmatch(form, line)
            if not named:
                continue
            for name in named[1].split():
                if not any(
                    held.startswith(start) and name in held.split() for held in self.root.lines
                ):
                    return f"% {start.strip().capitalize()} {name} is not configured\n"
        if line.startswith("interface "):
            return self._no_such_interface(line)
        if line.startswith("ip address "):
            return self._address_refusal(section, line)
        group = re.fullmatch(r"ppp multilink group (\d+)", line)
        if group and any(
            held.startswith("ppp multilink group ") and held != line for held in section.lines
        ):
            return "% Remove the interface from its multilink group first\n"
        channel = re.match(r"channel-group (\d+) ", line)
        if channel and any(held.startswith(channel[0]) and held != line for held in section.lines):
            return "% Channel-group already exists; remove it first\n"
        return ""

    def _breaches(self, section: Section, line: str) -> Iterator[str]:
        """What the vendor's rules between lines have against *line*."""
        words = line.split()
        if line.startswith("ip sla schedule "):
            operation = self.root.lines.get(f"ip sla {words[3]}")
            if operation is None:
                yield "%Entry not configured"
            else:
                yield from rules.schedule(tree.plain(operation))
        elif re.fullmatch(r"ip sla \d+", line) and self._is_scheduled(words[2]):
            yield "Entry already running and cannot be modified"
        elif line.startswith("proposal "):
            held = self.root.lines.get(f"crypto ikev2 {line}")
            if held and list(rules.proposal(tree.plain(held))):
                yield "% IKEv2 policy MUST have only complete proposals attached"
        elif line.startswith("service-policy input "):
            policy = self.root.lines.get(f"policy-map {words[2]}", tree.Section())
            yield from (f"% {each}" for each in rules.inbound_policy(tree.plain(policy)))
        elif line.startswith(("tunnel vrf ", "match fvrf ", "vrf forwarding ")):
            yield from self._lacking_vrf(words[-1], needs_family=line.startswith("match "))
        elif line.startswith("ppp multilink group "):
            yield from self._not_a_member(section)

    def _is_scheduled(self, number: str) -> bool:
        start = f"ip sla schedule {number} "
        return any(each.startswith(start) for each in self.root.lines)

    def _lacking_vrf(self, name: str, *, needs_family: bool) -> Iterator[str]:
        vrf = self.root.lines.get(f"vrf definition {name}")
        if vrf is None:
            yield f"% VRF {name} not configured"
        elif needs_family and "address-family ipv4" not in vrf.lines:
            yield "% vrf with address-family does not exist. Create first"

    def _not_a_member(self, section: Section) -> Iterator[str]:
        header = next((each for each, held in self.root.lines.items() if held is section), "")
        if header.startswith("interface Serial") and "encapsulation ppp" not in section.lines:
            yield "% A member of a multilink group needs encapsulation ppp"

    def _no_such_interface(self, line: str) -> str:
        name = line.split()[1]
        if line in self.root.lines or name.startswith(("Tunnel", "Multilink", "Loopback")):
            return ""
        parent, _, vlan = name.partition(".")
        if vlan and f"interface {parent}" in self.root.lines:
            return ""
        return "          ^\n% Invalid input detected at '^' marker.\n"

    def _address_refusal(self, section: Section, line: str) -> str:
        words = line.split()
        wanted = IPv4Interface(f"{words[2]}/{words[3]}")
        vrf = self._vrf(section)
        for held, below in self.root.lines.items():
            if not held.startswith("interface "):
                continue
            if below is section:
                tagged = any(each.startswith("encapsulation dot1Q") for each in below.lines)
                if "." in held.split()[1] and not tagged:
                    return (
                        "% Configuring IP routing on a LAN subinterface is only allowed if that\n"
                        "subinterface is already configured as part of an IEEE 802.10, 802.1Q,\n"
                        "or ISL vLAN.\n"
                    )
                continue
            if self._vrf(below) != vrf:
                continue
            for each in below.lines:
                other = re.match(r"ip address (\S+) (\S+)", each)
                if other and IPv4Interface(f"{other[1]}/{other[2]}").network.overlaps(
                    wanted.network
                ):
                    return f"% {wanted.network.network_address} overlaps with {held.split()[1]}\n"
        return ""

    @staticmethod
    def _vrf(section: Section) -> str:
        return next((each for each in section.lines if each.startswith("vrf forwarding ")), "")

    def _serial(self, controller: Section, line: str) -> str:
        header = next(held for held, below in self.root.lines.items() if below is controller)
        return f"Serial{header.split()[2]}:{line.split()[1]}"

    def _remove(self, mode: str, section: Section, line: str) -> str:
        if line in _KEPT_NEGATIONS:
            section.lines.setdefault(f"no {line}", tree.Section())
            return ""
        if mode in _FAMILY:
            gone = entries.negated(section.lines, line, _FAMILY[mode])
        else:
            gone = [held for held in section.lines if f"{held} ".startswith(f"{line} ")]
            if line == "ip address":
                gone = [held for held in section.lines if held.startswith("ip address ")]
        for held in gone:
            refusal = self._in_use(mode, held)
            if refusal:
                return refusal
        for held in gone:
            if held.startswith("channel-group "):
                self.root.lines.pop(f"interface {self._serial(section, held)}", None)
            section.lines.pop(held)
            sla = re.match(r"ip sla (\d+)$", held)
            if sla:
                section.lines.pop(f"ip sla schedule {sla[1]} life forever start-time now", None)
        return ""

    def _in_use(self, mode: str, header: str) -> str:
        if mode == "object-group":
            return self._last_member(header)
        if mode != GLOBAL:
            return ""
        physical = re.fullmatch(r"interface (?:.*Ethernet[\d/]+|Serial\S+)", header)
        if physical:
            return "% Removal of physical interfaces is not permitted\n"
        for start, form, kind in REFERENCES:
            if not header.startswith(start):
                continue
            name = header.removeprefix(start).split()[0]
            pattern = re.compile(form.format(name=re.escape(name)))
            for _, held in self.root.walk():
                if pattern.fullmatch(re.sub(r"^(?:sequence )?\d+ ", "", held)):
                    return f"% {kind} {name} is in use, cannot remove\n"
        return ""

    def _last_member(self, member: str) -> str:
        for held, below in self.root.lines.items():
            if held.startswith("object-group ") and member in below.lines:
                name = held.split()[2]
                others = [each for each in below.lines if not each.startswith("description ")]
                used = any(
                    f"object-group {name} " in f"{each} "
                    for _, each in self.root.walk()
                    if not each.startswith("object-group ")
                )
                if used and others == [member]:
                    return f"% Object-group {name} is in use, cannot be emptied\n"
        return ""
