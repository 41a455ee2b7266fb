"""A configuration as nested lines, and its text.

The router's own text is read whole: banners and certificates, whose lines may look like anything,
are one line each.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from ksz_netops.errors import Problem, ReadbackError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Tree: TypeAlias = "dict[str, Tree]"
Path: TypeAlias = tuple[str, ...]

_BANNER: Final = re.compile(r"banner \S+ (\^C|\S)")
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
        ReadbackError: If it does not end in `end`: then something is missing.
    """
    lines = text.rstrip().splitlines()
    if not lines or lines[-1] != "end":
        last = lines[-1].strip()[:40] if lines else ""
        raise ReadbackError(
            Problem(
                code="KSZ261",
                what=f"the running configuration was cut short: it ends in '{last}'",
                fix="read it again; a line that looks like the prompt cuts it short every time",
            )
        )
    return read(text)


def read(text: str) -> Tree:
    """The tree of *text*; depth is indentation."""
    root: Tree = {}
    opened: list[tuple[int, Tree]] = [(-1, root)]
    waiting = iter(text.splitlines())
    for raw in waiting:
        line = raw.strip()
        if not line or line.startswith("!") or line == "end":
            continue
        depth = len(raw) - len(raw.lstrip())
        banner = _BANNER.match(line) if line.startswith("banner ") else None
        if banner and line.count(banner[1]) == 1:
            line = "\n".join([raw, *_until(waiting, banner[1])])
        elif line.startswith("certificate "):
            line = "\n".join([line, *_until(waiting, "quit")])
        while opened[-1][0] >= depth:
            opened.pop()
        opened.append((depth, opened[-1][1].setdefault(line, {})))
    return root


def _until(waiting: Iterator[str], last: str) -> Iterator[str]:
    for line in waiting:
        yield line
        if line.rstrip().endswith(last):
            return


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
