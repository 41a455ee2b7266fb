"""`partners/P00012.yml`: an organisation, its connections and what it is authorised for.

A partner's connections are an open set: `Connection` is their common part, each file in `methods/`
adds one kind, and `Partner` is generic in what a connection may be, so that this module knows none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, NamedTuple, TypeVar

from pydantic import AfterValidator, Field, StrictInt, model_validator

from ksz_netops.intent.models.extranet import IntentModel
from ksz_netops.intent.models.values import Instant, OfficialAddress, Text, Title, not_empty
from ksz_netops.intent.words import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.intent.models import Site
    from ksz_netops.intent.models.surroundings import Claim, Ground, LinkNetwork
    from ksz_netops.intent.words import Violation
    from ksz_netops.state.resources import Resource, SshKey

_HIGHEST = 65534
_LONGEST_EMAIL = 254


def _partner_id(value: str) -> str:
    if not re.fullmatch(r"P[0-9]{5}", value) or not 1 <= int(value[1:]) <= _HIGHEST:
        what = f"{value!r} is not the id of a partner"
        raise refusal(code="KSZ116", what=what, fix=f"write P00001 to P{_HIGHEST}")
    return value


def _connection_id(value: str) -> str:
    if not re.fullmatch(r"S[1-9][0-9]?", value):
        raise refusal(
            code="KSZ116", what=f"{value!r} is not the id of a connection", fix="write S1 to S99"
        )
    return value


def _email(value: str) -> str:
    form = r"[^@\s<>\"',;]+@[^@\s.<>\"',;]+(\.[^@\s.<>\"',;]+)+"
    if not value.isprintable() or not re.fullmatch(form, value) or len(value) > _LONGEST_EMAIL:
        raise refusal(
            code="KSZ132",
            what=f"{value!r} is not an e-mail address",
            fix="write name@domain.example",
        )
    return value


def _phone(value: str) -> str:
    if not re.fullmatch(r"\+?[0-9][0-9 ./()-]{4,28}[0-9]", value):
        what = f"{value!r} is not a telephone number"
        raise refusal(code="KSZ132", what=what, fix='write it in quotes as "+32 2 555 01 12"')
    return value


PartnerId = Annotated[str, AfterValidator(_partner_id)]
ConnectionId = Annotated[str, AfterValidator(_connection_id)]
Number = Annotated[StrictInt, Field(ge=1, le=_HIGHEST)]


class Language(StrEnum):
    """A language of the helpdesk: the country's three, and English."""

    NL = "nl"
    FR = "fr"
    DE = "de"
    EN = "en"


class Helpdesk(IntentModel):
    """The partner's technical contact; the note makes it a condition of every connection."""

    name: Title
    email: Annotated[str, AfterValidator(_email)]
    phone: Annotated[str, AfterValidator(_phone)]
    hours: Text
    languages: Annotated[tuple[Language, ...], AfterValidator(not_empty)]


class Flow(IntentModel):
    """A partner's authorised access to one extranet service."""

    to: str
    """Name of a service in `extranet.yml`."""
    authorisation: Text
    """Reference of the authorisation that opened it."""
    until: date | None = None
    """Last day on which the flow is rendered."""

    def open_on(self, day: date) -> bool:
        """Whether the authorisation still holds on *day*."""
        return self.until is None or day <= self.until


class Authorisation(NamedTuple):
    """What allows something that a connection opens by itself."""

    opens: str
    """In words: `account on sftp-1`."""
    reference: str
    until: date | None
    """Its last day; None where it has none."""


class ChangeWindow(IntentModel):
    """When the partner's connections may be changed."""

    start: Instant
    end: Instant

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> ChangeWindow:
        if self.end <= self.start:
            what = "the window ends before it starts"
            raise refusal(code="KSZ180", what=what, fix="give an end after the start", at=("end",))
        return self


class Connection(IntentModel):
    """One way in that a partner has; each method adds what it needs to know."""

    title: ClassVar[str]
    """The method as people call it."""
    example: ClassVar[Mapping[str, Any]]
    """A connection of this method; a rule judges no part of it that stands in for a wrong one."""

    id: ConnectionId
    number: Number | None = None
    """For tunnel, class and sequence numbers on the hub; the partner's own number where absent."""
    preference: Annotated[StrictInt, Field(ge=1, le=200)] = 10
    """Among the partner's connections, lower is used first."""

    def hubs(self) -> frozenset[str]:
        """The names of the hubs on which this connection has something."""
        raise NotImplementedError

    def precedence(self) -> Mapping[str, tuple[int, ...]]:
        """By hub, the preferences of its ways to the official address, if it has any."""
        raise NotImplementedError

    def resources(self, site: Site) -> Iterator[Resource]:
        """What *site.hub* must hold for this connection.

        Raises:
            UnsupportedError: If the hub's attachment cannot carry it.
        """
        raise NotImplementedError

    def violations(self, ground: Ground) -> Iterator[Violation]:
        """What is wrong with this connection on the *ground* it stands on."""
        raise NotImplementedError

    def claims(self, ground: Ground) -> Iterator[Claim]:
        """What this connection has for itself alone."""
        raise NotImplementedError

    def networks(self) -> Iterator[LinkNetwork]:
        """The prefixes between a hub and the partner."""
        return iter(())

    def uplink_kbps(self, hub: str) -> int:  # noqa: ARG002 - for those who use it
        """How much of the uplink of *hub* is sold with it."""
        return 0

    def secret_names(self) -> tuple[str, ...]:
        """The names of the secrets that it needs from the vault."""
        return ()

    def authorisations(self) -> Iterator[Authorisation]:
        """What it opens by itself, beside the partner's flows."""
        return iter(())

    def open_on(self, day: date) -> bool:
        """Whether a hub holds anything for it on *day*."""
        return all(each.until is None or day <= each.until for each in self.authorisations())

    @property
    def effort_days(self) -> float | None:
        """Man-days spent on getting it up; None where the method counts none."""
        return None

    def public_keys(self) -> tuple[SshKey, ...]:
        """The public SSH keys that open it."""
        return ()

    def open_points(self) -> Iterator[str]:
        """What people have yet to settle, by the note and not by any device."""
        return iter(())


ConnectionT = TypeVar("ConnectionT", bound=Connection)


class Partner(IntentModel, Generic[ConnectionT]):
    """An organisation that shows up on the extranet with exactly one address."""

    example: ClassVar[Mapping[str, Any]] = {
        "id": "P00001",
        "name": "-",
        "sector": "-",
        "official_ip": "192.0.2.1",
        "helpdesk": {
            "name": "-",
            "email": "helpdesk@partner.example",
            "phone": "+32 2 555 00 00",
            "hours": "-",
            "languages": ["nl"],
        },
        "flows": [{"to": "-", "authorisation": "-"}],
    }
    """All of a file but its connections."""

    id: PartnerId
    name: Title
    """Shown to people, never sent to a device."""
    sector: Title
    official_ip: OfficialAddress
    """Exactly one, IPv4 or IPv6."""
    helpdesk: Helpdesk
    connections: Annotated[tuple[ConnectionT, ...], AfterValidator(not_empty)]
    flows: tuple[Flow, ...] = ()
    change_window: ChangeWindow | None = None
    """Brussels time, or with an offset."""

    @property
    def number(self) -> int:
        """1 to 65534, from the id."""
        return int(self.id[1:])
