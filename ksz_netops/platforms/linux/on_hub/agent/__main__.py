"""The agent's command line.

    agent offer < SEAL                                     what the hub lacks of a generation
    agent commit ID --base ID --revert-in S < CHANGE       make the change, armed
    agent confirm ID                                       keep it, also over a restart
    agent rollback ID                                      undo it now
    agent restore                                          back to what is confirmed (at boot)
    agent refresh                                          what runs, once more
    agent sweep                                            undo what is overdue
    agent status                                           what the hub holds
    agent watch-ways                                       move routes off dead ways, for ever

Each prints one line of JSON. Exit codes: 0 done, 1 refused or restored, 4 closed, 75 busy.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.platforms.linux.on_hub.agent import (
    converge,
    files,
    generations,
    status,
    transaction,
    watchdog,
    ways,
)
from ksz_netops.platforms.linux.on_hub.agent.converge import Ended, State
from ksz_netops.platforms.linux.on_hub.agent.files import BusyError
from ksz_netops.platforms.linux.on_hub.agent.generations import DamagedError
from ksz_netops.platforms.linux.on_hub.agent.hub import Hub
from ksz_netops.platforms.linux.on_hub.agent.transaction import Offer, RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ksz_netops.platforms.linux.on_hub.agent.transaction import Arm

DONE, REFUSED, CLOSED, BUSY = 0, 1, 4, 75
_BOOT_WAIT_S: Final = 60


def main(argv: Sequence[str] | None = None, hub: Hub | None = None, arm: Arm = watchdog.arm) -> int:
    """Reads the command line and does what it asks for.

    Args:
        argv: The words of the command line; by default those of this process.
        hub: The hub; by default the box on which this runs.
        arm: Starts the process that waits for the deadline of a commit.
    """
    given = _parser().parse_args(argv)
    hub = hub or Hub()
    os.umask(0o077)
    os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    for store in (hub.running, hub.confirmed):
        # Where they cannot be made, the way back needs them not, and a commit says so.
        with contextlib.suppress(OSError):
            os.makedirs(store.root / "generations", 0o700, exist_ok=True)  # noqa: PTH103
    try:
        return _do(hub, given, arm)
    except BusyError as error:
        return _tell(BUSY, {"state": "busy", "failures": [str(error)]})
    except (RefusedError, DamagedError, OSError) as error:
        return _tell(REFUSED, {"state": "refused", "failures": [files.reason(error)]})


def _do(hub: Hub, given: argparse.Namespace, arm: Arm) -> int:  # noqa: PLR0911 - one for each command
    match given.command:
        case "offer":
            seal = sys.stdin.buffer.read()
            return _tell(DONE, {"lacking": transaction.lacking(hub, seal)})
        case "commit" | "confirm" | "rollback":
            return _change(hub, given, arm)
        case "restore" | "refresh":
            with files.locked(hub.places.run, wait_s=_BOOT_WAIT_S):
                if given.command == "refresh":
                    watchdog.expire(hub)
                    return _ended(converge.refresh(hub), State.CONFIRMED)
                restored = converge.restore(hub)
                # At boot, ports and daemons are not there yet; a refresh comes after.
                code = _ended(restored, State.CONFIRMED)
                return DONE if restored.state is State.CONFIRMED else code
        case "sweep":
            undone = watchdog.undo_overdue(hub)
            for store in (hub.running, hub.confirmed):
                generations.sweep(store)
            return _ended(undone, State.CONFIRMED) if undone else _tell(DONE, {"state": "nothing"})
        case "watch-ways":
            ways.watch(hub)
            return DONE
        case _:
            return _tell(DONE, status.status(hub))


def _change(hub: Hub, given: argparse.Namespace, arm: Arm) -> int:
    if given.command == "commit":
        document = sys.stdin.buffer.read()
        offer = Offer.read(given.generation, given.base, given.revert_in, document)
        ended, notes = transaction.commit(hub, offer, arm)
        return _ended(ended, State.PENDING, notes)
    act = transaction.confirm if given.command == "confirm" else transaction.rollback
    return _ended(act(hub, given.generation), State.CONFIRMED)


def _ended(ended: Ended, wanted: State, notes: Sequence[str] = ()) -> int:
    """Says how it ended; an empty hub that is closed is as it should be."""
    document = {**asdict(ended), "notes": list(notes)}
    if ended.state is State.CLOSED and ended.failures:
        return _tell(CLOSED, document)
    is_done = ended.state in {wanted, State.CLOSED, State.PENDING} and not ended.failures
    return _tell(DONE if is_done else REFUSED, document)


def _tell(code: int, document: dict[str, Any]) -> int:
    """Answers whoever called, if they still listen."""
    with contextlib.suppress(OSError):
        for failure in document.get("failures", ()):
            sys.stderr.write(f"{failure}\n")
        sys.stdout.write(f"{json.dumps(document)}\n")
        sys.stdout.flush()
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="agent", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commit = commands.add_parser("commit")
    commit.add_argument("generation")
    commit.add_argument("--base", required=True)
    commit.add_argument("--revert-in", type=float, required=True)
    for name in ("confirm", "rollback"):
        commands.add_parser(name).add_argument("generation")
    for name in ("offer", "restore", "refresh", "sweep", "status", "watch-ways"):
        commands.add_parser(name)
    return parser


if __name__ == "__main__":
    sys.exit(main())
