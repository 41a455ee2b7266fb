"""Whatever is done to a file: it is valid, or each of its problems has a place; no traceback."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.inventories import GOOD, Inventory

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = (3, 4, 5, 6, 11, 12, 13, 15, 16)
"""Partners that between them use every method in every way."""
FILES = (
    "extranet.yml",
    "host_vars/hub-gen-1.yml",
    "host_vars/sftp-1.yml",
    *(f"partners/P{number:05}.yml" for number in KEPT),
)
TEXTS = {file: (GOOD / file).read_text(encoding="utf-8") for file in FILES}
DRAWN = max(300, settings.default.max_examples if settings.default else 0)
"""`--hypothesis-profile=thorough` draws 10,000."""

WORDS = (
    "x", "", "-", "P00012", "S1", "vault:x", "192.0.2.1", "192.0.2.0/24", "2001:db8::1",
    "198.51.100.12", "hub-gen-1", "sftp", "e1a", "ssh-rsa AAAA", "0x1F", "512", "a\nb", "{{ x }}",
    "\u202e", "é" * 300, "2026-10-25 02:30", "1-31", "02:00:5e:00:53:05",
)  # fmt: skip
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.sampled_from(WORDS),
    st.text(max_size=8),
    st.dates(),
    st.just([]),
    st.just({}),
    st.lists(st.sampled_from(WORDS), max_size=2),
    st.dictionaries(st.sampled_from(WORDS), st.integers(), max_size=2),
)
NOISE = st.one_of(
    st.sampled_from(
        [*":-#&*!|>'\"%@`{}[],?\t\n\x00\x1b\ufeff", "<<: ", "- ", "--- ", "&a ", "*a ", "!!x "]
    ),
    st.characters(codec="utf-8"),
)


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:  # noqa: ANN401 - YAML
    """Every path in *value* but the first, which is empty."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from paths(inner, (*path, key))


@st.composite
def of_structure(draw: st.DrawFn, text: str) -> str:
    """One key or item of the file left out, doubled, renamed, or given another value."""
    data = yaml.safe_load(text)
    path = draw(st.sampled_from(sorted(paths(data), key=str)))
    parent: Any = data
    for step in path[:-1]:
        parent = parent[step]
    match draw(st.sampled_from(("value", "value", "value", "leave out", "double", "rename"))):
        case "leave out":
            del parent[path[-1]]
        case "double" if isinstance(parent, list):
            parent.append(copy.deepcopy(parent[path[-1]]))
        case "rename" if isinstance(parent, dict):
            parent[draw(st.sampled_from(WORDS))] = parent.pop(path[-1])
        case _:
            parent[path[-1]] = draw(VALUES)
    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True))


@st.composite
def of_text(draw: st.DrawFn, text: str) -> str:
    """One place of the file cut, doubled, or with a character too many."""
    start = draw(st.integers(0, len(text) - 1))
    end = min(len(text), start + draw(st.integers(0, 12)))
    match draw(st.sampled_from(("insert", "cut", "replace", "line twice", "indent"))):
        case "insert":
            return text[:start] + draw(NOISE) + text[start:]
        case "cut":
            return text[:start] + text[end:]
        case "replace":
            return text[:start] + draw(NOISE) + text[start + 1 :]
        case "line twice":
            lines = text.splitlines(keepends=True)
            index = start % len(lines)
            return "".join([*lines[: index + 1], *lines[index:]])
        case _:
            lines = text.splitlines(keepends=True)
            lines[start % len(lines)] = " " + lines[start % len(lines)]
            return "".join(lines)


MUTATIONS = st.sampled_from(FILES).flatmap(
    lambda file: st.tuples(
        st.just(file), st.one_of(of_structure(TEXTS[file]), of_text(TEXTS[file]))
    )
)


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    folder = tmp_path_factory.mktemp("mutations") / "inv"
    shutil.copytree(GOOD, folder)
    kept = {Path(file).name for file in FILES}
    for path in (folder / "partners").iterdir():
        if path.name not in kept:
            path.unlink()
    return Inventory(folder)


@settings(
    max_examples=DRAWN,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(mutation=MUTATIONS)
def test_a_mutation_is_valid_or_every_problem_has_its_place(
    mutation: tuple[str, str], inventory: Inventory
) -> None:
    file, text = mutation
    (inventory.folder / file).write_text(text, encoding="utf-8", newline="")
    try:
        problems = inventory.problems()
    finally:
        (inventory.folder / file).write_text(TEXTS[file], encoding="utf-8")
    for problem in problems:
        assert problem.origin is not None, problem
        named = Path(problem.origin.file).relative_to(inventory.folder)
        held = text if str(named) == file else (GOOD / named).read_text(encoding="utf-8")
        lines = held.splitlines()
        assert 1 <= problem.origin.line <= len(lines) + 1, problem
        assert problem.origin.column >= 1, problem
        assert problem.what, problem
        assert problem.fix, problem
        assert "\n" not in str(problem), problem
