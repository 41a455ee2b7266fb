"""The emulated routers of a lab: alone, without any privilege, by the same playbooks."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from ksz_netops.cli import app
from ksz_netops.errors import LabError
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.vault import generate_missing
from ksz_netops.lab import requirements, source
from ksz_netops.lab.routers import Routers
from support.lab_running import ON, copy_of_sample
from support.playbook_run import run_playbook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROUTERS = ("hub-ant-1", "hub-gen-1")
LIMIT = ("--limit", ",".join(ROUTERS))


def up(inventory: Path) -> tuple[tuple[str, ...], ...]:
    difference = source.up(inventory, ON, routers_only=True)
    return difference.added, difference.removed, difference.changed


def at(inventory: Path, hub: str, *command: str, typed: str = "") -> str:
    """What the router shows to one who uses `lab exec`."""
    done = subprocess.run(  # noqa: S603 - ours
        [".venv/bin/ksz-netops", "lab", "exec", "--inventory", inventory, hub, "--", *command],
        input=typed,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.fixture(scope="module")
def routers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An inventory whose routers run; nothing else of it does."""
    inventory = copy_of_sample(tmp_path_factory.mktemp("routers") / "inventory")
    assert up(inventory) == (ROUTERS, (), ())
    yield inventory
    source.down(inventory)


def test_routers_are_provisioned_as_predicted_and_a_second_run_changes_nothing(
    routers: Path,
) -> None:
    predicted = run_playbook("provision", routers, "--check", "--diff", *LIMIT)
    done = run_playbook("provision", routers, "--diff", *LIMIT)
    again = run_playbook("provision", routers, "--diff", *LIMIT)

    assert done.exit_code == 0, done.output
    assert done.diff == predicted.diff
    assert any("KSZ-P00012-S1" in line for line in done.diff)
    assert done.changed == dict.fromkeys(ROUTERS, 1)
    assert again.changed == dict.fromkeys(ROUTERS, 0)
    assert again.diff == []


def test_the_scripted_peers_answer_so_that_tunnels_of_both_profiles_are_up(routers: Path) -> None:
    audit = run_playbook("audit", routers, *LIMIT)

    assert audit.exit_code == 0, audit.output


def test_a_router_says_what_it_lacks_and_shows_all_that_is_asked(
    routers: Path, tmp_path: Path
) -> None:
    ready, lacking = (
        CliRunner().invoke(app, ["ready", hub, "--inventory", str(routers)])
        for hub in ("hub-gen-1", "hub-ant-1")
    )
    recorded = CliRunner().invoke(
        app,
        [
            "record-router",
            "hub-gen-1",
            "--inventory",
            str(routers),
            "--output",
            str(tmp_path / "a"),
        ],
    )

    assert (ready.exit_code, lacking.exit_code) == (0, 2), ready.output + lacking.output
    assert "needs 26.1" in lacking.output  # the post-quantum exchange of profile `high`
    assert recorded.exit_code == 0, recorded.output
    running = tmp_path / "a" / "show_running-config.txt"
    assert "interface Tunnel14" in running.read_text("utf-8")
    assert running.stat().st_mode & 0o077 == 0


def test_a_line_typed_by_hand_is_named_by_the_audit_and_healed(routers: Path) -> None:
    typed = "configure terminal\ninterface Tunnel14\nno ip access-group KSZ-P00014-S1-IN in\nend\n"
    at(routers, "hub-gen-1", typed=f"{typed}exit\n")

    audit = run_playbook("audit", routers, *LIMIT)
    healed = run_playbook("provision", routers, *LIMIT)

    assert audit.exit_code == 2
    assert "violated hub-gen-1: P00014 S1" in audit.output
    assert healed.changed == {"hub-ant-1": 0, "hub-gen-1": 1}
    assert run_playbook("audit", routers, *LIMIT).exit_code == 0


def test_exec_shows_what_commands_say_given_or_typed(routers: Path) -> None:
    typed = "show running-config\nshow version\nexit\n"

    assert "hostname hub-ant-1" in at(routers, "hub-ant-1", "show", "running-config")
    answers = at(routers, "hub-ant-1", typed=typed)
    assert "hostname hub-ant-1" in answers
    assert "IOS XE" in answers


def test_a_new_partner_gets_a_gateway_and_the_routers_are_not_disturbed(routers: Path) -> None:
    partners = routers / "partners"
    text = (partners / "P00014.yml").read_text(encoding="utf-8")
    new = partners / "P00090.yml"
    new.write_text(
        text.replace("P00014", "P00090").replace("203.0.113.78", "203.0.113.91"), encoding="utf-8"
    )
    generate_missing(load_intent(routers), routers)

    changed = up(routers)
    done = run_playbook("provision", routers, *LIMIT)

    assert changed == ((), (), ("hub-gen-1",))
    assert done.changed == {"hub-ant-1": 0, "hub-gen-1": 1}
    assert "203.0.113.91" in at(routers, "hub-gen-1", "show", "crypto", "ikev2", "sa", "detailed")
    new.unlink()
    assert up(routers) == ((), (), ("hub-gen-1",))
    assert up(routers) == ((), (), ())


def test_status_lists_the_routers_with_their_tunnels(routers: Path) -> None:
    shown = CliRunner().invoke(app, ["lab", "status", "--json", "--inventory", str(routers)])

    rows = {row["host"]: row for row in json.loads(shown.stdout)}
    assert set(rows) == set(ROUTERS)
    assert {row["role"] for row in rows.values()} == {"emulated router"}
    assert rows["hub-gen-1"]["tunnels"] == ["KSZ-P00014-S1"]
    assert rows["hub-ant-1"]["tunnels"] == ["KSZ-P00018-S1"]
    assert shown.exit_code == 0


def test_another_base_address_of_a_running_router_is_refused(routers: Path) -> None:
    file = routers / "host_vars/hub-ant-1.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("203.0.113.5/24", "203.0.113.9/24"), encoding="utf-8")

    with pytest.raises(LabError, match="KSZ508 the base addresses of hub hub-ant-1"):
        up(routers)

    file.write_text(text, encoding="utf-8")
    assert up(routers) == ((), (), ())


def test_down_ends_the_routers_and_they_come_back_bare(routers: Path) -> None:
    assert source.down(routers)

    assert Routers.attach(routers) is None
    assert not source.down(routers)
    assert up(routers) == (ROUTERS, (), ())
    assert "KSZ-P00014" not in at(routers, "hub-gen-1", "show", "running-config")


def test_a_process_that_died_shows_and_the_next_up_starts_another(routers: Path) -> None:
    command = ["lab", "status", "--json", "--inventory", str(routers)]
    running = Routers.attach(routers)
    assert running is not None
    running.process.send(signal.SIGKILL, 10)
    running.process.reap()

    dead = CliRunner().invoke(app, command)

    assert {row["host"]: row["alive"] for row in json.loads(dead.stdout)} == dict.fromkeys(
        ROUTERS, False
    )
    assert dead.exit_code == 2
    assert up(routers) == (ROUTERS, (), ())
    assert CliRunner().invoke(app, command).exit_code == 0


def test_without_privileges_the_routers_are_what_can_be_had(
    routers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requirements.os, "geteuid", lambda: 1000)

    with pytest.raises(LabError, match="hub-ant-1, hub-gen-1 are emulated") as caught:
        source.up(routers, ON)

    assert "`ksz-netops lab up --routers` starts them alone" in str(caught.value)
    assert up(routers) == ((), (), ())


def test_whom_no_packet_can_prove_is_told(routers: Path) -> None:
    assert source.plans(routers, ON).unproven() == tuple(f"P{n:05}" for n in range(11, 21))


def test_a_partner_of_a_router_has_no_site_and_the_lab_says_why(routers: Path) -> None:
    command = ["lab", "prove", "--partner", "P00014", "--inventory", str(routers)]

    with pytest.raises(LabError, match="P00014 meets emulated routers alone"):
        CliRunner().invoke(app, command, catch_exceptions=False)


def test_a_taken_port_of_a_router_is_named_and_nothing_is_left_running(tmp_path: Path) -> None:
    inventory = copy_of_sample(tmp_path / "inventory")
    port = load_intent(inventory).hubs["hub-gen-1"].management.port

    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(LabError, match=r"KSZ509 hub hub-gen-1 .*address already in use"),
    ):
        up(inventory)

    assert Routers.attach(inventory) is None
