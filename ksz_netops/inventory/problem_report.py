"""Problems in the forms that people, pipelines and editors read."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never
from xml.etree import ElementTree as ET  # writes only, never reads

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ksz_netops.errors import Problem


class Format(StrEnum):
    """A form in which problems are listed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    """Annotations of a GitHub workflow."""
    JUNIT = "junit"
    """A test for each file, for whatever shows test results."""


def listing(problems: Sequence[Problem], files: Iterable[str], form: Format) -> str:
    """The *problems* found in *files*, in that *form*; it ends without a line feed."""
    match form:
        case Format.TEXT:
            return "\n".join(str(problem) for problem in problems)
        case Format.JSON:
            found = [as_json(problem) for problem in problems]
            return json.dumps({"valid": not found, "problems": found}, indent=2, ensure_ascii=False)
        case Format.GITHUB:
            return "\n".join(_annotation(problem) for problem in problems)
        case Format.JUNIT:
            return _junit(problems, files)
        case _:
            assert_never(form)


def as_json(problem: Problem) -> dict[str, str | int | None]:
    """The *problem* as JSON types."""
    place = problem.origin
    return {
        "code": problem.code,
        "what": problem.what,
        "fix": problem.fix,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
    }


def _annotation(problem: Problem) -> str:
    place = problem.origin
    properties = {"title": problem.code}
    if place is not None:
        properties |= {"file": place.file, "line": str(place.line), "col": str(place.column)}
    listed = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in properties.items())
    return f"::error {listed}::{_escaped(f'{problem.what}; {problem.fix}')}"


def _escaped(text: str, more: str = "") -> str:
    """As workflow commands want it: percent-encoded, where it would end the command."""
    for character in f"%\r\n{more}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _junit(problems: Sequence[Problem], files: Iterable[str]) -> str:
    by_file: dict[str, list[Problem]] = {file: [] for file in sorted(files)}
    for problem in problems:
        by_file.setdefault(problem.origin.file if problem.origin else "", []).append(problem)
    suite = ET.Element("testsuite", name="ksz-netops validate", tests=str(len(by_file)))
    suite.set("failures", str(sum(1 for found in by_file.values() if found)))
    for file, found in by_file.items():
        case = ET.SubElement(suite, "testcase", classname="intent", name=file or "inventory")
        if found:
            failure = ET.SubElement(case, "failure", message=found[0].what, type=found[0].code)
            failure.text = "\n".join(str(problem) for problem in found)
    return ET.tostring(suite, encoding="unicode")
