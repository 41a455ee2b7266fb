"""The nft table: its frame, and the elements of its sets.

All changes of a commit are one transaction; where the frame stands, it names the elements that
differ and nothing else, so that counters go on and other partners' packets are not disturbed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.platforms.linux.config import frame, names, nft
from ksz_netops.platforms.linux.config.dialect import Esp
from ksz_netops.platforms.linux.stores.steps import Change, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from ksz_netops.platforms.linux.config.dialect import Dialect

_ELEMENT: Final = re.compile(
    r'element (?P<set>\w+) \{ (?P<key>.+?)(?: comment "(?P<comment>[^"]*)")?'
    r"(?: : (?P<data>\S+))? \}"
)
_TUNNEL_COMMENT: Final = re.compile(r"(?P<token>KSZ-\S+) tunnel (?P<number>\d+)")
_TUNNEL_SETS: Final = ("tunnel_in4", "tunnel_in6", "tunnel_out4", "tunnel_out6")
_CLASS_MAPS: Final = ("class_to4", "class_to6", "class_from4", "class_from6")
_DYNAMIC: Final = ("violators4", "violators6")


def read(document: dict[str, Any], dialect: Dialect) -> Iterator[str]:
    """The statements in the answer to `nft -j list table`; nothing where there is no table."""
    if not document["nftables"]:
        return
    table = nft.table(document)
    yield from frame.deviations(table, dialect.esp)
    if nft.flags(table):
        # What a table holds that may not be in force is not held.
        return
    for item in document["nftables"]:
        content = item.get("set") or item.get("map")
        if content and content["name"] not in _DYNAMIC:
            for element in content.get("elem", ()):
                yield _statement(content["name"], element, dialect)


def _statement(name: str, element: Any, dialect: Dialect) -> str:  # noqa: ANN401 - nft's JSON
    data = ""
    if isinstance(element, list):
        element, value = element
        data = f" : {value}"
    comment = ""
    if isinstance(element, dict) and "elem" in element:
        inner = element["elem"]
        comment = inner.get("comment", "")
        unknown = (element.keys() - {"elem"}) | (inner.keys() - {"val", "comment", "counter"})
        if unknown:
            data = f"{data} with {sorted(unknown)}"
        element = inner["val"]
    whole = isinstance(element, dict) and element.keys() == {"concat"}
    parts = element["concat"] if whole else [element]
    key = [_part(part) for part in parts]
    if name in _TUNNEL_SETS:
        key, comment = _neutral_tunnel(key, comment, dialect)
    elif name in _CLASS_MAPS:
        key[0] = dialect.neutral(key[0])
    if "_addr" not in name and not _bare(name):
        key[0] = f'"{key[0]}"'
    said = f' comment "{comment}"' if comment else ""
    return f"element {name} {{ {' . '.join(key)}{said}{data} }}"


def _bare(name: str) -> bool:
    """Whether the first part of a key of set *name* is anything but the name of a port."""
    return name.startswith(
        ("tunnel_", "flows", "echo", "own", "peers", "sftp_clients", "extranet4", "extranet6")
    ) or name in {"management4", "management6"}


def _part(part: Any) -> str:  # noqa: ANN401 - nft's JSON
    match part:
        case {"prefix": {"addr": address, "len": length, **more}, **beside} if not more | beside:
            return f"{address}/{length}"
        case {"range": [first, last], **beside} if not beside:
            return f"{first}-{last}"
        case _:
            return str(part)


def _neutral_tunnel(key: list[str], comment: str, dialect: Dialect) -> tuple[list[str], str]:
    if dialect.esp is Esp.KERNEL:
        reqid = int(key[0]) if key[0].isdecimal() else 0
        return [str(reqid - names.REQID_BASE), *key[1:]], comment
    match = _TUNNEL_COMMENT.fullmatch(comment)
    return (["?", *key], comment) if match is None else ([match["number"], *key], match["token"])


CLOSED_TABLE: Final = f"table inet {names.TABLE}\ndelete table inet {names.TABLE}\n{frame.CLOSED}"


def changes(running: AbstractSet[str], intended: AbstractSet[str], dialect: Dialect) -> Change:
    """What makes the table of *running* that of *intended*, in one transaction."""
    had = {each for each in running if each.startswith(("frame ", "element "))}
    has = {each for each in intended if each.startswith(("frame ", "element "))}
    if had == has:
        return Change()
    frames = {each for each in had if each.startswith("frame ")}
    if not has:
        text = CLOSED_TABLE
    elif frames != {"frame standard"}:
        text = whole_table(has, dialect)
    else:
        text = _elements("delete", had - has, dialect) + _elements("add", has - had, dialect)
    return Change(early=(Step(argv=("nft", "-f", "-"), stdin=text),))


def whole_table(statements: Iterable[str], dialect: Dialect) -> str:
    """What replaces whatever table there is by that of *statements*, atomically."""
    return (
        f"table inet {names.TABLE}\ndelete table inet {names.TABLE}\n"
        f"{frame.frame(dialect.esp)}"
        f"{_elements('add', (each for each in statements if each.startswith('element ')), dialect)}"
    )


def _elements(verb: str, statements: Iterable[str], dialect: Dialect) -> str:
    by_set: dict[str, list[str]] = defaultdict(list)
    for statement in sorted(statements):
        if match := _ELEMENT.fullmatch(statement):
            by_set[match["set"]].append(_spoken(match, verb, dialect))
    return "".join(
        f"{verb} element inet {names.TABLE} {name} {{ {element} }}\n"
        for name, elements in by_set.items()
        for element in elements
    )


def _spoken(element: re.Match[str], verb: str, dialect: Dialect) -> str:
    """*element* as nft on this box takes it; to delete, the key alone."""
    name, key, comment = element["set"], element["key"], element["comment"] or ""
    if name in _TUNNEL_SETS:
        number, _, official = key.partition(" . ")
        if dialect.esp is Esp.KERNEL:
            key = f"{int(number) + names.REQID_BASE} . {official}"
        else:
            key, comment = official, f"{comment} tunnel {number}"
    elif name in _CLASS_MAPS:
        port, _, official = key.partition(" . ")
        port = port.strip('"')
        key = f'"{dialect.port(port)}" . {official}'
    if verb == "delete":
        return key
    said = f' comment "{comment}"' if comment else ""
    return f"{key}{said}" + (f" : {element['data']}" if element["data"] else "")
