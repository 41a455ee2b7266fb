"""The steps of a commit: commands, and words that begin with `@`, which are done here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ksz_netops.platforms.linux.on_hub.agent import accounts, file_service, ours, stores, tunnels
from ksz_netops.platforms.linux.on_hub.agent.command import StepError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ksz_netops.platforms.linux.on_hub.agent.hub import Hub


def perform(hub: Hub, argv: Sequence[str], stdin: str) -> None:
    """Does one step.

    Raises:
        StepError: If it cannot be done.
        OSError: If a file cannot be written.
    """
    match list(argv):
        case ["@vlan", parent, port, number]:
            stores.make_vlan(hub, parent, port, number)
        case ["@tunnels", *names] if all(map(ours.is_connection, names)):
            tunnels.load(hub, names)
        case ["@account", name, uid, gecos] if ours.is_account(name):
            accounts.add(hub, name, uid, gecos)
        case ["@account-gone", name]:
            accounts.remove(hub, name)
        case ["@keys", name] if ours.is_account(name):
            accounts.write_keys(hub, name, stdin)
        case ["@directories", name, *directories] if ours.is_account(name):
            accounts.make_directories(hub, name, directories)
        case ["@file-service"]:
            file_service.tend(hub)
        case ["ip", "link", "set", "dev", *_] | ["ip" | "tc", "-batch", "-"] | ["nft", "-f", "-"]:
            hub.run(*argv, stdin=stdin)
        case _:
            message = f"a step that this agent does not know: {' '.join(argv[:1])}"
            raise StepError(message)
