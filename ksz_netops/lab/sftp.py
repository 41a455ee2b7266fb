"""What an SFTP partner can and cannot do at the file server."""

from __future__ import annotations

import io
import logging
import secrets
import socket
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import paramiko

if TYPE_CHECKING:
    from ksz_netops.lab.keys import KeyPair
    from ksz_netops.lab.namespaces import Inside
    from ksz_netops.state.resources import IPAddress

_PORT: Final = 22
_LOG: Final = "ksz_netops.lab.sftp"
# A refusal is what several proofs wait for; paramiko would print it as an error.
logging.getLogger(_LOG).addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A partner's client at the file server."""

    inside: Inside
    source: IPAddress
    server: IPAddress
    user: str
    key: KeyPair
    limit_s: float

    def with_key(self, key: KeyPair) -> Visit:
        """The same client with another *key*."""
        return replace(self, key=key)

    def at(self, inside: Inside, source: IPAddress) -> Visit:
        """The same client on another host, with its address *source*."""
        return replace(self, inside=inside, source=source)

    def transfer(self, directory: str) -> str:
        """Puts a file into *directory*, gets it back, removes it; says what was done.

        Raises:
            OSError: If the server refuses any of it, or another file came back.
            paramiko.SSHException: If it refuses the client.
        """
        content = secrets.token_bytes(4096)
        name = f"{directory}/lab-{secrets.token_hex(4)}"
        with self._connected() as transport:
            client = paramiko.SFTPClient.from_transport(transport)
            if client is None:
                message = "the server offers no SFTP"
                raise OSError(message)
            with client:
                client.putfo(io.BytesIO(content), name)
                back = io.BytesIO()
                client.getfo(name, back)
                client.remove(name)
        if back.getvalue() != content:
            message = "another file came back"
            raise OSError(message)
        return f"{len(content)} octets there and back in {directory}"

    def refused(self) -> str | None:
        """How the server keeps this client out; None where it lets it in."""
        try:
            with self._connected():
                return None
        except (OSError, EOFError, paramiko.SSHException) as error:
            return str(error) or type(error).__name__

    def shell(self) -> str | None:
        """How the server refuses a command; None where it runs it.

        Raises:
            OSError: If the client is not even let in.
            paramiko.SSHException: Likewise.
        """
        with self._connected() as transport:
            channel = transport.open_session(timeout=self.limit_s)
            channel.settimeout(self.limit_s)
            try:
                channel.exec_command("echo lab-was-here")
                said = channel.recv(4096)
            except (OSError, EOFError, paramiko.SSHException) as error:
                return str(error) or type(error).__name__
            if b"lab-was-here" in said:
                return None
            return f"no output, exit status {channel.recv_exit_status()}"

    def _connected(self) -> paramiko.Transport:
        family = socket.AF_INET if self.server.version == 4 else socket.AF_INET6  # noqa: PLR2004
        there = self.inside.socket(family)
        try:
            there.settimeout(self.limit_s)
            there.bind((str(self.source), 0))
            there.connect((str(self.server), _PORT))
            transport = paramiko.Transport(there)
            transport.set_log_channel(_LOG)
        except BaseException:
            there.close()
            raise
        try:
            transport.auth_timeout = transport.banner_timeout = self.limit_s
            key = paramiko.Ed25519Key.from_private_key(io.StringIO(self.key.private))
            transport.connect(username=self.user, pkey=key)
        except BaseException:
            transport.close()
            raise
        return transport


def user_of(server: Inside, token: str) -> str | None:
    """The account that *server* holds for *token*, which stands in its gecos; None without one."""
    for line in server.path("/etc/passwd").read_text().splitlines():
        fields = line.split(":")
        if fields[4] == token:
            return fields[0]
    return None
