"""Answers over SSH from a server that prints noise, never ends, drips or stops too early."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import paramiko
import pytest

from ksz_netops.errors import ConnectError, UnconfirmedError
from ksz_netops.platforms import Target
from ksz_netops.platforms.linux.device import transport
from ksz_netops.platforms.linux.device.framing import Frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# ruff: noqa: S603 - the commands of the test itself


class _Door(paramiko.ServerInterface):
    """Lets everybody in and remembers what is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.ready = threading.Event()

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        del username, key
        return paramiko.common.AUTH_SUCCESSFUL

    def check_channel_request(self, kind: str, chanid: int) -> int:
        del kind, chanid
        return paramiko.common.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        del channel
        self.asked.append(command.decode())
        self.ready.set()
        return True


@contextmanager
def server(folder: Path, answer: Callable[[paramiko.Channel, str], None]) -> Iterator[Target]:
    """A hub whose every command is answered by *answer*."""
    host_key, client_key = paramiko.RSAKey.generate(2048), paramiko.RSAKey.generate(2048)
    client_key.write_private_key_file(str(folder / "key"))
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    (folder / "known_hosts").write_text(
        f"[127.0.0.1]:{port} {host_key.get_name()} {host_key.get_base64()}\n"
    )
    opened: list[paramiko.Transport] = []

    def serve() -> None:
        door = _Door()
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            client, _ = listener.accept()
            there = paramiko.Transport(client)
            opened.append(there)
            there.add_server_key(host_key)
            there.start_server(server=door)
            channel = there.accept(20)
            if channel is not None and door.ready.wait(20):
                answer(channel, door.asked[0])

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield Target(
            name="hub-test",
            address="127.0.0.1",
            port=port,
            user="root",
            private_key=folder / "key",
            known_hosts=folder / "known_hosts",
        )
    finally:
        listener.close()
        for each in opened:
            each.close()


def run_for_real(channel: paramiko.Channel, command: str, *, noise: bytes) -> None:
    """Runs *command* as sshd does, with a login shell that prints *noise* first."""
    channel.sendall(noise)
    channel.sendall_stderr(noise)
    stdin = b"".join(iter(lambda: channel.recv(65536), b""))
    done = subprocess.run(["/bin/sh", "-c", command], input=stdin, capture_output=True, check=False)
    channel.sendall(done.stdout)
    channel.sendall_stderr(done.stderr)
    channel.send_exit_status(done.returncode)
    channel.close()


@pytest.mark.parametrize("noise", [b"", b"welcome\n", b"no newline", b"\xff\x00begin \n{}\n"])
def test_noise_of_the_login_shell_is_no_part_of_an_answer(noise: bytes, tmp_path: Path) -> None:
    with server(tmp_path, lambda *given: run_for_real(*given, noise=noise)) as target:
        open_ = transport.connect(target)
        answer = open_.run("cat; echo wrong >&2; exit 7", stdin="{}\n")
        open_.close()

    assert (answer.code, answer.out, answer.err) == (7, "{}\n", "wrong\n")


def test_answer_without_end_is_given_up_after_its_limit_of_octets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MOST_OCTETS", 2**20)

    def yes(channel: paramiko.Channel, _command: str) -> None:
        while True:
            channel.sendall(b"yes\n" * 4096)

    with (
        server(tmp_path, yes) as target,
        pytest.raises(UnconfirmedError, match="longer than 1 MiB"),
    ):
        transport.connect(target).run("yes")


def test_answer_that_drips_is_given_up_after_its_limit_of_time(tmp_path: Path) -> None:
    stopped = threading.Event()

    def drip(channel: paramiko.Channel, _command: str) -> None:
        while not stopped.wait(0.05):
            channel.sendall(b".")

    with server(tmp_path, drip) as target:
        open_ = transport.connect(target)
        with pytest.raises(UnconfirmedError, match="no whole answer within"):
            open_.run("drip", timeout_s=2)
        stopped.set()


def test_command_that_ends_without_reading_its_input_tells_its_exit_code(tmp_path: Path) -> None:
    def gone(channel: paramiko.Channel, command: str) -> None:
        mark = command.partition("begin ")[2][:32]
        channel.sendall(f"\nbegin {mark}\n\nend {mark} 127\n".encode())
        channel.send_exit_status(127)
        channel.close()

    with server(tmp_path, gone) as target:
        open_ = transport.connect(target)
        assert open_.run("nothing", stdin="x" * 2**22).code == 127


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_answer_that_ends_early_is_no_answer(cut: int, tmp_path: Path) -> None:
    def stop(channel: paramiko.Channel, command: str) -> None:
        mark = command.partition("begin ")[2][:32]
        channel.sendall(f"\nbegin {mark}\n[]\nend {mark} 0\n".encode()[:-cut])
        channel.send_exit_status(0)
        channel.close()

    with server(tmp_path, stop) as target:
        open_ = transport.connect(target)
        with pytest.raises(UnconfirmedError, match="ends before its frame"):
            open_.run("status")


def test_door_that_drips_its_banner_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "CONNECT_LIMIT_S", 0.5)
    listener = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()

    def drip() -> None:
        client, _ = listener.accept()
        with client, contextlib.suppress(OSError):
            while not stopped.wait(0.05):
                client.sendall(b"-")

    dripping = threading.Thread(target=drip, daemon=True)
    dripping.start()
    (tmp_path / "known_hosts").touch()
    target = Target(
        name="hub-test",
        address="127.0.0.1",
        port=listener.getsockname()[1],
        user="root",
        private_key=tmp_path / "key",
        known_hosts=tmp_path / "known_hosts",
    )

    with pytest.raises(ConnectError, match="is not reached"):
        transport.connect(target)
    stopped.set()
    dripping.join()
    listener.close()


@pytest.mark.parametrize("shell", ["sh", "bash", "dash"])
def test_frame_stands_around_what_any_shell_runs(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    frame = Frame.fresh()
    command = frame.around("printf 'it'\\''s \"quoted\" $HOME'; exit 3")

    done = subprocess.run([shell, "-c", command], capture_output=True, check=False)

    answer = frame.within(b"noise" + done.stdout)
    assert answer is not None
    assert (answer.code, answer.octets) == (3, b'it\'s "quoted" $HOME')
    assert done.returncode == 3
