"""What pydantic found, said in our own words and with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_args

from pydantic import BaseModel

from ksz_netops.errors import Problem
from ksz_netops.intent.words import Path, shown, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from ksz_netops.intent.source import Source

_EXPECTED: Final = {
    "string_type": "text; put it in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a mapping, `key: value` lines",
    "model_type": "a mapping, `key: value` lines",
    "model_attributes_type": "a mapping, `key: value` lines",
    "tuple_type": "a list, `- item` lines",
    "date_type": "a date such as 2027-12-31",
    "date_parsing": "a date such as 2027-12-31",
    "date_from_datetime_parsing": "a date such as 2027-12-31",
    "date_from_datetime_inexact": "a date such as 2027-12-31",
}
_SECRET_KEYS: Final = frozenset({"psk", "keys"})


def problems(
    error: ValidationError, source: Source, model: type[BaseModel], base: Path = ()
) -> Iterator[Problem]:
    """Each thing that pydantic found below *base* in *source*, where *model* was expected."""
    for detail in error.errors(include_url=False):
        yield _problem(detail, source, model, base)


def path_of(loc: tuple[str | int, ...], data: Any) -> Path:
    """The path in *data* to which *loc* of pydantic leads: without the tags of unions."""
    path: list[str | int] = []
    for step in loc:
        if step == "[key]":
            continue
        if isinstance(data, dict) and step not in data and data.get("method") == step:
            continue
        path.append(step)
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            data = None
    return tuple(path)


def _problem(detail: ErrorDetails, source: Source, model: type[BaseModel], base: Path) -> Problem:
    data: Any = source.data
    for step in base:
        data = data[step]
    path = (*base, *path_of(detail["loc"], data))
    name = str(path[-1]) if path else source.file
    context = detail.get("ctx", {})
    kind = detail["type"]
    if kind.startswith("KSZ"):
        path = (*path, *context["at"])
        return _at(source, path, kind, context["what"], context["fix"])
    value = "(not shown)" if _SECRET_KEYS & set(path) else shown(detail["input"])
    match kind:
        case "extra_forbidden":
            owners = _models_at(detail["loc"][:-1], model)
            known = {key for owner in owners for key in owner.model_fields}
            fix = suggestion(name, known)
            return Problem(
                code="KSZ112",
                what=f"key '{name}' is not known here",
                fix=fix,
                origin=source.at_key(path),
            )
        case "missing":
            what, fix = f"key '{name}' is missing", f"add `{name}:`"
            parent = path[:-1]
            return Problem(code="KSZ113", what=what, fix=fix, origin=source.at_key(parent))
        case "union_tag_not_found":
            tags = sorted(_tag(each) for each in _models_at((*detail["loc"], 0), model))
            what, fix = "key 'method' is missing", f"add `method:`, one of: {', '.join(tags)}"
            return Problem(code="KSZ113", what=what, fix=fix, origin=source.at_key(path))
        case "union_tag_invalid":
            tag = str(context["tag"])
            known = [each.strip("' ") for each in context["expected_tags"].split(",")]
            what = f"method {shown(tag)} is not known"
            fix = suggestion(tag, known)
            return _at(source, (*path, "method"), "KSZ115", what, fix)
        case "enum" | "literal_error":
            known = [
                each.strip("' ") for each in context["expected"].replace(" or ", ",").split(",")
            ]
            what = f"{name} {value} is not known"
            fix = suggestion(str(detail["input"]), known)
            return _at(source, path, "KSZ115", what, fix)
        case "string_pattern_mismatch":
            what = f"{name} {value} is not of the form {context['pattern']}"
            return _at(source, path, "KSZ114", what, "correct it")
        case "greater_than_equal" | "greater_than" | "less_than_equal" | "less_than":
            sign, limit = next(iter(context.items()))
            word = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}[sign]
            return _at(source, path, "KSZ114", f"{name} is {value}", f"give {word} {limit}")
        case "too_short":
            return _at(source, path, "KSZ113", f"{name} is empty", "add an item")
        case _ if kind in _EXPECTED:
            what = f"{name} is {value}, where something else belongs"
            return _at(source, path, "KSZ114", what, f"write {_EXPECTED[kind]}")
        case _:
            message = detail["msg"][:1].lower() + detail["msg"][1:]
            return _at(source, path, "KSZ114", f"{name} {value} does not fit", message)


def _at(source: Source, path: Path, code: str, what: str, fix: str) -> Problem:
    return Problem(code=code, what=what, fix=fix, origin=source.at(path))


def _models_at(loc: tuple[str | int, ...], model: type[BaseModel]) -> list[type[BaseModel]]:
    """The models that pydantic may have expected at *loc*."""
    found = [model]
    for step in loc:
        tagged = [each for each in found if _tag(each) == step]
        if tagged:
            found = tagged
        elif any(step in each.model_fields for each in found):
            fields = [each.model_fields[step] for each in found if step in each.model_fields]
            found = [inner for each in fields for inner in _models_in(each.annotation)]
    return found


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _tag(model: type[BaseModel]) -> str:
    """What `method` says in the files for *model*; empty for all that is no connection."""
    field = model.model_fields.get("method")
    return str(get_args(field.annotation)[0]) if field else ""
