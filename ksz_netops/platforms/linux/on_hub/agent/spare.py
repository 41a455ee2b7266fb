"""Room on the disk for one more confirmation, so that a full disk keeps nobody's access open."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.linux.on_hub.agent import files, generations

if TYPE_CHECKING:
    from collections.abc import Callable

    from ksz_netops.platforms.linux.on_hub.agent.hub import Hub

_LEAST: Final = 256 * 1024
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def with_room(hub: Hub, act: Callable[[], None]) -> None:
    """Does *act*; where the disk is full, once more without old generations and the spare room.

    Raises:
        OSError: If it cannot be done even then.
    """
    try:
        act()
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        hub.say("the disk is full: its spare room is used")
        generations.prune(hub.confirmed, hub.confirmed.current(), older=0)
        files.remove(hub.places.spare)
        act()


def keep(hub: Hub, generation: str) -> None:
    """Sets room aside for twice what *generation* takes; never raises."""
    wanted = _LEAST + 2 * sum(
        path.stat().st_size for path in hub.confirmed.folder(generation).rglob("*")
    )
    with contextlib.suppress(OSError):
        if hub.places.spare.exists() and hub.places.spare.stat().st_size >= wanted:
            return
        descriptor = os.open(
            hub.places.spare, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600
        )
        try:
            os.posix_fallocate(descriptor, 0, wanted)
        finally:
            os.close(descriptor)
