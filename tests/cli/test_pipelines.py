"""The sample pipelines: their steps run, and no secret is there before a person has looked."""

from __future__ import annotations

import itertools
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import ksz_netops
from ksz_netops.cli import code_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(ksz_netops.__file__).parents[1]
GITLAB = yaml.safe_load((ROOT / "docs/pipelines/gitlab-ci.yml").read_text())
GITHUB = yaml.safe_load((ROOT / "docs/pipelines/github-actions.yml").read_text())
SECRETS = ("RECORD", "PLANNER_KEY")


def steps() -> dict[str, str]:
    """The script of each job, as the runner's shell gets it."""
    found = {
        f"gitlab {name}": "\n".join(job["script"])
        for name, job in GITLAB.items()
        if isinstance(job, dict) and "script" in job
    }
    for name, job in GITHUB["jobs"].items():
        lines = [step["run"] for step in job["steps"] if "run" in step]
        found[f"github {name}"] = "\n".join(lines)
    return found


def commands() -> Iterator[tuple[str, list[str]]]:
    for job, script in steps().items():
        joined = script.replace("\\\n", " ")
        for line in joined.splitlines():
            for match in re.finditer(r"ksz-netops [^|>]+", line):
                yield job, shlex.split(match[0])[1:]


@pytest.mark.parametrize(("job", "words"), list(commands()))
def test_every_option_that_a_pipeline_gives_is_one_that_the_command_has(
    job: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = list(itertools.takewhile(lambda word: re.fullmatch("[a-z][a-z-]*", word), words))

    assert code_of([*path, "--help"]) == 0, job
    shown = capsys.readouterr().out
    for word in words:
        if word.startswith("--"):
            assert re.search(rf"{word}\b", shown), f"{job}: {word}"


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, job in GITLAB.items():
        if isinstance(job, dict) and "script" in job:
            yield f"gitlab {name}", job
    for name, job in GITHUB["jobs"].items():
        yield f"github {name}", job


@pytest.mark.parametrize(("name", "job"), list(jobs()))
def test_a_job_that_sees_a_secret_stands_behind_the_protected_environment(
    name: str, job: dict[str, Any]
) -> None:
    environment = job.get("environment")
    protected = environment if isinstance(environment, str) else (environment or {}).get("name")
    if any(f"${secret}" in steps()[name] for secret in SECRETS):
        assert protected == "extranet", name


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A branch whose last commit is signed by An, who is among the signers of the target branch."""
    folder = tmp_path / "clone"
    ignored = shutil.ignore_patterns("secrets.yml", ".vault-password", ".lab", "record")
    shutil.copytree(ROOT / "inventory", folder / "inventory", ignore=ignored)
    for name in ("an", "eve"):
        run(tmp_path, f"ssh-keygen -q -t ed25519 -N '' -f {name}")
    key = (tmp_path / "an.pub").read_text().rsplit(" ", 1)[0]
    (folder / "inventory/allowed_signers").write_text(f"an {key}\n")
    sign(folder, tmp_path / "an", "init -q -b main", "add .", "commit -q -S -m base")
    file = folder / "inventory/partners/P00007.yml"
    file.write_text(file.read_text().replace("capacity_kbps: 256", "capacity_kbps: 512"))
    return folder


def sign(folder: Path, key: Path, *words: str) -> None:
    settings = (
        f"-c gpg.format=ssh -c user.signingkey={key}.pub -c user.name=x -c user.email=x@example.org"
    )
    for each in words:
        run(folder, f"git {settings} {each}")


def run(folder: Path, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{ROOT}/.venv/bin:{os.environ['PATH']}"
    return subprocess.run(  # noqa: S603 - the samples of our own pages
        ["/bin/sh", "-euc", script],
        cwd=folder,
        env={"HOME": str(folder), "PATH": path, **environment},
        check=True,
        capture_output=True,
        text=True,
    )


def variables(folder: Path, tmp_path: Path) -> dict[str, str]:
    base = run(folder, "git rev-parse main").stdout.strip()
    head = run(folder, "git rev-parse HEAD").stdout.strip()
    return {
        "INVENTORY": "inventory", "BASE": base, "HEAD": head, "NUMBER": "7",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_COMMIT_SHA": head,
        "CI_BUILDS_DIR": str(tmp_path), "RUNNER_TEMP": str(tmp_path), "RECORD": "record",
        "PLANNER_KEY": "planner", "COMMENT_TOKEN": "token", "CI_API_V4_URL": "https://x.example",
        "CI_PROJECT_ID": "1", "CI_MERGE_REQUEST_IID": "7",
    }  # fmt: skip


def without_network(script: str) -> str:
    """The steps with what reaches others replaced by what would be sent."""
    script = re.sub(r"^python -m pip install .*$", "", script, flags=re.MULTILINE)
    return f"curl() {{ cat changes.md; }}\ngh() {{ cat changes.md; }}\n{script}"


@pytest.mark.parametrize("job", ["gitlab changes", "github check"])
def test_the_merge_request_is_told_what_the_branch_changes(
    clone: Path, tmp_path: Path, job: str
) -> None:
    sign(clone, tmp_path / "an", "switch -q -c branch", "commit -q -S -a -m wider")

    told = run(clone, without_network(steps()[job]), **variables(clone, tmp_path)).stdout

    assert "**1 hub to change:** `hub-bru-1`" in told
    assert "rate 512kbit" in told


@pytest.mark.parametrize("job", ["gitlab changes", "github check"])
def test_a_mistyped_option_stops_the_pipeline(clone: Path, tmp_path: Path, job: str) -> None:
    script = without_network(steps()[job]).replace("--format markdown", "--fromat markdown")

    with pytest.raises(subprocess.CalledProcessError):
        run(clone, script, **variables(clone, tmp_path))


def author_lines(job: str) -> str:
    """The part of the job that finds out who the author is."""
    lines = steps()[job].splitlines()
    end = next(index for index, line in enumerate(lines) if line.startswith("author="))
    return "\n".join([*lines[: end + 1], 'echo "author: $author"'])


@pytest.mark.parametrize("job", ["gitlab plan", "github plan"])
def test_the_author_is_whoever_signed_the_commit(clone: Path, tmp_path: Path, job: str) -> None:
    sign(clone, tmp_path / "an", "switch -q -c branch", "commit -q -S -a -m wider")

    said = run(clone, author_lines(job), **variables(clone, tmp_path)).stdout

    assert "author: an\n" in said


@pytest.mark.parametrize("job", ["gitlab plan", "github plan"])
@pytest.mark.parametrize("how", ["another key", "unsigned"])
def test_a_commit_that_no_signer_of_the_target_branch_signed_gets_no_plan(
    clone: Path, tmp_path: Path, job: str, how: str
) -> None:
    # The branch may well name its own key among the signers.
    key = (tmp_path / "eve.pub").read_text().rsplit(" ", 1)[0]
    (clone / "inventory/allowed_signers").write_text(f"eve {key}\n")
    signed = "-S" if how == "another key" else ""
    sign(clone, tmp_path / "eve", "switch -q -c branch", f"commit -q {signed} -a -m wider")

    with pytest.raises(subprocess.CalledProcessError):
        run(clone, author_lines(job), **variables(clone, tmp_path))
