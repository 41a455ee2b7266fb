"""A partner that leaves: its file, its secrets, and what may be left of it on a hub."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ksz_netops.errors import IntentError, Problem
from ksz_netops.intent.words import suggestion
from ksz_netops.state.resources import Owner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.intent.models import Intent
    from ksz_netops.platforms import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """What the inventory holds of one partner."""

    partner: str
    file: Path | None
    """Its file among the partners; None where it has left already."""
    former: Path
    """Where its file goes."""
    secrets: tuple[str, ...]
    """The names of its pre-shared keys."""

    @classmethod
    def of(cls, intent: Intent, inventory: Path, partner: str) -> Departure:
        """The departure of *partner*, also where it has happened already.

        Raises:
            IntentError: If the inventory knows no such partner, present or former.
        """
        former = inventory / "former"
        origin = intent.origins.get((partner,))
        if origin is not None:
            file = Path(origin.file)
            leaving = next(each for each in intent.partners if each.id == partner)
            names = {name for each in leaving.connections for name in each.secret_names()}
            return cls(
                partner=partner, file=file, former=former / file.name, secrets=tuple(sorted(names))
            )
        left = former / f"{partner}.yml"
        if left.exists():
            return cls(partner=partner, file=None, former=left, secrets=())
        known = [each.id for each in intent.partners]
        raise IntentError(
            Problem(
                code="KSZ703",
                what=f"no partner {partner!r} in {inventory}, present or former",
                fix=suggestion(partner, known),
            )
        )


def traces(session: Session, partner: str) -> Iterator[str]:
    """What a hub still holds or does for *partner*, one phrase each."""
    state = session.state()
    for resource in state.of_partner(partner):
        yield f"{resource.kind} {resource.owner}"
    for stray in state.strays:
        owner = Owner.read(stray.token) if stray.token else None
        if owner is not None and owner.partner == partner:
            yield f"{stray.statement} ({stray.reason})"
    for tunnel in session.observe().tunnels:
        owner = Owner.read(tunnel.token)
        if owner is not None and owner.partner == partner:
            yield f"IKE SA {tunnel.token}"
