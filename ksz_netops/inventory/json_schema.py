"""JSON Schema of an inventory's files, so that editors complete and check them while one types.

The schema is that of the models themselves, with what only an inventory knows put in: the names of
its hubs, attachments and services become the choices that an editor offers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ksz_netops.intent.models import Extranet, Hub
from ksz_netops.inventory.load import partner_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ksz_netops.intent.models import Intent

Schema: TypeAlias = "dict[str, Any]"

DIALECT: Final = "http://json-schema.org/draft-07/schema#"
"""The newest that yaml-language-server knows well."""

_PLAIN: Final = frozenset({"description", "title", "type"})
"""What the schema of a bare name has; addresses and the like have more."""


def schemas(intent: Intent | None = None) -> Mapping[str, Schema]:
    """The schemas of the three kinds of files, by the name of the file that holds each.

    Args:
        intent: Whose hubs, attachments and services are offered; without it any name is accepted.
    """
    partner = partner_model().model_json_schema(ref_template="#/definitions/{model}")
    if intent is not None:
        _offer(partner, intent)
    hub: Schema = {
        "title": "A hub",
        "type": "object",
        "properties": {"ksz_hub": {"$ref": "#/definitions/Hub"}},
        "definitions": _with_definition(
            Hub.model_json_schema(ref_template="#/definitions/{model}")
        ),
    }
    extranet = Extranet.model_json_schema(ref_template="#/definitions/{model}")
    return {
        "partner.json": _finished(partner, "A partner"),
        "hub.json": _finished(hub, "A hub"),
        "extranet.json": _finished(extranet, "The extranet"),
    }


def _offer(partner: Schema, intent: Intent) -> None:
    """Puts the inventory's own names into the schema of a partner's file."""
    attachments = {name for hub in intent.hubs.values() for name in hub.attachments}
    choices: dict[str, Iterable[str]] = {
        "hub": intent.hubs,
        "attachment": attachments,
        "to": intent.extranet.services,
    }
    for model in partner["$defs"].values():
        for key, field in model.get("properties", {}).items():
            if key in choices and field.keys() <= _PLAIN and field["type"] == "string":
                field["enum"] = sorted(choices[key])


def _with_definition(model: Schema) -> Schema:
    """The definitions of *model*, itself among them under its title."""
    definitions: Schema = model.pop("$defs", {})
    return {**definitions, model["title"]: model}


def _finished(schema: Schema, title: str) -> Schema:
    """*schema* as draft-07 wants it, without the titles that only repeat a key."""
    schema = {
        "$schema": DIALECT,
        **schema,
        "title": title,
        "definitions": schema.pop("$defs", None) or schema.get("definitions", {}),
    }
    schema.pop("$defs", None)
    for field in _fields(schema):
        field.pop("title", None)
        _without_null(field)
    return schema


def _without_null(field: Schema) -> None:
    """An optional key is left out rather than set to null, so null is no choice to offer."""
    choices = [each for each in field.get("anyOf", ()) if each != {"type": "null"}]
    if len(choices) == 1:
        del field["anyOf"]
        if field.get("default", ...) is None:
            del field["default"]
        field.update({**choices[0], **field})


def _fields(node: object) -> Iterator[Schema]:
    """Every field below a `properties` of *node*."""
    match node:
        case dict():
            for key, value in node.items():
                if key == "properties":
                    yield from (field for field in value.values() if isinstance(field, dict))
                yield from _fields(value)
        case list():
            for value in node:
                yield from _fields(value)
        case _:
            return
