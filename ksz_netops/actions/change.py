"""An approved change in two tasks: a plan is made, and a plan is applied to all its hubs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from ksz_netops.actions.base import Action, Arguments, Inventory, failure, vault_password_file
from ksz_netops.change.approval.files import author_of, write_plan
from ksz_netops.change.fleet.converge import Means
from ksz_netops.change.plan.markdown import markdown, reach_line
from ksz_netops.change.verification import post_checks
from ksz_netops.change.workflow import Authoring, Office

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ksz_netops.change.fleet.result import Result


class PlanArguments(Arguments):
    """See `plugins/modules/plan.py`."""

    inventory: Inventory
    output: Path
    author: str | None = None
    key: Path | None = None
    hubs: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    purpose: str = ""
    valid_for_h: Annotated[int, Field(ge=1, le=24 * 31)] = 24
    record: Path | None = None


class PlanAction(Action[PlanArguments]):
    """Reads the hubs and writes down what turns them into what they must hold."""

    arguments = PlanArguments

    def act(self, arguments: PlanArguments) -> Mapping[str, Any]:
        """Whether there is something to do, for whom, and the plan's digest."""
        office = _office(arguments.inventory, arguments.record)
        authoring = Authoring(
            author=author_of(arguments.inventory, arguments.author, arguments.key),
            now=datetime.now(UTC),
            valid_for=timedelta(hours=arguments.valid_for_h),
            purpose=arguments.purpose,
        )
        plan = office.plan(authoring, hubs=arguments.hubs, partners=arguments.partners)
        if not self.check_mode:
            write_plan(arguments.output, plan, key=arguments.key)
            arguments.output.with_suffix(".md").write_text(markdown(plan), encoding="utf-8")
        return {
            "changed": bool(plan.hubs),
            "plan": str(arguments.output),
            "digest": plan.digest,
            "partners": list(plan.partners),
            "reach": {part.hub: reach_line(part.reach) for part in plan.hubs},
            "diff": [{"prepared": f"{part.hub}\n" + _lines(part.changes)} for part in plan.hubs],
            "msg": f"{len(plan.hubs)} hubs would change" if plan.hubs else "nothing to do",
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
        office = _office(arguments.inventory, arguments.record)
        if self.check_mode:
            admitted = office.admitted(arguments.plan, datetime.now(UTC))
            hubs = [part.hub for part in admitted.plan.hubs]
            return {"changed": bool(hubs), "msg": f"would be applied to {', '.join(hubs)}"}
        means = Means(
            reveal=office.vault.reveal,
            verify=post_checks,
            revert_in_s=arguments.revert_in_s,
            tell=lambda line: self._display.display(f"  {line}"),
        )
        result = office.apply(arguments.plan, now=lambda: datetime.now(UTC), means=means)
        return _told(result)


def _told(result: Result) -> Mapping[str, Any]:
    said = result.as_json()
    facts = {key: said[key] for key in ("plan", "end", "hubs", "record")}
    if result.done:
        return {**facts, "changed": True, "msg": "all hubs hold what was planned"}
    problems = (*result.problems, *(each for hub in result.settled for each in hub.problems))
    headline = (
        "rolled back, all hubs hold what they held before"
        if result.undone
        else "the hubs may not be alike, run `ksz-netops recover`"
    )
    raise failure(headline, problems, **facts)


def _office(inventory: Path, record: Path | None) -> Office:
    return Office.open(inventory, record=record, password_file=vault_password_file())


def _lines(lines: tuple[str, ...]) -> str:
    return "".join(f"  {line}\n" for line in lines)
