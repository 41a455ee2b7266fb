"""A folder of files becomes an `Intent`, or one error with everything that is wrong in it."""

from __future__ import annotations

import functools
import gc
import operator
import pkgutil
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field, ValidationError

from ksz_netops import platforms
from ksz_netops.errors import IntentError, Origin, Problem
from ksz_netops.intent.models import Connection, Extranet, Hub, Intent, Partner
from ksz_netops.intent.reading import refusals
from ksz_netops.intent.reading.drafts import Draft, Drafts
from ksz_netops.intent.reading.salvage import ByMethod, salvage
from ksz_netops.intent.reading.source import Source, read
from ksz_netops.intent.rules import consistency
from ksz_netops.intent.words import located, suggestion
from ksz_netops.inventory import ansible_files
from ksz_netops.inventory.folders import files_in, unread_in
from ksz_netops.methods import METHODS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HUB_KEY: Final = "ksz_hub"


@functools.cache
def partner_model() -> type[Partner[Connection]]:
    """`Partner` with every method that was discovered."""
    union = functools.reduce(operator.or_, METHODS.values())
    return Partner[Annotated[union, Field(discriminator="method")]]  # type: ignore[valid-type]


def example() -> dict[str, Any]:
    """A partner's file with a connection of each method; nothing in it meets a rule."""
    connections = ByMethod({name: dict(each.example) for name, each in METHODS.items()})
    return {**Partner.example, "connections": connections}


def load_intent(inventory: Path) -> Intent:
    """Everything that the files of *inventory* say.

    Raises:
        IntentError: With every problem of every file.
    """
    with _collector_paused():
        drafts, problems = _read(inventory)
        problems += [
            located(each.code, each.what, each.fix, source.at(each.path))
            for source, each in consistency.violations(drafts)
        ]
        if problems or drafts.extranet is None:
            raise IntentError(problems)
        partners = sorted(drafts.partners, key=lambda draft: draft.partner.id)
        return Intent(
            extranet=drafts.extranet,
            hubs=drafts.hubs,
            partners=tuple(draft.partner for draft in partners),
            origins=_Origins(partners, drafts.hub_sources),
        )


def files_of(inventory: Path) -> tuple[str, ...]:
    """The files that `load_intent` reads in *inventory*."""
    found = [inventory / "extranet.yml"]
    for folder in ("host_vars", "partners"):
        found += files_in(inventory / folder)[0]
    return tuple(str(path) for path in found)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Without collection: thousands of files make millions of objects, and all of them live."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _read(inventory: Path) -> tuple[Drafts, list[Problem]]:
    problems: list[Problem] = []
    extranet, extranet_source = None, None
    for model, source in _models(inventory / "extranet.yml", Extranet, problems):
        extranet, extranet_source = model, source
    hubs, sources, unreadable = {}, {}, set()
    problems += unread_in(inventory)
    for path in files_in(inventory / "host_vars")[0]:
        before = len(problems)
        for hub, source in _models(path, Hub, problems, below=_HUB_KEY):
            _check_platform(hub, source, problems)
            hubs[path.stem], sources[path.stem] = hub, source
        if len(problems) > before:
            unreadable.add(path.stem)
    problems += ansible_files.problems_of(inventory, {*hubs, *unreadable})
    files = files_in(inventory / "partners")[0]
    if not (inventory / "partners").is_dir():
        what = "there is no folder of partners"
        origin = Origin(str(inventory / "partners"), 1)
        problems.append(Problem(code="KSZ117", what=what, fix="make it", origin=origin))
    drafts = Drafts(
        extranet=extranet,
        extranet_source=extranet_source,
        hubs=hubs,
        hub_sources=sources,
        unreadable_hubs=frozenset(unreadable),
        partners=tuple(draft for file in files for draft in _draft(file, problems)),
    )
    return drafts, problems


def _models(
    path: Path, model: type[Any], problems: list[Problem], *, below: str | None = None
) -> Iterator[tuple[Any, Source]]:
    """The one *model* that the file holds; none where it is wrong, or has nothing *below*."""
    try:
        source = read(path, only=below)
    except IntentError as error:
        problems += error.problems
        return
    data: Any = source.data
    base: tuple[str, ...] = ()
    if below is not None:
        if below not in data:
            return
        data, base = data[below], (below,)
    problems += source.problems
    try:
        loaded = model.model_validate(data)
    except ValidationError as error:
        problems += [
            replace(each, path=(*base, *each.path)).problem(source)
            for each in refusals.refusals(error, data, model)
            if not each.follows
        ]
    else:
        yield loaded, source


def _check_platform(hub: Hub, source: Source, problems: list[Problem]) -> None:
    """Names only: a platform is imported when a hub of it is worked on."""
    known = [each.name for each in pkgutil.iter_modules(platforms.__path__) if each.ispkg]
    if hub.platform not in known:
        what = f"platform '{hub.platform}' is not known"
        origin = source.at((_HUB_KEY, "platform"))
        fix = suggestion(hub.platform, known)
        problems.append(Problem(code="KSZ115", what=what, fix=fix, origin=origin))


def _draft(path: Path, problems: list[Problem]) -> Iterator[Draft]:
    model = partner_model()
    try:
        source = read(path)
    except IntentError as error:
        problems += error.problems
        return
    if not source.problems:
        try:
            yield Draft(source=source, partner=model.model_validate(source.data))
        except ValidationError:
            pass
        else:
            return
    partner, tainted, found = salvage(model, source, example())
    problems += [*source.problems, *found]
    if partner is not None:
        yield Draft(source=source, partner=partner, tainted=tainted)


class _Origins(Mapping[tuple[str, ...], Origin]):
    """Where partners, connections and hubs were said; looked up in the sources when asked for."""

    def __init__(self, partners: list[Draft], hubs: Mapping[str, Source]) -> None:
        self._places: dict[tuple[str, ...], tuple[Source, tuple[str | int, ...]]] = {}
        for draft in partners:
            partner = draft.partner
            self._places[partner.id,] = (draft.source, ())
            for index, connection in enumerate(partner.connections):
                self._places[partner.id, connection.id] = (draft.source, ("connections", index))
        for name, source in hubs.items():
            self._places["hub", name] = (source, (_HUB_KEY,))

    def __getitem__(self, key: tuple[str, ...]) -> Origin:
        source, path = self._places[key]
        return source.at_key(path)

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
