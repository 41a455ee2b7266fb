"""YAML with places: plain values, and where each of them stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ksz_netops.errors import IntentError, Origin
from ksz_netops.intent.reading.source import parse, read

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
---
name: x
lines:
  - hub: a
    rate: 10
  - {hub: b, rate: 20}
"""

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=20)
PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), TEXTS, st.dates()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=15,
)


def test_every_value_and_every_key_has_its_place() -> None:
    source = parse(TEXT, "f.yml")

    assert source.at(("name",)) == Origin("f.yml", 2, 7)
    assert source.at_key(("name",)) == Origin("f.yml", 2, 1)
    assert source.at(("lines", 0, "rate")) == Origin("f.yml", 5, 11)
    assert source.at(("lines", 1)) == Origin("f.yml", 6, 5)
    assert source.at(("lines", 1, "rate")) == Origin("f.yml", 6, 20)


def test_what_is_not_there_has_the_place_around_it() -> None:
    source = parse(TEXT, "f.yml")

    assert source.at(("lines", 0, "vlan")) == source.at(("lines", 0))
    assert source.at(("nothing",)) == Origin("f.yml", 2, 1)


@given(data=st.dictionaries(TEXTS, PLAIN, max_size=5))
def test_what_a_yaml_writer_writes_is_read_as_it_was(data: dict[str, object]) -> None:
    text = yaml.safe_dump(data, allow_unicode=True)

    assert parse(text, "f.yml").data == data


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("a: 1\na: 2\n", "2:1", "'a' stands twice; the first is in line 1"),
        ("a: &x [1]\nb: *x\n", "2:1", "alias"),
        ("a: &x {b: 1}\nc: [*x]\n", "2:4", "alias"),
        ("<<: {a: 1}\n", "1:1", "merge"),
        ("a: !secret x\n", "1:4", "tag"),
        ("a: !!set {x}\n", "1:4", "tag"),
        ("on: 1\n", "1:1", "not text"),
        ("12: 1\n", "1:1", "not text"),
        ("? [a]\n: 1\n", "1:3", "key"),
        ("a: 0x1F\n", "1:4", "0x1F"),
        ("a: 017\n", "1:4", "017"),
        ("a: 1_000\n", "1:4", "1_000"),
        ("a: 52:54:00\n", "1:4", "52:54:00"),
        ("a: .inf\n", "1:4", ".inf"),
        ("a: 2026-02-30\n", "1:4", "calendar"),
    ],
)
def test_what_makes_a_file_ambiguous_is_refused(text: str, place: str, says: str) -> None:
    (problem,) = parse(text, "f.yml").problems

    assert str(problem.origin) == f"f.yml:{place}"
    assert says in problem.what


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("", "1:1", "empty"),
        ("- a\n", "1:1", "mapping"),
        ("a: 1\n---\nb: 2\n", "2:1", "second document"),
        ("a: [1\n", "2:1", "not valid"),
        ("a: 'b\n", "2:1", "not valid"),
        ("a: 1\nb:\tc: 2\n", "2:5", "not valid"),
        ("a: \x07\n", "1:4", "not valid"),
    ],
)
def test_what_is_no_yaml_mapping_is_refused_at_once(text: str, place: str, says: str) -> None:
    with pytest.raises(IntentError) as refused:
        parse(text, "f.yml")

    (problem,) = refused.value.problems
    assert str(problem.origin) == f"f.yml:{place}"
    assert says in problem.what


def test_bytes_that_are_not_text_have_their_place(tmp_path: Path) -> None:
    path = tmp_path / "f.yml"
    path.write_bytes(b"a: 1\nb: caf\xe9\n")

    with pytest.raises(IntentError) as refused:
        read(path)

    assert (
        str(refused.value) == f"{path}:2:7: KSZ100 byte 0xe9 is not UTF-8; save the file as UTF-8"
    )


def test_a_very_deep_file_is_refused_and_breaks_nothing() -> None:
    with pytest.raises(IntentError):
        parse("a: " + "[" * 5000 + "]" * 5000, "f.yml")


def test_foreign_keys_of_a_shared_file_are_not_looked_at() -> None:
    text = "other: !vault |\n  secret\nksz_hub:\n  a: 1\n  a: 2\n"

    source = parse(text, "f.yml", only="ksz_hub")

    assert source.data == {"ksz_hub": {"a": 1}}
    assert [str(problem.origin) for problem in source.problems] == ["f.yml:5:3"]
