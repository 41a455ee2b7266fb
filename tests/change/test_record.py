from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ksz_netops.change.record.chain import Record
from ksz_netops.errors import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
LENGTH = 6


@pytest.fixture
def record(tmp_path: Path) -> Record:
    kept = Record(tmp_path / "record")
    for number in range(LENGTH):
        kept.append("applied", {"partners": [f"P0000{number}"]}, NOW + timedelta(hours=number))
    return kept


def codes(record: Record, heads: dict[str, str] | None = None) -> list[str]:
    return [problem.code for problem in record.problems(heads)]


def test_a_record_as_it_was_written_is_believed(record: Record) -> None:
    assert codes(record) == []
    assert [entry.number for entry in record.entries()] == [1, 2, 3, 4, 5, 6]
    assert next(record.entries()).at == NOW


def test_no_record_is_an_empty_one(tmp_path: Path) -> None:
    record = Record(tmp_path)

    assert codes(record) == []
    assert str(record.head()).startswith("0:")


@given(st.data())
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_other_byte_anywhere_is_seen(record: Record, draw: st.DataObject) -> None:
    raw = record.file.read_bytes()
    at = draw.draw(st.integers(0, len(raw) - 1))
    byte = draw.draw(st.integers(0, 255).filter(lambda each: each != raw[at]))
    record.file.write_bytes(raw[:at] + bytes([byte]) + raw[at + 1 :])
    try:
        assert set(codes(record)) & {"KSZ950", "KSZ951", "KSZ954"}
    finally:
        record.file.write_bytes(raw)


def test_every_choice_and_order_of_fewer_or_moved_entries_is_seen(record: Record) -> None:
    raw = record.file.read_bytes()
    lines = raw.splitlines(keepends=True)
    for length in range(LENGTH + 1):
        for chosen in itertools.permutations(range(LENGTH), length):
            if chosen == tuple(range(LENGTH)):
                continue
            record.file.write_bytes(b"".join(lines[number] for number in chosen))

            assert set(codes(record)) & {"KSZ950", "KSZ951"}, chosen


def test_an_entry_given_twice_is_seen(record: Record) -> None:
    lines = record.file.read_bytes().splitlines(keepends=True)
    for at in range(LENGTH + 1):
        for line in lines:
            record.file.write_bytes(b"".join([*lines[:at], line, *lines[at:]]))

            assert codes(record)[0] == "KSZ950", at


def test_a_cut_that_took_the_head_with_it_is_seen_by_a_head_kept_elsewhere(
    record: Record, tmp_path: Path
) -> None:
    kept = str(record.head())
    shorter = Record(tmp_path / "shorter")
    for entry in list(record.entries())[:-1]:
        shorter.append(entry.event, entry.body, entry.at)

    assert codes(shorter) == []
    assert codes(record, {kept: "the pipeline's log"}) == []
    assert codes(shorter, {kept: "the pipeline's log"}) == ["KSZ952"]


def test_nothing_is_added_to_a_record_that_was_cut(record: Record) -> None:
    lines = record.file.read_bytes().splitlines(keepends=True)
    record.file.write_bytes(b"".join(lines[:-1]))

    with pytest.raises(RefusedError, match="KSZ951"):
        record.append("applied", {}, NOW)


def test_nothing_is_added_to_a_record_whose_last_entry_was_edited(record: Record) -> None:
    record.file.write_bytes(record.file.read_bytes().replace(b"P00005", b"P00004"))

    with pytest.raises(RefusedError, match="KSZ951"):
        record.append("applied", {}, NOW)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"number": "x"}', None])
def test_a_record_without_its_head_is_not_believed(record: Record, content: bytes | None) -> None:
    if content is None:
        record.head_file.unlink()
    else:
        record.head_file.write_bytes(content)

    assert codes(record) == ["KSZ953"]
    with pytest.raises(RefusedError, match="KSZ953"):
        record.append("applied", {}, NOW)


def test_a_line_that_a_dead_run_left_unfinished_is_taken_away_and_said(record: Record) -> None:
    whole = record.file.read_bytes()
    for length in range(1, 60):
        record.file.write_bytes(
            whole + b'{"at": "2026-11-24T20:00:00Z", "body": {"partners": []}'[:length]
        )
        assert codes(record) == ["KSZ954"]
    record.append("applied", {}, NOW)

    assert codes(record) == []
    assert [entry.event for entry in record.entries()][-2:] == ["healed", "applied"]


def test_an_entry_whose_head_was_never_written_is_taken_in(record: Record) -> None:
    older = record.head_file.read_bytes()
    record.append("applied", {"last": True}, NOW)
    record.head_file.write_bytes(older)

    assert codes(record) == []
    record.append("applied", {}, NOW)

    assert codes(record) == []
    assert [entry.number for entry in record.entries()] == list(range(1, LENGTH + 3))


def test_an_entry_is_one_line_of_plain_json(record: Record) -> None:
    record.append("applied", {"text": "a\nb\u2028é"}, NOW)

    assert record.file.read_bytes().count(b"\n") == LENGTH + 1
    assert json.loads(record.file.read_bytes().splitlines()[-1])["body"]["text"] == "a\nb\u2028é"
