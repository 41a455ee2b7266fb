"""What `ansible-galaxy collection build` takes along from a clone in which somebody worked."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path

import ksz_netops

ROOT = Path(ksz_netops.__file__).parents[1]
LEFT_BEHIND = (
    ".vault-password", "allowed_signers", "evidence/hub-bru-1/answer.json", "id_ed25519",
    "inventory/.lab/id_ed25519", "inventory/.vault-password", "inventory/keys/id_ed25519",
    "inventory/record/000001.json", "inventory/secrets.yml", "keys/id_ed25519", "known_hosts",
    "plan.json", "plan.json.an.sig", "record/000001.json", "reports/history.sqlite",
    "roles/linux_hub/files/__pycache__/x.pyc", "secrets.yml",
)  # fmt: skip
COLLECTION = ("meta", "playbooks", "plugins", "roles")


def test_the_archive_holds_the_collection_and_nothing_that_was_left_behind(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)  # noqa: S603, S607 - fixed
    (clone / "galaxy.yml").write_text((ROOT / "galaxy.yml").read_text())
    for name in LEFT_BEHIND:
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).write_text("secret")

    build = [ROOT / ".venv/bin/ansible-galaxy", "collection", "build", "--output-path", tmp_path]
    subprocess.run(build, cwd=clone, check=True, capture_output=True)  # noqa: S603 - ours

    (archive,) = tmp_path.glob("ksz-netops-*.tar.gz")
    with tarfile.open(archive) as tar:
        files = {each.name for each in tar.getmembers() if each.isfile()}
    assert not set(LEFT_BEHIND) & files
    tracked = subprocess.run(  # noqa: S603 - fixed
        ["git", "-C", str(clone), "ls-files", *COLLECTION],  # noqa: S607 - git
        check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    assert tracked
    assert set(tracked) <= files
    tops = {name.split("/")[0] for name in files}
    assert tops <= {
        "CHANGELOG.md", "CONTRIBUTING.md", "FILES.json", "LICENSE", "MANIFEST.json", "README.md",
        "SECURITY.md",
        *COLLECTION,
    }  # fmt: skip
