"""The emulated routers of an inventory: prepared, reachable as it says, until told to end.

They hold what they are given for as long as this process lives.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from dataclasses import asdict, dataclass, field
from ipaddress import ip_network
from typing import TYPE_CHECKING, Final

from ksz_netops.errors import KszError, LabError, Problem
from ksz_netops.inventory.desired import desired_state
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.vault import Vault
from ksz_netops.lab.access import keys_of
from ksz_netops.lab.emulator import associations, show
from ksz_netops.lab.emulator.peers import Peer, value
from ksz_netops.lab.emulator.router import Router
from ksz_netops.lab.emulator.server import Access, Endpoint
from ksz_netops.lab.neighbours import taken
from ksz_netops.lab.process import Process
from ksz_netops.lab.routers import RECORD, emulated
from ksz_netops.lab.running import STATE
from ksz_netops.state.resources import Tunnel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from pathlib import Path

    from ksz_netops.intent.models import Intent
    from ksz_netops.intent.models.hub import Hub, Side

_HEAD: Final = """\
hostname {name}
file prompt quiet
password encryption aes
ipv6 unicast-routing
vrf definition INET
 address-family ipv4
 exit-address-family
 address-family ipv6
 exit-address-family
no crypto ikev2 proposal default
no crypto ikev2 policy default
ip scp server enable
archive
 path bootflash:archive
 maximum 10
interface Loopback0
 ip address 10.99.0.1 255.255.255.255
"""


def prepared(name: str, hub: Hub) -> str:
    """The configuration of a router that is ready to become *hub*, and nothing more."""
    return _HEAD.format(name=name) + "\n".join([*_base(hub), *_ports(hub), "end", ""])


def _base(hub: Hub) -> Iterator[str]:
    yield f"interface {hub.management.interface}"
    for side, extra in ((hub.extranet, ()), (hub.internet, (" vrf forwarding INET",))):
        if side is not None:
            yield f"interface {side.interface}"
            yield from extra
            yield from _addresses(side)
    if hub.internet is not None and hub.internet.gateway is not None:
        yield f"ip route vrf INET 0.0.0.0 0.0.0.0 {hub.internet.gateway}"


def _ports(hub: Hub) -> Iterator[str]:
    places = hub.attachments.values()
    for interface in sorted({each.interface for each in places if each.interface}):
        yield f"interface {interface}"
    for controller in sorted({each.controller for each in places if each.controller}):
        yield f"controller E1 {controller}"


def _addresses(side: Side) -> Iterator[str]:
    for address in side.addresses:
        if address.version == 4:  # noqa: PLR2004 - IPv4
            yield f" ip address {address.ip} {address.netmask}"
        else:
            yield f" ipv6 address {address}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a router plays: a hub, and the partners' gateways that it meets."""

    hub: Hub
    peers: tuple[Peer, ...]


@dataclass(frozen=True, slots=True)
class _Played:
    part: Part
    router: Router
    endpoint: Endpoint


def _seen(router: Router) -> dict[str, list[str]]:
    """What is up on a router: its interfaces, and its tunnels by what they are called."""
    up = [(name, section) for name, section, up in show.interfaces(router) if up]
    tunnels = {sa.tunnel for sa in associations.sas(router) if sa.children}
    return {
        "interfaces": [name for name, _ in up if name not in tunnels],
        "tunnels": [
            value(section, "description ") or name for name, section in up if name in tunnels
        ],
    }


@dataclass(slots=True, kw_only=True)
class Station:
    """Plays the emulated routers of *inventory*."""

    inventory: Path
    today: Callable[[], date]
    password_file: Path | None = None
    answers: int = 0
    """How often it told how it is."""
    _played: dict[str, _Played] = field(default_factory=dict)

    async def serve(self) -> None:
        """Plays until cancelled; SIGHUP makes it read the inventory again, SIGUSR1 tell how it is.

        Raises:
            KszError: If the inventory is wrong, or an address is taken.
        """
        loop = asyncio.get_running_loop()
        asked: asyncio.Queue[signal.Signals] = asyncio.Queue()
        for number in (signal.SIGHUP, signal.SIGUSR1):
            loop.add_signal_handler(number, asked.put_nowait, number)
        try:
            self._tell(await self._read())
            while True:
                wanted = await asked.get()
                try:
                    self._tell(await self._read() if wanted is signal.SIGHUP else {})
                except KszError as error:
                    self._tell({}, error.problems)
        finally:
            await self._end(tuple(self._played))

    async def _end(self, names: tuple[str, ...]) -> None:
        for name in names:
            await self._played.pop(name).endpoint.stop()

    async def _read(self) -> dict[str, list[str]]:
        """Takes up what the inventory says now, and says what is different."""
        intent = load_intent(self.inventory)
        parts = self._parts(intent)
        self._refuse_other_base(parts)
        gone = [name for name in self._played if name not in parts]
        await self._end(tuple(gone))
        added, changed = [], []
        for name, part in parts.items():
            played = self._played.get(name)
            if played is None:
                endpoint = await self._listen(intent, name, Router(prepared(name, part.hub)))
                self._played[name] = _Played(part, endpoint.router, endpoint)
                added.append(name)
            elif played.part != part:
                played.router.configure([*_ports(part.hub), "end"])
                self._played[name] = _Played(part, played.router, played.endpoint)
                changed.append(name)
            self._played[name].router.peers = part.peers
        return {"added": added, "removed": gone, "changed": changed}

    def _parts(self, intent: Intent) -> dict[str, Part]:
        vault = Vault.open(self.inventory, self.password_file)
        secrets = vault.secrets()
        parts = {}
        for name in emulated(intent):
            state = desired_state(intent, name, secrets=secrets, on=self.today())
            peers = tuple(
                Peer(
                    address=str(each.peer),
                    key=vault.reveal(each.secret.name),
                    official=str(ip_network(str(each.official))),
                )
                for each in state
                if isinstance(each, Tunnel)
            )
            parts[name] = Part(hub=intent.hubs[name], peers=peers)
        return parts

    def _refuse_other_base(self, parts: dict[str, Part]) -> None:
        """A router's own base addresses, and the way to it, are the operator's once it runs."""
        problems = []
        for name in parts.keys() & self._played.keys():
            old, new = self._played[name].part.hub, parts[name].hub
            if (old.management, *_base(old)) != (new.management, *_base(new)):
                what = f"the base addresses of hub {name} changed while it runs"
                fix = "boot it anew with `ksz-netops lab down` and `ksz-netops lab up`"
                problems.append(Problem(code="KSZ508", what=what, fix=fix))
        if problems:
            raise LabError(problems)

    async def _listen(self, intent: Intent, name: str, router: Router) -> Endpoint:
        management = intent.hubs[name].management
        keys = keys_of(intent, name, self.inventory)
        operators = self.inventory / f"{management.private_key}.pub"
        operators.write_text(f"{keys.operator.public}\n", encoding="utf-8")
        access = Access(
            user=management.user,
            authorised_keys=operators,
            host_key=self.inventory / STATE / f"host-key-{name}",
            address=management.address,
            port=management.port,
            interface=management.interface,
        )
        if management.sources:
            access.source = str(management.sources[0][1])
        endpoint = Endpoint(router, access)
        try:
            await endpoint.start()
        except OSError as error:
            said = error.strerror or str(error)
            problem = taken(name, management.address, management.port, said, self.inventory)
            raise LabError(problem) from error
        return endpoint

    def _tell(self, difference: dict[str, list[str]], problems: tuple[Problem, ...] = ()) -> None:
        """Writes down who plays, for the commands of the operator."""
        self.answers += 1
        process = Process.of(os.getpid())
        record = {
            "process": process and asdict(process),
            "answers": self.answers,
            "hubs": {name: _seen(each.router) for name, each in self._played.items()},
            "difference": difference,
            "problems": [
                {"code": each.code, "what": each.what, "fix": each.fix} for each in problems
            ],
        }
        file = self.inventory / STATE / RECORD
        file.parent.mkdir(mode=0o700, exist_ok=True)
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(record), encoding="utf-8")
        fresh.replace(file)

    def refused(self, error: KszError) -> None:
        """Writes down why nothing is played."""
        self._tell({}, error.problems)
