"""The effect of typed lines on our part of a configuration, as the router would have it.

It knows what our sections need: negation, lines that take each other's place, entries by number,
and what goes when something else goes. It answers nothing and refuses nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.ios_xe.config import acl, tree

if TYPE_CHECKING:
    from ksz_netops.platforms.ios_xe.config.tree import Tree

ACL: Final = ("ip access-list ", "ipv6 access-list ")
_PLACES: Final = tuple(
    re.compile(form)
    for form in (
        r"description ",
        r"ip access-group \S+ in$",
        r"ip access-group \S+ out$",
        r"ipv6 traffic-filter \S+ in$",
        r"ipv6 traffic-filter \S+ out$",
        r"(?:ip|ipv6) verify unicast source reachable-via ",
        r"service-policy input ",
        r"service-policy output ",
        r"ip (?:address \S+ \S+$|unnumbered )",
        r"tunnel (?:source|destination|mode|vrf) ",
        r"tunnel protection ipsec policy ipv4 ",
        r"tunnel protection ipsec policy ipv6 ",
        r"tunnel protection ipsec profile ",
        r"ppp multilink group ",
        r"encapsulation ",
        r"shape average ",
        r"police ",
        r"address ",
        r"pre-shared-key local ",
        r"pre-shared-key remote ",
        r"identity local ",
        r"keyring local ",
        r"lifetime ",
        r"dpd ",
        r"set security-association ",
        r"set transform-set ",
        r"set pfs ",
        r"set ikev2-profile ",
    )
)
"""What a section holds one of: a line takes the place of the one of the same form."""
_WHOLES: Final = (
    re.compile(r"(ip(?:v6)? route \S+(?: \d+\.\d+\.\d+\.\d+)? \S+(?: \S*[.:]\S+)?)(?: .*)?"),
    re.compile(r"(crypto ipsec transform-set \S+) .*"),
)
"""Top lines that begin so say one thing: a later one takes the place of an earlier one."""


def _whole(header: str) -> str | None:
    return next((found[1] for form in _WHOLES if (found := form.fullmatch(header))), None)


class Machine:
    """Our part of a configuration while lines are typed."""

    def __init__(self, start: Tree) -> None:
        self.tree = tree.copied(start)
        self._path: list[str] = []
        self._changed: list[str] = []

    def type(self, typed: str) -> tuple[str, ...]:
        """Takes a line whose depth is its indentation.

        Answers the top line that it belongs to, then the headers of other sections that came or
        went with it.
        """
        depth = len(typed) - len(typed.lstrip())
        line = typed.strip()
        del self._path[depth:]
        section = self.tree
        for above in self._path:
            section = section.setdefault(above, {})
        top = self._path[0] if self._path else line.removeprefix("no ")
        self._changed = [top]
        if line.startswith("no "):
            self._remove(section, line.removeprefix("no "), top)
        else:
            self._add(section, line, top)
            self._path.append(line)
        return tuple(self._changed)

    def _add(self, section: Tree, line: str, top: str) -> None:
        if line in section:
            return
        place_of = self._place if self._path else _whole
        place = place_of(line)
        for held in list(section) if place is not None else ():
            if place_of(held) == place:
                self._take(section, held)
        section[line] = {}
        if line.startswith("channel-group "):
            serial = self._serial(top, line)
            self.tree.setdefault(serial, {})
            self._changed.append(serial)

    def _take(self, section: Tree, line: str) -> None:
        if section.pop(line, None) is not None and section is self.tree:
            self._changed.append(line)

    @staticmethod
    def _place(line: str) -> str | None:
        found = next((form for form in _PLACES if form.match(line)), None)
        if found is None:
            return None
        if found.pattern.startswith(("tunnel (", "(?:ip|ipv6) verify")):
            return " ".join(line.split()[:2])
        return found.pattern

    def _remove(self, section: Tree, line: str, top: str) -> None:
        if self._path and top.startswith(ACL):
            number = re.fullmatch(r"(?:sequence )?(\d+)", line)
            gone = [
                held
                for held in section
                if held == line or (number and acl.number_of(held) == int(number[1]))
            ]
        else:
            gone = [held for held in section if f"{held} ".startswith(f"{line} ")]
        for held in gone:
            self._take(section, held)
            if held.startswith("channel-group "):
                self._take(self.tree, self._serial(top, held))
            if re.fullmatch(r"ip sla \d+", held):
                start = f"{held.replace('sla', 'sla schedule')} "
                for schedule in [each for each in self.tree if each.startswith(start)]:
                    self._take(self.tree, schedule)

    @staticmethod
    def _serial(controller: str, line: str) -> str:
        return f"interface Serial{controller.split()[2]}:{line.split()[1]}"
