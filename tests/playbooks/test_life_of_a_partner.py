"""From the first file to the last trace: what operators do, on hubs with real daemons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.lab_operator import HUBS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.lab_operator import Operator

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

NEWCOMER = """\
id: P00042
name: Ziekenfonds De Proef
sector: health insurance
official_ip: 198.51.100.42
helpdesk:
  name: Service desk
  email: netwerk@deproef.example
  phone: "+32 2 555 01 12"
  hours: Mo-Fr 08:00-18:00
  languages: [nl, fr]
connections:
  - id: S1
    method: ipsec_vpn
    hub: hub-bru-1
    peer: 203.0.113.142
    capacity_kbps: 512
    psk: vault:P00042-S1
flows:
  - to: dimona-web
    authorisation: KSZ 26/041
"""

FILTER = "nft -s list table inet ksz | sed '/set violators/,/^\t}/d'"
"""Shows the filter; whoever sends what is refused stands among the violators for a day."""
LEFT = f"""\
{FILTER}
swanctl --list-sas
swanctl --list-conns
tc class show dev ext0
tc class show dev ipsec0
ip route show proto 201
ls -R /run/ksz/running/ /etc/swanctl
"""
"""Shows all that a hub holds for partners."""


def test_a_second_run_changes_nothing(operator: Operator) -> None:
    run = operator.playbook("provision", "--diff")

    assert run.exit_code == 0, run.output
    assert run.changed == dict.fromkeys(HUBS, 0)
    assert run.diff == []


def test_a_fresh_audit_finds_nothing(operator: Operator) -> None:
    run = operator.playbook("audit")

    assert run.exit_code == 0, run.output


@pytest.fixture(scope="module")
def newcomer(operator: Operator) -> Iterator[str]:
    """A partner whose file and site are there, and whose connection is not."""
    path = operator.inventory / "partners/P00042.yml"
    path.write_text(NEWCOMER, encoding="utf-8")
    operator.takes_over()
    yield "P00042"
    path.unlink(missing_ok=True)
    operator.takes_over()


def test_a_new_partner_is_connected_as_predicted_and_nobody_else_notices(
    operator: Operator, newcomer: str
) -> None:
    with operator.pings("P00007", seconds=25) as ping:
        predicted = operator.playbook("provision", "--check", "--diff")
        done = operator.playbook("provision", "--diff")
        counted = ping.communicate()[0]

    assert predicted.exit_code == 0, predicted.output
    assert done.exit_code == 0, done.output
    assert done.diff == predicted.diff
    assert any(newcomer in line for line in done.diff)
    assert not any("P00007" in line for line in done.diff)
    assert done.changed == {**dict.fromkeys(HUBS, 0), "hub-bru-1": 1}
    assert " 0 lost" in counted
    assert operator.failed_proofs(newcomer) == []


def test_who_leaves_leaves_no_trace(operator: Operator, newcomer: str) -> None:
    predicted = operator.playbook("offboard", "--check", "-e", f"partner={newcomer}")
    assert predicted.exit_code == 0, predicted.output
    assert (operator.inventory / f"partners/{newcomer}.yml").exists()

    run = operator.playbook("offboard", "-e", f"partner={newcomer}")

    assert run.exit_code == 0, run.output
    assert (operator.inventory / f"former/{newcomer}.yml").exists()
    left = operator.at("hub-bru-1", LEFT)
    assert newcomer not in left
    assert "198.51.100.42" not in left
    assert "4b5a:2a " not in left
    assert operator.playbook("audit").exit_code == 0


def test_an_account_on_the_file_server_goes_with_its_partner_and_the_files_are_kept(
    operator: Operator,
) -> None:
    path = operator.inventory / "partners/P00009.yml"
    file = path.read_text(encoding="utf-8")
    operator.at("sftp-1", "find /srv/ksz/ksz-p00009-s1 -mindepth 1 -maxdepth 1 -type d | grep . ")
    operator.at("sftp-1", "for d in /srv/ksz/ksz-p00009-s1/*/; do echo kept >$d/kept.txt; done")

    run = operator.playbook("offboard", "-e", "partner=P00009")

    assert run.exit_code == 0, run.output
    accounts = operator.at(
        "sftp-1", "getent passwd; ls /etc/ssh/ksz /srv/ksz; nft list table inet ksz"
    )
    assert "p00009" not in accounts
    assert "P00009" not in accounts
    assert "kept" in operator.at("sftp-1", "cat $(find /srv/ksz/.archive -name kept.txt)")

    path.write_text(file, encoding="utf-8")
    back = operator.playbook("provision")
    assert back.exit_code == 0, back.output
    assert operator.failed_proofs("P00009") == []


def test_who_leaves_a_router_leaves_no_trace_and_comes_back_as_predicted(
    operator: Operator,
) -> None:
    path = operator.inventory / "partners/P00012.yml"
    file = path.read_text(encoding="utf-8")
    before = operator.types("hub-gen-1", "show running-config\n").splitlines()
    assert any("KSZ-P00012-S1" in line for line in before)

    run = operator.playbook("offboard", "-e", "partner=P00012")

    assert run.exit_code == 0, run.output
    left = operator.types("hub-gen-1", "show running-config\n")
    assert "P00012" not in left
    assert "198.51.100.12" not in left

    path.write_text(file, encoding="utf-8")
    predicted = operator.playbook("provision", "--check", "--diff")
    back = operator.playbook("provision", "--diff")
    assert back.exit_code == 0, back.output
    assert back.diff == predicted.diff
    assert back.changed == {**dict.fromkeys(HUBS, 0), "hub-gen-1": 1}
    after = operator.types("hub-gen-1", "show running-config\n").splitlines()
    # What comes back stands last.
    assert sorted(after) == sorted(before)


def test_a_change_that_locks_us_out_is_undone_by_the_hub_itself(operator: Operator) -> None:
    path = operator.inventory / "host_vars/hub-bru-2.yml"
    file = path.read_text(encoding="utf-8")
    before = operator.at("hub-bru-2", FILTER)
    path.write_text(
        file.replace("interface: mgmt0", "interface: mgmt0\n    sources: [192.0.2.250/32]"), "utf-8"
    )

    try:
        run = operator.playbook("provision", "-e", "revert_in_s=20")
    finally:
        path.write_text(file, encoding="utf-8")

    assert run.failed == {"hub-bru-2"}
    assert "reverted" in run.output
    assert operator.at("hub-bru-2", FILTER) == before
    assert operator.playbook("provision", "--check").changed["hub-bru-2"] == 0
