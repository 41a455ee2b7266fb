"""A hub for the agent: its folders below a temporary root, a kernel that is a file, and faults.

An act that is killed runs in a process of its own. What must outlive it is on disk, as on a real
hub.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import shutil
import signal
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import gmtime
from typing import TYPE_CHECKING, Any

from ksz_netops.platforms.linux.on_hub.agent.__main__ import main
from ksz_netops.platforms.linux.on_hub.agent.command import StepError
from ksz_netops.platforms.linux.on_hub.agent.hub import Hub
from ksz_netops.platforms.linux.on_hub.agent.places import Places
from ksz_netops.platforms.linux.planning import generation

if TYPE_CHECKING:
    from collections.abc import Callable

CLOSED, GONE = "CLOSED", "GONE"
KILL = -1
TOKEN = "0a"  # noqa: S105 - no secret
REVERT_S = 60
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_CHANGES = ("write", "fsync", "replace", "symlink", "mkdir", "unlink", "rmdir", "link", "fchmod")


def table(name: str) -> str:
    """A filter that can be told from others."""
    return (
        "table inet ksz\ndelete table inet ksz\n"
        f"table inet ksz {{\n\tset holds_{name} {{\n\t\ttype ifname\n\t}}\n}}\n"
    )


def files(name: str) -> dict[str, str]:
    """A generation that holds *name*."""
    manifest = {
        "links": {},
        "routes": [{"line": f"route {name}", "prefix": name, "metric": 1}],
        "shapers": {},
        "accounts": {},
    }
    return {
        "statements": f"{name}\n",
        "table.nft": table(name),
        "manifest.json": json.dumps(manifest),
        "connections/KSZ-P00001-S1.conf": f"connection of {name}\n",
        "secrets/KSZ-P00001-S1.conf": f"secret of {name}\n",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong in one act."""

    at: int = 0
    """The how many-th change of a file, or command, it befalls; 0 for none."""
    number: int = errno.EIO
    """The error, or `KILL`."""
    on: str = "files"
    """`files` or `commands`."""
    lasts: bool = False
    """Whether all later ones fail as well."""
    tool: str = ""
    """A tool of which every call fails."""


@dataclass(slots=True)
class Told:
    """How an act ended."""

    code: int
    """The exit code; `KILL` where it was killed."""
    document: dict[str, Any] = field(default_factory=dict)
    changes: int = 0
    commands: int = 0


class World:
    """A hub below *root*."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.places = Places(root=root)
        self.kernel = root / "kernel.json"
        self.clock = root / "clock"
        for folder in ("run", "etc", "sys/class/net", "proc/sys/net/ipv6/conf/all"):
            (root / folder).mkdir(parents=True)
        (root / "proc/sys/net/ipv4").mkdir(parents=True)
        self.restart()
        self.names: dict[str, str] = {}

    def copy(self, root: Path) -> World:
        """The same hub once more."""
        other = World.__new__(World)
        shutil.copytree(self.root, root, symlinks=True)
        other.root, other.places = root, Places(root=root)
        other.kernel, other.clock = root / "kernel.json", root / "clock"
        other.names = dict(self.names)
        return other

    def restart(self) -> None:
        """Loses what a restart loses."""
        shutil.rmtree(self.places.run, ignore_errors=True)
        self.kernel.write_text(json.dumps({"filter": GONE, "fence": False}))
        self.clock.write_text("1000")
        for switch in self.places.forwarding:
            switch.write_text("0\n")

    # What a packet would find.

    @property
    def holds(self) -> str:
        """Whose filter decides; CLOSED also where nothing is forwarded at all."""
        forwards = any(each.read_text().strip() != "0" for each in self.places.forwarding)
        return str(json.loads(self.kernel.read_text())["filter"]) if forwards else CLOSED

    @property
    def is_open_to_all(self) -> bool:
        """Whether everything is forwarded."""
        state = json.loads(self.kernel.read_text())
        forwards = any(each.read_text().strip() != "0" for each in self.places.forwarding)
        return state["filter"] == GONE and not state["fence"] and forwards

    @property
    def startup(self) -> str | None:
        """What would come back at a restart, by the name that the test gave it."""
        with contextlib.suppress(OSError):
            name = self.places.startup.readlink().name
            return next(key for key, value in self.names.items() if value == name)
        return None

    @property
    def running(self) -> str | None:
        """The generation that runs, as a look at the hub tells it."""
        link = self.places.running
        return link.readlink().name if link.is_symlink() and link.is_dir() else None

    @property
    def pending(self) -> bool:
        return os.path.lexists(self.places.pending)

    def late(self) -> None:
        """Has the deadline pass."""
        self.clock.write_text(str(float(self.clock.read_text()) + 10 * REVERT_S))

    # Acts.

    def commit(self, name: str, fault: Fault | None = None, base: str | None = None) -> Told:
        """Commits the generation that holds *name*."""
        content = files(name)
        sealed = generation.seal(content)
        self.names[name] = generation.name(sealed, at=gmtime(0), token=TOKEN)
        document = {
            "seal": sealed,
            "files": content,
            "steps": [
                {"argv": ["ip", "-batch", "-"], "stdin": f"route {name}\n"},
                {"argv": ["nft", "-f", "-"], "stdin": table(name)},
                {"argv": ["ip", "-batch", "-"], "stdin": "gone\n"},
            ],
        }
        if base is None:
            base = self.running or "-"
        argv = ["commit", self.names[name], "--base", base, "--revert-in", str(REVERT_S)]
        return self.act(argv, json.dumps(document), fault)

    def confirm(self, name: str, fault: Fault | None = None) -> Told:
        return self.act(["confirm", self.names[name]], "", fault)

    def rollback(self, name: str, fault: Fault | None = None) -> Told:
        return self.act(["rollback", self.names[name]], "", fault)

    def timer(self) -> Told:
        """What `guard sweep` does: the fence, then the agent."""
        state = json.loads(self.kernel.read_text())
        state["fence"] = True
        state["filter"] = CLOSED if state["filter"] == GONE else state["filter"]
        self.kernel.write_text(json.dumps(state))
        return self.act(["sweep"])

    def act(self, argv: list[str], stdin: str = "", fault: Fault | None = None) -> Told:
        """Runs the agent in a process of its own."""
        fault = fault or Fault()
        if fault.number != KILL:
            return _play(self, argv, stdin, fault)
        child = os.fork()
        if child == 0:
            told = _play(self, argv, stdin, fault)
            (self.root / "answer.json").write_text(json.dumps(asdict(told)))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            return Told(code=KILL)
        return Told(**json.loads((self.root / "answer.json").read_text()))


class _Injector:
    """Counts what an act does and has one of it fail."""

    def __init__(self, world: World, fault: Fault) -> None:
        self.world, self.fault = world, fault
        self.changes = self.commands = 0

    def befall(self, number: int, on: str) -> None:
        fault = self.fault
        if fault.on != on or not fault.at:
            return
        if number == fault.at or (fault.lasts and number > fault.at):
            if fault.number == KILL:
                os.kill(os.getpid(), signal.SIGKILL)
            if on == "commands":
                message = "a tool: no answer within 60 s"
                raise StepError(message)
            raise OSError(fault.number, os.strerror(fault.number))

    def install(self) -> None:
        real_open = os.open

        def opened(path: object, flags: int, *rest: int, **named: int) -> int:
            if flags & _WRITING and str(path) != os.devnull:
                self.changes += 1
                self.befall(self.changes, "files")
            return real_open(path, flags, *rest, **named)  # type: ignore[call-overload]

        os.open = opened  # type: ignore[assignment]
        for name in _CHANGES:
            # Nothing here outlives the machine, so nothing need be forced onto a disk.
            real = (lambda _: None) if name == "fsync" else getattr(os, name)
            setattr(os, name, self._counted(real))

    def _counted(self, real: Callable[..., object]) -> Callable[..., object]:
        def changed(*arguments: object, **named: object) -> object:
            self.changes += 1
            self.befall(self.changes, "files")
            return real(*arguments, **named)

        return changed


class _Kernel:
    """The commands of a box, as far as the agent's law depends on them."""

    def __init__(self, injector: _Injector) -> None:
        self.injector, self.world = injector, injector.world

    def __call__(self, *argv: str, stdin: str = "", limit_s: float = 60) -> str:
        del limit_s
        self.injector.commands += 1
        self.injector.befall(self.injector.commands, "commands")
        if argv[0] == self.injector.fault.tool:
            message = f"{argv[0]}: it fails"
            raise StepError(message)
        state = json.loads(self.world.kernel.read_text())
        out = self._done(argv, stdin, state)
        # As a kernel does: nobody's disk is needed for it.
        scratch = self.world.kernel.with_suffix(".new")
        scratch.write_text(json.dumps(state))
        scratch.rename(self.world.kernel)
        return out

    def _done(self, argv: tuple[str, ...], stdin: str, state: dict[str, Any]) -> str:
        match argv:
            case ("sh", "-s", "fence"):
                state["fence"] = True
                state["filter"] = CLOSED if state["filter"] == GONE else state["filter"]
            case ("sh", "-s", "close"):
                state |= {"fence": True, "filter": CLOSED}
            case ("nft", "-c", "-f", path):
                _parsed(Path(path).read_text())
            case ("nft", "-f", "-"):
                state["filter"] = _parsed(stdin) or state["filter"]
            case ("nft", "-f", path):
                state["filter"] = _parsed(Path(path).read_text()) or state["filter"]
            case ("nft", *_):
                return _listed(state)
            case ("ip", "-j", *_):
                return "[]"
        return ""


def _parsed(text: str) -> str:
    """The filter that *text* would load; nothing for an empty one, as with the real nft."""
    if text.count("{") != text.count("}"):
        message = "nft: syntax error, unexpected end of file"
        raise StepError(message)
    _, found, rest = text.partition("set holds_")
    return rest.partition(" ")[0] if found else ""


def _listed(state: dict[str, Any]) -> str:
    if state["filter"] == GONE:
        message = "nft: No such file or directory"
        raise StepError(message)
    objects: list[dict[str, Any]] = [
        {"metainfo": {}},
        {"table": {"name": "ksz"}},
        {"chain": {"name": "forward", "hook": "forward", "policy": "drop"}},
    ]
    if state["filter"] != CLOSED:
        objects.append({"rule": {"chain": "forward", "expr": []}})
    return json.dumps({"nftables": objects})


def _play(world: World, argv: list[str], stdin: str, fault: Fault) -> Told:
    """One run of the agent, with its fault."""
    injector = _Injector(world, fault)
    hub = Hub(
        places=world.places,
        run=_Kernel(injector),
        now=lambda: float(world.clock.read_text()),
    )
    out = io.StringIO()
    real = {name: getattr(os, name) for name in (*_CHANGES, "open")}
    streams = sys.stdin, sys.stdout, sys.stderr
    umask, path = os.umask(0), os.environ["PATH"]
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode()))
    sys.stdout, sys.stderr = out, io.StringIO()
    injector.install()
    try:
        code = main(argv, hub, arm=lambda _hub, _generation: None)
    finally:
        for name, function in real.items():
            setattr(os, name, function)
        sys.stdin, sys.stdout, sys.stderr = streams
        os.umask(umask)
        os.environ["PATH"] = path
    return Told(
        code=code,
        document=json.loads(out.getvalue()),
        changes=injector.changes,
        commands=injector.commands,
    )
