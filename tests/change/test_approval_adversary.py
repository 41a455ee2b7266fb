"""Thousands of attempts to have something applied that was not approved.

`KSZ_ADVERSARY_ATTEMPTS=10000 pytest tests/change/test_approval_adversary.py` takes a minute; the
usual run tries fewer.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import random
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from ksz_netops.change.approval.admission import APPROVAL, AUTHORSHIP, admit
from ksz_netops.errors import IntentError, RefusedError
from support.change_desk import (
    FILES,
    NOW,
    PEOPLE,
    POLICY,
    Case,
    approved,
    plan_of,
    signature,
    signers_text,
)
from support.sample_states import FILE_SERVER, HUB, TUNNEL, WITHOUT_VPN

if TYPE_CHECKING:
    from collections.abc import Iterator

ATTEMPTS = int(os.environ.get("KSZ_ADVERSARY_ATTEMPTS", "1500"))
SEED = 5


def with_another_byte(case: Case, dice: random.Random) -> tuple[Case, set[str]]:
    """Any byte of the plan becomes any other."""
    at = dice.randrange(len(case.raw))
    other = dice.choice([each for each in range(256) if each != case.raw[at]])
    raw = case.raw[:at] + bytes([other]) + case.raw[at + 1 :]
    return case.but(raw=raw), {"KSZ901", "KSZ902", "KSZ913"}


def with_another_character(case: Case, dice: random.Random) -> tuple[Case, set[str]]:
    """A letter or digit becomes another, so that the plan mostly stays one."""
    at = dice.randrange(len(case.raw))
    while not chr(case.raw[at]).isalnum():
        at = dice.randrange(len(case.raw))
    other = dice.choice([each for each in b"0123456789abcdefPSZ" if each != case.raw[at]])
    raw = case.raw[:at] + bytes([other]) + case.raw[at + 1 :]
    return case.but(raw=raw), {"KSZ901", "KSZ902", "KSZ913"}


def with_more_or_fewer_bytes(case: Case, dice: random.Random) -> tuple[Case, set[str]]:
    at, length = dice.randrange(len(case.raw)), dice.randrange(1, 40)
    piece = case.raw[at : at + length]
    raw = dice.choice(
        [
            case.raw[:at] + case.raw[at + length :],
            case.raw[:at] + piece + case.raw[at:],
            case.raw[:at] + dice.randbytes(length) + case.raw[at:],
            case.raw[:at],
            case.raw + piece,
            case.raw * 2,
        ]
    )
    return case.but(raw=raw), {"KSZ901", "KSZ902", "KSZ913"}


def written_anew(case: Case, dice: random.Random) -> tuple[Case, set[str]]:
    """The plan says something else, in perfect form."""
    plan = plan_of()
    (hub,) = plan.hubs
    other_hub = dice.choice(
        [
            {"hub": f"hub-{dice.randrange(99)}"},
            {"platform": f"kind{dice.randrange(99)}"},
            {"stays": hub.stays[: dice.randrange(len(hub.stays))]},
            {"stays": (*hub.stays, TUNNEL)},
            {"goes": (dice.choice(hub.comes),)},
            {"comes": tuple(dice.sample(hub.comes, len(hub.comes) - 1))},
            {"before": dice.randbytes(32).hex()},
            {"after": dice.randbytes(32).hex()},
        ]
    )
    other = dice.choice(
        [
            {"author": f"user{dice.randrange(999)}"},
            {"author": dice.choice(PEOPLE[1:])},
            {"not_after": plan.not_after + timedelta(seconds=dice.randrange(1, 10**7))},
            {"made_at": plan.made_at - timedelta(seconds=dice.randrange(1, 10**6))},
            {"purpose": f"ticket {dice.randrange(9999)}"},
            {"record": f"{dice.randrange(99)}:{dice.randbytes(32).hex()}"},
            {"scope": (f"P{dice.randrange(99999):05}",)},
            {"undoes": dice.randrange(1, 99)},
            {"intent": {**FILES, "extranet.yml": dice.randbytes(32).hex()}},
            {"hubs": (hub.model_copy(update=other_hub),)},
            {"hubs": (hub, hub.model_copy(update=other_hub))},
        ]
    )
    return case.but(raw=plan.model_copy(update=other).as_bytes()), {"KSZ901", "KSZ913"}


def with_a_damaged_signature(case: Case, dice: random.Random) -> tuple[Case, set[str]]:
    number = dice.randrange(3)
    lines = case.signatures[number].splitlines()
    raw = bytearray(base64.b64decode("".join(lines[1:-1])))
    raw[dice.randrange(len(raw))] ^= dice.randrange(1, 256)
    spoilt = "\n".join([lines[0], base64.b64encode(raw).decode(), lines[-1]])
    signatures = [*case.signatures]
    signatures[number] = dice.choice([spoilt, case.signatures[number][: dice.randrange(300)]])
    codes = {"KSZ910", "KSZ911", "KSZ912", "KSZ913", "KSZ914"}
    return case.but(signatures=tuple(signatures)), codes


def with_other_signatures(case: Case, dice: random.Random) -> tuple[Case, set[str]]:
    """Whatever valid signatures there are, but never the author's and two approvals."""
    other = plan_of(*dice.choice([(HUB, WITHOUT_VPN), (WITHOUT_VPN, FILE_SERVER)])).as_bytes()
    pool = [signature(case.raw, "alice", AUTHORSHIP), signature(case.raw, "bob")]
    pool += [signature(case.raw, person) for person in ("alice", "mallory", "pipeline")]
    pool += [signature(case.raw, "carol", "git"), signature(case.raw, "carol", AUTHORSHIP)]
    pool += [signature(other, person) for person in ("bob", "carol")]
    pool += [signature(other, "alice", AUTHORSHIP)]
    taken = tuple(dice.choices(pool, k=dice.randrange(8)))
    return case.but(signatures=taken), {"KSZ916"}


def too_late_or_too_early(case: Case, dice: random.Random) -> tuple[Case, set[str]]:
    hours = dice.choice([dice.uniform(61, 10_000), dice.uniform(-10_000, -3)])
    return case.but(at=NOW + timedelta(hours=hours)), {"KSZ923", "KSZ924"}


def outside_of_the_window(case: Case, dice: random.Random) -> tuple[Case, set[str]]:
    hours = dice.choice([dice.uniform(-1.9, -1.01), dice.uniform(2, 46), dice.uniform(51, 59)])
    return case.but(at=NOW + timedelta(hours=hours)), {"KSZ921"}


def in_a_freeze(case: Case, dice: random.Random) -> tuple[Case, set[str]]:
    day = (NOW + timedelta(days=dice.randrange(2))).date().isoformat()
    freeze = {"from": "2026-11-01", "until": day, "reason": "census"}
    policy = POLICY.model_validate({"approvers": 2, "freeze": [freeze]})
    return case.but(policy=policy), {"KSZ922"}


def a_second_time(case: Case, _: random.Random) -> tuple[Case, set[str]]:
    used = plan_of().digest
    return case.but(used=lambda digest: digest == used), {"KSZ930"}


def with_another_record(case: Case, dice: random.Random) -> tuple[Case, set[str]]:
    heads = frozenset(f"{dice.randrange(99)}:{dice.randbytes(32).hex()}" for _ in range(3))
    return case.but(heads=heads), {"KSZ937"}


def for_another_inventory(case: Case, dice: random.Random) -> tuple[Case, set[str]]:
    files = dict(case.files)
    name = dice.choice(sorted(files))
    if dice.random() < 0.5:
        files[name] = dice.randbytes(32).hex()
    else:
        del files[name]
    if dice.random() < 0.3:
        files["group_vars/hubs.yml"] = dice.randbytes(32).hex()
    return case.but(files=files), {"KSZ931"}


def by_people_who_no_longer_count(case: Case, dice: random.Random) -> tuple[Case, set[str]]:
    gone = dice.choice(["alice", "bob", "carol"])
    lines = [each for each in signers_text().splitlines() if not each.startswith(gone)]
    return case.but(signers="\n".join(lines)), {"KSZ912"}


def by_a_key_that_was_not_valid_then(case: Case, dice: random.Random) -> tuple[Case, set[str]]:
    who = dice.choice(["bob", "carol"])
    option = dice.choice(['valid-before="20261101"', 'valid-after="20261201"', 'namespaces="git"'])
    signers = signers_text().replace(f"{who} ssh", f"{who} {option} ssh")
    return case.but(signers=signers), {"KSZ914"}


QUICK = (
    with_another_byte,
    with_another_character,
    with_more_or_fewer_bytes,
    written_anew,
)
"""Refused before `ssh-keygen` is asked."""
SLOW = (
    with_a_damaged_signature,
    with_other_signatures,
    too_late_or_too_early,
    outside_of_the_window,
    in_a_freeze,
    a_second_time,
    with_another_record,
    for_another_inventory,
    by_people_who_no_longer_count,
    by_a_key_that_was_not_valid_then,
)
"""Some signature of theirs holds, so that `ssh-keygen` is asked."""
SHARE_OF_SLOW = 0.03


def attempts() -> Iterator[tuple[str, Case, set[str]]]:
    dice = random.Random(SEED)  # noqa: S311 - reproducible, not secret
    case = approved()
    slow, quick = itertools.cycle(SLOW), itertools.cycle(QUICK)
    for _ in range(ATTEMPTS):
        way = next(slow if dice.random() < SHARE_OF_SLOW else quick)
        attempt, expected = way(case, dice)
        yield way.__name__, attempt, expected


def test_nothing_is_admitted_that_was_not_approved_and_each_refusal_says_why() -> None:
    admitted, wrong, tried = [], [], Counter[str]()
    for way, attempt, expected in attempts():
        tried[way] += 1
        try:
            admit(attempt.raw, attempt.signatures, attempt.inputs, attempt.at)
        except RefusedError as error:
            if not expected & {problem.code for problem in error.problems}:
                wrong.append((way, str(error)))
        else:
            admitted.append(way)

    assert admitted == []
    assert wrong == []
    assert tried.total() == ATTEMPTS
    assert set(tried) == {way.__name__ for way in (*QUICK, *SLOW)}


def test_every_class_of_byte_is_tried_at_every_kind_of_place() -> None:
    """Each byte value once, at a place drawn for it: nothing depends on which byte it is."""
    dice = random.Random(SEED)  # noqa: S311 - reproducible, not secret
    case = approved()
    for byte in range(256):
        at = dice.choice([at for at, old in enumerate(case.raw) if old != byte])
        raw = case.raw[:at] + bytes([byte]) + case.raw[at + 1 :]
        try:
            admit(raw, case.signatures, case.inputs, case.at)
        except (RefusedError, IntentError):
            continue
        message = f"byte {byte} at {at}: {json.dumps(raw.decode(errors='replace'))[:80]}"
        raise AssertionError(message)


def test_the_plan_that_they_attack_is_admitted_as_it_is() -> None:
    case = approved()

    assert admit(case.raw, case.signatures, case.inputs, case.at).plan == plan_of()
    assert {
        each.namespace for each in admit(case.raw, case.signatures, case.inputs, NOW).approvals
    } == {APPROVAL}
