"""The router on the network: SSH on loopback, shells, and SCP."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import threading
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Final

import asyncssh

from ksz_netops.lab.emulator.packets import Packet
from ksz_netops.lab.emulator.router import SessionLostError
from ksz_netops.lab.emulator.shell import Shell

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from pathlib import Path

    from ksz_netops.lab.emulator.router import Router


_FROZEN_S: Final = 0.2
"""How often a session whose packets are dropped is tried again."""
_FAREWELL_S: Final = 1
"""How long one who leaves is waited for."""


@dataclass(slots=True, kw_only=True)
class Access:
    """Who may log in, and from where the sessions count as coming."""

    user: str
    password: str | None = None
    authorised_keys: Path | None = None
    host_key: Path | None = None
    """The router's own key; one is made where it is None."""
    address: str = "127.0.0.1"
    port: int = 0
    """0 takes a free one."""
    interface: str | None = None
    """The port whose access lists the sessions must pass."""
    source: str = "192.0.2.250"
    """As whom the sessions count for those lists, since all come over loopback."""


@dataclass(slots=True)
class _Login(asyncssh.SSHServer):
    access: Access
    connections: list[asyncssh.SSHServerConnection]

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.connections.append(conn)

    def password_auth_supported(self) -> bool:
        return self.access.password is not None

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (self.access.user, self.access.password)

    def begin_auth(self, username: str) -> bool:
        del username
        return True


@dataclass(slots=True)
class Endpoint:
    """A router that listens."""

    router: Router
    access: Access
    port: int = 0
    host_key: str = ""
    """Its public key, as `known_hosts` writes it after the address."""
    _connections: list[asyncssh.SSHServerConnection] = field(default_factory=list, repr=False)
    _listener: asyncssh.SSHAcceptor | None = field(default=None, repr=False)

    async def start(self) -> None:
        """Listens on loopback."""
        key = (
            asyncssh.read_private_key(self.access.host_key)
            if self.access.host_key
            else asyncssh.generate_private_key("ssh-ed25519")
        )
        self.host_key = key.export_public_key().decode().strip()
        authorised = self.access.authorised_keys
        self._listener = await asyncssh.create_server(
            lambda: _Login(self.access, self._connections),
            self.access.address,
            self.access.port,
            server_host_keys=[key],
            authorized_client_keys=str(authorised) if authorised else (),
            process_factory=self._serve,
            encoding=None,
            line_editor=False,
        )
        self.port = self._listener.get_port()

    async def stop(self) -> None:
        """Ends every session and stops listening."""
        if self._listener:
            self._listener.close()
            await self._listener.wait_closed()
        for connection in self._connections:
            connection.abort()
            await connection.wait_closed()

    def _reachable(self) -> bool:
        packet = Packet(
            protocol="tcp",
            source=IPv4Address(self.access.source),
            destination=IPv4Address("192.0.2.1"),
            port=22,
        )
        return self.router.reachable(self.access.interface, packet)

    async def _serve(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        lost = (SessionLostError, asyncssh.Error, asyncio.IncompleteReadError, OSError)
        ended = False
        with contextlib.suppress(*lost):
            if self._reachable():
                await self._attend(process)
            ended = True
        process.exit(0)
        if ended:
            with contextlib.suppress(TimeoutError, *lost):
                await asyncio.wait_for(process.wait_closed(), _FAREWELL_S)
        process.channel.get_connection().abort()

    async def _attend(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        """Returns where the user has what was asked for, or leaves."""
        if process.command and process.command.startswith("scp "):
            await self._receive(process)
        elif process.command:
            shell = Shell(self.router, process.get_extra_info("username"))
            await self._send(process, shell.execute(process.command))
        else:
            await self._converse(process)

    async def _converse(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        user = process.get_extra_info("username")
        shell = Shell(self.router, user)
        faults = self.router.faults
        await self._send(process, shell.greet())
        while True:
            try:
                data = await process.stdin.read(32768)
            except asyncssh.TerminalSizeChanged:
                continue
            if not data:
                return
            while not self._reachable():  # noqa: ASYNC110 - what it waits for has no event
                await asyncio.sleep(_FROZEN_S)
            answer = shell.feed(data)
            if faults.answer_late_s and b"\n" in answer:
                await asyncio.sleep(faults.answer_late_s)
            await self._send(process, answer)
            if shell.left:
                return

    async def _send(self, process: asyncssh.SSHServerProcess[bytes], data: bytes) -> None:
        faults = self.router.faults
        if faults.lose_at_byte is not None:
            if len(data) >= faults.lose_at_byte:
                process.stdout.write(data[: faults.lose_at_byte])
                faults.lose_at_byte = None
                raise SessionLostError
            faults.lose_at_byte -= len(data)
        process.stdout.write(data)
        await process.stdout.drain()

    async def _receive(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        """Takes one file as `scp -t` does."""
        command = process.command or ""
        self.router.log.append(command)
        if self.router.faults.takes("lose_before", command):
            raise SessionLostError
        name = shlex.split(command)[-1].removeprefix("bootflash:").lstrip("/")
        process.stdout.write(b"\0")
        while line := await process.stdin.readline():
            if line[:1] == b"C":
                size = int(line.split()[1])
                process.stdout.write(b"\0")
                data = await process.stdin.readexactly(size)
                await process.stdin.readexactly(1)
                self.router.files[name] = data[:-1] if self.router.faults.corrupt_transfer else data
            process.stdout.write(b"\0")
        if self.router.faults.takes("lose_after", command):
            raise SessionLostError


@contextlib.contextmanager
def listening(router: Router, access: Access) -> Iterator[Endpoint]:
    """*router*, listening in a thread of its own for as long as the block lasts."""
    loop = asyncio.new_event_loop()
    endpoint = Endpoint(router, access)
    thread = threading.Thread(target=loop.run_forever, daemon=True, name="emulated router")
    thread.start()

    def run(coroutine: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, loop).result(timeout=30)

    async def end_all() -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    try:
        run(endpoint.start())
        yield endpoint
    finally:
        run(endpoint.stop())
        run(end_all())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=30)
        loop.close()
