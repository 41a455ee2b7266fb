"""From the first file to the last trace: what operators do, on hubs with real daemons."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Operator

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

HUBS = ("hub-bru-1", "hub-bru-2", "hub-gen-1", "hub-ant-1", "sftp-1")
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
    assert "kept" in operator.at("sftp-1", "cat $(find /var/lib/ksz/archive -name kept.txt)")

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


STRAY = """\
nft add element inet ksz line_in4 '{ "line2" . 198.51.100.99 comment "KSZ-P00099-S1" }'
"""
EDITS = {
    "a deleted element of the filter": (
        "hub-bru-1",
        """nft delete element inet ksz line_in4 '{ "line1" . 198.51.100.1 }'""",
        "P00001 S1 filter",
    ),
    "a widened selector": (
        "hub-bru-2",
        """sed -i 's#remote_ts = .*#remote_ts = 198.51.100.0/24#' "$C/KSZ-P00008-S1.conf"
        swanctl --load-conns""",
        "P00008 S1 tunnel",
    ),
    "a stopped tunnel": (
        "hub-bru-1",
        """rm "$C/KSZ-P00007-S1.conf"
        swanctl --load-conns
        swanctl --terminate --ike KSZ-P00007-S1 --force --timeout 5""",
        "P00007 S1 tunnel-up",
    ),
    "a stray partner": (
        "hub-bru-1",
        STRAY,
        "P00099 S1 orphans",
    ),
    "another rate": (
        "hub-bru-1",
        "tc class change dev ext0 parent 4b5a: classid 4b5a:5 htb rate 9mbit ceil 9mbit",
        "P00005 S1 shaper",
    ),
    "a rule of somebody else in the filter": (
        "hub-bru-2",
        "nft insert rule inet ksz forward accept",
        "hub-bru-2",
    ),
}


TYPED = {
    "a filter that lets everything in": (
        """\
configure terminal
ip access-list extended KSZ-P00014-S1-IN
140105 permit ip any any
end
""",
        "P00014 S1",
    ),
    "a policy with another rate": (
        """\
configure terminal
policy-map KSZ-P00013-S1-GI0-0-2-OUT
class KSZ-P00013-S1
shape average 9000000
end
write memory
""",
        "P00013 S1 shaper",
    ),
}
"""What somebody types on the router hub-gen-1, and how the audit names it."""


def test_what_was_changed_by_hand_is_named_and_healed(operator: Operator) -> None:
    for host, script, _ in EDITS.values():
        operator.at(host, f"C=/run/ksz/running/connections\n{script}")
    for lines, _ in TYPED.values():
        operator.types("hub-gen-1", lines)

    audit = operator.playbook("audit")

    assert audit.exit_code == 2
    violated = [line for line in audit.output.splitlines() if "violated" in line]
    named = {what: edit[-1] for what, edit in (*EDITS.items(), *TYPED.items())}
    for what, expected in named.items():
        assert any(expected in line for line in violated), f"{what} is not named"
    assert "expected:" in audit.output
    assert "observed:" in audit.output

    healed = operator.playbook("provision")

    assert healed.exit_code == 0, healed.output
    assert healed.changed == {**dict.fromkeys(HUBS, 1), "hub-ant-1": 0, "sftp-1": 0}
    again = operator.playbook("audit")
    assert again.exit_code == 0, again.output
    assert operator.failed_proofs() == []


FOREIGN = {
    "hub-bru-2": (
        """nft 'add table ip other
        add chain ip other c { type nat hook prerouting priority -100; }
        add rule ip other c ip saddr 198.51.100.8 dnat to 192.0.2.9'""",
        "nft delete table ip other",
    ),
    "hub-gen-1": (
        """configure terminal
interface Tunnel999
ip address 10.77.0.1 255.255.255.252
end
write memory
""",
        """configure terminal
no interface Tunnel999
end
write memory
""",
    ),
}
"""What others do on a hub, by which packets pass its filter, and what undoes it."""


def judged(report: Path) -> list[tuple[object, ...]]:
    """What the audit in *report* found, without what is counted and goes on."""
    told = ("hub", "partner", "connection", "check", "verdict", "expected", "reason", "origin")
    findings = json.loads(report.read_text("utf-8"))["findings"]
    return [tuple(each[field] for field in told) for each in findings]


@pytest.mark.parametrize("hub", FOREIGN)
def test_what_others_did_is_named_by_the_playbook_and_by_the_command_alike(
    operator: Operator, tmp_path: Path, hub: str
) -> None:
    typed = operator.at if hub == "hub-bru-2" else operator.types
    done, undone = FOREIGN[hub]
    reports = [tmp_path / f"{name}.json" for name in ("playbook", "command")]

    typed(hub, done)
    try:
        audited = operator.playbook("audit", "-e", f"report={reports[0]}")
        code = operator.command("audit", "--report", reports[1])
    finally:
        typed(hub, undone)

    assert (audited.exit_code, code) == (2, 2)
    findings = judged(reports[0])
    assert findings == judged(reports[1])
    bad = [each for each in findings if each[4] in {"violated", "unknown"}]
    assert [each[:5] for each in bad] == [(hub, None, None, "bypass", "violated")]


def test_an_audit_of_a_part_is_that_part_of_the_whole_by_playbook_and_command(
    operator: Operator, tmp_path: Path
) -> None:
    whole, by_playbook, by_command = (tmp_path / f"{name}.json" for name in ("w", "p", "c"))
    checks = ("tunnel", "tunnel-up", "filter")

    assert operator.command("audit", "--report", whole) == 0
    run = operator.playbook(
        *("audit", "--limit", "hub-bru-1", "-e", "partner=P00007"),
        *("-e", f"check_id={','.join(checks)}", "-e", f"report={by_playbook}"),
    )
    code = operator.command(
        *("audit", "--limit", "hub-bru-1", "--partner", "P00007", "--report", by_command),
        *(word for check in checks for word in ("--check-id", check)),
    )

    assert (run.exit_code, code) == (0, 0), run.output
    part = [
        each for each in judged(whole) if each[:2] == ("hub-bru-1", "P00007") and each[3] in checks
    ]
    assert len(part) == len(checks)
    assert judged(by_playbook) == judged(by_command) == part


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
