"""Asks for a partner's file, question by question, from the models themselves.

Every key of a model is a question, its docstring the explanation, its type the judge of the answer;
a method that comes later is asked for without a line here. What the inventory knows (free ids,
hubs, attachments, link addresses) is proposed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Final, Protocol, TypeAlias, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from ksz_netops.intent.models import Connection, Flow
from ksz_netops.inventory.load import partner_model
from ksz_netops.methods import METHODS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.fields import FieldInfo

Answer: TypeAlias = Any
"""A value as YAML holds it."""
Path: TypeAlias = tuple[str, ...]
"""The keys that lead to a value, without the indexes of lists."""

_BY_HAND: Final = frozenset(
    {
        "change_window",
        "channel_group",
        "effort",
        "link_ipv6",
        "number",
        "preference",
        "timeslots",
        "unframed",
    }
)
"""Keys that are rare enough to be written into the file later."""
_WELCOME: Final = frozenset({"flows", "link"})
"""Keys that are asked for although a model can do without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked for one key."""

    path: Path
    explanation: str = ""
    choices: tuple[str, ...] = ()
    """The only answers that make sense; empty where any may."""
    proposal: str = ""
    """Taken where the answer is empty."""
    optional: bool = False
    """Whether an empty answer leaves the key out, or ends a list."""


class Respondent(Protocol):
    """Whoever answers."""

    def ask(self, question: Question) -> str:
        """The answer, as typed."""

    def refuse(self, why: str) -> None:
        """Hears why an answer will not do, before the question comes again."""


class Knowledge(Protocol):
    """What the inventory has to offer as answers."""

    def proposal(self, path: Path, told: Mapping[Path, Answer]) -> str:
        """An answer for the key at *path*, after what was *told* so far; empty for none."""

    def choices(self, path: Path, told: Mapping[Path, Answer]) -> tuple[str, ...]:
        """The names of which the key at *path* must be one; empty where it is no such name."""


@dataclass(slots=True, kw_only=True)
class Interview:
    """One conversation about one partner."""

    respondent: Respondent
    knowledge: Knowledge
    told: dict[Path, Answer] = field(default_factory=dict)
    """Every answer so far; of a list, those about its last item."""
    explanations: dict[Path, str] = field(default_factory=dict)
    """What was said of each key."""

    def partner(self) -> dict[str, Answer]:
        """What the partner's file must say, in its order."""
        return self._model((), partner_model(), {})

    def _model(
        self, path: Path, model: type[BaseModel], known: Mapping[str, Answer]
    ) -> dict[str, Answer]:
        """Answers that *model* accepts together; what is optional only where that is not enough."""
        while True:
            given = dict(known)
            self._ask_for(path, model, given, required=True)
            why = _refusal(model, given)
            if why:
                self.respondent.refuse(why)
                self._ask_for(path, model, given, required=False)
                why = _refusal(model, given)
            if not why:
                return given
            self.respondent.refuse(why)

    def _ask_for(
        self, path: Path, model: type[BaseModel], given: dict[str, Answer], *, required: bool
    ) -> None:
        for name, info in model.model_fields.items():
            wanted = info.is_required() or name in _WELCOME
            if name in given or name in _BY_HAND or wanted is not required:
                continue
            answer = self._answer((*path, name), info)
            if answer is not None and answer != []:
                given[name] = answer

    def _answer(self, path: Path, info: FieldInfo) -> Answer:
        inner = _inner(info.annotation)
        if inner is not None and issubclass(inner, Connection):
            return [self._connection(path)]
        if inner is not None and issubclass(inner, Flow):
            return self._flows(path)
        if inner is not None and get_origin(info.annotation) is tuple:
            return self._items(path, inner)
        if inner is not None:
            return self._model(path, inner, {})
        return self._value(path, info)

    def _connection(self, path: Path) -> dict[str, Answer]:
        question = Question(path=(*path, "method"), choices=tuple(METHODS))
        method = self.told[question.path] = self._chosen(question)
        return self._model(path, METHODS[method], {"id": "S1", "method": method})

    def _flows(self, path: Path) -> list[Answer]:
        question = Question(
            path=(*path, "to"),
            explanation="An extranet service; nothing ends the list.",
            choices=self.knowledge.choices((*path, "to"), self.told),
            optional=True,
        )
        flows: list[Answer] = []
        while service := self._chosen(question):
            flows.append(self._model(path, Flow, {"to": service}))
        return flows

    def _items(self, path: Path, model: type[BaseModel]) -> list[Answer]:
        items = [self._model(path, model, {})]
        another = Question(path=(*path, "another"), choices=("no", "yes"), proposal="no")
        while self._chosen(another) == "yes":
            items.append(self._model(path, model, {}))
        return items

    def _value(self, path: Path, info: FieldInfo) -> Answer:
        judge: TypeAdapter[Any] = TypeAdapter(Annotated[info.annotation, info])  # type: ignore[arg-type]  # mypy knows no types made at run time
        schema = _schema(judge)
        optional = not info.is_required()
        question = Question(
            path=path,
            explanation=(info.description or "").partition("\n")[0],
            choices=self.knowledge.choices(path, self.told) or tuple(schema.get("enum", ())),
            proposal=self.knowledge.proposal(path, self.told),
            optional=optional,
        )
        self.explanations[path] = question.explanation
        while True:
            typed = self._chosen(question)
            if not typed and optional:
                return None
            answer = self.told[path] = _read(typed, schema)
            try:
                judge.validate_python(answer)
            except ValidationError as error:
                self.respondent.refuse(_first(error))
            else:
                return answer

    def _chosen(self, question: Question) -> str:
        """The answer, once it is one of the choices."""
        while True:
            typed = self.respondent.ask(question).strip() or question.proposal
            fits = not question.choices or typed in question.choices
            if fits or (typed == "" and question.optional):
                return typed
            self.respondent.refuse(f"one of: {', '.join(question.choices)}")


def _inner(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - any type
    """The model that *annotation* holds, alone, in a list or among others."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_inner(each) for each in get_args(annotation))
    return next((each for each in found if each is not None), None)


def _schema(judge: TypeAdapter[Any]) -> dict[str, Any]:
    """The schema of a value: of the type itself where it may also be null, or is defined apart."""
    schema = judge.json_schema()
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    found: dict[str, Any] = choices[0] if choices else schema
    while "$ref" in found:
        found = schema["$defs"][found["$ref"].rpartition("/")[2]]
    return found


def _read(typed: str, schema: Mapping[str, Any]) -> Answer:
    """What was *typed*, as YAML would hold it for a value of *schema*."""
    match schema.get("type"):
        case "integer" if typed.isdecimal():
            return int(typed)
        case "boolean":
            return {"yes": True, "no": False}.get(typed.casefold(), typed)
        case "array":
            return [item.strip() for item in typed.split(",") if item.strip()]
        case _:
            return typed


def _refusal(model: type[BaseModel], given: Mapping[str, Answer]) -> str:
    """Why *model* does not accept what was *given*; empty where it does."""
    try:
        model.model_validate(given)
    except ValidationError as error:
        return _first(error)
    return ""


def _first(error: ValidationError) -> str:
    return error.errors(include_url=False, include_input=False)[0]["msg"]
