"""Plans in perfect form that do what no file asks for, and records that were rewritten.

The forger knows the program: fingerprints are computed anew, and author and approver have signed.
`KSZ_ADVERSARY_ATTEMPTS=10000 pytest tests/change/test_forgery_adversary.py` takes some minutes; the
usual run tries fewer.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from ksz_netops.change.approval.admission import doubts
from ksz_netops.change.approval.inputs import admission_inputs
from ksz_netops.change.approval.keys import refuse_other_keys
from ksz_netops.change.plan.plan import HubPlan, Plan
from ksz_netops.change.record.audit_trail import verify_record
from ksz_netops.change.record.chain import Record
from ksz_netops.errors import KszError
from ksz_netops.signing.signers import read_signers
from ksz_netops.state.encoding import canonical_json, fingerprint
from ksz_netops.state.resources import DeviceState, Stray, key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ksz_netops.state.resources import Resource, Secret
    from support.change_site import Site

ATTEMPTS = int(os.environ.get("KSZ_ADVERSARY_ATTEMPTS", "120"))
SEED = 11


pytestmark = pytest.mark.timeout(300 + ATTEMPTS)


def honest_plans(site: Site) -> Iterator[Plan]:
    """Another rate, another permit, a partner that leaves, and one that comes."""
    site.edit("partners/P00005.yml", "capacity_kbps: ", "capacity_kbps: 128 # ")
    site.edit("partners/P00008.yml", "capacity_kbps: ", "capacity_kbps: 128 # ")
    site.edit("partners/P00007.yml", "to: dimona-web", "to: crossroads-messages")
    (site.inventory / "former").mkdir()
    (site.inventory / "partners/P00010.yml").rename(site.inventory / "former/P00010.yml")
    for name, hub in site.hubs.items():
        if name == "hub-gen-1":
            fewer = (each for each in hub.running if each.owner.partner != "P00013")
            hub.running = hub.startup = DeviceState.of(fewer)
    yield site.plan()


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - JSON
    """The path of each thing in *value* that is neither a list nor an object."""
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in inner:
            yield from leaves(each, (*path, key))
    else:
        yield path


def changed_leaf(value: Any, dice: random.Random) -> Any:  # noqa: ANN401 - JSON
    """*value* with one thing in it that is another, of the same type."""
    other = json.loads(json.dumps(value))
    *path, last = dice.choice([path for path in leaves(other) if path and path[-1] != "is"])
    place = other
    for step in path:
        place = place[step]
    old = place[last]
    if isinstance(old, bool) or old is None:
        place[last] = not old
    elif isinstance(old, int):
        place[last] = dice.choice([old + 1, old - 1, 0, 65535, old * 2])
    else:
        digits = [at for at, char in enumerate(old) if char.isalnum()] or [0]
        at = dice.choice(digits)
        drawn = dice.choice("0123456789abcdefghkmnpPS") if old else "x"
        place[last] = f"{old[:at]}{drawn}{old[at + 1 :]}"
    return other


def with_another_value(part: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    side = dice.choice([each for each in ("goes", "comes", "stays") if part[each]])
    return {**part, side: changed_leaf(part[side], dice)}


def with_a_part_less(part: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    side = dice.choice([each for each in ("goes", "comes", "stays") if part[each]])
    gone = dice.randrange(len(part[side]))
    return {**part, side: [each for at, each in enumerate(part[side]) if at != gone]}


def with_a_part_elsewhere(part: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    side, other = dice.sample(["goes", "comes", "stays"], 2)
    if not part[side]:
        return part
    moved = dice.choice(part[side])
    kept = [each for each in part[side] if each != moved]
    return {**part, side: kept, other: [*part[other], moved]}


def with_sides_swapped(part: dict[str, Any], _: random.Random) -> dict[str, Any]:
    return {**part, "goes": part["comes"], "comes": part["goes"]}


def taking_something_that_stays(part: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    if not part["stays"]:
        return part
    gone = dice.choice(part["stays"])
    kept = [each for each in part["stays"] if each != gone]
    return {**part, "stays": kept, "goes": [*part["goes"], gone]}


def changing_something_that_stays(part: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    if not part["stays"]:
        return part
    old = dice.choice(part["stays"])
    kept = [each for each in part["stays"] if each != old]
    new = changed_leaf(old, dice)
    return {**part, "stays": kept, "goes": [*part["goes"], old], "comes": [*part["comes"], new]}


WAYS: tuple[Callable[[dict[str, Any], random.Random], dict[str, Any]], ...] = (
    with_another_value,
    with_a_part_less,
    with_a_part_elsewhere,
    with_sides_swapped,
    taking_something_that_stays,
    changing_something_that_stays,
)


def forged(plan: Plan, site: Site, dice: random.Random) -> Plan | None:
    """A plan that does something else, with fingerprints as they must be; None where it is none."""
    at = dice.randrange(len(plan.hubs))
    part = plan.hubs[at]
    try:
        said = part.model_dump(mode="json")
        for _ in range(dice.choice([1, 1, 1, 2, 3])):
            said = dice.choice(WAYS)(said, dice)
        other = HubPlan.model_validate(said)
        after = fingerprint(_after(other, site.hubs[part.hub].running))
        other = other.model_copy(update={"after": after})
    except (ValidationError, ValueError, TypeError):
        return None
    hubs = [*plan.hubs]
    hubs[at] = other
    if dice.random() < 0.1:
        hubs = [hubs[at]]
    return plan.model_copy(update={"hubs": tuple(hubs), **_around(plan, dice)})


def _after(part: HubPlan, running: DeviceState) -> DeviceState:
    held = running.by_key()
    for each in part.goes:
        if not isinstance(each, Stray):
            held.pop(key_of(each), None)
    return DeviceState.of({**held, **part.intended.by_key()}.values())


def _around(plan: Plan, dice: random.Random) -> dict[str, Any]:
    """What the forger says around it; mostly nothing else."""
    return dice.choice(
        [
            *[{}] * 6,
            {"scope": (f"P{dice.randrange(20):05}",)},
            {"undoes": dice.randrange(1, 5)},
            {"intent": dict(list(plan.intent.items())[: dice.randrange(len(plan.intent))])},
            {"purpose": "nothing to see here"},
        ]
    )


def is_honest(plan: Plan, honest: Plan, site: Site) -> bool:
    """Whether *plan* gives each partner wholly what its file asks for, or leaves it as it is."""
    known = {part.hub: part for part in honest.hubs}
    return all(_is_honest(part, known[part.hub], site.hubs[part.hub].running) for part in plan.hubs)


def _is_honest(part: HubPlan, honest: HubPlan, running: DeviceState) -> bool:
    asked, done = honest.applied_to(running), _after(part, running)
    owners = {each.owner.partner for state in (running, asked, done) for each in state}
    sides = [{who: _of(state, who) for who in owners} for state in (running, asked, done)]
    return part.before == honest.before and all(
        sides[2][who] in (sides[0][who], sides[1][who]) for who in owners
    )


def _of(state: DeviceState, partner: str | None) -> list[Resource]:
    return [each for each in state if each.owner.partner == partner]


def test_no_plan_is_admitted_and_applied_that_the_inventory_does_not_ask_for(site: Site) -> None:
    dice = random.Random(SEED)  # noqa: S311 - reproducible, not secret
    (honest,) = honest_plans(site)
    assert len(honest.hubs) >= 3
    workspace = site.workspace()
    inputs = admission_inputs(site.inventory, workspace.intent, workspace.record)
    secrets = workspace.vault.secrets()
    assert list(doubts(honest, inputs)) == []
    assert _refusals(honest, site, secrets) == set()
    tried, refused, admitted = 0, Counter[str](), []
    while tried < ATTEMPTS:
        plan = forged(honest, site, dice)
        if plan is None or is_honest(plan, honest, site):
            continue
        tried += 1
        codes = {problem.code for problem in doubts(plan, inputs)} or _refusals(plan, site, secrets)
        refused.update(codes)
        if not codes:
            admitted.append(plan)

    assert admitted == []
    assert {"KSZ936", "KSZ931"} <= set(refused)


def _refusals(plan: Plan, site: Site, secrets: Mapping[str, Secret]) -> set[str]:
    """Why the run would refuse *plan* once it has opened the vault and read the hubs."""
    try:
        refuse_other_keys(plan, secrets)
        for part in plan.hubs:
            part.applied_to(site.hubs[part.hub].running)
    except KszError as error:
        return {problem.code for problem in error.problems}
    return set()


def rewritten(record: Record, number: int, folder: str, body: dict[str, Any]) -> Record:
    """The same record with another entry *number*, its chain and its head made anew."""
    other = Record(record.folder.parent / folder)
    for entry in record.entries():
        said = body if entry.number == number else json.loads(canonical_json(dict(entry.body)))
        other.append(entry.event, said, entry.at)
    return other


SIGNED = ("content", "signatures", "plan", "partners")
"""What of an entry nobody can rewrite without a key of the signers."""


def test_no_rewritten_entry_is_believed(site: Site) -> None:
    dice = random.Random(SEED)  # noqa: S311 - reproducible, not secret
    site.edit("partners/P00005.yml", "capacity_kbps: ", "capacity_kbps: 128 # ")
    assert site.apply(site.write(site.plan(), "bob")).done
    record, signers = site.workspace().record, read_signers(site.inventory)
    assert list(verify_record(record, signers=signers)) == []
    begun = next(entry for entry in record.entries() if entry.event == "begun")
    believed = []
    for attempt in range(max(ATTEMPTS // 10, 40)):
        body = json.loads(canonical_json(dict(begun.body)))
        field = dice.choice(SIGNED)
        body[field] = changed_leaf({"it": body[field]}, dice)["it"]
        if body == dict(begun.body):
            continue
        other = rewritten(record, begun.number, f"rewritten-{attempt}", body)
        if not list(verify_record(other, signers=signers)):
            believed.append((field, body[field]))

    assert believed == []
