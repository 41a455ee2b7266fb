from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from ksz_netops.change.approval.admission import APPROVAL, admit
from ksz_netops.change.fleet.apply import apply_plan
from ksz_netops.change.fleet.settings import HubTask, RunSettings
from ksz_netops.change.plan.plan import Plan
from ksz_netops.change.record.audit_trail import shown, verify_record
from ksz_netops.change.record.chain import Record
from ksz_netops.change.record.revert import reverted, was_done
from ksz_netops.cli import app
from ksz_netops.errors import KszError, RefusedError
from ksz_netops.signing.signers import parse_signers
from ksz_netops.signing.ssh_signatures import parse_signature, sign
from ksz_netops.state.encoding import canonical_json, digest
from ksz_netops.state.resources import DeviceState
from support.change_desk import NOW, approved, key_of, plan_of, signers_text
from support.change_world import NEW, OLD, World
from support.fake_session import FakeHub
from support.sample_states import LINE_SHAPER, VPN_SHAPER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ksz_netops.change.fleet.result import RunLog
    from ksz_netops.errors import Problem
    from ksz_netops.state.resources import Resource


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """Of one approved change that was made."""
    world = World(tmp_path, size=1)
    hub = FakeHub(OLD, clock=world.clock)
    head = str(world.record.start(NOW))
    plan = plan_of().model_copy(update={"record": head})
    case = approved(plan).but(heads=frozenset({head}))
    log: RunLog = dataclasses.replace(world.log(), now=lambda: NOW)
    task = HubTask(part=plan_of().hubs[0], platform=hub, target=world.tasks()(world.plan)[0].target)
    result = apply_plan(
        lambda: admit(case.raw, case.signatures, case.inputs, case.at),
        lambda _: [task],
        log=log,
        settings=RunSettings(reveal=lambda _: "key", timing=hub.timing, at_once=1),
    )
    assert result.done
    return world.record


def rewritten(record: Record, change: Callable[[dict[str, Any]], None]) -> Record:
    """The same record, with its entries changed and the chain and head made anew."""
    other = Record(record.folder / change.__name__)
    for entry in record.entries():
        body = json.loads(canonical_json(dict(entry.body)))
        change(body)
        other.append(entry.event, body, entry.at)
    return other


def codes(record: Record, **heads: str) -> list[str]:
    kept = {head: where for where, head in heads.items()}
    signers = parse_signers(signers_text())
    return [problem.code for problem in verify_record(record, kept, signers=signers)]


def test_the_record_of_an_approved_change_proves_itself(record: Record) -> None:
    assert codes(record) == []
    _, begun, ended = record.entries()
    assert [each["principal"] for each in begun.body["signatures"]] == ["bob", "carol", "alice"]
    assert ended.body["end"] == "done"
    assert ended.body["fingerprints"] == {"hub-a": plan_of().hubs[0].after}


def test_a_forged_plan_in_a_chain_made_anew_is_seen_by_its_signatures(record: Record) -> None:
    def other_plan(body: dict[str, Any]) -> None:
        if "content" in body:
            body["content"]["purpose"] = "something harmless"

    def other_digest(body: dict[str, Any]) -> None:
        if "content" in body:
            other_plan(body)
            plan = plan_of().model_copy(
                update={"purpose": "something harmless", "record": body["content"]["record"]}
            )
            body["plan"] = digest(plan.as_bytes())

    def no_signatures(body: dict[str, Any]) -> None:
        body.pop("signatures", None)

    def empty_signatures(body: dict[str, Any]) -> None:
        if "signatures" in body:
            body["signatures"] = []

    for forge in (other_plan, other_digest, no_signatures, empty_signatures):
        assert set(codes(rewritten(record, forge))) - {"KSZ952"} == {"KSZ955"}, forge


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
@pytest.mark.parametrize("claims", ["bob", "mallory"])
def test_a_stranger_signs_no_entry_of_the_record(record: Record, kind: str, claims: str) -> None:
    """The forger has made the whole chain anew, and has signed it with a key of his own."""

    def signed_by_a_stranger(body: dict[str, Any]) -> None:
        if "content" in body:
            body["content"]["purpose"] = "something harmless"
            raw = Plan.model_validate(body["content"]).as_bytes()
            body["plan"] = digest(raw)
            forged = sign(raw, key=key_of("mallory", kind), namespace=APPROVAL)
            print_ = parse_signature(forged).key_fingerprint
            body["signatures"] = [
                {"principal": claims, "for": APPROVAL, "key": print_, "signature": forged}
            ]
        elif "plan" in body:
            begun = next(each for each in record.entries() if each.event == "begun")
            other = json.loads(canonical_json(dict(begun.body)))
            signed_by_a_stranger(other)
            body["plan"] = other["plan"]

    found = codes(rewritten(record, signed_by_a_stranger))

    assert "KSZ955" in found


def test_whoever_had_a_key_on_that_day_alone_has_signed_that_day(record: Record) -> None:
    """Bob left afterwards, and his line says until when he counted."""
    left = signers_text().replace("bob ssh", 'bob valid-before="20261201" ssh')
    never = signers_text().replace("bob ssh", 'bob valid-before="20260101" ssh')

    def problems(text: str) -> list[Problem]:
        return list(verify_record(record, signers=parse_signers(text)))

    assert problems(left) == []
    assert [each.code for each in problems(never)] == ["KSZ955"]


def test_a_plan_is_in_the_record_once(record: Record) -> None:
    begun = next(each for each in record.entries() if each.event == "begun")
    record.append("begun", begun.body, NOW)

    assert codes(record) == ["KSZ955"]


@pytest.mark.parametrize("field", ["partners", "hubs"])
def test_an_entry_is_filed_under_whom_its_plan_touches(record: Record, field: str) -> None:
    def filed_elsewhere(body: dict[str, Any]) -> None:
        if field in body:
            body[field] = ["P00003"] if field == "partners" else {"hub-z": "new"}

    assert set(codes(rewritten(record, filed_elsewhere))) - {"KSZ952"} == {"KSZ955"}


def test_a_history_made_anew_does_not_lead_through_the_head_in_a_signed_plan(
    record: Record, tmp_path: Path
) -> None:
    later = Record(tmp_path / "later")
    later.append("something", {}, NOW)
    for entry in record.entries():
        body = json.loads(canonical_json(dict(entry.body)))
        if "content" in body:
            body["content"]["record"] = "1:" + "a" * 64
            body["plan"] = "x"
        later.append(entry.event, body, entry.at)

    assert "KSZ952" in codes(later)


def test_the_record_is_shown_by_partner_hub_and_day(record: Record) -> None:
    def numbers(**only: str) -> list[int]:
        all_of = {"partner": None, "hub": None, "since": None, **only}
        return [entry.number for entry in shown(record.entries(), **all_of)]

    assert numbers(partner="P00005", hub="hub-a", since="2026-11-24") == [2, 3]
    assert numbers(partner="P00003") == numbers(hub="hub-b") == numbers(since="2026-11-25") == []


def test_the_commands_verify_and_show_the_record(record: Record) -> None:
    kept = ["--record", str(record.folder)]

    kept_by = record.folder.parent / "allowed_signers"
    kept_by.write_text(signers_text(), encoding="utf-8")
    kept += ["--inventory", str(record.folder.parent)]
    verified = CliRunner().invoke(app, ["record", "verify", *kept, "--head", str(record.head())])
    seen = CliRunner().invoke(app, ["record", "show", *kept])
    as_json = CliRunner().invoke(app, ["record", "show", *kept, "--format", "json"])
    wrong = CliRunner().invoke(app, ["record", "verify", *kept, "--head", "9:aa"])

    assert verified.output == f"3 entries, whole; head {record.head()}\n"
    assert "approved by bob, carol" in seen.output
    assert "ended done" in seen.output
    assert [json.loads(line)["number"] for line in as_json.output.splitlines()] == [1, 2, 3]
    assert isinstance(wrong.exception, KszError)
    assert wrong.exception.exit_code == 3


def test_a_change_that_was_made_can_be_undone_from_its_entry(record: Record) -> None:
    for number in (2, 3):
        former = was_done(record, number)

        assert reverted(former, {"hub-a": NEW}) == {"hub-a": OLD}


def test_undoing_leaves_what_other_changes_made_alone(record: Record) -> None:
    faster = dataclasses.replace(LINE_SHAPER, rates_kbps=((LINE_SHAPER.rates_kbps[0][0], 4096),))
    now = with_other(NEW, LINE_SHAPER, faster)

    assert reverted(was_done(record, 2), {"hub-a": now})["hub-a"] == with_other(
        OLD, LINE_SHAPER, faster
    )


def test_a_resource_that_was_changed_since_cannot_be_undone(record: Record) -> None:
    slower = dataclasses.replace(VPN_SHAPER, rates_kbps=((VPN_SHAPER.rates_kbps[0][0], 128),))

    with pytest.raises(RefusedError, match="KSZ971 hub-a: shaper KSZ-P00005-S1"):
        reverted(was_done(record, 2), {"hub-a": with_other(NEW, VPN_SHAPER, slower)})
    with pytest.raises(RefusedError, match="KSZ971"):
        reverted(was_done(record, 2), {"hub-a": OLD})


def with_other(state: DeviceState, old: Resource, new: Resource) -> DeviceState:
    return DeviceState.of([new if each == old else each for each in state])


def test_what_was_not_made_cannot_be_undone(record: Record) -> None:
    record.append("begun", {"plan": "x"}, NOW)

    for number in (1, 4, 5):
        with pytest.raises(RefusedError, match="KSZ970"):
            was_done(record, number)
