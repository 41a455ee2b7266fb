"""`ksz-netops advise`: which connection method fits a partner who is not connected yet."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from ksz_netops.cli.options import Form, Format
from ksz_netops.errors import IntentError, Problem
from ksz_netops.intent.calendar import BRUSSELS
from ksz_netops.intent.note.advice import Answers, Need, advise
from ksz_netops.intent.note.catalogue import PRIVATE_NETWORKS
from ksz_netops.intent.words import suggestion
from ksz_netops.methods import METHODS

if TYPE_CHECKING:
    from ksz_netops.intent.note.advice import Advice


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(name="advise")(_advise)


def _advise(
    volume_kbps: Annotated[
        int | None,
        typer.Option(min=1, help="Peak traffic in kbit/s; leave out where only files travel."),
    ] = None,
    availability: Annotated[Need, typer.Option(help="How badly an outage hurts.")] = Need.MEDIUM,
    budget: Annotated[Need, typer.Option(help="What may be spent.")] = Need.MEDIUM,
    in_brussels: Annotated[
        bool, typer.Option(help="The connection stays in the Brussels-Capital Region.")
    ] = True,
    has_explore: Annotated[bool, typer.Option(help="The partner has Explore already.")] = False,
    explore_for_others: Annotated[
        bool, typer.Option(help="Explore would also serve other projects.")
    ] = False,
    network: Annotated[
        list[str] | None,
        typer.Option(help=f"A private network it is a member of: {', '.join(PRIVATE_NETWORKS)}."),
    ] = None,
    operator: Annotated[
        str | None, typer.Option(help="The operator it would order a line from.")
    ] = None,
    broadband: Annotated[bool, typer.Option(help="It has broadband.")] = True,
    ipsec: Annotated[bool, typer.Option(help="It has equipment that speaks IPsec.")] = True,
    helpdesk: Annotated[bool, typer.Option(help="It has a helpdesk.")] = True,
    form: Format = Form.TEXT,
) -> None:
    """Ranks the connection methods for a partner, with the sentence of the note behind each reason.

    The answers are options; what is left out is taken as the most common case.
    """
    for name in network or ():
        if name not in PRIVATE_NETWORKS:
            what = f"private network '{name}' has no interconnect with the extranet"
            fix = suggestion(name, PRIVATE_NETWORKS)
            raise IntentError(Problem(code="KSZ154", what=what, fix=fix))
    answers = Answers(
        volume_kbps=volume_kbps,
        availability=availability,
        budget=budget,
        in_brussels=in_brussels,
        has_explore=has_explore,
        explore_for_others=explore_for_others,
        networks=tuple(network or ()),
        operator=operator,
        broadband=broadband,
        ipsec_equipment=ipsec,
        has_helpdesk=helpdesk,
    )
    advice = advise(answers, datetime.now(tz=UTC).astimezone(BRUSSELS).date())
    if form is Form.JSON:
        typer.echo(json.dumps([asdict(each) for each in advice], default=_plain, indent=2))
    else:
        _show(advice)


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    message = f"not a value of an advice: {value!r}"
    raise TypeError(message)


def _show(advice: tuple[Advice, ...]) -> None:
    console = Console()
    table = Table("", "method", "why", "the note says", "earliest", title="Connection methods")
    for each in advice:
        title = METHODS[each.method].title
        for index, reason in enumerate(each.reasons):
            first = index == 0
            table.add_row(
                (str(each.rank) if each.fits else "no") if first else "",
                title if first else "",
                reason.why,
                reason.sentence,
                (each.earliest.isoformat() if each.fits and each.earliest else "") if first else "",
                style=None if each.fits else "dim",
            )
        table.add_section()
    console.print(table)
    best = advice[0]
    if not best.fits:
        console.print("No method fits as it stands.")
        return
    console.print(f"Still to do for {METHODS[best.method].title}:")
    for reason in best.unmet:
        console.print(f"  - {reason.why}")
