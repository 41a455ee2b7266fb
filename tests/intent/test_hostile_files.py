from __future__ import annotations

import os
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ksz_netops.errors import IntentError, Problem
from ksz_netops.intent.reading.source import parse, read
from ksz_netops.inventory.load import load_intent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GOOD = Path(__file__).parent / "good"
LAUGHS = "\n".join(
    ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
)
MANY = "\n".join(f"k{number}: 1" for number in range(1_000_000))

HOSTILE = {
    "billion laughs": LAUGHS,
    "laughs of mappings": LAUGHS.replace("[", "{p: ").replace(", *", ", q: *").replace("]", "}"),
    "brackets": "a: " + "[" * 100_000,
    "closed brackets": "a: " + "[" * 100_000 + "]" * 100_000,
    "braces": "a: " + "{b: " * 100_000,
    "dashes": "a:\n" + "- " * 100_000 + "x",
    "complex keys": "? " * 100_000 + "x",
    "steps": "\n".join(f"{' ' * depth}k:" for depth in range(1_000)),
    "keys": MANY,
    "items": "a: [" + "1," * 500_000 + "]",
    "long integer": "a: " + "9" * 5_000,
    "long fraction": "a: 0." + "9" * 5_000,
    "long key": "k" * 500_000 + ": 1\n" + "k" * 500_000 + ": 2",
    "sexagesimal": "a: " + ":".join(["59"] * 50_000),
    "anchors": "\n".join(f"k{n}: &a{n} x" for n in range(100_000)),
    "tags": "a: !!python/object/apply:os.system [id]",
    "documents": "a: 1\n---\n" * 100_000,
    "quotes": 'a: "' + "\\n" * 400_000,
    "surrogates": "a: \ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "bells": "a: \x07\x1b]0;x\x07",
    "merge": "a: &a {b: 1}\n" + "c: {<<: [" + ",".join(["*a"] * 50_000) + "]}",
}


@pytest.fixture
def bounded() -> Iterator[None]:
    """The process may take four seconds more of CPU than it took; longer ends it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 5, hard))
    yield
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def problems_of(path: Path) -> tuple[Problem, ...]:
    try:
        source = read(path)
    except IntentError as error:
        return error.problems
    for problem in source.problems:
        assert source.at(("a",))
        assert problem.origin
    return source.problems


@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_a_located_problem_and_takes_little_time(
    name: str, tmp_path: Path
) -> None:
    path = tmp_path / "P00001.yml"
    path.write_text(HOSTILE[name], encoding="utf-8")

    problems = problems_of(path)

    assert problems, name
    for problem in problems:
        assert problem.origin is not None
        assert problem.origin.file == str(path)
        assert len(str(problem)) < 5_000
        assert str(problem).isprintable()


@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_partner_whose_file_is_hostile_makes_the_inventory_invalid(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / "partners").mkdir()
    (tmp_path / "extranet.yml").write_text((GOOD / "extranet.yml").read_text())
    (tmp_path / "partners" / "P00001.yml").write_text(HOSTILE[name], encoding="utf-8")

    with pytest.raises(IntentError) as caught:
        load_intent(tmp_path)

    assert any(each.origin and "P00001.yml" in each.origin.file for each in caught.value.problems)


def pipe(path: Path) -> None:
    os.mkfifo(path)


def link_to_shadow(path: Path) -> None:
    path.symlink_to("/etc/shadow")


def link_to_zero(path: Path) -> None:
    path.symlink_to("/dev/zero")


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def folder(path: Path) -> None:
    path.mkdir()


def big(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


@pytest.mark.usefixtures("bounded")
@pytest.mark.parametrize(
    "make",
    [pipe, link_to_shadow, link_to_zero, loop, dangling, folder, big],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize("where", ["partners/P00001.yml", "host_vars/hub-1.yml", "extranet.yml"])
def test_only_a_regular_file_of_bounded_size_is_read_and_no_link_is_followed(
    make: Callable[[Path], None], where: str, tmp_path: Path
) -> None:
    path = tmp_path / where
    (tmp_path / "partners").mkdir()
    path.parent.mkdir(exist_ok=True)
    make(path)

    with pytest.raises(IntentError) as caught:
        load_intent(tmp_path)

    about = [each for each in caught.value.problems if each.origin and where in each.origin.file]
    assert about
    assert not any("root:" in str(each) for each in caught.value.problems)


def test_deep_recursion_is_not_what_bounds_the_depth() -> None:
    before = sys.getrecursionlimit()
    with pytest.raises(IntentError, match="KSZ125"):
        parse("a: " + "[" * 33 + "]" * 33, "x.yml")
    assert parse("a: " + "[" * 31 + "]" * 31, "x.yml").data
    assert sys.getrecursionlimit() == before
