"""An approved change in two tasks: a plan is made, and a plan is applied to all its hubs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from ksz_netops.actions.base import (
    Action,
    Arguments,
    Inventory,
    Words,
    failure,
    vault_password_file,
)
from ksz_netops.borders.files import READABLE, replace_file
from ksz_netops.change.approval.files import author_of, write_plan
from ksz_netops.change.fleet.settings import RunSettings
from ksz_netops.change.plan.markdown import markdown
from ksz_netops.change.plan.view import access_lines, reach_line, views_of
from ksz_netops.change.reading import Scope
from ksz_netops.change.workflow import Authoring, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ksz_netops.change.fleet.result import Result

_UNKNOWN: Final = 5


class PlanArguments(Arguments):
    """See `plugins/modules/plan.py`."""

    inventory: Inventory
    output: Path
    author: str | None = None
    key: Path | None = None
    hubs: Words = ()
    partners: Words = ()
    expect_removal: Words = ()
    purpose: str = ""
    valid_for_h: Annotated[int, Field(ge=1, le=24 * 31)] = 24
    record: Path | None = None


class PlanAction(Action[PlanArguments]):
    """Reads the hubs and writes down what turns them into what they must hold."""

    arguments = PlanArguments

    def act(self, arguments: PlanArguments) -> Mapping[str, Any]:
        """Whether there is something to do, for whom, and the plan's digest."""
        workspace = _open(arguments.inventory, arguments.record)
        authoring = Authoring(
            author=author_of(arguments.inventory, arguments.author, arguments.key),
            now=datetime.now(UTC),
            valid_for=timedelta(hours=arguments.valid_for_h),
            purpose=arguments.purpose,
        )
        scope = Scope(
            hubs=arguments.hubs,
            partners=arguments.partners,
            expected_removals=arguments.expect_removal,
        )
        plan = workspace.plan(authoring, scope)
        if not plan.hubs:
            return {
                "changed": False,
                "partners": [],
                "msg": "every hub in scope holds what it must; no plan was written",
                "_ansible_verbose_always": True,
            }
        if not self.check_mode:
            write_plan(arguments.output, plan, key=arguments.key)
            replace_file(arguments.output.with_suffix(".md"), markdown(plan), mode=READABLE)
        names = {partner.id: partner.name for partner in workspace.intent.partners}
        views = views_of(plan)
        return {
            "changed": True,
            "plan": str(arguments.output),
            "digest": plan.digest,
            "partners": list(plan.partners),
            "access": {view.hub: list(access_lines(view, names)) for view in views},
            "reach": {view.hub: reach_line(view.reach) for view in views},
            "diff": [{"prepared": f"{view.hub}\n{_lines(view.changes)}"} for view in views],
            "msg": f"{len(views)} hubs would change; {arguments.output} waits for approval: "
            f"ksz-netops approve {arguments.output} --key KEY",
            "_ansible_verbose_always": True,
        }


class ApplyArguments(Arguments):
    """See `plugins/modules/apply.py`."""

    inventory: Inventory
    plan: Path
    revert_in_s: Annotated[int, Field(ge=20, le=3600)] = 120
    record: Path | None = None


class ApplyAction(Action[ApplyArguments]):
    """Applies an approved plan to all its hubs, or to none."""

    arguments = ApplyArguments

    def act(self, arguments: ApplyArguments) -> Mapping[str, Any]:
        """How it ended, and what each hub holds."""
        workspace = _open(arguments.inventory, arguments.record)
        if self.check_mode:
            admitted = workspace.admitted(arguments.plan, datetime.now(UTC))
            hubs = [part.hub for part in admitted.plan.hubs]
            return {"changed": bool(hubs), "msg": f"would be applied to {', '.join(hubs)}"}
        settings = RunSettings(
            reveal=workspace.vault.reveal,
            revert_in_s=arguments.revert_in_s,
            tell=lambda line: self._display.display(f"  {line}"),
        )
        result = workspace.apply(arguments.plan, now=lambda: datetime.now(UTC), settings=settings)
        return _result(result)


def _result(result: Result) -> Mapping[str, Any]:
    said = result.as_json()
    facts = {key: said[key] for key in ("plan", "end", "hubs", "record")}
    if result.done and result.is_recorded:
        return {**facts, "changed": True, "msg": "all hubs hold what was planned"}
    problems = (*result.problems, *(each for hub in result.ends for each in hub.problems))
    headline = (
        "rolled back, all hubs hold what they held before"
        if result.exit_code != _UNKNOWN
        else "the end is not known or not recorded, run `ksz-netops recover`"
    )
    raise failure(headline, dict.fromkeys(problems), **facts)


def _open(inventory: Path, record: Path | None) -> Workspace:
    return Workspace.open(inventory, record=record, password_file=vault_password_file())


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"  {line}\n" for line in lines)
