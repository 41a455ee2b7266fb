"""The commands of a change, as far as they need no hub."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from ksz_netops.change.approval.admission import APPROVAL
from ksz_netops.change.approval.files import read_signatures, write_plan
from ksz_netops.change.plan.plan import read_plan
from ksz_netops.cli import app
from ksz_netops.errors import KszError
from ksz_netops.signing.ssh_signatures import belongs_to, parse_signature
from support.change_desk import key_of, plan_of

if TYPE_CHECKING:
    from pathlib import Path

    from support.change_site import Site


@pytest.fixture
def plan(site: Site) -> Path:
    site.edit("partners/P00005.yml", "capacity_kbps: ", "capacity_kbps: 128 # ")
    return site.write(site.plan())


def refusal(*words: str) -> str:
    """The codes with which the command is refused, without a traceback."""
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, KszError), result.output
    assert result.exception.exit_code == 3
    return " ".join(problem.code for problem in result.exception.problems)


def approve(plan: Path, key: Path) -> tuple[str, ...]:
    return ("approve", str(plan), "--key", str(key), "--inventory", str(plan.parent / "inventory"))


def test_an_approver_sees_the_plan_and_signs_it(plan: Path) -> None:
    result = CliRunner().invoke(app, approve(plan, key_of("bob")))

    assert result.exit_code == 0
    assert "hub-bru-1: Touches P00005." in result.output
    assert read_plan(plan.read_bytes()).digest in result.output
    signature = parse_signature(plan.with_name("plan.json.bob.sig").read_text("utf-8"))
    assert signature.namespace == APPROVAL
    assert belongs_to(signature, plan.read_bytes())


def test_the_public_half_of_a_key_names_the_approver_as_well(plan: Path) -> None:
    public = key_of("bob").with_suffix(".pub")

    result = CliRunner().invoke(app, approve(plan, public))

    assert result.exit_code == 0, result.output


def test_who_may_not_approve_is_told_before_signing(plan: Path) -> None:
    assert refusal(*approve(plan, key_of("alice"))) == "KSZ915"
    assert refusal(*approve(plan, key_of("mallory"))) == "KSZ912"
    assert refusal(*approve(plan, plan.with_name("nobody"))) == "KSZ906"
    assert len(read_signatures(plan)) == 1


def test_a_damaged_plan_is_not_signed(plan: Path) -> None:
    plan.write_bytes(plan.read_bytes().replace(b"hub-bru-1", b"hub-\xff"))

    assert refusal(*approve(plan, key_of("bob"))) == "KSZ901"


def test_a_new_plan_takes_the_signature_of_the_former_author_away(plan: Path) -> None:
    write_plan(plan, plan_of(author="bob"), key=None)

    assert read_signatures(plan) == []


def test_an_approved_plan_is_not_overwritten(plan: Path, site: Site) -> None:
    CliRunner().invoke(app, approve(plan, key_of("bob")))
    before = plan.read_bytes()

    again = site.run("plan", "--author", "alice", "-o", str(plan))

    assert isinstance(again.exception, KszError)
    assert "KSZ907" in str(again.exception)
    assert plan.read_bytes() == before
    assert len(read_signatures(plan)) == 2


def test_a_plan_with_nothing_to_do_leaves_the_former_one_alone(plan: Path, site: Site) -> None:
    CliRunner().invoke(app, approve(plan, key_of("bob")))
    before = plan.read_bytes()
    site.edit("partners/P00005.yml", "capacity_kbps: 128 # ", "capacity_kbps: ")

    again = site.run("plan", "--author", "alice", "-o", str(plan))

    assert again.exit_code == 0
    assert "nothing was written" in again.output
    assert plan.read_bytes() == before
    assert len(read_signatures(plan)) == 2


def test_a_key_that_cannot_sign_is_said(plan: Path, tmp_path: Path) -> None:
    broken = tmp_path / "bob"
    broken.write_text("not a key", encoding="utf-8")
    tmp_path.joinpath("bob.pub").write_bytes(key_of("bob").with_suffix(".pub").read_bytes())

    assert refusal(*approve(plan, broken)) == "KSZ906"
