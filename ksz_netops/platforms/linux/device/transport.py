"""One SSH connection to a box: commands with their exit codes, files, nothing else.

The host key must be the known one. Whatever goes wrong below is translated here. No answer takes
longer than its limit in all, and none is longer than `MOST_OCTETS`.
"""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import paramiko

from ksz_netops.errors import ConnectError, Problem, UnconfirmedError
from ksz_netops.platforms.linux.device import framing
from ksz_netops.platforms.linux.device.channel import OversizeError, exchange

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ksz_netops.platforms import Target

CONNECT_TIMEOUT_S: Final = 30
"""For each stage of the connection."""
CONNECT_LIMIT_S: Final = 60
"""For the whole of it, also where the other end sends an octet now and then."""
ANSWER_TIMEOUT_S: Final = 180
MOST_OCTETS: Final = 64 * 1024**2
"""Of one answer; a hub with 10,000 partners sends a tenth of it."""
_BROKEN: Final = (paramiko.SSHException, OSError, EOFError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


class Transport:
    """An open connection; made by `connected`."""

    def __init__(self, client: paramiko.SSHClient, hub: str) -> None:
        self._client = client
        self._hub = hub

    @property
    def alive(self) -> bool:
        """Whether the connection still stands, as far as is known here."""
        transport = self._client.get_transport()
        return transport is not None and transport.is_active()

    def run(
        self, command: str, stdin: str | bytes = b"", timeout_s: float = ANSWER_TIMEOUT_S
    ) -> Answer:
        """Runs *command* with /bin/sh; the whole answer must be there after *timeout_s* seconds.

        What the login shell prints before or after it is no part of the answer.

        Raises:
            UnconfirmedError: If the connection breaks or the answer is out of bounds, so that it is
                unknown whether it ran.
        """
        frame = framing.Frame.fresh()
        with self._translated():
            transport = self._client.get_transport()
            if transport is None:
                raise EOFError
            channel = transport.open_session(timeout=min(timeout_s, CONNECT_TIMEOUT_S))
            with channel:
                out, err = exchange(
                    channel,
                    frame.around(command),
                    stdin.encode() if isinstance(stdin, str) else stdin,
                    timeout_s=timeout_s,
                    most_octets=MOST_OCTETS,
                )
            answer = frame.within(out)
            if answer is None:
                message = "the answer ends before its frame does"
                raise EOFError(message)
        return Answer(
            code=answer.code,
            out=answer.octets.decode(errors="replace"),
            err=frame.errors(err).decode(errors="replace"),
        )

    def put(self, folder: str, files: Mapping[str, str]) -> None:
        """Writes *files*, by relative path, below the new *folder*, for root's eyes alone.

        Raises:
            UnconfirmedError: If the connection breaks.
        """
        with self._translated(), self._client.open_sftp() as sftp:
            sftp.mkdir(folder, 0o700)
            made = {PurePosixPath(folder)}
            for name, content in files.items():
                path = PurePosixPath(folder, name)
                if path.parent not in made:
                    sftp.mkdir(str(path.parent), 0o700)
                    made.add(path.parent)
                with sftp.open(str(path), "w") as file:
                    file.chmod(0o600)
                    file.set_pipelined()
                    file.write(content)

    def close(self) -> None:
        """Ends the connection."""
        self._client.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OversizeError as error:
            raise UnconfirmedError(
                Problem(
                    code="KSZ416",
                    what=f"{self._hub}: {error}",
                    fix="see what the command prints on the hub, and whether it ends",
                )
            ) from error
        except _BROKEN as error:
            raise UnconfirmedError(
                Problem(
                    code="KSZ407",
                    what=f"{self._hub}: the connection broke ({error or type(error).__name__})",
                    fix="see what the hub holds with a new connection; it undoes what is pending",
                )
            ) from error


def connect(target: Target) -> Transport:
    """An open connection to *target*.

    Raises:
        ConnectError: If it is not reached, refuses our key, or has another host key.
    """
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    try:
        client.load_host_keys(str(target.known_hosts))
        with _limited(
            socket.create_connection((target.address, target.port), CONNECT_TIMEOUT_S)
        ) as sock:
            client.connect(
                target.address,
                target.port,
                target.user,
                sock=sock,
                key_filename=str(target.private_key),
                allow_agent=False,
                look_for_keys=False,
                timeout=CONNECT_TIMEOUT_S,
                banner_timeout=CONNECT_TIMEOUT_S,
                auth_timeout=CONNECT_TIMEOUT_S,
            )
    except _BROKEN as error:
        client.close()
        raise ConnectError(_refusal(target, error)) from error
    return Transport(client, target.name)


@contextmanager
def _limited(sock: socket.socket) -> Iterator[socket.socket]:
    """*sock*, which is shut where what is done with it takes longer than `CONNECT_LIMIT_S`."""

    def shut() -> None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(CONNECT_LIMIT_S, shut)
    timer.daemon = True
    timer.start()
    try:
        yield sock
    except BaseException:
        sock.close()
        raise
    finally:
        timer.cancel()


def _refusal(target: Target, error: BaseException) -> Problem:
    place = f"{target.user}@{target.address} port {target.port}"
    match error:
        case paramiko.BadHostKeyException():
            return Problem(
                code="KSZ402",
                what=f"{target.name}: {place} has another host key than {target.known_hosts} says",
                fix="find out whether it is the hub; only then replace the line",
            )
        case paramiko.AuthenticationException():
            return Problem(
                code="KSZ403",
                what=f"{target.name}: {place} refuses the key {target.private_key}",
                fix="put the public key on the hub, or name the right key in host_vars",
            )
        case paramiko.SSHException() if "known_hosts" in str(error):
            return Problem(
                code="KSZ402",
                what=f"{target.name}: {target.known_hosts} has no key for {place}",
                fix="put the hub's host key there by a way that you trust",
            )
        case FileNotFoundError():
            return Problem(
                code="KSZ403",
                what=f"{target.name}: {error.filename} is not there",
                fix="name the files of the key and of the known hosts in host_vars",
            )
        case TimeoutError() | socket.gaierror() | _:
            return Problem(
                code="KSZ401",
                what=f"{target.name}: {place} is not reached ({error or type(error).__name__})",
                fix="see whether the hub runs and the way to its management address is open",
            )
