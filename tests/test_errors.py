"""Errors: every code has a page, and every error survives the way between processes."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest

import ksz_netops
from ksz_netops.errors import IntentError, KszError, Origin, Problem

ROOT = Path(ksz_netops.__file__).parents[1]
CODE = re.compile(r"\bKSZ\d{3}\b")


def codes_in(folder: Path, pattern: str) -> set[str]:
    texts = (path.read_text(encoding="utf-8") for path in folder.rglob(pattern))
    return {code for text in texts for code in CODE.findall(text)}


def errors() -> list[type[KszError]]:
    found, queue = [], [KszError]
    while queue:
        error = queue.pop()
        found.append(error)
        queue.extend(error.__subclasses__())
    return found


def test_every_code_in_the_source_has_a_page() -> None:
    used = codes_in(ROOT / "ksz_netops", "*.py")
    pages = {page.stem for page in (ROOT / "docs/errors").glob("KSZ*.md")}

    assert used - pages == set()


def test_every_page_is_about_a_code_that_the_source_uses() -> None:
    used = codes_in(ROOT / "ksz_netops", "*.py")
    pages = {page.stem for page in (ROOT / "docs/errors").glob("KSZ*.md")}

    assert pages - used == set()


def test_a_page_begins_with_its_code() -> None:
    for page in (ROOT / "docs/errors").glob("KSZ*.md"):
        assert page.read_text(encoding="utf-8").startswith(f"# {page.stem}"), page


def test_problems_are_listed_by_their_place() -> None:
    later = Problem(code="KSZ102", what="b", fix="c", origin=Origin("x.yml", 9, 1))
    sooner = Problem(code="KSZ103", what="b", fix="c", origin=Origin("x.yml", 2, 1))

    error = IntentError([later, sooner])

    assert str(error).splitlines() == ["x.yml:2:1: KSZ103 b; c", "x.yml:9:1: KSZ102 b; c"]


@pytest.mark.parametrize("error", errors(), ids=lambda error: error.__name__)
def test_an_error_survives_the_way_between_processes(error: type[KszError]) -> None:
    sent = error(Problem(code="KSZ101", what="a", fix="b", origin=Origin("x.yml", 1, 2)))

    received = pickle.loads(pickle.dumps(sent))  # noqa: S301 - our own bytes

    assert type(received) is error
    assert received.problems == sent.problems
