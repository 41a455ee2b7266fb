"""`ksz-netops handover`: the folder that a partner's engineer receives."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ksz_netops.errors import IntentError, Problem
from ksz_netops.handover.equipment import EQUIPMENT, Surroundings, port_called
from ksz_netops.handover.facts import gather
from ksz_netops.handover.pack import assemble, write
from ksz_netops.handover.texts import LANGUAGES
from ksz_netops.intent.calendar import BRUSSELS
from ksz_netops.intent.words import suggestion
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.vault import Vault
from ksz_netops.state.addresses import read_network

if TYPE_CHECKING:
    from ksz_netops.state.resources import IPNetwork

_DEFAULT: Final = Path("inventory")
_OUTPUT: Final = Path("handover")


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(handover)


def handover(
    partner: Annotated[str, typer.Argument(help="Its id, P00012.")],
    lang: Annotated[
        list[str] | None,
        typer.Option(help=f"{', '.join(LANGUAGES)}; those of its helpdesk where absent."),
    ] = None,
    equipment: Annotated[
        str | None, typer.Option(help=f"Its gateway: {', '.join(EQUIPMENT)}.")
    ] = None,
    outside: Annotated[str, typer.Option(help="Its port towards the internet.")] = "OUTSIDE",
    inside: Annotated[str, typer.Option(help="Its port towards its own network.")] = "INSIDE",
    lan: Annotated[str | None, typer.Option(help="Its own addresses, as a prefix.")] = None,
    pdf: Annotated[bool, typer.Option(help="Write a PDF beside the Markdown.")] = True,
    output: Annotated[Path, typer.Option(help="Folder for the packs.")] = _OUTPUT,
    inventory: Annotated[Path, typer.Option(help="Folder of the inventory.")] = _DEFAULT,
    vault_password_file: Annotated[
        Path | None,
        typer.Option(envvar="ANSIBLE_VAULT_PASSWORD_FILE", help="The vault's password file."),
    ] = None,
) -> None:
    """Writes what the partner's engineer needs: values, configuration, test plan.

    No file holds a key. The pack shows its fingerprint; the key goes by another channel.
    """
    today = datetime.now(tz=UTC).astimezone(BRUSSELS).date()
    facts = gather(
        load_intent(inventory),
        partner,
        secrets=Vault.open(inventory, vault_password_file).secrets(),
        on=today,
    )
    pack = assemble(
        facts,
        languages=_languages(lang or [str(each) for each in facts.helpdesk.languages]),
        on=today,
        equipment=equipment,
        around=Surroundings(
            outside=port_called(outside), inside=port_called(inside), lan=_prefix(lan)
        ),
        with_pdf=pdf,
    )
    folder = output / partner
    for name in write(pack, folder):
        typer.echo(folder / name)


def _languages(given: list[str]) -> tuple[str, ...]:
    unknown = [each for each in given if each not in LANGUAGES]
    if unknown:
        raise IntentError(
            Problem(
                code="KSZ115",
                what=f"language '{unknown[0]}' is not known",
                fix=suggestion(unknown[0], LANGUAGES),
            )
        )
    return tuple(dict.fromkeys(given))


def _prefix(text: str | None) -> IPNetwork | None:
    if text is None:
        return None
    try:
        return read_network(text)
    except ValueError as error:
        raise IntentError(
            Problem(code="KSZ107", what=f"--lan: {error}", fix="write it as 10.0.0.0/8")
        ) from error
