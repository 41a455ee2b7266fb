"""Ctrl-C ends an audit at once, with what was judged until then."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import yaml

from support.lab_running import copy_of_sample

COMMAND = Path(sys.executable).with_name("ksz-netops")


def test_ctrl_c_leaves_the_hubs_that_did_not_answer_unknown(tmp_path: Path) -> None:
    inventory = copy_of_sample(tmp_path / "inventory", routers=False)
    (inventory / ".lab").mkdir()
    (inventory / ".lab/known_hosts").touch()
    keygen = ["/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f"]
    subprocess.run([*keygen, str(inventory / ".lab/id_ed25519")], check=True)  # noqa: S603 - fixed
    with ExitStack() as held:
        silent = []
        for file in (inventory / "host_vars").glob("*.yml"):
            port = yaml.safe_load(file.read_text("utf-8"))["ksz_hub"]["management"]["port"]
            silent.append(held.enter_context(socket.create_server(("127.0.0.1", port))))
        run = held.enter_context(
            subprocess.Popen(  # noqa: S603 - our own command
                [COMMAND, "audit", "--inventory", inventory, "--format", "text"],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                # A background job of a shell ignores the signal, and hands that down.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - no threads here
            )
        )
        for server in silent:
            held.enter_context(server.accept()[0])
        run.send_signal(signal.SIGINT)
        out, err = run.communicate()

    assert run.returncode == 2, err
    assert "Traceback" not in err
    assert "the audit was interrupted before hub-bru-1 was judged" in out
    assert "KSZ312" in out
