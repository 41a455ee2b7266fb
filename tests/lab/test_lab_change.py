"""Approved changes over the real hubs of the lab."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

from support.change_desk import key_of
from support.lab_change import Bench, with_edits, with_people
from support.playbook_run import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.lab_running import Lab


pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def hubs(connected_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("changes")
    inventory = with_people(connected_lab.inventory)
    return Bench((inventory, with_edits(inventory, folder / "other")), folder)


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


OFFLINE = {"validate", "changes", "Install", "Validate", "Say what changes"}
"""Steps that reach no hub, which other tests try."""


def commit_signed(inventory: Path, person: str) -> str:
    """Commits the files of *inventory* as they are, signed by *person*; its id."""
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "gpg.format=ssh"]
    commit = [*who, "-c", f"user.signingkey={key_of(person)}", "commit", "-S", "-qm", "A change"]
    files = [f"{inventory.name}/{name}" for name in ("allowed_signers", "approval.yml", "partners")]
    for words in (["init", "-q"], ["add", "-f", *files], commit, ["rev-parse", "HEAD"]):
        done = subprocess.run(  # noqa: S603 - argv is ours
            ["git", *words],  # noqa: S607 - the system's own
            cwd=inventory.parent,
            check=True,
            capture_output=True,
            text=True,
        )
    return done.stdout.strip()


@pytest.mark.parametrize("pipeline", ["gitlab-ci.yml", "github-actions.yml"])
def test_the_steps_of_a_pipeline_make_an_approved_change(
    hubs: Bench, tmp_path: Path, pipeline: str
) -> None:
    inventory, plan, _ = hubs.approved()
    (inventory / "approval.yml").write_text("attesters: [carol]\n", "utf-8")
    with (inventory / "allowed_signers").open("a", encoding="utf-8") as signers:
        signers.write(f"carol {key_of('carol').with_suffix('.pub').read_text('utf-8')}")
    head = commit_signed(inventory, "alice")
    environment = {
        **os.environ,
        **dict.fromkeys(["BASE", "HEAD", "CI_COMMIT_SHA", "CI_MERGE_REQUEST_DIFF_BASE_SHA"], head),
        **dict.fromkeys(["CI_BUILDS_DIR", "RUNNER_TEMP"], str(tmp_path)),
        "PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}",
        "INVENTORY": inventory.name,
        "RECORD": str(hubs.record),
        "PLANNER_KEY": str(key_of("carol")),
    }

    def run(script: str) -> None:
        argv = ["bash", "-e", "-c", script]
        done = subprocess.run(  # noqa: S603 - the commands of our own documentation
            argv, cwd=inventory.parent, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"

    for name, script in scripts(ROOT / "docs/pipelines" / pipeline):
        if name in OFFLINE:
            continue
        run(script)
        if name.lower() == "plan":
            run(
                f"ksz-netops approve changes/plan.json --key {key_of('bob')} --yes"
                f" --inventory {inventory} --record {hubs.record}"
            )
    with_people(inventory)
    made = json.loads((inventory.parent / "changes/plan.json").read_bytes())
    shutil.rmtree(inventory.parent / "changes")
    assert made["author"] == "alice"
    assert [each["after"] for each in made["hubs"]] == [each.after for each in plan.hubs]
    assert set(hubs.held(inventory, plan)) == {"new"}
