"""What pydantic found, said in our own words and with its place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, get_args

from pydantic import BaseModel

from ksz_netops.intent.words import Path, Yaml, closest, located, shown, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from ksz_netops.errors import Problem
    from ksz_netops.intent.reading.source import Source

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
_LIMITS: Final = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}
_SECRET_KEYS: Final = frozenset({"psk", "keys"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One thing that pydantic found."""

    code: str
    what: str
    fix: str
    path: Path
    """To what is to blame."""
    healed_at: Path
    """To what must be replaced for the rest to be read."""
    at_key: bool = False
    """Whether the key is to blame, rather than its value."""
    follows: bool = False
    """Whether it only follows from another one, and need not be said."""

    def problem(self, source: Source) -> Problem:
        """The same, with its place in *source*."""
        origin = source.at_key(self.path) if self.at_key else source.at(self.path)
        return located(self.code, self.what, self.fix, origin)


def refusals(error: ValidationError, data: Yaml, model: type[BaseModel]) -> list[Refusal]:
    """Everything that pydantic found in *data*, where *model* was expected.

    A key that is missing only because it is misspelt follows from that.
    """
    details = error.errors(include_url=False)
    found = [_refusal(detail, data, model) for detail in details]
    misspelt = {
        (*each.path[:-1], closest(str(each.path[-1]), _known(detail["loc"], model)))
        for each, detail in zip(found, details, strict=True)
        if detail["type"] == "extra_forbidden"
    }
    return [
        replace(each, follows=each.code == "KSZ113" and each.healed_at in misspelt)
        for each in found
    ]


def path_of(loc: tuple[str | int, ...], data: Yaml) -> Path:
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


def _refusal(detail: ErrorDetails, data: Yaml, model: type[BaseModel]) -> Refusal:
    path, kind, context = path_of(detail["loc"], data), detail["type"], detail.get("ctx", {})
    if kind.startswith("KSZ"):
        return Refusal(
            code=kind,
            what=context["what"],
            fix=context["fix"],
            path=(*path, *context["at"]),
            healed_at=path,
        )
    name = str(path[-1]) if path else "file"
    match kind:
        case "missing":
            return Refusal(
                code="KSZ113",
                what=f"key '{name}' is missing",
                fix=f"add `{name}:`",
                path=path[:-1],
                healed_at=path,
                at_key=True,
            )
        case "extra_forbidden":
            fix = suggestion(name, _known(detail["loc"], model))
            what = f"key '{name}' is not known here"
            return Refusal(
                code="KSZ112", what=what, fix=fix, path=path, healed_at=path, at_key=True
            )
        case "union_tag_not_found":
            tags = sorted(_tag(each) for each in _models_at((*detail["loc"], 0), model))
            what, fix = "key 'method' is missing", f"add `method:`, one of: {', '.join(tags)}"
            return Refusal(
                code="KSZ113", what=what, fix=fix, path=path, healed_at=path, at_key=True
            )
        case "union_tag_invalid":
            tag = str(context["tag"])
            what = f"method {shown(tag)} is not known"
            fix = suggestion(tag, _listed(context["expected_tags"]))
            return Refusal(
                code="KSZ115", what=what, fix=fix, path=(*path, "method"), healed_at=path
            )
        case _:
            code, what, fix = _of_value(detail, name, secret=bool(_SECRET_KEYS & set(path)))
            return Refusal(code=code, what=what, fix=fix, path=path, healed_at=path)


def _of_value(detail: ErrorDetails, name: str, *, secret: bool) -> tuple[str, str, str]:
    """Code and words for a single value that does not fit."""
    value = "(not shown)" if secret else shown(detail["input"])
    kind, context = detail["type"], detail.get("ctx", {})
    match kind:
        case "enum" | "literal_error":
            known = _listed(context["expected"].replace(" or ", ","))
            fix = suggestion(str(detail["input"]), known)
            return "KSZ115", f"{name} {value} is not known", fix
        case "string_pattern_mismatch":
            what = f"{name} {value} is not of the form {context['pattern']}"
            return "KSZ114", what, "correct it"
        case _ if kind in _LIMITS:
            sign, words = _LIMITS[kind]
            return "KSZ114", f"{name} is {value}", f"give {words} {context[sign]}"
        case _ if kind in _EXPECTED:
            what = f"{name} is {value}, where something else belongs"
            return "KSZ114", what, f"write {_EXPECTED[kind]}"
        case _:
            message = detail["msg"][:1].lower() + detail["msg"][1:]
            return "KSZ114", f"{name} {value} does not fit", message


def _listed(words: str) -> list[str]:
    """The words in a list as pydantic writes it, `'a', 'b'`."""
    return [each.strip("' ") for each in words.split(",")]


def _known(loc: tuple[str | int, ...], model: type[BaseModel]) -> set[str]:
    """The keys that could have stood where the last step of *loc* leads."""
    return {key for owner in _models_at(loc[:-1], model) for key in owner.model_fields}


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
