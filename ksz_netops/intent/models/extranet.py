"""`extranet.yml`: what stands behind the hubs, the same for all partners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema, model_validator

from ksz_netops.intent.models.values import Flag, Name, Prefix, Text
from ksz_netops.intent.words import refusal, shown
from ksz_netops.state.resources import Permit, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class IntentModel(BaseModel):
    """Refuses unknown keys and never changes after it was read."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )


def _ports(value: object) -> int | str:
    first, dash, last = str(value).partition("-")
    highest = 65535
    if isinstance(value, int | str) and not isinstance(value, bool) and first.isdecimal():
        numbers = [int(first), int(last) if last.isdecimal() else -1 if dash else int(first)]
        if 1 <= numbers[0] <= numbers[1] <= highest:
            return value
    what = f"{shown(value)} is not a port or a range of ports"
    raise refusal(code="KSZ108", what=what, fix=f"write 443 or 8000-8010, from 1 to {highest}")


Ports = Annotated[
    int | str,
    BeforeValidator(_ports),
    WithJsonSchema({"type": ["integer", "string"], "examples": [443, "8000-8010"]}),
]


class Service(IntentModel):
    """An application behind the hubs."""

    description: Text | None = None
    destinations: tuple[Prefix, ...]
    """Addresses or prefixes, all inside the extranet's own."""
    protocol: Protocol
    ports: tuple[Ports, ...] = ()
    """Numbers or ranges such as `8000-8010`; none for ICMP."""

    @model_validator(mode="after")
    def _ports_fit_the_protocol(self) -> Service:
        if not self.destinations:
            raise refusal(
                code="KSZ113",
                what="destinations is empty",
                fix="name an address",
                at=("destinations",),
            )
        if self.protocol is Protocol.ICMP and self.ports:
            raise refusal(
                code="KSZ108", what="ICMP has no ports", fix="delete the ports", at=("ports",)
            )
        if self.protocol is not Protocol.ICMP and not self.ports:
            raise refusal(
                code="KSZ108", what=f"{self.protocol} without ports", fix="add `ports: [443]`"
            )
        return self

    def permits(self, family: int) -> Iterator[Permit]:
        """What a partner of IP version *family* (4 or 6) may reach."""
        for destination in self.destinations:
            if destination.version != family:
                continue
            if self.protocol is Protocol.ICMP:
                yield Permit(destination, self.protocol)
            for ports in self.ports:
                first, _, last = str(ports).partition("-")
                yield Permit(destination, self.protocol, (int(first), int(last or first)))


class Extranet(IntentModel):
    """What stands behind the hubs, the same for all partners: `extranet.yml`."""

    lab: Flag = False
    """Admits documentation and private addresses: for rehearsal, never for production."""
    prefixes: tuple[Prefix, ...]
    """The extranet's own prefixes, without overlap."""
    services: dict[Name, Service]
    """The applications that a partner's flows may name."""
