"""What somebody's hand did on a hub is named, by playbook and command alike, and healed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.lab_operator import HUBS

if TYPE_CHECKING:
    from pathlib import Path

    from support.lab_operator import Operator

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

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


def test_what_was_changed_by_hand_is_named_and_healed(operator: Operator, tmp_path: Path) -> None:
    for host, script, _ in EDITS.values():
        operator.at(host, f"C=/run/ksz/running/connections\n{script}")
    for lines, _ in TYPED.values():
        operator.types("hub-gen-1", lines)

    report = tmp_path / "audit.json"
    audit = operator.playbook("audit", "-e", f"report={report}")

    assert audit.exit_code == 2
    findings = json.loads(report.read_text("utf-8"))["findings"]
    violated = [
        f"{finding['hub']}: {finding['message']}"
        for finding in findings
        if finding["verdict"] == "violated"
    ]
    named = {what: edit[-1] for what, edit in (*EDITS.items(), *TYPED.items())}
    for what, expected in named.items():
        assert any(expected in line for line in violated), f"{what} is not named"
    assert "Is it safe?" in audit.output
    assert "next: ksz-netops diff --hub hub-bru-1" in audit.output

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
