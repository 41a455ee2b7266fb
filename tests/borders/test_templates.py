from __future__ import annotations

import ast
import dataclasses
import ipaddress
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

import ksz_netops
from ksz_netops.borders.templates import DeviceTemplates, Literal
from ksz_netops.platforms import Platform, platforms
from ksz_netops.state.grammar import Word
from ksz_netops.state.resources import DeviceState
from support import ios_states
from support.sample_states import FILE_SERVER, HUB, LINE_FILTER, PERIMETER

ROOT = Path(ksz_netops.__file__).parent
BOUND = dataclasses.replace(
    LINE_FILTER,
    entries=(dataclasses.replace(LINE_FILTER.entries[0], layer2="02:00:5e:00:53:01"),),
)
SAMPLES = {
    "ios_xe": [
        ios_states.state(ios_states.wishes(ios_states.dice(seed), most=8)) for seed in range(3)
    ],
    "linux": [HUB, FILE_SERVER, DeviceState.of([PERIMETER, BOUND])],
}
EVIL = "x\nconnection KSZ-P00007-S1 {\n}"


def rendered(source: str, **values: object) -> str:
    return DeviceTemplates(Path("/nonexistent")).from_string(source).render(values)


@pytest.mark.parametrize("value", ["text", EVIL, None, True, 1.5, b"x", [], object()])
def test_a_template_writes_nothing_but_typed_values(value: object) -> None:
    with pytest.raises(TypeError, match="cannot write"):
        rendered("a {{ value }}", value=value)


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' ~ value }}",
        "{{ value ~ 'a' }}",
        "{{ [value] | join(',') }}",
        "{% set x %}{{ value }}{% endset %}{{ x }}",
        "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(value) }}",
        "{{ value if value else 'a' }}",
        "{{ value | upper }}",
        "{{ 'a%s' | format(value) }}",
        "{{ word.lower() }}",
        "{{ word[0:1] }}",
        "{{ word + 'x' }}",
    ],
)
def test_no_operation_of_a_template_makes_plain_text_admissible(source: str) -> None:
    with pytest.raises(TypeError, match="cannot write"):
        rendered(source, value=EVIL, word=Word("abc"))


def test_an_address_with_a_zone_is_not_written() -> None:
    for kind in (ipaddress.IPv6Address, ipaddress.IPv6Interface):
        with pytest.raises(TypeError, match="cannot write"):
            rendered("{{ value }}", value=kind("2001:db8::1%x"))


def test_text_of_the_template_itself_is_written() -> None:
    source = "{{ 'ip' if four else 'ipv6' }} {{ word ~ '-IN' ~ 6 }} {{ [1, 2] | join(',') }}"

    assert rendered(source, four=True, word=Word("KSZ")) == "ip KSZ-IN6 1,2"


def test_a_macro_and_a_block_give_text_that_may_be_written() -> None:
    source = "{% set c %}comment {{ n }}{% endset %}{% macro m(x) %}[{{ x }}]{% endmacro %}"

    assert rendered(source + "{{ c }} {{ m('a') }}", n=1) == "comment 1 [a]"
    assert isinstance(rendered("{{ n }}", n=1), Literal)


def test_every_template_of_a_platform_is_rendered_by_these_rules() -> None:
    """Neither Jinja's own environment nor its template class is made anywhere in a platform."""
    for path in sorted((ROOT / "platforms").rglob("*.py")):
        called = {
            getattr(node.func, "attr", getattr(node.func, "id", ""))
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call)
        }
        assert not called & {"Environment", "Template", "SandboxedEnvironment"}, path


def fields_with_text(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places in a resource where text, an id or an address stands."""
    if isinstance(value, tuple):
        return [
            found
            for index, each in enumerate(value)
            for found in fields_with_text(each, (*path, index))
        ]
    if dataclasses.is_dataclass(value):
        return [
            found
            for field in dataclasses.fields(value)
            if field.name != "origin"
            for found in fields_with_text(getattr(value, field.name), (*path, field.name))
        ]
    text = isinstance(value, str | ipaddress.IPv4Address | ipaddress.IPv6Address)
    return [path] if text and path[-2:] != ("secret", "name") else []


def forged(value: Any, path: tuple[Any, ...]) -> Any:  # noqa: ANN401 - any field's value
    """*value* with plain evil text at *path*, past every check that its type makes."""
    if not path:
        return EVIL
    step, *rest = path
    if isinstance(step, int):
        return (*value[:step], forged(value[step], tuple(rest)), *value[step + 1 :])
    copy = object.__new__(type(value))
    for field in dataclasses.fields(value):
        object.__setattr__(copy, field.name, getattr(value, field.name))
    object.__setattr__(copy, step, forged(getattr(value, step), tuple(rest)))
    return copy


@pytest.mark.parametrize("name", sorted(platforms()))
def test_plain_text_in_any_field_of_any_resource_never_becomes_a_statement(name: str) -> None:
    platform = platforms()[name]
    tried = 0
    for state in SAMPLES[name]:
        for index, resource in enumerate(state.resources):
            for path in fields_with_text(resource):
                others = state.resources[:index], state.resources[index + 1 :]
                evil = DeviceState((*others[0], forged(resource, path), *others[1]))
                assert not leaks(platform, evil), f"{resource.kind}: {path}"
                tried += 1
    assert tried > 20


def leaks(platform: Platform, state: DeviceState) -> bool:
    try:
        text = platform.render(state)
    except (TypeError, ValueError, KeyError, AttributeError, UndefinedError):
        return False
    return "connection KSZ-P00007-S1 {" in text
