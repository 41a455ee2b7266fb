"""One command over one SSH channel, within bounds of time and of octets."""

from __future__ import annotations

import select
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    import paramiko

_CHUNK: Final = 64 * 1024


class OversizeError(Exception):
    """The answer is longer than any that is expected."""


def exchange(
    channel: paramiko.Channel, command: str, stdin: bytes, *, timeout_s: float, most_octets: int
) -> tuple[bytes, bytes]:
    """Runs *command*, gives it *stdin*, and returns all of its standard output and error.

    Raises:
        OversizeError: If both outputs together are longer than *most_octets*.
        TimeoutError: If the outputs have not ended after *timeout_s* seconds.
        EOFError: If the channel ends without an exit status.
    """
    end = time.monotonic() + timeout_s

    def left_s() -> float:
        left = end - time.monotonic()
        if left <= 0:
            message = f"no whole answer within {timeout_s:g} s"
            raise TimeoutError(message)
        return left

    channel.settimeout(left_s())
    channel.exec_command(command)
    _feed(channel, stdin, left_s)
    outputs = _outputs(channel, left_s, most_octets)
    if not channel.status_event.wait(left_s()) or channel.exit_status < 0:
        raise EOFError
    return outputs


def _feed(channel: paramiko.Channel, stdin: bytes, left_s: Callable[[], float]) -> None:
    """Gives the command *stdin*, or as much of it as it takes before it ends."""
    rest = memoryview(stdin)
    try:
        while rest:
            channel.settimeout(left_s())
            rest = rest[channel.send(rest[:_CHUNK].tobytes()) :]
        channel.shutdown_write()
    except TimeoutError:
        raise
    except OSError:
        # It ended early; its exit code and its outputs say why.
        return


def _outputs(
    channel: paramiko.Channel, left_s: Callable[[], float], most_octets: int
) -> tuple[bytes, bytes]:
    """Both outputs until their end; read side by side, since a full one would block the other."""
    out, err = bytearray(), bytearray()
    poll = select.poll()
    poll.register(channel.fileno(), select.POLLIN)
    while True:
        poll.poll(left_s() * 1000)
        # The end is told behind the last octets, so it is asked for before them.
        ended = channel.eof_received or channel.closed
        if channel.recv_ready():
            out += channel.recv(_CHUNK)
        elif channel.recv_stderr_ready():
            err += channel.recv_stderr(_CHUNK)
        elif ended:
            return bytes(out), bytes(err)
        if len(out) + len(err) > most_octets:
            message = f"the answer is longer than {most_octets // 1024**2} MiB"
            raise OversizeError(message)
