"""Prints the document: each part by itself, so that one that fails takes no other with it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.platforms.linux.on_hub.look import accounts, charon, files, ground, tools

if TYPE_CHECKING:
    from collections.abc import Callable

RUN: Final = Path("/run/ksz")
DISK: Final = Path("/etc/ksz")
AGENT: Final = Path("/usr/local/lib/ksz-netops/agent")
PARTS: Final[dict[str, Callable[[], Any]]] = {
    "agent": lambda: files.digest(AGENT),
    "pending": lambda: files.pending(RUN / "pending.json"),
    "running": lambda: files.generation(RUN / "running"),
    "startup": lambda: files.generation(DISK / "startup"),
    "watch": lambda: files.watch(RUN / "ways.json"),
    "accounts": accounts.accounts,
    "orphan_keys": accounts.orphan_keys,
    "sshd_exceptions": accounts.exceptions,
    "sshd_daemon": accounts.daemon,
    "strongswan": files.strongswan,
    "settings_are_younger": charon.settings_are_younger,
    "settings": ground.settings,
    "boot": ground.boot,
    "ways": ground.ways,
}
TOOLS: Final[dict[str, Callable[[], dict[str, tools.Answer]]]] = {
    "kernel": tools.kernel,
    "charon": charon.answers,
    "ground": ground.neighbours,
    "sshd": accounts.configuration,
}


def main() -> None:
    """Prints the value of each part; of one that failed None, and why in `failed`."""
    os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    failed: dict[str, str] = {}
    document = {name: _told(name, part, failed) for name, part in PARTS.items()}
    answers: dict[str, tools.Answer] = {}
    for name, part in TOOLS.items():
        answers |= _told(name, part, failed) or {}
    sys.stdout.write(json.dumps({**document, "tools": answers, "failed": failed}))


def _told(name: str, part: Callable[[], Any], failed: dict[str, str]) -> Any:  # noqa: ANN401 - any part's value
    try:
        return part()
    except Exception as error:  # noqa: BLE001 - whatever one part meets, the others are told
        failed[name] = f"{type(error).__name__}: {error}"
        return None


if __name__ == "__main__":
    main()
