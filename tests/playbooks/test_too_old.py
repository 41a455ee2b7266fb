"""The role refuses a box whose programs are older than those of Debian 12, with words."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLAYBOOK = """\
- hosts: localhost
  connection: local
  gather_facts: false
  vars_files: [{vars}]
  tasks:
    - ansible.builtin.debug:
        msg: "{{{{ linux_hub_too_old }}}}"
"""
DEBIAN_12 = "Python 3.11.2\nnftables 1.0.6\niproute2 6.1.0\nstrongSwan 5.9.8\n"
DEBIAN_13 = "Python 3.13.5\nnftables 1.1.3\niproute2 6.15.0\nstrongSwan 6.0.1\n"
DEBIAN_11 = "Python 3.9.2\nnftables 0.9.8\niproute2 5.10.0\nstrongSwan 5.9.1\n"


def refused(folder: Path, answers: str, *, tunnels: bool = True) -> list[str]:
    playbook = folder / "too-old.yml"
    playbook.write_text(PLAYBOOK.format(vars=ROOT / "roles/linux_hub/vars/main.yml"))
    given = {"linux_hub_answers": {"stdout": answers}, "linux_hub_tunnels": tunnels}
    done = subprocess.run(  # noqa: S603 - this environment's own program
        [
            *(Path(sys.executable).with_name("ansible-playbook"), "--inventory", "localhost,"),
            *("--extra-vars", json.dumps(given), playbook),
        ],
        capture_output=True,
        check=True,
        text=True,
        env={
            "ANSIBLE_STDOUT_CALLBACK": "default",
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
            "ANSIBLE_LOCALHOST_WARNING": "False",
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(folder),
        },
    )
    _, _, said = done.stdout.partition("ok: [localhost] => ")
    message = json.JSONDecoder().raw_decode(said)[0]["msg"]
    return message if isinstance(message, list) else json.loads(message.replace("'", '"'))


@pytest.mark.parametrize("answers", [DEBIAN_12, DEBIAN_13])
def test_the_releases_that_are_tested_are_accepted(tmp_path: Path, answers: str) -> None:
    assert refused(tmp_path, answers) == []


def test_everything_too_old_is_named_at_once_with_what_would_do(tmp_path: Path) -> None:
    assert refused(tmp_path, DEBIAN_11) == [
        "Python 3.9.2, older than 3.11",
        "nftables 0.9.8, older than 1.0.6",
        "iproute2 5.10.0, older than 6.1",
        "strongSwan 5.9.1, older than 5.9.8",
    ]


def test_program_that_says_nothing_is_refused_where_it_is_needed(tmp_path: Path) -> None:
    without = DEBIAN_12.replace("strongSwan 5.9.8\n", "")

    assert refused(tmp_path, without) == ["no strongSwan that tells its version"]
    assert refused(tmp_path, without, tunnels=False) == []
