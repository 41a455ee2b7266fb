"""How each hub of an inventory is reached, also where other files of it are wrong."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from ksz_netops.errors import IntentError
from ksz_netops.intent.models import Hub
from ksz_netops.intent.reading.source import read
from ksz_netops.platforms import Target

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_KEY: Final = "ksz_hub"
_UNQUOTABLE: Final = frozenset('"\\$\n\r')
"""What ssh gives a meaning inside of quotes."""


def targets(inventory: Path) -> Iterator[tuple[str, Target | None]]:
    """Every hub by name; None where its file does not say how it is reached.

    Such a hub is listed all the same, so that a playbook fails on it instead of leaving it out.
    """
    for path in sorted((inventory / "host_vars").glob("*.yml")):
        try:
            data = read(path, only=_KEY).data
            if _KEY not in data:
                continue
            hub = Hub.model_validate(data[_KEY])
        except (IntentError, ValidationError):
            yield path.stem, None
            continue
        management = hub.management
        yield (
            path.stem,
            Target(
                name=path.stem,
                address=management.address,
                port=management.port,
                user=management.user,
                private_key=inventory / management.private_key,
                known_hosts=inventory / management.known_hosts,
            ),
        )


def ssh_arguments(target: Target) -> str | None:
    """The arguments by which ssh trusts the hub's known keys alone; None where it cannot be said.

    They are split as a shell does, and then ssh reads its own quotes and percent signs.
    """
    path = str(target.known_hosts)
    if _UNQUOTABLE & set(path):
        return None
    known = f'UserKnownHostsFile="{path.replace("%", "%%")}"'
    return shlex.join(["-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=yes", "-o", known])
