"""What the IKE daemon has loaded and does, asked over its control socket.

A daemon that hangs is asked once; all further questions are taken for unanswered.
"""

from __future__ import annotations

import json
import os
import re
import socket
import struct
from pathlib import Path
from typing import Final

from ksz_netops.platforms.linux.on_hub.look import files
from ksz_netops.platforms.linux.on_hub.look.tools import DAEMON_LIMIT_S, TIMED_OUT, Answer, tool

SOCKET: Final = Path("/run/charon.vici")
QUESTIONS: Final = {
    "stats": ("swanctl", "--stats", "--raw"),
    "connections": ("swanctl", "--list-conns", "--raw"),
    "associations": ("swanctl", "--list-sas", "--raw"),
}
PID: Final = Path("/run/charon.pid")
_SLACK_S: Final = 2
"""The kernel tells its own start in whole seconds."""
_REQUEST, _RESPONSE, _ITEM = 0, 1, 5
_MOST: Final = 16 * 1024**2


def answers() -> dict[str, Answer]:
    """The answers of the daemon; none where there is no socket of one."""
    if not SOCKET.is_socket():
        return {}
    found: dict[str, Answer] = {"shared keys": shared_keys(SOCKET)}
    silent = found["shared keys"] if found["shared keys"]["code"] == TIMED_OUT else None
    for name, argv in QUESTIONS.items():
        found[name] = silent or tool(*argv, limit_s=DAEMON_LIMIT_S)
        if found[name]["code"] == TIMED_OUT:
            silent = found[name]
    return found


def settings_are_younger() -> bool:
    """Whether a file with the daemon's settings changed after it had started; False without one."""
    try:
        stat = Path("/proc", PID.read_text().strip(), "stat").read_text()
        boot = re.search(r"^btime (\d+)$", Path("/proc/stat").read_text(), re.MULTILINE)
    except OSError:
        return False
    if boot is None:
        return False
    # The name of the program, in parentheses, may hold anything.
    ticks = int(stat.rpartition(")")[2].split()[19])
    started = int(boot[1]) + ticks / os.sysconf("SC_CLK_TCK")
    changed = [path.stat().st_ctime for path in files.settings() if path.exists()]
    return max(changed, default=0) > started + _SLACK_S


def shared_keys(path: Path) -> Answer:
    """The names of all shared keys that were loaded, as JSON; swanctl has no word for them."""
    name = b"get-shared"
    request = bytes([_REQUEST, len(name)]) + name
    try:
        with socket.socket(socket.AF_UNIX) as vici:
            vici.settimeout(DAEMON_LIMIT_S)
            vici.connect(str(path))
            vici.sendall(struct.pack("!I", len(request)) + request)
            (length,) = struct.unpack("!I", _exactly(vici, 4))
            body = _exactly(vici, min(length, _MOST))
    except TimeoutError:
        return {"code": TIMED_OUT, "out": "", "err": f"no answer within {DAEMON_LIMIT_S} s"}
    except OSError as error:
        return {"code": 1, "out": "", "err": str(error)}
    if body[:1] != bytes([_RESPONSE]):
        return {"code": 1, "out": "", "err": "the IKE daemon does not know get-shared"}
    return {"code": 0, "out": json.dumps(_items(body[1:])) + "\n", "err": ""}


def _exactly(vici: socket.socket, length: int) -> bytes:
    received = b""
    while len(received) < length:
        part = vici.recv(length - len(received))
        if not part:
            message = "the IKE daemon ended the session"
            raise ConnectionError(message)
        received += part
    return received


def _items(body: bytes) -> list[str]:
    """The items of the one list in *body*; whatever else it holds is left out."""
    found, at = [], 0
    widths = {1: (1,), 2: (), 3: (1, 2), 4: (1,), _ITEM: (2,), 6: ()}
    while at < len(body):
        kind, at = body[at], at + 1
        for width in widths[kind]:
            end = at + width + int.from_bytes(body[at : at + width], "big")
            text, at = body[at + width : end], end
            if kind == _ITEM:
                found.append(text.decode(errors="replace"))
    return found
