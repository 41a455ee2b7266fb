"""Laws of what a look at a hub says: parameters in force, framed answers, tables of others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksz_netops.platforms.linux.config.parameters import PARAMETERS, Force, Parameter, in_file
from ksz_netops.platforms.linux.device.framing import Frame, Framed
from ksz_netops.platforms.linux.observe import ruleset


@given(before=st.binary(), answer=st.binary(), after=st.binary(), code=st.integers(0, 255))
def test_an_answer_is_what_stands_in_its_frame_whatever_is_printed_around_it(
    before: bytes, answer: bytes, after: bytes, code: int
) -> None:
    frame = Frame.fresh()
    mark = frame.mark.encode()
    out = before + b"\nbegin %s\n" % mark + answer + b"\nend %s %d\n" % (mark, code) + after

    assert frame.within(out) == Framed(code=code, octets=answer)


@given(answer=st.binary(), cut=st.integers(1, 30))
def test_an_answer_that_was_cut_is_none(answer: bytes, cut: int) -> None:
    frame = Frame.fresh()
    mark = frame.mark.encode()
    out = b"\nbegin %s\n" % mark + answer + b"\nend %s 0\n" % mark

    assert frame.within(out[:-cut]) is None


@pytest.mark.parametrize(
    ("force", "own", "everywhere", "expected"),
    [
        (Force.OWN, 0, 1, 0),
        (Force.GREATER, 0, 2, 2),
        (Force.GREATER, 1, 0, 1),
        (Force.EITHER, 0, 1, 1),
        (Force.EITHER, 0, 0, 0),
        (Force.BOTH, 1, 0, 0),
        (Force.BOTH, 1, 1, 1),
    ],
)
def test_a_ports_value_counts_beside_that_of_all(
    force: Force, own: int, everywhere: int, expected: int
) -> None:
    parameter = Parameter(family="ipv4", name="x", wanted=(0,), effect="", force=force)
    settings = {"ipv4/conf/line1/x": str(own), "ipv4/conf/all/x": str(everywhere)}

    assert parameter.in_force(settings, "line1") == expected


@pytest.mark.parametrize("value", [None, "", "yes", "0x1"])
def test_a_value_that_is_no_number_is_not_known(value: str | None) -> None:
    settings = {f"{p.family}/conf/all/{p.name}": "0" for p in PARAMETERS}
    if value is not None:
        settings |= {f"{p.family}/conf/line1/{p.name}": value for p in PARAMETERS}

    assert {parameter.in_force(settings, "line1") for parameter in PARAMETERS} == {None}


def test_the_last_value_of_a_file_counts_and_its_remarks_do_not() -> None:
    text = "# a = 1\n; b = 1\na = 1\n -c = 2\na=3\nd\n"

    assert in_file(text) == {"a": "3", "c": "2"}


def others(expressions: list[dict[str, Any]], hook: str = "forward") -> dict[str, Any]:
    """A table of others with one rule in one chain."""
    place = {"family": "inet", "table": "other"}
    return {
        "nftables": [
            {"table": {"family": "inet", "name": "other"}},
            {"chain": {**place, "name": "c", "hook": hook, "type": "filter", "policy": "accept"}},
            {"rule": {**place, "chain": "c", "expr": expressions}},
        ]
    }


@given(verb=st.text(min_size=1).filter(lambda word: not word.isspace()))
def test_what_is_not_known_of_a_rule_on_the_way_is_told(verb: str) -> None:
    found = list(ruleset.detours(others([{verb: None}]), frozenset({"line1"})))

    assert found or verb in ruleset.HARMLESS


@pytest.mark.parametrize("hook", ["input", "output"])
def test_a_rule_beside_the_way_is_not_told(hook: str) -> None:
    assert not list(ruleset.detours(others([{"drop": None}], hook), frozenset({"line1"})))


@pytest.mark.parametrize(("port", "told"), [("line1", True), ("docker0", False), ("line*", True)])
def test_a_rule_for_another_port_is_not_told(port: str, *, told: bool) -> None:
    asked = {"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": port}}

    found = list(ruleset.detours(others([asked, {"drop": None}]), frozenset({"line1"})))

    assert bool(found) is told
