"""YAML as plain values, with the line and column of every key and value.

Strict where YAML is generous: no duplicate keys, no aliases of collections, no tags, one document,
a mapping at the top, numbers in decimal. What it refuses, it refuses all at once and with places.

libyaml's nodes are walked by a small builder of our own, which is faster than PyYAML's constructor
and loses no position. Places are looked up only where something is wrong, so they are collected on
demand from the same text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

import yaml

from ksz_netops.borders.files import read_file
from ksz_netops.errors import IntentError, Origin, Problem
from ksz_netops.intent.reading.bounds import check_bounds
from ksz_netops.intent.reading.builder import Builder
from ksz_netops.intent.words import located

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path as FilePath

    from ksz_netops.intent.words import Path, Yaml

_CODE: Final = "KSZ100"


@dataclass(slots=True)
class Source:
    """One file of an inventory."""

    file: str
    """As the user named it: a relative path stays relative."""
    data: dict[str, Yaml]
    _text: str = field(repr=False)
    _only: str | None = None
    problems: tuple[Problem, ...] = ()
    """What is not plain YAML; `data` has nothing or the first of two in its place."""
    spoiled: frozenset[Path] = frozenset()
    """Where `data` has nothing, since what stands there is not plain YAML."""
    _outline: dict[Path, tuple[int, int]] = field(default_factory=dict, repr=False)
    """Line and column of each key of the top level, and of each item of a list behind one.

    Kept from the first reading, since every desired state asks for them.
    """
    _places: dict[Path, tuple[Origin, Origin]] | None = field(default=None, repr=False)

    def at(self, path: Path) -> Origin:
        """Where the value at *path* stands, or the nearest thing around it that exists."""
        return self._place(path)[1]

    def at_key(self, path: Path) -> Origin:
        """Where the key that leads to *path* stands; for an item of a list, the item."""
        if path in self._outline:
            return Origin(self.file, *self._outline[path])
        return self._place(path)[0]

    def paths_at(self, origins: set[Origin]) -> frozenset[Path]:
        """The paths to the values that stand at *origins*."""
        self._place(())
        places = self._places or {}
        return frozenset(path for path, (_, value) in places.items() if path and value in origins)

    def _place(self, path: Path) -> tuple[Origin, Origin]:
        if self._places is None:
            root = _compose(self._text, self.file)
            assert isinstance(root, yaml.MappingNode)  # noqa: S101 - it was when it was parsed
            root = _own(root, self._only)
            start = self._origin(root)
            self._places = {(): (start, start), **dict(self._walk(root, (), set()))}
        while path not in self._places:
            path = path[:-1]
        return self._places[path]

    def _walk(
        self, node: yaml.Node, path: Path, seen: set[int]
    ) -> Iterator[tuple[Path, tuple[Origin, Origin]]]:
        """The places below *node*; a list or a mapping that an alias repeats counts once."""
        if isinstance(node, yaml.ScalarNode) or id(node) in seen:
            return
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    continue
                inner = (*path, key.value)
                yield inner, (self._origin(key), self._origin(value))
                yield from self._walk(value, inner, seen)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                inner = (*path, index)
                yield inner, (self._origin(value), self._origin(value))
                yield from self._walk(value, inner, seen)

    def _origin(self, node: yaml.Node) -> Origin:
        return Origin(self.file, *_mark(node))


def read(path: FilePath, *, only: str | None = None) -> Source:
    """The file at *path*.

    Args:
        path: The file; messages name it as it is given here.
        only: Where the file is shared with another program, the one key of the top level that is
            ours; the rest is not looked at.

    Raises:
        IntentError: If the file is not YAML at all, or not a mapping.
    """
    file = str(path)
    try:
        raw = read_file(path)
    except OSError as error:
        what = f"the file cannot be read: {error.strerror}"
        fix = "make it a readable file of plain text"
        raise IntentError(
            Problem(code="KSZ117", what=what, fix=fix, origin=Origin(file, 1))
        ) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = len(before) - before.rfind(b"\n")
        raise IntentError(
            Problem(
                code=_CODE,
                what=f"byte 0x{raw[error.start]:02x} is not UTF-8",
                fix="save the file as UTF-8",
                origin=Origin(file, line, column),
            )
        ) from error
    return parse(text, file, only=only)


def parse(text: str, file: str, *, only: str | None = None) -> Source:
    """The *text* of *file*; see `read`."""
    builder = Builder(file)
    check_bounds(text, file)
    root = _compose(text, file)
    data: dict[str, Yaml] = {}
    if root is None:
        builder.refuse(None, "the file is empty", "write a mapping, or delete the file")
    elif not isinstance(root, yaml.MappingNode):
        builder.refuse(root, "the file does not hold a mapping", "begin with `key: value` lines")
    else:
        data = builder.build(_own(root, only))
    if root is None or not isinstance(root, yaml.MappingNode):
        raise IntentError(builder.problems)
    source = Source(
        file, data, text, only, tuple(builder.problems), _outline=dict(_outline(_own(root, only)))
    )
    if builder.spoiled:
        source.spoiled = source.paths_at(builder.spoiled)
    return source


def _outline(root: yaml.MappingNode) -> Iterator[tuple[Path, tuple[int, int]]]:
    yield (), _mark(root)
    for key, value in root.value:
        if isinstance(key, yaml.ScalarNode):
            yield (key.value,), _mark(key)
            if isinstance(value, yaml.SequenceNode):
                for index, item in enumerate(value.value):
                    yield (key.value, index), _mark(item)


def _mark(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _own(root: yaml.MappingNode, only: str | None) -> yaml.MappingNode:
    """*root* with nothing but the key *only*, where one is given."""
    if only is None:
        return root
    pairs = [pair for pair in root.value if pair[0].value == only]
    return yaml.MappingNode(root.tag, pairs, root.start_mark, root.end_mark)


class _Loader(yaml.CSafeLoader):
    """Remembers what plain scalars resolve to: the same keys stand in thousands of files."""

    _resolved: ClassVar[dict[str, str]] = {}
    _MOST: ClassVar[int] = 10_000

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:  # noqa: ANN401 - PyYAML's
        known = self._resolved.get(value) if kind is yaml.ScalarNode and implicit[0] else None
        if known is not None:
            return known
        tag: str = super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
        if kind is yaml.ScalarNode and implicit[0] and len(self._resolved) < self._MOST:
            self._resolved[value] = tag
        return tag


def _compose(text: str, file: str) -> yaml.Node | None:
    try:
        node: yaml.Node | None = _Loader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        origin = Origin(file, mark.line + 1, mark.column + 1) if mark else Origin(file, 1)
        what = " ".join(part for part in (error.problem, error.context) if part)
        if "single document" in what or "another document" in what:
            what = "a second document begins"
            fix = "keep one document in each file"
        else:
            what, fix = f"not valid YAML: {what}", "correct the syntax"
    except yaml.reader.ReaderError as error:
        origin = _place_of(text, file)
        what = f"not valid YAML: {error.reason}"
        fix = "delete the character"
    else:
        return node
    raise IntentError(located(_CODE, what, fix, origin))


_UNPRINTABLE: Final = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)


def _place_of(text: str, file: str) -> Origin:
    """Where the first character stands that YAML does not allow."""
    found = _UNPRINTABLE.search(text)
    before = text[: found.start()] if found else ""
    return Origin(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
