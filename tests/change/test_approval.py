from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from ksz_netops.change.approval.admission import APPROVAL, AUTHORSHIP, admit
from ksz_netops.change.approval.policy import Policy, Window, read_policy
from ksz_netops.change.plan.inventory_digest import inventory_files, rests_on
from ksz_netops.errors import IntentError, RefusedError
from ksz_netops.signing.signers import parse_signers, read_signers
from ksz_netops.signing.ssh_signatures import parse_signature, sign
from support.change_desk import (
    FILES,
    NOW,
    POLICY,
    Case,
    approved,
    key_of,
    plan_of,
    signature,
    signers_text,
)
from support.sample_states import HUB, WITHOUT_VPN

if TYPE_CHECKING:
    from pathlib import Path


def refusals(case: Case) -> list[str]:
    """The codes with which *case* is refused; empty where it is admitted."""
    try:
        admit(case.raw, case.signatures, case.inputs, case.at)
    except RefusedError as error:
        return [problem.code for problem in error.problems]
    return []


def signed_by(*people: str, author: str = "alice", vouched: str = "alice") -> Case:
    raw = plan_of(author=author).as_bytes()
    given = tuple(signature(raw, person) for person in people)
    return Case(raw=raw, signatures=(signature(raw, vouched, AUTHORSHIP), *given))


def test_a_plan_that_enough_people_have_signed_is_admitted() -> None:
    case = approved()

    admitted = admit(case.raw, case.signatures, case.inputs, case.at)

    assert [each.principal for each in admitted.approvals] == ["bob", "carol"]
    assert admitted.authorship is not None
    assert admitted.authorship.principal == "alice"


def test_the_order_of_the_signatures_means_nothing() -> None:
    case = approved()

    assert refusals(case.but(signatures=case.signatures[::-1])) == []


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_keys_of_other_kinds_are_verified_too(kind: str) -> None:
    case = approved()
    public = key_of("dave", kind).with_suffix(".pub").read_text(encoding="utf-8")
    signers = f"{signers_text()}dave {public}"
    by_dave = sign(case.raw, key=key_of("dave", kind), namespace=APPROVAL)
    other = sign(b"other", key=key_of("dave", kind), namespace=APPROVAL)

    right = case.but(signers=signers, signatures=(*case.signatures[:2], by_dave))
    wrong = case.but(signers=signers, signatures=(*case.signatures[:2], other))

    assert refusals(right) == []
    assert refusals(wrong) == ["KSZ913", "KSZ916"]


def test_the_author_cannot_approve_and_is_not_counted() -> None:
    assert refusals(signed_by("alice", "bob")) == ["KSZ915", "KSZ916"]


def test_one_approver_who_signs_twice_is_one_approver() -> None:
    assert refusals(signed_by("bob", "bob")) == ["KSZ916"]


def test_somebody_unknown_approves_nothing() -> None:
    assert refusals(signed_by("bob", "mallory")) == ["KSZ912", "KSZ916"]


def test_a_key_that_may_only_attest_approves_nothing() -> None:
    assert refusals(signed_by("bob", "pipeline")) == ["KSZ914", "KSZ916"]


def test_the_name_of_another_as_author_does_not_free_the_real_one() -> None:
    assert refusals(signed_by("alice", "carol", author="bob", vouched="alice")) == ["KSZ918"]


def test_a_pipeline_that_attests_may_vouch_for_the_author() -> None:
    assert refusals(signed_by("bob", "carol", vouched="pipeline")) == []
    assert refusals(signed_by("bob", "carol", vouched="bob")) == ["KSZ918"]


def test_the_authors_own_signature_may_be_waived_by_the_policy() -> None:
    case = signed_by("bob", "carol", vouched="bob")

    assert refusals(case.but(policy=POLICY.model_copy(update={"author_signs": False}))) == []


def test_an_author_who_is_not_known_is_refused() -> None:
    case = signed_by("bob", "carol", author="ghost", vouched="pipeline")

    assert refusals(case) == ["KSZ917"]
    assert refusals(case.but(policy=POLICY.model_copy(update={"authors": ("ghost",)}))) == []


@pytest.mark.parametrize("namespace", ["git", "file", "approval@ksz-netops2", AUTHORSHIP])
def test_a_signature_for_anything_else_approves_nothing(namespace: str) -> None:
    raw = plan_of().as_bytes()
    case = Case(
        raw=raw,
        signatures=(
            signature(raw, "alice", AUTHORSHIP),
            signature(raw, "bob"),
            signature(raw, "carol", namespace),
        ),
    )

    assert refusals(case) == (["KSZ916"] if namespace == AUTHORSHIP else ["KSZ911", "KSZ916"])


def test_a_signature_over_another_plan_approves_nothing() -> None:
    case, other = approved(), approved(plan_of(HUB, WITHOUT_VPN))

    assert refusals(case.but(signatures=(*case.signatures[:2], other.signatures[2]))) == [
        "KSZ913",
        "KSZ916",
    ]


@pytest.mark.parametrize(
    "text", ["", "x", "-----BEGIN SSH SIGNATURE-----\n\n-----END SSH SIGNATURE-----"]
)
def test_what_is_no_signature_is_refused(text: str) -> None:
    case = approved()

    assert refusals(case.but(signatures=(*case.signatures, text))) == ["KSZ910"]


def test_a_plan_is_used_once() -> None:
    case = approved()

    assert refusals(case.but(used=lambda digest: digest == plan_of().digest)) == ["KSZ930"]


@pytest.mark.parametrize(
    ("at", "codes"),
    [
        (NOW + timedelta(hours=49), []),
        (NOW + timedelta(hours=60, seconds=1), ["KSZ921", "KSZ923"]),
        (NOW - timedelta(hours=2, minutes=6), ["KSZ921", "KSZ924"]),
        (NOW - timedelta(hours=1, seconds=1), ["KSZ921"]),
        (NOW + timedelta(hours=2), ["KSZ921"]),
        (datetime(2026, 12, 22, 20, 0, tzinfo=UTC), ["KSZ922", "KSZ923"]),
    ],
)
def test_a_plan_has_its_time(at: datetime, codes: list[str]) -> None:
    assert sorted(refusals(approved().but(at=at))) == codes


def test_a_plan_may_not_give_itself_more_time_than_the_policy() -> None:
    shorter = POLICY.model_copy(update={"valid_for_h": 61})

    assert refusals(approved().but(policy=shorter)) == ["KSZ925"]


@pytest.mark.parametrize("name", FILES)
def test_a_plan_for_another_inventory_is_refused(name: str) -> None:
    case = approved()
    missing = {each: case.files[each] for each in case.files if each != name}

    assert refusals(case.but(files=case.files | {name: "f" * 64})) == ["KSZ931"]
    assert refusals(case.but(files=missing)) == ["KSZ931"]


def test_a_plan_that_rests_on_fewer_files_than_it_touches_is_refused() -> None:
    plan = plan_of().model_copy(update={"intent": {}})

    assert refusals(approved(plan)) == ["KSZ931"] * len(FILES)


def test_the_files_of_other_partners_and_hubs_do_not_matter() -> None:
    more = {"partners/P00003.yml": "e" * 64, "host_vars/hub-b.yml": "d" * 64}

    assert refusals(approved().but(files=FILES | more)) == []


def test_a_rule_asks_for_more_where_it_covers_the_change() -> None:
    for rule, covered in [
        ({"hubs": ["hub-a"]}, True),
        ({"hubs": ["hub-b"]}, False),
        ({"kinds": ["tunnel"]}, True),
        ({"kinds": ["perimeter"]}, False),
        ({"hubs": ["hub-b"], "kinds": ["tunnel"]}, False),
    ]:
        policy = Policy.model_validate(
            {"approvers": 1, "attesters": ["pipeline"], "rules": [{**rule, "approvers": 3}]}
        )

        assert refusals(approved().but(policy=policy)) == (["KSZ916"] if covered else [])


def test_a_rule_may_have_a_window_of_its_own() -> None:
    window = {"days": ["sun"], "from": "02:00", "until": "04:00"}
    policy = Policy.model_validate({"rules": [{"kinds": ["tunnel"], "windows": [window]}]})

    assert refusals(approved().but(policy=policy)) == ["KSZ921"]


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        ("2026-11-27T21:59:00+01:00", False),
        ("2026-11-27T22:00:00+01:00", True),
        ("2026-11-28T01:59:00+01:00", True),
        ("2026-11-28T02:00:00+01:00", False),
        ("2026-11-28T22:30:00+01:00", False),
        ("2026-10-24T01:30:00+02:00", True),
        ("2026-07-03T20:30:00+00:00", True),
    ],
)
def test_a_window_over_midnight_goes_by_the_clocks_of_brussels(
    moment: str, *, inside: bool
) -> None:
    friday = Window.model_validate({"days": ["fri"], "from": "22:00", "until": "02:00"})

    assert friday.holds(datetime.fromisoformat(moment)) == inside


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("*@ksz ssh-ed25519 AAAA", "one person"),
        ("alice,bob ssh-ed25519 AAAA", "one person"),
        ("alice cert-authority ssh-ed25519 AAAA", "certificate authority"),
        ("alice ssh-ed25519 AAA", "base64"),
        ("alice", "one person"),
        ("alice ssh-ed25519 AAAA\nbob ssh-ed25519 AAAA", "belongs already to alice"),
    ],
)
def test_a_line_that_does_not_say_who_signs_is_refused_at_its_place(line: str, why: str) -> None:
    with pytest.raises(RefusedError, match=rf"allowed_signers:\d:1: KSZ919 .*{why}"):
        parse_signers(line)


def test_without_signers_or_policy_nothing_is_approved(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="KSZ919"):
        read_signers(tmp_path)
    with pytest.raises(RefusedError, match="KSZ920"):
        read_policy(tmp_path)


def test_a_wrong_policy_says_where(tmp_path: Path) -> None:
    tmp_path.joinpath("approval.yml").write_text(
        "approvers: 0\nfreeze:\n  - from: 2026-12-18\n    until: 2026-12-17\n    reason: x\nx: 1\n",
        encoding="utf-8",
    )

    with pytest.raises(IntentError) as caught:
        read_policy(tmp_path)

    assert [(each.code, each.origin.line) for each in caught.value.problems] == [
        ("KSZ920", 1),
        ("KSZ920", 3),
        ("KSZ920", 6),
    ]


def test_a_plan_rests_on_the_files_of_its_hubs_and_partners_alone(tmp_path: Path) -> None:
    for name in (*FILES, "partners/P00003.yml", "host_vars/hub-b.yml", "group_vars/hubs.yml"):
        tmp_path.joinpath(name).parent.mkdir(exist_ok=True)
        tmp_path.joinpath(name).write_text(name, encoding="utf-8")
    tmp_path.joinpath("secrets.yml").write_text("x", encoding="utf-8")

    files = inventory_files(tmp_path)

    assert rests_on(files, hubs=["hub-a"], partners=["P00005"]).keys() == {
        *FILES,
        "group_vars/hubs.yml",
    }
    assert "secrets.yml" not in files


def test_a_signature_names_its_key_as_openssh_does() -> None:
    shown = parse_signature(approved().signatures[1]).key_fingerprint

    assert shown.startswith("SHA256:")
    assert len(shown) == 50
