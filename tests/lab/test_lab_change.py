"""Approved changes over the real hubs of the lab."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import yaml
from change_desk import key_of
from lab_change import Bench, now, with_other_capacities, with_people
from playbook_run import ROOT

from ksz_netops.change.record import Record
from ksz_netops.change.settle import Means
from ksz_netops.change.trail import verify_record
from ksz_netops.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lab_running import Lab

    from ksz_netops.change.outcome import Evidence

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

STEPS = [int(each) for each in os.environ.get("KSZ_KILL_STEPS", "20,47,58,70").split(",")]
"""Of about 90 for two hubs; the runner dies at each in turn. `KSZ_KILL_STEPS` takes others."""


@pytest.fixture(scope="module")
def hubs(connected_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("changes")
    inventory = with_people(connected_lab.inventory)
    return Bench((inventory, with_other_capacities(inventory, folder / "other")), folder)


def scripts(pipeline: Path) -> Iterator[tuple[str, str]]:
    """Each job or step of *pipeline* that runs commands, in order, with its name."""
    said = yaml.safe_load(pipeline.read_text("utf-8"))
    if "jobs" in said:
        for job in said["jobs"].values():
            yield from ((each["name"], each["run"]) for each in job["steps"] if "run" in each)
    else:
        for name, job in said.items():
            if isinstance(job, dict) and "script" in job:
                yield name, "\n".join(job["script"])


@pytest.mark.parametrize("pipeline", ["gitlab-ci.yml", "github-actions.yml"])
def test_the_steps_of_a_pipeline_make_an_approved_change(
    hubs: Bench, tmp_path: Path, pipeline: str
) -> None:
    inventory, plan, _ = hubs.approved()
    (inventory / "approval.yml").write_text("attesters: [carol]\nauthors: [dora]\n", "utf-8")
    with (inventory / "allowed_signers").open("a", encoding="utf-8") as signers:
        signers.write(f"carol {key_of('carol').with_suffix('.pub').read_text('utf-8')}")
    environment = {
        **os.environ,
        "PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}",
        "INVENTORY": str(inventory),
        "RECORD": str(hubs.record),
        "PLANNER_KEY": str(key_of("carol")),
        "GITLAB_USER_LOGIN": "dora",
        "GITHUB_ACTOR": "dora",
    }

    def run(script: str) -> None:
        argv = ["bash", "-e", "-c", script]
        done = subprocess.run(  # noqa: S603 - the commands of our own documentation
            argv, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"

    for name, script in scripts(ROOT / "docs/pipelines" / pipeline):
        run(script)
        if name.lower() == "plan":
            run(
                f"ksz-netops approve changes/plan.json --key {key_of('bob')} --yes"
                f" --inventory {inventory}"
            )
    with_people(inventory)

    made = json.loads((tmp_path / "changes/plan.json").read_bytes())
    assert [each["after"] for each in made["hubs"]] == [each.after for each in plan.hubs]
    assert set(hubs.held(inventory, plan)) == {"new"}


@contextmanager
def nothing_lost(inventory: Path, *partners: str) -> Iterator[None]:
    """Asserts that no packet of *partners* is lost meanwhile."""
    command = ROOT / ".venv/bin/ksz-netops"
    argv = [command, "lab", "ping", "--inventory", inventory, "--seconds", "300", "--partner"]
    pings = [subprocess.Popen([*argv, each], stdout=subprocess.PIPE) for each in partners]  # noqa: S603 - argv is ours
    try:
        yield
    finally:
        for ping in pings:
            ping.send_signal(signal.SIGINT)
        said = [ping.communicate()[0].decode() for ping in pings]
    assert [ping.returncode for ping in pings] == [0] * len(pings), said
    assert all(" 0 lost" in each for each in said), said


def test_a_hub_that_is_found_wanting_takes_all_back_and_nobody_else_notices(hubs: Bench) -> None:
    inventory, plan, path = hubs.approved()

    def wanting(evidence: Evidence) -> Iterator[Problem]:
        if evidence.hub == "hub-bru-2":
            yield Problem(code="KSZ400", what="found wanting", fix="nothing, it is a test")

    office = hubs.office(inventory)
    means = Means(reveal=office.vault.reveal, verify=wanting, revert_in_s=60)
    with nothing_lost(hubs.inventories[0], "P00001", "P00003"):
        result = office.apply(path, now=now, means=means)

    assert result.undone
    assert set(hubs.held(inventory, plan)) == {"old"}


def test_a_runner_that_is_killed_leaves_hubs_that_recover_alike(hubs: Bench) -> None:
    ends = [hubs.dies_at(step) for step in STEPS]

    assert set(ends) <= {"old", "new", "lived"}
    assert list(verify_record(Record(hubs.record))) == []
