"""`ksz-netops partner new`: asks for a partner and writes its file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from ksz_netops.borders.files import READABLE, replace_file
from ksz_netops.errors import IntentError
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.onboarding.interview import Interview, Question
from ksz_netops.inventory.onboarding.proposals import Newcomer, written

_DEFAULT: Final = Path("inventory")


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    partner = typer.Typer(no_args_is_help=True, help="Files of partners.")
    partner.command(name="new")(_new)
    partner.callback()(lambda: None)
    app.add_typer(partner, name="partner")


class _Terminal:
    """Asks the person at the keyboard."""

    def __init__(self) -> None:
        self._explained: set[str] = set()

    def ask(self, question: Question) -> str:
        if question.explanation and question.explanation not in self._explained:
            self._explained.add(question.explanation)
            typer.secho(f"  {question.explanation}", dim=True)
        name = ".".join(question.path)
        choices = f" ({', '.join(question.choices)})" if question.choices else ""
        optional = " (nothing leaves it out)" if question.optional and not question.proposal else ""
        answer: str = typer.prompt(
            f"{name}{choices}{optional}",
            default=question.proposal,
            show_default=bool(question.proposal),
        )
        return answer

    def refuse(self, why: str) -> None:
        typer.secho(f"  ! {why}", fg="yellow")


def _new(
    inventory: Annotated[Path, typer.Option(help="Folder of the inventory.")] = _DEFAULT,
) -> None:
    """Asks what a partner's file must say and writes it, commented, once the inventory accepts it.

    What is free is proposed: the next id, link addresses, attachments. Rare keys are left to be
    added by hand.
    """
    interview = Interview(respondent=_Terminal(), knowledge=Newcomer(load_intent(inventory)))
    answers = interview.partner()
    path = inventory / "partners" / f"{answers['id']}.yml"
    if path.exists():
        typer.echo(f"{path} exists already; nothing was written")
        raise typer.Exit(1)
    replace_file(path, written(answers, interview.explanations), mode=READABLE)
    try:
        load_intent(inventory)
    except IntentError:
        draft = path.with_suffix(".draft")
        path.rename(draft)
        typer.echo(f"The inventory does not accept it yet; the answers are in {draft}:")
        raise
    typer.echo(f"{path} is written and valid.")
