"""The lab while it runs: what was built, written down where it dies with the lab."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import LabError, Problem
from ksz_netops.lab.host import RunningHost
from ksz_netops.lab.roots import Release, Roots
from ksz_netops.lab.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_FILE: Final = "lab.json"
_ROOTS: Final = "roots.json"
STATE: Final = ".lab"
"""The lab's folder in an inventory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """One host as it was built, to be compared with what the intent asks for next time."""

    pid: int
    started: int
    role: str
    interfaces: tuple[str, ...]
    addressing: tuple[str, ...]
    """The lines for `ip -batch` that gave it its addresses and routes."""
    digest: str
    """Of everything it was made from."""
    packages: str
    """Which of the hosts' packages its root had when it booted, as `roots.versions` gives it."""


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox and the hosts in it, by their names."""

    sandbox: Sandbox
    built: Mapping[str, Built]

    @classmethod
    def attach(cls, inventory: Path) -> Running | None:
        """The lab of *inventory*, or None where it does not run."""
        sandbox = Sandbox.attach(inventory / STATE)
        if sandbox is None:
            return None
        try:
            record = json.loads((sandbox.room / _FILE).read_text())
        except FileNotFoundError:
            record = {}
        hosts = {
            name: Built(
                **{
                    **values,
                    "interfaces": tuple(values["interfaces"]),
                    "addressing": tuple(values["addressing"]),
                }
            )
            for name, values in record.items()
        }
        return cls(sandbox, hosts)

    @classmethod
    def of(cls, inventory: Path) -> Running:
        """The lab of *inventory*.

        Raises:
            LabError: If it does not run.
        """
        running = cls.attach(inventory)
        if running is None:
            raise LabError(
                Problem(
                    code="KSZ503",
                    what=f"the lab of {inventory} does not run",
                    fix="boot it with `ksz-netops lab up`",
                )
            )
        return running

    @property
    def roots(self) -> Roots:
        """What its hosts run on."""
        said = json.loads((self.sandbox.room / _ROOTS).read_text())
        release = Release(said["release"]) if said["release"] else None
        return Roots(release=release, bare=said["bare"])

    @property
    def inventory(self) -> Path:
        """Whose lab it is."""
        return self.sandbox.state.parent

    def record_roots(self, roots: Roots) -> None:
        """Writes down what its hosts run on."""
        (self.sandbox.room / _ROOTS).write_text(json.dumps(asdict(roots)))

    def host(self, name: str) -> RunningHost:
        """The running host called *name*.

        Raises:
            LabError: If there is none.
        """
        built = self.built.get(name)
        if built is None:
            names = ", ".join(sorted(self.built))
            raise LabError(
                Problem(
                    code="KSZ505",
                    what=f"no host {name} runs in the lab",
                    fix=f"name one of: {names}; `ksz-netops lab up` adds what is new",
                )
            )
        return RunningHost(name=name, pid=built.pid, started=built.started, sandbox=self.sandbox)

    def with_hosts(self, changed: Mapping[str, Built | None]) -> Running:
        """This lab with hosts added or exchanged, or, where None, gone; recorded at once."""
        hosts = {**self.built}
        for name, built in changed.items():
            if built is None:
                hosts.pop(name, None)
            else:
                hosts[name] = built
        file = self.sandbox.room / _FILE
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps({name: asdict(built) for name, built in hosts.items()}))
        fresh.replace(file)
        return replace(self, built=hosts)
