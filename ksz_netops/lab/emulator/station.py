"""The emulated routers of an inventory: prepared, reachable as it says, until told to end.

    python -m ksz_netops.lab.emulator INVENTORY

A router's startup configuration stands in `.lab/<hub>.startup`, so that it survives its process.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import asyncssh

from ksz_netops.lab.emulator.router import Router
from ksz_netops.lab.emulator.server import Access, Endpoint
from ksz_netops.load import load_intent
from ksz_netops.platforms import platforms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.intent.hub import Hub, Side

_SAVE_S = 1.0
_HEAD = """\
hostname {name}
file prompt quiet
password encryption aes
vrf definition INET
 address-family ipv4
 exit-address-family
ip scp server enable
archive
 path bootflash:archive
 maximum 10
interface Loopback0
 ip address 10.99.0.1 255.255.255.255
"""


def prepared(name: str, hub: Hub) -> str:
    """The configuration of a router that is ready to become *hub*, and nothing more."""
    return _HEAD.format(name=name) + "\n".join([*_ports(hub), "end", ""])


def _ports(hub: Hub) -> Iterator[str]:
    yield f"interface {hub.management.interface}"
    for side, extra in ((hub.extranet, ()), (hub.internet, (" vrf forwarding INET",))):
        if side is not None:
            yield f"interface {side.interface}"
            yield from extra
            yield from _addresses(side)
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


async def serve(inventory: Path) -> None:
    """Runs every router of *inventory* that no host in namespaces can play."""
    intent = load_intent(inventory)
    state = inventory / ".lab"
    state.mkdir(exist_ok=True)
    routers: dict[Path, Router] = {}
    async with asyncio.TaskGroup() as group:
        for name, hub in intent.hubs.items():
            if platforms()[hub.platform].namespaced:
                continue
            saved = state / f"{name}.startup"
            startup = saved.read_text("utf-8") if saved.exists() else prepared(name, hub)
            routers[saved] = Router(startup)
            await _listen(inventory, name, hub, routers[saved])
        group.create_task(_save(routers))


async def _listen(inventory: Path, name: str, hub: Hub, router: Router) -> None:
    management = hub.management
    host_key = inventory / ".lab" / f"{name}_host_ed25519"
    if not host_key.exists():
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(host_key))
        host_key.chmod(0o600)
    user_key = inventory / management.private_key
    if not user_key.exists():
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(str(user_key))
        user_key.chmod(0o600)
        key.write_public_key(str(user_key.with_suffix(".pub")))
    access = Access(
        user=management.user,
        authorised_keys=user_key.with_suffix(".pub"),
        host_key=host_key,
        port=management.port,
        interface=management.interface,
        source=str(management.sources[0][1]) if management.sources else "192.0.2.250",
    )
    endpoint = Endpoint(router, access)
    await endpoint.start()
    known = inventory / management.known_hosts
    place = f"[{management.address}]:{endpoint.port}"
    former = known.read_text("utf-8").splitlines() if known.exists() else []
    others = [line for line in former if not line.startswith(f"{place} ")]
    public = " ".join(endpoint.host_key.split()[:2])
    known.write_text("\n".join([*others, f"{place} {public}", ""]), "utf-8")


async def _save(routers: dict[Path, Router]) -> None:
    """Keeps what the routers would start with."""
    while True:
        for path, router in routers.items():
            if not path.exists() or path.read_text("utf-8") != router.startup:
                path.write_text(router.startup, "utf-8")
        await asyncio.sleep(_SAVE_S)


def main(arguments: list[str]) -> None:
    """Serves the inventory that is named first."""
    asyncio.run(serve(Path(arguments[0])))
