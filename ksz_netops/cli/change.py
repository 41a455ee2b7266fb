"""`ksz-netops plan`, `revert`, `approve`, `verify-plan`, `apply`, `recover`."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ksz_netops.borders.files import READABLE, replace_file
from ksz_netops.cli.options import Form, Format, Inventory, PasswordFile
from ksz_netops.errors import RefusedError

# Ansible's vault, cryptography and the platforms are slow to import, and only these commands need
# them: each imports what it uses.
# ruff: noqa: PLC0415

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ksz_netops.change.fleet.result import Result
    from ksz_netops.change.fleet.settings import RunSettings
    from ksz_netops.change.plan.plan import Plan
    from ksz_netops.change.workflow import Authoring, Workspace


Hubs = Annotated[list[str], typer.Option("--hub", help="Only this hub; may be repeated.")]
Partners = Annotated[
    list[str], typer.Option("--partner", help="Only this partner; may be repeated.")
]
Kept = Annotated[
    Path | None,
    typer.Option("--record", help="Folder of the record; `record` of the inventory where absent."),
]
ExpectRemoval = Annotated[
    list[str],
    typer.Option("--expect-removal", help="Partner that the change may take off; may be repeated."),
]
Output = Annotated[Path, typer.Option("--output", "-o", help="File for the plan.")]
Markdown = Annotated[Path | None, typer.Option(help="File for the plan as Markdown; - prints it.")]
Key = Annotated[
    Path | None,
    typer.Option(help="SSH key of the author, who signs the plan's authorship with it."),
]
Author = Annotated[
    str | None, typer.Option(help="Author's name; with --key, whom the key vouches for.")
]
ValidFor = Annotated[int, typer.Option(min=1, max=24 * 31, help="Hours for which it is valid.")]
Revert = Annotated[
    int,
    typer.Option(min=20, max=3600, help="Seconds after which a hub undoes what nobody confirmed."),
]
PlanFile = Annotated[Path, typer.Argument(help="The plan, its signatures beside it.")]

_INVENTORY: Final = Path("inventory")
_PLAN: Final = Path("plan.json")
_REFUSED: Final = 3
_PENDING: Final = 2


def register(app: typer.Typer) -> None:
    """Adds the commands to *app*."""
    app.command()(plan)
    app.command()(approve)
    app.command("verify-plan")(verify_plan)
    app.command()(apply)
    app.command()(recover)
    app.command()(revert)


def plan(
    inventory: Inventory = _INVENTORY,
    output: Output = _PLAN,
    hub: Hubs = [],  # noqa: B006 - Typer's default for a repeated option, never changed
    partner: Partners = [],  # noqa: B006 - as above
    markdown: Markdown = None,
    author: Author = None,
    key: Key = None,
    purpose: Annotated[str, typer.Option(help="What it is for, such as a ticket.")] = "",
    valid_for_h: ValidFor = 24,
    expect_removal: ExpectRemoval = [],  # noqa: B006 - as above
    record: Kept = None,
    form: Format = Form.TEXT,
    vault_password_file: PasswordFile = None,
) -> None:
    """Writes down what will be done to the hubs, to be approved and applied as it is.

    Exit code 0: nothing to do; 2: the plan waits for approval; 1 or 3: no plan could be made.
    """
    from ksz_netops.change.reading import Scope

    workspace = open_workspace(inventory, record, vault_password_file)
    authoring = _authoring(inventory, author, key, purpose, valid_for_h)
    scope = Scope(hubs=tuple(hub), partners=tuple(partner), expected_removals=tuple(expect_removal))
    _hand_over(workspace.plan(authoring, scope), output, markdown, key, form)


def revert(
    entry: Annotated[int, typer.Argument(help="Number of the change in the record.")],
    inventory: Inventory = _INVENTORY,
    output: Output = _PLAN,
    markdown: Markdown = None,
    author: Author = None,
    key: Key = None,
    valid_for_h: ValidFor = 24,
    record: Kept = None,
    form: Format = Form.TEXT,
    vault_password_file: PasswordFile = None,
) -> None:
    """Makes a plan that undoes a change of the record; it is approved and applied like any other.

    Exit codes as of `plan`. The inventory still asks for the change until it is reverted there too.
    """
    workspace = open_workspace(inventory, record, vault_password_file)
    authoring = _authoring(inventory, author, key, f"revert of {entry}", valid_for_h)
    _hand_over(workspace.revert(entry, authoring), output, markdown, key, form)


def approve(
    plan: PlanFile,
    key: Annotated[Path, typer.Option(help="Your SSH key, or the public one of your agent's.")],
    inventory: Inventory = _INVENTORY,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    record: Kept = None,
) -> None:
    """Shows what a plan does, computed from its data, and signs it.

    Who gains and loses what comes first. A plan that does not follow from the inventory is refused.
    """
    from ksz_netops.change.approval.admission import APPROVAL, doubts, own_approval
    from ksz_netops.change.approval.files import author_of, read_plan_file, sign_beside
    from ksz_netops.change.approval.inputs import admission_inputs
    from ksz_netops.change.plan.plan import read_plan
    from ksz_netops.change.record.chain import FOLDER, Record
    from ksz_netops.inventory.load import load_intent

    raw = read_plan_file(plan)
    read = read_plan(raw)
    name = author_of(inventory, None, key)
    if name == read.author:
        raise RefusedError(own_approval(name))
    intent = load_intent(inventory)
    kept = Record(record or inventory / FOLDER)
    inputs = admission_inputs(inventory, intent, kept)
    if record is None and not kept.file.exists():
        typer.echo("the record is not here: the run compares it with the plan", err=True)
        inputs = replace(inputs, leads_through=lambda _: True)
    problems = list(doubts(read, inputs))
    if problems:
        raise RefusedError(problems)
    _show(read, {partner.id: partner.name for partner in intent.partners}, commands=True)
    if not yes and sys.stdin.isatty():
        typer.confirm(f"Approve it as {name}?", abort=True)
    beside = sign_beside(plan, raw, key=key, name=name, namespace=APPROVAL)
    typer.echo(f"signed: {beside}", err=True)


def verify_plan(
    plan: PlanFile,
    inventory: Inventory = _INVENTORY,
    record: Kept = None,
    form: Format = Form.TEXT,
    vault_password_file: PasswordFile = None,
) -> None:
    """Says whether a plan might be applied at this moment, and by whose approval.

    Exit code 0: it might; 3: it is refused, with every reason.
    """
    workspace = open_workspace(inventory, record, vault_password_file)
    try:
        admitted = workspace.admitted(plan, datetime.now(UTC))
    except RefusedError as error:
        if form is Form.JSON:
            reasons = [str(each) for each in error.problems]
            typer.echo(json.dumps({"admitted": False, "problems": reasons}))
            raise typer.Exit(_REFUSED) from error
        raise
    approvers = [each.principal for each in admitted.approvals]
    if form is Form.JSON:
        said = {"admitted": True, "plan": admitted.plan.digest, "approvers": approvers}
        typer.echo(json.dumps(said))
        return
    _show(admitted.plan, {each.id: each.name for each in workspace.intent.partners})
    typer.echo(f"approved by {', '.join(approvers)}; it may be applied now")


def apply(
    plan: PlanFile,
    inventory: Inventory = _INVENTORY,
    revert_in_s: Revert = 120,
    record: Kept = None,
    form: Format = Form.TEXT,
    vault_password_file: PasswordFile = None,
) -> None:
    """Applies an approved plan to all its hubs, or to none.

    Exit code 0: all hold it; 3: refused or busy, nothing was touched; 1: a hub could not be
    prepared, nothing was touched; 4: all were rolled back; 5: see `recover`.
    """
    workspace = open_workspace(inventory, record, vault_password_file)
    settings = run_settings(workspace, revert_in_s, quiet=form is Form.JSON)
    _end(workspace.apply(plan, now=lambda: datetime.now(UTC), settings=settings), form)


def recover(
    inventory: Inventory = _INVENTORY,
    revert_in_s: Revert = 120,
    record: Kept = None,
    form: Format = Form.TEXT,
    vault_password_file: PasswordFile = None,
) -> None:
    """Recovers an interrupted run: rolls its hubs forward or back, and says what each holds.

    Exit code 0: every run has ended, or all hold the new state now; 4: all hold the old one; 5:
    a hub is still not known.
    """
    workspace = open_workspace(inventory, record, vault_password_file)
    settings = run_settings(workspace, revert_in_s, quiet=form is Form.JSON)
    result = workspace.recover(now=lambda: datetime.now(UTC), settings=settings)
    if result is None:
        typer.echo(
            json.dumps({"end": "nothing to recover"})
            if form is Form.JSON
            else "every run has ended"
        )
        return
    _end(result, form)


def open_workspace(inventory: Path, record: Path | None, password_file: Path | None) -> Workspace:
    """The inventory with its vault and its record.

    Raises:
        KszError: If the inventory is wrong or the vault cannot be opened.
    """
    from ksz_netops.change.workflow import Workspace

    return Workspace.open(inventory, record=record, password_file=password_file)


def _authoring(
    inventory: Path, author: str | None, key: Path | None, purpose: str, valid_for_h: int
) -> Authoring:
    from ksz_netops.change.approval.files import author_of
    from ksz_netops.change.workflow import Authoring

    return Authoring(
        author=author_of(inventory, author, key),
        now=datetime.now(UTC),
        valid_for=timedelta(hours=valid_for_h),
        purpose=purpose,
    )


def _hand_over(
    made: Plan, output: Path, markdown: Path | None, key: Path | None, form: Form
) -> None:
    from ksz_netops.change.approval.files import write_plan
    from ksz_netops.change.plan.markdown import markdown as as_markdown

    write_plan(output, made, key=key)
    if markdown is not None and str(markdown) == "-":
        typer.echo(as_markdown(made), nl=False)
    else:
        if markdown is not None:
            replace_file(markdown, as_markdown(made), mode=READABLE)
        if form is Form.JSON:
            typer.echo(json.dumps(_as_json(made), indent=2, ensure_ascii=False))
        else:
            _show(made, {})
    if made.hubs:
        raise typer.Exit(_PENDING)


def _as_json(made: Plan) -> dict[str, Any]:
    """What *made* does, computed from its data, as JSON types."""
    from ksz_netops.change.plan.view import access_lines, reach_line, views_of

    return {
        "plan": made.digest if made.hubs else None,
        "author": made.author,
        "hubs": [
            {
                "hub": view.hub,
                "access": list(access_lines(view, {})),
                "reach": reach_line(view.reach),
                "changes": list(view.changes),
                "commands": len(view.commands),
            }
            for view in views_of(made)
        ],
    }


def _show(made: Plan, names: Mapping[str, str], *, commands: bool = False) -> None:
    """Prints what *made* does, computed from its data; who gains and loses what comes first."""
    from ksz_netops.change.plan.view import access_lines, reach_line, views_of

    if not made.hubs:
        typer.echo("every hub in scope holds what it must; nothing was written")
        return
    views = views_of(made)
    for view in views:
        for line in access_lines(view, names):
            typer.echo(_printable(f"{view.hub}: {line}"))
    for view in views:
        typer.echo(f"{view.hub}: {reach_line(view.reach)}")
        for line in view.changes:
            typer.echo(_printable(f"  {line}"))
        if commands:
            typer.echo(f"{view.hub}: {len(view.commands)} commands, in their order")
            for line in (*view.commands, *(f"safe: {reason}" for reason in view.safety)):
                typer.echo(_printable(f"  {line}"))
    typer.echo(f"plan {made.digest} of {made.author}")


def _printable(text: str) -> str:
    """*text* without anything that a terminal would obey."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def run_settings(workspace: Workspace, revert_in_s: int, *, quiet: bool = False) -> RunSettings:
    """What a run works with; its steps are printed, to the error output where *quiet*."""
    from ksz_netops.change.fleet.settings import RunSettings

    def tell(line: str) -> None:
        typer.echo(line, err=quiet)

    return RunSettings(reveal=workspace.vault.reveal, revert_in_s=revert_in_s, tell=tell)


def _end(result: Result, form: Form) -> None:
    if form is Form.JSON:
        typer.echo(json.dumps(result.as_json()))
    else:
        ends = {
            "done": "done: all hubs hold what was planned",
            "undone": "undone: all hubs hold what they held before",
            "in part": "in part: some hubs hold what was planned, the others what they held before",
            "unknown": "unknown: the hubs may not be alike; run `ksz-netops recover`",
        }
        problems = (*result.problems, *(each for hub in result.ends for each in hub.problems))
        for problem in dict.fromkeys(problems):
            typer.echo(f"  {problem}", err=True)
        typer.echo(ends[result.end])
        if not result.is_recorded:
            typer.echo("the end is not in the record: free space, then run `ksz-netops recover`")
        typer.echo(f"record {result.record}")
    raise typer.Exit(result.exit_code)
