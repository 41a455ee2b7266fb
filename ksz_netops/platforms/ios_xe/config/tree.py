"""A configuration as nested lines, and its text.

The router's own text is read whole. A text of several lines, such as a banner, is one line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from ksz_netops.errors import Problem, ReadbackError
from ksz_netops.platforms.ios_xe.config import texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Tree: TypeAlias = "dict[str, Tree]"
Path: TypeAlias = tuple[str, ...]

_VERSION: Final = re.compile(r"^version \d+\.\d+", re.MULTILINE)
"""Every configuration that a router shows says for which release it was written."""
_NOTHING_SAVED: Final = re.compile(r"(?:% ?)?startup-config is not present", re.IGNORECASE)
_FAMILIES: Final = (
    "object-group ",
    "crypto ikev2 proposal ",
    "crypto ikev2 policy ",
    "crypto ikev2 keyring ",
    "crypto ikev2 profile ",
    "controller ",
    "track ",
    "class-map ",
    "policy-map ",
    "crypto ipsec transform-set ",
    "crypto ipsec profile ",
    "interface ",
    "ip route ",
    "ipv6 route ",
    "ip access-list ",
    "ip sla ",
    "ipv6 access-list ",
)


def read_whole(text: str) -> Tree:
    """The tree of what `show running-config` answered.

    Raises:
        ReadbackError: If it is no running configuration, or a part of it is missing.
    """
    return _whole(text, "running")


def read_saved(text: str) -> Tree:
    """The tree of what `show startup-config` answered; empty where nothing was ever saved.

    Raises:
        ReadbackError: If it is no startup configuration, or a part of it is missing.
    """
    if says_nothing_saved(text):
        return {}
    return _whole(text, "startup")


def says_nothing_saved(text: str) -> bool:
    """Whether the router answered that it has no startup configuration."""
    return _NOTHING_SAVED.fullmatch(text.strip()) is not None


def _whole(text: str, which: str) -> Tree:
    lines = text.rstrip().splitlines()
    last = lines[-1].strip() if lines else ""
    if last != "end":
        raise ReadbackError(
            _cut(f"the {which} configuration was cut short: it ends in '{last[:40]}'")
        )
    if not _VERSION.search(text):
        raise ReadbackError(_cut(f"this is no {which} configuration: no line says its version"))
    return read(text)


def _cut(what: str) -> Problem:
    fix = "read it again; a line that looks like the prompt cuts it short every time"
    return Problem(code="KSZ261", what=what, fix=fix)


def read(text: str) -> Tree:
    """The tree of *text*; depth is indentation.

    Raises:
        ReadbackError: If a text of several lines does not end.
    """
    root: Tree = {}
    opened: list[tuple[int, str, Tree]] = [(-1, "", root)]
    lines = text.splitlines()
    position = 0
    while position < len(lines):
        raw = lines[position]
        position += 1
        line = raw.strip()
        if not line or line.startswith("!") or line == "end":
            continue
        depth = len(raw) - len(raw.lstrip())
        while opened[-1][0] >= depth:
            opened.pop()
        _, above, section = opened[-1]
        following = lines[position] if position < len(lines) else ""
        is_last = texts.end_of(line, above, following)
        if is_last:
            start = position
            position = _after_text(lines, position, is_last, line)
            line = "\n".join([line, *lines[start:position]])
        opened.append((depth, line, section.setdefault(line, {})))
    return root


def _after_text(
    lines: list[str], position: int, is_last: Callable[[str], bool], opening: str
) -> int:
    """The position behind the text that begins at *position*."""
    for number in range(position, len(lines)):
        if is_last(lines[number]):
            return number + 1
    raise ReadbackError(_cut(f"the text that '{opening[:40]}' opens does not end"))


def merge(into: Tree, other: Tree) -> None:
    """Adds the lines of *other*; a section that both have becomes one."""
    for line, below in other.items():
        merge(into.setdefault(line, {}), below)


def graft(root: Tree, path: Path) -> None:
    """Adds the line at *path*."""
    for line in path:
        root = root.setdefault(line, {})


def prune(root: Tree, path: Path) -> None:
    """Takes the line at *path* away, if it is there, with all below it."""
    *above, last = path
    for line in above:
        if line not in root:
            return
        root = root[line]
    root.pop(last, None)


def leaves(tree: Tree, above: Path = ()) -> Iterator[Path]:
    """Every line that has none below it, with those above it."""
    for line, below in tree.items():
        if below:
            yield from leaves(below, (*above, line))
        else:
            yield (*above, line)


def copied(tree: Tree) -> Tree:
    """The same tree again."""
    return {line: copied(below) for line, below in tree.items()}


def family(header: str) -> int:
    """The place of a section in the router's order."""
    return next(
        (rank for rank, start in enumerate(_FAMILIES) if header.startswith(start)), len(_FAMILIES)
    )


def written(tree: Tree) -> str:
    """The text of *tree* in the router's order, sections apart; `end` is for a whole one."""
    lines: list[str] = []
    for header in sorted(tree, key=lambda each: (family(each), each)):
        if lines and (tree[header] or not lines[-1].startswith(header.split()[0])):
            lines.append("!")
        lines.append(header)
        lines.extend(indented(tree[header], 1))
    return "\n".join([*lines, ""])


def indented(tree: Tree, depth: int = 0) -> Iterator[str]:
    """The lines of *tree*, each as deep as it stands."""
    for line, below in tree.items():
        yield " " * depth + line
        yield from indented(below, depth + 1)


def merged(trees: Iterable[Tree]) -> Tree:
    """All *trees* as one."""
    whole: Tree = {}
    for each in trees:
        merge(whole, each)
    return whole


def difference(old: Tree, new: Tree) -> str:
    """What differs, section by section; empty where nothing does."""
    lines: list[str] = []
    for header in sorted(old.keys() | new.keys(), key=lambda each: (family(each), each)):
        before = list(indented(old.get(header, {}), 1))
        after = list(indented(new.get(header, {}), 1))
        if header in old and header in new and before == after:
            continue
        sign = "+" if header not in old else "-" if header not in new else " "
        lines.append(f"{sign}{header}")
        lines += [f"-{line}" for line in before if line not in after]
        lines += [f"+{line}" for line in after if line not in before]
        if before != after and sorted(before) == sorted(after):
            lines += [f"+{line}" for line in after]
    return "\n".join([*lines, ""]) if lines else ""
