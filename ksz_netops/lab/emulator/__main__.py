"""`python -m ksz_netops.lab.emulator INVENTORY` runs its emulated routers."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from ksz_netops.errors import KszError
from ksz_netops.lab.emulator.station import Station


def main(
    inventory: Annotated[Path, typer.Argument(help="Folder of the inventory.")],
    vault_password_file: Annotated[
        Path | None, typer.Option(envvar="ANSIBLE_VAULT_PASSWORD_FILE")
    ] = None,
) -> None:
    """Runs every router of the inventory until it is interrupted; SIGHUP reads it again."""
    station = Station(
        inventory=inventory,
        today=lambda: datetime.now(ZoneInfo("Europe/Brussels")).date(),
        password_file=vault_password_file,
    )
    try:
        asyncio.run(_until_ended(station))
    except KszError as error:
        station.refused(error)
        print(error, file=sys.stderr)  # noqa: T201 - the program's own output
        sys.exit(error.exit_code)


async def _until_ended(station: Station) -> None:
    playing = asyncio.ensure_future(station.serve())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, playing.cancel)
    with suppress(asyncio.CancelledError):
        await playing


if __name__ == "__main__":
    typer.run(main)
