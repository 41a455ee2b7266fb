"""libyaml's nodes become plain values; what makes a file ambiguous is refused with its place."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

import yaml

from ksz_netops.errors import Origin
from ksz_netops.intent.words import located, shown
from ksz_netops.printable import shortened

if TYPE_CHECKING:
    from ksz_netops.errors import Problem
    from ksz_netops.intent.words import Yaml

_CODE: Final = "KSZ100"
_TAG: Final = "tag:yaml.org,2002:"
_STR: Final = f"{_TAG}str"
_DECIMAL: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,39})")
_FRACTION: Final = re.compile(r"[-+]?[0-9]{1,40}\.[0-9]{0,40}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TRUE: Final = frozenset({"true", "yes", "on"})


class Builder:
    """Turns nodes into values and collects what is wrong with them."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.spoiled: set[Origin] = set()
        self._seen: set[int] = set()

    def refuse(self, node: yaml.Node | None, what: str, fix: str, *, spoilt: bool = True) -> None:
        """Notes what is wrong with *node*; unless *spoilt*, its value is good for the rest."""
        origin = self._origin(node) if node else Origin(self.file, 1)
        self.problems.append(located(_CODE, what, fix, origin))
        if spoilt:
            self.spoiled.add(origin)

    def _origin(self, node: yaml.Node) -> Origin:
        return Origin(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def build(self, node: yaml.Node) -> Yaml:
        """The value of *node*; None for a scalar that is refused."""
        if isinstance(node, yaml.ScalarNode):
            return node.value if node.tag == _STR else self._scalar(node)
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node)
        if node.tag != f"{_TAG}seq":
            self._refuse_tag(node)
        return [self._inner(node, each) for each in node.value]

    def _inner(self, holder: yaml.Node, node: yaml.Node) -> Yaml:
        """The value of *node*, which stands behind the key or in the list *holder*."""
        if id(node) not in self._seen:
            return self.build(node)
        what = "an alias repeats a list or a mapping"
        self.refuse(holder, what, "write it out in both places")
        self.spoiled.add(self._origin(node))
        return None

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Yaml]:
        if node.tag != f"{_TAG}map":
            self._refuse_tag(node)
        built: dict[str, Yaml] = {}
        first: dict[str, int] = {}
        for key, value in node.value:
            name = key.value
            if key.tag != _STR:
                self._refuse_key(key)
                continue
            if name in built:
                what = f"key {shown(name)} stands twice; the first is in line {first[name]}"
                self.refuse(key, what, "keep one of them", spoilt=False)
                continue
            first[name] = key.start_mark.line + 1
            built[name] = self._inner(key, value)
        return built

    def _refuse_tag(self, node: yaml.Node) -> None:
        what = f"tag {node.tag!r} is not allowed"
        self.refuse(node, what, "delete the tag", spoilt=False)

    def _refuse_key(self, key: yaml.Node) -> None:
        if not isinstance(key, yaml.ScalarNode):
            self.refuse(
                key, "a list or a mapping is used as a key", "use text as key", spoilt=False
            )
        elif key.tag == f"{_TAG}merge":
            self.refuse(key, "merge key '<<' is not allowed", "write the keys out", spoilt=False)
        else:
            fix = f'write "{shortened(key.value)}" in quotes'
            self.refuse(key, f"key {shown(key.value)} is not text", fix, spoilt=False)

    def _scalar(self, node: yaml.ScalarNode) -> Yaml:  # noqa: PLR0911 - one for each kind
        tag, text = node.tag.removeprefix(_TAG), node.value
        match tag:
            case "null":
                return None
            case "bool":
                return text.lower() in _TRUE
            case "int" if _DECIMAL.fullmatch(text):
                return int(text)
            case "float" if _FRACTION.fullmatch(text):
                return float(text)
            case "timestamp" if not _DATE.fullmatch(text):
                return text
            case "timestamp":
                try:
                    return date.fromisoformat(text)
                except ValueError:
                    self.refuse(node, f"{text} is not a day of the calendar", "correct the date")
            case "int" | "float":
                said = shortened(text, 60)
                what = f"YAML reads {said} as a number in another notation, or too long a one"
                self.refuse(node, what, f'write "{said}" in quotes, or a decimal number')
            case "value" | "merge":
                return text
            case _:
                self.refuse(node, f"tag {node.tag!r} is not allowed", "delete the tag")
        return None
