"""What nft and tc list becomes statements, alike for every version, and nothing is skipped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ksz_netops.platforms.linux.config import frame, nft
from ksz_netops.platforms.linux.config.dialect import Dialect, Esp
from ksz_netops.platforms.linux.on_hub.agent import fence
from ksz_netops.platforms.linux.stores import filter, shapers  # noqa: A004 - the store

if TYPE_CHECKING:
    from collections.abc import Iterator

KERNEL = Dialect(esp=Esp.KERNEL, internet="wan0")
QDISCS = json.dumps(
    [
        {
            "kind": "htb",
            "handle": "4b5a:",
            "dev": "line1",
            "root": True,
            "refcnt": 3,
            "options": {"r2q": 10, "default": "0", "direct_packets_stat": 4, "direct_qlen": 1000},
        }
    ]
)


def test_class_with_another_ceiling_than_its_rate_is_told_with_it() -> None:
    classes = "class htb 4b5a:3 root prio 0 rate 2048Kbit ceil 9Mbit burst 4000b cburst 4000b \n"

    assert list(shapers.read(QDISCS, {"line1": classes}, KERNEL)) == [
        "shaping line1",
        "class line1 4b5a:3 rate 2048kbit ceil 9000kbit leaf none",
    ]


def test_class_as_json_and_in_the_dump_is_the_same_statement() -> None:
    dumped = (
        "class htb 4b5a:3 root leaf 8001: prio 0 rate 100Mbit ceil 100Mbit"
        " burst 124987b cburst 125000b \nclass tbf 8008:1 parent 8008: \n"
    )
    as_json = json.dumps(
        [
            {
                "class": "htb",
                "handle": "4b5a:3",
                "root": True,
                "leaf": "0x8006",
                "prio": 0,
                "rate": 12_500_000,
                "ceil": 12_500_000,
                "burst": 125_000,
                "cburst": 125_000,
            },
            {"class": "tbf", "handle": "8008:1", "parent": "8008:"},
        ]
    )

    statements_of = [
        list(shapers.read(QDISCS, {"line1": classes}, KERNEL)) for classes in (dumped, as_json)
    ]

    assert statements_of[0] == statements_of[1]
    assert statements_of[0][1] == "class line1 4b5a:3 rate 100000kbit leaf none"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("burst 4000b cb", "burst 9Mb cb", " burst 9437184b"),
        ("prio 0", "prio 3", " prio 3"),
        ("ceil", "overhead 20 ceil", " overhead 20"),
        ("root", "parent 4b5a:9", " parent 4b5a:9"),
        ("cburst", "fancy new cburst", " fancy new"),
    ],
)
def test_class_with_a_setting_that_is_not_ours_is_told_with_it(
    old: str, new: str, words: str
) -> None:
    line = "class htb 4b5a:3 root prio 0 rate 2048Kbit ceil 2048Kbit burst 4000b cburst 4000b \n"

    (_, found) = shapers.read(QDISCS, {"line1": line.replace(old, new, 1)}, KERNEL)

    assert found == f"class line1 4b5a:3 rate 2048kbit{words} leaf none"


def test_queue_that_lets_packets_of_no_class_into_another_is_told() -> None:
    other = QDISCS.replace('"default": "0"', '"default": "0x63"')

    assert list(shapers.read(other, {}, KERNEL)) == ["shaping line1 default 0x63"]


def listed(name: str) -> dict[str, Any]:
    """What nft lists of a frame of ours."""
    folder = Path(frame.__file__).parent / "frames"
    document: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
    return document


def deviations(document: dict[str, Any], esp: Esp) -> list[str]:
    return frame.deviations(nft.table(document), esp)


def place_of(document: dict[str, Any], kind: str, **fields: object) -> int:
    return next(
        number
        for number, item in enumerate(document["nftables"])
        if kind in item and fields.items() <= item[kind].items()
    )


@pytest.mark.parametrize("esp", Esp)
def test_frame_with_one_rule_more_less_or_moved_is_told(esp: Esp) -> None:
    assert deviations(listed(esp), esp) == ["frame standard"]

    opened = listed(esp)
    number = place_of(opened, "chain", name="forward")
    opened["nftables"][number]["chain"]["policy"] = "accept"
    assert deviations(opened, esp) == [
        "frame foreign chain forward: policy accept",
        "frame lacks chain forward: policy drop",
    ]

    added = listed(esp)
    number = place_of(added, "rule", chain="forward")
    rule = {"family": "inet", "table": "ksz", "chain": "forward", "expr": [{"accept": None}]}
    added["nftables"].insert(number, {"rule": rule})
    assert deviations(added, esp) == ["frame foreign chain forward: accept # before rule 1 of 2"]

    swapped = listed(esp)
    number = place_of(swapped, "rule", chain="forward")
    rules = swapped["nftables"]
    rules[number], rules[number + 1] = rules[number + 1], rules[number]
    assert deviations(swapped, esp) == ["frame foreign chain forward: rules in another order"]

    twice = listed(esp)
    twice["nftables"].insert(number, twice["nftables"][number])
    assert len(deviations(twice, esp)) == 1


@pytest.mark.parametrize("esp", Esp)
def test_no_value_of_the_frame_can_change_unseen(esp: Esp) -> None:
    """Each leaf of the listing in turn has another value, a neighbour more, or is gone."""
    standard = listed(esp)["nftables"]
    unseen = [
        f"{number}: {path}"
        for number in range(len(standard))
        for path in paths(standard[number])
        for change in (altered, joined)
        if deviations(change(listed(esp), number, path), esp) == ["frame standard"]
    ]

    assert unseen == []


def paths(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The ways to each leaf, but for those that say which table it is."""
    match value:
        case dict():
            for key in value.keys() - {"family", "table"}:
                yield from paths(value[key], (*path, key))
        case list():
            for key, below in enumerate(value):
                yield from paths(below, (*path, key))
        case _:
            yield path


def altered(document: dict[str, Any], number: int, path: tuple[str | int, ...]) -> dict[str, Any]:
    """*document* with another value at *path* of one object."""
    *way, last = path
    place: Any = document["nftables"][number]
    for step in way:
        place = place[step]
    place[last] = "other" if place[last] != "other" else "another"
    if way == ["table"] and last == "name":
        # The name is what was asked for; another one cannot come back.
        place["comment"] = "other"
    return document


def joined(document: dict[str, Any], number: int, path: tuple[str | int, ...]) -> dict[str, Any]:
    """*document* with one more key beside *path* of one object."""
    place: Any = document["nftables"][number]
    for step in path[:-1]:
        below = place[step]
        place = below if isinstance(below, dict | list) else place
    if isinstance(place, list):
        place.append("other")
    else:
        place["new-in-nft"] = "other"
    return document


def test_dormant_table_holds_nothing_and_is_told() -> None:
    table = listed("kernel")
    table["nftables"][0]["table"]["flags"] = ["dormant"]
    number = place_of(table, "set", name="peers4")
    table["nftables"][number]["set"]["elem"] = ["203.0.113.9"]

    assert list(filter.read(table, KERNEL)) == ["frame foreign table: flags dormant"]


def test_empty_table_is_told_in_one_statement() -> None:
    empty = {"nftables": [{"table": {"family": "inet", "name": "ksz", "handle": 4}}]}

    assert deviations(empty, Esp.KERNEL) == ["frame lacks everything: the table is empty"]


def test_the_hubs_own_closed_filter_is_the_one_read_as_nothing() -> None:
    assert filter.CLOSED_TABLE in fence.guard()
    assert deviations(listed("closed"), Esp.KERNEL) == []


@pytest.mark.lab
@pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root here")
def test_the_listings_of_the_frames_are_those_of_this_machines_nft(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "scripts/list-frames", tmp_path], check=True)  # noqa: S603 - ours

    for name in (*Esp, "closed"):
        fresh = json.loads((tmp_path / f"{name}.json").read_text())
        assert nft.table(fresh) == nft.table(listed(name)), f"run scripts/list-frames: {name}"
