"""Statements taken apart into fields, so that resources can be put together from them."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from ksz_netops.state.resources import Owner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_ELEMENT: Final = re.compile(
    r'element (?P<set>\w+) \{ (?P<key>.+?) comment "(?P<token>[^"]+)"(?: : (?P<data>\S+))? \}'
)
_LINK: Final = re.compile(r"link (?P<port>\S+) (?:parent \S+ vlan \d+ )?alias (?P<token>KSZ-\S+)")
_ADDRESS: Final = re.compile(r"address (?P<port>\S+) (?P<address>\S+)")
_HOP: Final = re.compile(
    r"route (?P<official>[\da-f.:]+) via (?P<via>\S+) dev (?P<port>\S+) metric (?P<metric>\d+)"
    r" # (?P<token>KSZ-\S+)"
)
_NEIGHBOUR: Final = re.compile(r"neighbour (?P<port>\S+) (?P<address>\S+) (?P<mac>\S+)")
_CLASS: Final = re.compile(
    r"class (?P<port>\S+) 4b5a:(?P<minor>[\da-f]+) rate (?P<rate>\d+)kbit .*"
)
_SECRET: Final = re.compile(r"secret (?P<token>KSZ-\S+) sha256:(?P<fingerprint>[\da-f]{16})")
_ACCOUNT: Final = re.compile(r"account (?P<name>\S+) uid (?P<uid>\d+) .*gecos (?P<token>KSZ-\S+)")
_KEY: Final = re.compile(
    r'key (?P<name>\S+) restrict,from="(?P<official>[^"]+)" (?P<algorithm>\S+) (?P<blob>\S+)'
)
_DIRECTORY: Final = re.compile(r"directory (?P<name>\S+) (?P<directory>\S+)")
_TOKEN: Final = re.compile(r"KSZ-[A-Z0-9-]+|\bksz-p\d{5}(?:-s\d{1,2})?\b")


class Element(NamedTuple):
    """An element of an nft set or map."""

    key: tuple[str, ...]
    """Its parts, ports without quotes."""
    token: str
    data: str
    """What a map gives for it; empty in a set."""


@dataclass(kw_only=True)
class Reading:
    """The fields of all statements that were understood; the others are left out."""

    elements: dict[str, list[Element]] = field(default_factory=lambda: defaultdict(list))
    links: dict[str, str] = field(default_factory=dict)
    """Token by port."""
    addresses: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By port."""
    hops: dict[tuple[str, str], list[tuple[str, str, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """Port, next hop and metric by token and official address."""
    neighbours: dict[tuple[str, str], str] = field(default_factory=dict)
    """MAC address by port and next hop."""
    rates: dict[tuple[str, int], int] = field(default_factory=dict)
    """By port and number of the class."""
    connections: dict[str, str] = field(default_factory=dict)
    """Block by token."""
    secrets: dict[str, str] = field(default_factory=dict)
    """Fingerprint by token."""
    accounts: dict[str, tuple[int, str]] = field(default_factory=dict)
    """User id and token by name."""
    keys: dict[str, list[tuple[str, str, str]]] = field(default_factory=lambda: defaultdict(list))
    """Official address, algorithm and key by account."""
    directories: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By account."""

    @classmethod
    def of(cls, statements: Iterable[str]) -> Reading:
        """The fields of *statements*."""
        reading = cls()
        readers: dict[str, tuple[re.Pattern[str], Callable[[dict[str, str]], None]]] = {
            "element": (_ELEMENT, reading._element),
            "link": (_LINK, reading._link),
            "address": (_ADDRESS, reading._address),
            "route": (_HOP, reading._hop),
            "neighbour": (_NEIGHBOUR, reading._neighbour),
            "class": (_CLASS, reading._class),
            "secret": (_SECRET, reading._secret),
            "account": (_ACCOUNT, reading._account),
            "key": (_KEY, reading._key),
            "directory": (_DIRECTORY, reading._directory),
        }
        for statement in sorted(statements):
            kind, _, rest = statement.partition(" ")
            if kind == "connection":
                reading.connections[rest.partition(" ")[0]] = statement
            elif kind in readers:
                pattern, take = readers[kind]
                if match := pattern.fullmatch(statement):
                    take(match.groupdict(default=""))
        return reading

    def token_of(self, statement: str) -> str | None:
        """The first token of ours in *statement*, or the one it stands under elsewhere."""
        if match := _TOKEN.search(statement):
            return match[0].upper()
        words = statement.split()
        if words[0] in {"address", "shaping"} and len(words) > 1:
            return self.links.get(words[1])
        if match := _NEIGHBOUR.fullmatch(statement):
            return self._token_of_hop(match["port"], match["address"])
        if match := _CLASS.fullmatch(statement):
            return self._token_of_class(f"4b5a:{match['minor']}")
        if words[:2] == ["route", "blackhole"] and len(words) > 2:  # noqa: PLR2004 - an address follows
            return self._token_of_official(words[2])
        return None

    def _token_of_hop(self, port: str, via: str) -> str | None:
        for (token, _), hops in self.hops.items():
            if any(hop[:2] == (port, via) for hop in hops):
                return token
        return None

    def _token_of_class(self, class_id: str) -> str | None:
        for name in ("class_to4", "class_to6"):
            for element in self.elements.get(name, ()):
                if element.data == class_id:
                    return element.token
        return None

    def _token_of_official(self, official: str) -> str | None:
        for token, address in self.hops:
            if address == official:
                return token
        for name in ("tunnel_in4", "tunnel_in6", "line_out4", "line_out6"):
            for element in self.elements.get(name, ()):
                if element.key[-1] == official:
                    return element.token
        return None

    def _element(self, fields: dict[str, str]) -> None:
        if Owner.read(fields["token"]) is None:
            return
        key = tuple(part.strip('"') for part in fields["key"].split(" . "))
        self.elements[fields["set"]].append(Element(key, fields["token"], fields["data"]))

    def _link(self, fields: dict[str, str]) -> None:
        self.links[fields["port"]] = fields["token"]

    def _address(self, fields: dict[str, str]) -> None:
        self.addresses[fields["port"]].append(fields["address"])

    def _hop(self, fields: dict[str, str]) -> None:
        self.hops[fields["token"], fields["official"]].append(
            (fields["port"], fields["via"], int(fields["metric"]))
        )

    def _neighbour(self, fields: dict[str, str]) -> None:
        self.neighbours[fields["port"], fields["address"]] = fields["mac"]

    def _class(self, fields: dict[str, str]) -> None:
        self.rates[fields["port"], int(fields["minor"], 16)] = int(fields["rate"])

    def _secret(self, fields: dict[str, str]) -> None:
        self.secrets[fields["token"]] = fields["fingerprint"]

    def _account(self, fields: dict[str, str]) -> None:
        self.accounts[fields["name"]] = (int(fields["uid"]), fields["token"])

    def _key(self, fields: dict[str, str]) -> None:
        self.keys[fields["name"]].append((fields["official"], fields["algorithm"], fields["blob"]))

    def _directory(self, fields: dict[str, str]) -> None:
        self.directories[fields["name"]].append(fields["directory"])
