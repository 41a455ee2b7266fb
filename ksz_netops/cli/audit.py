"""`ksz-netops audit`: what hubs hold and do, and whether that is as intended."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from ksz_netops.cli.change import Kept  # noqa: TC001 - Typer reads it
from ksz_netops.cli.options import Inventory, PasswordFile  # noqa: TC001 - Typer reads them
from ksz_netops.intent.calendar import BRUSSELS
from ksz_netops.inventory.load import load_intent


class Format(StrEnum):
    """How an audit is reported."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    OPENMETRICS = "openmetrics"
    CSV = "csv"
    NAPALM = "napalm"
    HTML = "html"


Hubs = Annotated[
    list[str], typer.Option("--hub", "--limit", help="Only this hub; may be repeated.")
]
_INVENTORY: Final = Path("inventory")


def register(app: typer.Typer) -> None:
    """Adds the commands to *app*."""
    app.command()(audit)


def audit(
    inventory: Inventory = _INVENTORY,
    hub: Hubs = [],  # noqa: B006 - Typer's default for a repeated option, never changed
    partner: Annotated[list[str], typer.Option(help="Only this partner; may be repeated.")] = [],  # noqa: B006 - as above
    check_id: Annotated[list[str], typer.Option(help="Only this check; may be repeated.")] = [],  # noqa: B006 - as above
    form: Annotated[Format, typer.Option("--format", help="How it is reported.")] = Format.TEXT,
    output: Annotated[Path | None, typer.Option(help="File for the report.")] = None,
    report: Annotated[
        list[Path],
        typer.Option(help="One more report; the end of its name says the format. Repeatable."),
    ] = [],  # noqa: B006 - as above
    history: Annotated[
        Path | None, typer.Option(help="History that the audit is added to.")
    ] = None,
    details: Annotated[
        bool, typer.Option("--details", help="Tell every finding in full, and draw every row.")
    ] = False,
    record: Kept = None,
    vault_password_file: PasswordFile = None,
) -> None:
    """Asks every hub what it holds and does, and judges it.

    Ctrl-C ends it with what was judged until then; the other hubs are unknown.

    Exit code 0: all compliant, or waived by signature;
    2: something is violated or unknown; 1: an error in use.
    """
    # Ansible's vault and Rich are slow to import, and only this needs them.
    from rich.console import Console  # noqa: PLC0415 - reason above

    from ksz_netops.change.record.emergencies import (  # noqa: PLC0415 - reason above
        open_emergencies,
    )
    from ksz_netops.compliance.audit import audit as run  # noqa: PLC0415 - reason above
    from ksz_netops.compliance.report.as_text import write  # noqa: PLC0415 - reason above
    from ksz_netops.compliance.report.names import Names  # noqa: PLC0415 - reason above
    from ksz_netops.compliance.report.progress import (  # noqa: PLC0415 - reason above
        shown_progress,
    )
    from ksz_netops.compliance.report.written import (  # noqa: PLC0415 - reason above
        form_of,
        former_counts,
        recorded,
        rendered,
        write_reports,
    )
    from ksz_netops.compliance.waivers import with_waivers  # noqa: PLC0415 - reason above
    from ksz_netops.inventory.vault import Vault  # noqa: PLC0415 - reason above

    forms = {file: str(form_of(file)) for file in report}
    intent = load_intent(inventory)
    with shown_progress() as progress:
        result = run(
            intent,
            inventory,
            secrets=Vault.open(inventory, vault_password_file).secrets(),
            at=datetime.now(BRUSSELS),
            hubs=hub,
            partners=partner,
            checks=check_id,
            former=former_counts(history),
            progress=progress,
        )
    result, refused = with_waivers(result, inventory)
    for problem in (*refused, *open_emergencies(inventory, record)):
        typer.echo(problem, err=True)
    whole = not (hub or partner or check_id or result.interrupted)
    background, unkept = recorded(result, history, whole=whole, names=Names.of(intent))
    if output is not None:
        forms[output] = str(form)
    write_reports(result, forms, background)
    if output is None and form is Format.TEXT:
        write(result, Console(), details=details)
    elif output is None:
        typer.echo(rendered(result, form, background), nl=False)
    if unkept is not None:
        raise unkept
    raise typer.Exit(result.exit_code)
