"""Everything that can be known to be wrong with an inventory before a hub is reached.

The command `validate` and the playbook of that name say the same: the files, the keys where the
vault can be opened, and what each hub's platform cannot hold.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ksz_netops.errors import IntentError, Problem, SecretError
from ksz_netops.inventory.desired import desired_state
from ksz_netops.inventory.load import load_intent
from ksz_netops.platforms import platforms
from ksz_netops.state.grammar import Fingerprint, SecretName
from ksz_netops.state.resources import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from ksz_netops.intent.models import Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What an inventory says, and what is wrong with it."""

    intent: Intent | None
    """None where the files are wrong."""
    problems: tuple[Problem, ...]


def validate(inventory: Path, on: date, password_file: Path | None = None) -> Validation:
    """Judges the files of *inventory*, its keys and what its hubs must hold on the day *on*."""
    secrets, problems = _secrets(inventory, password_file)
    try:
        intent = load_intent(inventory)
    except IntentError as error:
        return Validation(intent=None, problems=(*error.problems, *problems))
    for hub in intent.hubs:
        problems += _of_hub(intent, hub, secrets, on)
    return Validation(intent=intent, problems=tuple(dict.fromkeys(problems)))


def _of_hub(intent: Intent, hub: str, secrets: Mapping[str, Secret], on: date) -> Iterator[Problem]:
    """What cannot be asked of *hub*, or not of its platform."""
    try:
        state = desired_state(intent, hub, secrets=secrets, on=on)
        platforms()[intent.hubs[hub].platform].check(state)
    except IntentError as error:
        yield from error.problems


def _secrets(
    inventory: Path, password_file: Path | None
) -> tuple[Mapping[str, Secret], list[Problem]]:
    """The keys by name; where the vault cannot be opened from here, one for whatever is asked."""
    password = password_file or inventory / ".vault-password"
    if not (inventory / "secrets.yml").exists() or not password.exists():
        return AnySecret(), []
    from ksz_netops.inventory.vault import Vault  # noqa: PLC0415 - Ansible is slow to import

    try:
        return Vault.open(inventory, password_file).secrets(), []
    except SecretError as error:
        return AnySecret(), list(error.problems)


class AnySecret(defaultdict[str, Secret]):
    """Stands for a vault that cannot be opened: it has a key of every name."""

    def __missing__(self, name: str) -> Secret:
        return Secret(name=SecretName(name), fingerprint=Fingerprint("0" * 16))

    def __contains__(self, name: object) -> bool:
        return True
