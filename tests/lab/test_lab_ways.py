"""A partner with two lines, whose first line's far end falls silent while its link stays up."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from ksz_netops.cli import code_of
from ksz_netops.lab.sandbox import wait_for
from ksz_netops.lab.traffic import flows_pass
from support.playbook_run import run_playbook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.lab_running import Lab

pytestmark = pytest.mark.lab

PARTNER, HUB = "P00003", "hub-bru-2"


@contextmanager
def silent(lab: Lab) -> Iterator[None]:
    """The partner's router takes nothing from its first line any more, though its link is up."""
    links = json.loads(lab.run(PARTNER, "ip", "-j", "address", "show"))
    (port,) = (
        link["ifname"]
        for link in links
        if any(each["local"] == "192.0.2.142" for each in link["addr_info"])
    )
    hook = f"type filter hook ingress device {port} priority 0;"
    rule = f"table netdev dead {{ chain in {{ {hook} drop; }}; }}"
    lab.run(PARTNER, "nft", rule)
    try:
        yield
    finally:
        lab.run(PARTNER, "nft", "delete", "table", "netdev", "dead")


def flows_hold(lab: Lab) -> bool:
    with ThreadPoolExecutor() as pool:
        proofs = list(flows_pass(lab.bench(patience_s=2), frozenset({PARTNER}), pool))
    return bool(proofs) and all(proof.holds for proof in proofs)


def audited(lab: Lab, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The finding of the check `ways` on the partner."""
    capsys.readouterr()
    part = ("--hub", HUB, "--partner", PARTNER, "--check-id", "ways")
    code_of(["audit", "--inventory", str(lab.inventory), *part, "--format", "json"])
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    found: dict[str, Any] = finding
    return found


def routes(lab: Lab) -> set[str]:
    """The ports by which the hub reaches the partner."""
    shown = lab.run(HUB, "ip", "-j", "route", "show", "198.51.100.3", "proto", "201")
    return {route["dev"] for route in json.loads(shown) if "dev" in route}


def test_a_silent_far_end_moves_the_partner_to_its_second_line_and_back(
    connected_lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = connected_lab
    assert wait_for(lambda: routes(lab) == {"line1", "line2"} or None, 10)
    assert audited(lab, capsys)["verdict"] == "compliant"

    with silent(lab):
        assert wait_for(lambda: routes(lab) == {"line2"} or None, 10), lab.run(HUB, "ip", "route")
        assert flows_hold(lab)
        during = audited(lab, capsys)
        again = run_playbook("provision", lab.inventory, "--check", "--limit", HUB)
    assert wait_for(lambda: routes(lab) == {"line1", "line2"} or None, 60)

    assert during["verdict"] == "violated"
    assert "192.0.2.142 does not answer over line1" in during["reason"]
    assert "changed=0" in again.output
    assert flows_hold(lab)
    assert audited(lab, capsys)["verdict"] == "compliant"


def test_ways_stay_as_they_are_while_the_watcher_is_dead(connected_lab: Lab) -> None:
    lab = connected_lab
    assert wait_for(lambda: routes(lab) == {"line1", "line2"} or None, 60)
    pid = lab.run(HUB, "cat", "/run/ksz-ways.pid").strip()

    lab.run(HUB, "kill", "-KILL", pid)
    try:
        with silent(lab):
            time.sleep(5)
            assert routes(lab) == {"line1", "line2"}
    finally:
        prepared = run_playbook("prepare", lab.inventory, "--limit", HUB)
    assert prepared.exit_code == 0, prepared.output
    assert lab.run(HUB, "cat", "/run/ksz-ways.pid").strip() != pid
