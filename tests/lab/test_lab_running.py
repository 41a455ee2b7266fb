"""The lab as its users meet it: boots, changes with the inventory, leaves nothing."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from ksz_netops.cli import app
from ksz_netops.errors import LabError
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.vault import generate_missing
from ksz_netops.lab import machines, requirements
from ksz_netops.lab.prove import prove
from ksz_netops.lab.requirements import Esp, judge
from ksz_netops.lab.running import Running
from support.lab_running import Lab, copy_of_sample

if TYPE_CHECKING:
    from collections.abc import Iterator

GOOD = dict.fromkeys(("overlay", "veth", "bridge", "tun", "nftables", "htb", "vlan"), "")


@pytest.fixture
def small_lab(tmp_path: Path) -> Iterator[Lab]:
    """A lab of one hub and two partners, for tests that change it."""
    inventory = copy_of_sample(tmp_path / "inventory", routers=False)
    for file in (inventory / "partners").glob("*.yml"):
        if file.stem not in {"P00001", "P00007"}:
            file.unlink()
    with Lab(inventory) as running:
        yield running


def ssh(lab: Lab, hub: str, command: str) -> str:
    management = load_intent(lab.inventory).hubs[hub].management
    done = subprocess.run(  # noqa: S603 - as an operator reaches a hub
        [
            *("/usr/bin/ssh", "-p", str(management.port), "-o", "BatchMode=yes"),
            *("-i", str(lab.inventory / management.private_key)),
            *("-o", f"UserKnownHostsFile={lab.inventory / management.known_hosts}"),
            *("-o", "StrictHostKeyChecking=yes", "-F", "/dev/null"),
            f"{management.user}@{management.address}",
            command,
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.lab
def test_hubs_boot_bare_and_open_to_the_key_of_the_inventory(lab: Lab) -> None:
    for hub in ("hub-bru-1", "hub-bru-2", "sftp-1"):
        assert ssh(lab, hub, "hostname") == f"{hub}\n"


@pytest.mark.lab
def test_a_host_sees_its_own_processes_and_links_only(lab: Lab) -> None:
    links = json.loads(lab.run("hub-bru-1", "ip", "-j", "link"))
    processes = lab.run("P00001", "ps", "-eo", "comm=").split()

    expected = {"lo", "ext0", "fedman0", "line1", "line2", "line3", "mgmt0", "wan0"}
    # Before strongSwan of the hub, if another test has prepared it, which brings a tunnel device.
    assert {link["ifname"] for link in links} - {"ipsec0"} == expected
    assert processes == ["sleep", "ps"]


@pytest.mark.lab
def test_no_way_leads_out_of_the_sandbox(lab: Lab) -> None:
    sandbox = Running.of(lab.inventory).sandbox.inside
    names = {link["ifname"] for link in json.loads(sandbox.run("ip", "-j", "link"))}
    ours = set(os.listdir("/sys/class/net")) - {"lo"}  # noqa: PTH208 - names of devices

    assert names & ours == set()
    assert json.loads(sandbox.run("ip", "-j", "route", "show", "default")) == []
    with pytest.raises(LabError, match="unreachable"):
        sandbox.run("ip", "route", "get", "1.1.1.1")


@pytest.mark.lab
def test_what_a_host_writes_never_reaches_the_machine(lab: Lab) -> None:
    for folder in ("/etc", "/usr/local/lib", "/var/lib", "/root", "/home", "/srv", "/tmp", "/run"):  # noqa: S108 - of a host
        file = f"{folder}/written-in-the-lab"
        lab.run("P00001", "touch", file)
        assert not Path(file).exists()
    with pytest.raises(LabError, match="Read-only"):
        lab.run("P00001", "touch", "/written-in-the-lab")


@pytest.mark.lab
def test_a_second_up_finds_nothing_to_do(small_lab: Lab) -> None:
    assert not small_lab.up()


@pytest.mark.lab
def test_a_new_partner_file_adds_a_site_and_touches_no_other(small_lab: Lab) -> None:
    before = Running.of(small_lab.inventory).built
    partners = small_lab.inventory / "partners"
    text = (partners / "P00007.yml").read_text(encoding="utf-8")
    new = partners / "P00090.yml"
    new.write_text(
        text.replace("P00007", "P00090").replace("203.0.113.77", "203.0.113.90"), encoding="utf-8"
    )
    generate_missing(load_intent(small_lab.inventory), small_lab.inventory)

    added = small_lab.up()

    after = Running.of(small_lab.inventory).built
    assert (added.added, added.removed) == (("P00090",), ())
    assert "203.0.113.90" in small_lab.run("P00090", "ip", "address", "show", "wan0")
    assert "203.0.113.90" in small_lab.run("extranet", "ip", "route")
    assert {name: built.started for name, built in before.items()} == {
        name: built.started for name, built in after.items() if name != "P00090"
    }

    new.unlink()
    removed = small_lab.up()

    assert (removed.added, removed.removed) == ((), ("P00090",))
    assert "203.0.113.90" not in small_lab.run("extranet", "ip", "route")
    with pytest.raises(LabError, match="no host P00090"):
        small_lab.run("P00090", "true")


@pytest.mark.lab
def test_a_new_attachment_gives_a_running_hub_a_port(small_lab: Lab) -> None:
    file = small_lab.inventory / "host_vars/hub-bru-1.yml"
    text = file.read_text(encoding="utf-8")
    addition = "    line9:\n      interface: line9\n"
    file.write_text(f"{text.rstrip()}\n{addition}", encoding="utf-8")

    small_lab.up()
    assert "line9" in small_lab.run("hub-bru-1", "ip", "link")

    file.write_text(text, encoding="utf-8")
    small_lab.up()
    assert "line9" not in small_lab.run("hub-bru-1", "ip", "link")


@pytest.mark.lab
def test_other_base_addresses_need_a_new_boot(small_lab: Lab) -> None:
    file = small_lab.inventory / "host_vars/hub-bru-1.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("203.0.113.1/24", "203.0.113.9/24"), encoding="utf-8")

    with pytest.raises(LabError, match="KSZ508"):
        small_lab.up()


@pytest.mark.lab
def test_down_leaves_no_process(small_lab: Lab) -> None:
    running = Running.of(small_lab.inventory)
    spaces = {str((running.sandbox.inside.proc / "ns/pid").readlink())}
    spaces |= {
        str((running.host(name).inside.proc / "ns/pid").readlink()) for name in running.built
    }
    assert members(spaces)

    assert small_lab.down()

    assert members(spaces) == []
    assert Running.attach(small_lab.inventory) is None
    assert not small_lab.down()


def members(spaces: set[str]) -> list[str]:
    found = []
    for space in Path("/proc").glob("[0-9]*/ns/pid"):
        try:
            if str(space.readlink()) in spaces:
                found.append(space.parts[2])
        except OSError:
            continue
    return found


@pytest.mark.lab
def test_a_pid_that_somebody_else_has_now_is_never_killed(small_lab: Lab) -> None:
    record = small_lab.inventory / ".lab/sandbox.json"
    genuine = record.read_text()
    with subprocess.Popen(["/usr/bin/sleep", "60"]) as innocent:
        forged = json.loads(genuine)
        for process in forged.values():
            process["pid"] = innocent.pid
        record.write_text(json.dumps(forged))

        assert not small_lab.down()
        time.sleep(0.05)
        assert innocent.poll() is None
        innocent.kill()
    record.write_text(genuine)


@pytest.mark.lab
def test_a_taken_port_is_named_and_nothing_is_left_running(tmp_path: Path) -> None:
    inventory = copy_of_sample(tmp_path / "inventory", routers=False)
    other = copy_of_sample(tmp_path / "other", routers=False)
    for file in (inventory / "host_vars").glob("*.yml"):
        (other / "host_vars" / file.name).write_bytes(file.read_bytes())

    with Lab(inventory):
        with pytest.raises(LabError, match=r"KSZ509.*Address already in use"):
            Lab(other).up()
        assert Running.attach(other) is None


@pytest.mark.lab
def test_proofs_fail_on_hubs_that_nobody_has_provisioned(small_lab: Lab) -> None:
    proofs = prove(small_lab.bench(patience_s=0.3), frozenset({"P00001"}), rates=False)

    assert proofs
    assert not any(proof.holds for proof in proofs)


@pytest.mark.lab
def test_exec_runs_on_the_host(small_lab: Lab) -> None:
    command = [
        *(".venv/bin/ksz-netops", "lab", "exec", "--inventory", str(small_lab.inventory)),
        *("P00001", "--", "sh", "-c", "echo $(hostname) $HOME; exit 7"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours

    assert (done.stdout, done.returncode) == ("P00001 /root\n", 7)


@pytest.mark.lab
def test_status_lists_the_hosts_and_says_by_exit_code_whether_all_run(small_lab: Lab) -> None:
    command = ["lab", "status", "--json", "--inventory", str(small_lab.inventory)]
    running = CliRunner().invoke(app, command)
    lab = Running.of(small_lab.inventory)
    lab.sandbox.inside.run("kill", "-KILL", str(lab.host("P00001").pid))
    broken = CliRunner().invoke(app, command)
    small_lab.down()
    gone = CliRunner().invoke(app, command)

    names = {"hub-bru-1", "hub-bru-2", "sftp-1", "extranet", "internet", "P00001", "P00007"}
    assert {row["host"] for row in json.loads(running.stdout)} == names
    assert [running.exit_code, broken.exit_code, gone.exit_code] == [0, 2, 2]


def test_a_missing_privilege_is_named_with_what_grants_it() -> None:
    with pytest.raises(LabError) as caught:
        judge({**GOOD, "tun": "", "nftables": "Operation not permitted", "veth": "Unknown"})

    assert [problem.what for problem in caught.value.problems] == [
        "the lab's probe `nftables` failed: Operation not permitted",
        "the lab's probe `veth` failed: Unknown",
    ]
    assert all("modprobe" in problem.fix for problem in caught.value.problems)


def test_without_root_the_lab_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirements.os, "geteuid", lambda: 1000)

    with pytest.raises(LabError, match="probe `root` failed: this is user 1000; run it as root"):
        requirements.abilities()


@pytest.mark.parametrize(
    ("esp", "xfrm", "expected"),
    [("", "", Esp.KERNEL), ("no", "", Esp.LIBIPSEC), ("", "no", Esp.LIBIPSEC)],
)
def test_the_kernel_encrypts_where_it_can(esp: str, xfrm: str, expected: Esp) -> None:
    assert judge({**GOOD, "esp": esp, "xfrm": xfrm}).esp is expected


@pytest.mark.lab
def test_a_site_that_fails_to_boot_is_gone_and_is_built_by_the_next_up(
    small_lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    partners = small_lab.inventory / "partners"
    new = (
        copy_of_sample(small_lab.inventory.parent / "other", routers=False) / "partners/P00004.yml"
    )
    (partners / "P00004.yml").write_bytes(new.read_bytes())
    with monkeypatch.context() as broken:
        broken.setattr(machines, "_ASYMMETRIC", "echo the disk is full >&2; exit 1\n")
        with pytest.raises(LabError, match=r"KSZ504 host P00004 did not boot: the disk is full"):
            small_lab.up()

    assert "P00004" not in Running.of(small_lab.inventory).built
    assert "P00004" in small_lab.up().added
    assert not small_lab.up()
