"""What a file, a hub or a plan says cannot move a cursor or hide the rest of a report."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksz_netops.borders.terminal import Terminal
from ksz_netops.compliance.findings import Verdict
from ksz_netops.compliance.report import REPORTS
from ksz_netops.errors import IntentError, Origin, Problem
from ksz_netops.printable import printable, printable_lines
from support.sample_audit import AUDIT

EVIL = "a\x1b[2J\x1b[8m\u202eb\rc\nd\x07\u2028\x9be"
HARMFUL = "\x1b\u202e\r\x07\u2028\x9b"


def harmless(text: str) -> bool:
    return not set(text) & set(HARMFUL)


@given(st.text())
def test_printable_text_is_one_line_of_shown_characters(text: str) -> None:
    shown = printable(text)

    assert "\n" not in shown
    assert all(each.isprintable() or each in "\u00a0\u202f" for each in shown)
    assert printable(shown) == shown
    if text.isprintable():
        assert shown == text


@given(st.text())
def test_lines_stay_lines(text: str) -> None:
    assert printable_lines(text).count("\n") == text.count("\n")


def test_a_problem_is_shown_on_one_line_whatever_it_quotes() -> None:
    problem = Problem(code="KSZ100", what=EVIL, fix=EVIL, origin=Origin(f"x{EVIL}.yml", 1))

    assert str(problem).isprintable()
    assert str(IntentError(problem)).isprintable()
    assert len(str(Problem(code="KSZ100", what="x" * 10_000_000, fix="y"))) < 10_000


@pytest.mark.parametrize("form", sorted(REPORTS))
def test_no_report_repeats_what_moves_a_terminal(form: str) -> None:
    findings = tuple(
        replace(each, observed=EVIL, reason=EVIL, verdict=Verdict.VIOLATED)
        for each in AUDIT.findings
    )

    assert harmless(REPORTS[form](replace(AUDIT, findings=findings)).replace("\r\n", "\n"))


@given(st.text())
def test_the_terminal_gets_nothing_but_shown_text_and_plain_styles(text: str) -> None:
    out = io.StringIO()
    terminal = Terminal(out)
    terminal.write(text + EVIL)
    terminal.flush()

    assert harmless(out.getvalue())


@pytest.mark.parametrize("style", ["\x1b[1m", "\x1b[31m", "\x1b[1;32m", "\x1b[0m", "\x1b[m"])
def test_our_own_tables_keep_their_styles(style: str) -> None:
    out = io.StringIO()
    Terminal(out).write(f"{style}x\x1b[0m\n")

    assert out.getvalue() == f"{style}x\x1b[0m\n"


@pytest.mark.parametrize("style", ["\x1b[8m", "\x1b[30m", "\x1b[40m", "\x1b[2J", "\x1b[1;8m"])
def test_no_style_that_hides_text_passes(style: str) -> None:
    out = io.StringIO()
    Terminal(out).write(style)

    assert "\x1b" not in out.getvalue()
