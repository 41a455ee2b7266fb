"""`host_vars/<hub>.yml`, key `ksz_hub`: a device of ours that terminates connections."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StrictInt, model_validator

from ksz_netops.intent.models.extranet import IntentModel
from ksz_netops.intent.models.values import (
    Address,
    Controller,
    FileName,
    Flag,
    Interface,
    Name,
    PortName,
    Prefix,
    Rate,
)
from ksz_netops.intent.words import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.state.resources import IPInterface, IPNetwork


class Side(IntentModel):
    """A port of the hub with its own addresses."""

    interface: PortName
    addresses: tuple[Interface, ...]
    """With their prefix lengths; one at least."""


class InternetSide(Side):
    """The port on which tunnels and SFTP arrive."""

    uplink_kbps: Rate
    """What all tunnels of the hub together may be sold."""
    gateway: Address | None = None
    front_door: Flag = True
    """Whether tunnels' outer packets have a routing of their own (a VRF, marks), so that a peer may
    have its partner's official address."""


class Management(IntentModel):
    """How the hub is reached by those who configure it."""

    address: Name
    port: Annotated[StrictInt, Field(ge=1, le=65535)] = 22
    user: Name
    private_key: FileName
    """File of the SSH key, from the inventory's folder."""
    known_hosts: FileName
    """File of the host keys that are trusted, from the inventory's folder."""
    interface: PortName
    sources: tuple[Prefix, ...] = ()
    """From where the hub may be managed; none admits every source on the management port."""


class Separation(StrEnum):
    """How partners that share an interconnect are told apart."""

    LAYER2 = "layer2"
    """Each is bound to the MAC address of its router."""
    SUBINTERFACE = "subinterface"
    """Each has a VLAN of its own."""
    CARRIER = "carrier"
    """The network operator enforces it; our filter cannot."""


class Attachment(IntentModel):
    """A place on the hub where a line or an interconnect can be attached."""

    interface: PortName | None = None
    """An Ethernet interface; this or `controller`."""
    controller: Controller | None = None
    """An E1 controller, `0/1/0`."""
    network: Name | None = None
    """For an interconnect, the private network it belongs to."""
    addresses: tuple[Interface, ...] = ()
    """For an interconnect, the hub's own addresses on it."""
    separation: Separation | None = None
    """For an interconnect, how its partners are told apart."""

    @model_validator(mode="after")
    def _is_one_thing(self) -> Attachment:
        if (self.interface is None) == (self.controller is None):
            what = "an attachment is an interface or an E1 controller"
            raise refusal(
                code="KSZ170", what=what, fix="give `interface:` or `controller:`, one of them"
            )
        if self.network is None:
            for key in ("addresses", "separation"):
                if key in self.model_fields_set:
                    what = f"{key} belongs to an interconnect, and this is none"
                    raise refusal(
                        code="KSZ170", what=what, fix="add `network:`, or delete it", at=(key,)
                    )
            return self
        if self.controller is not None:
            what = "an interconnect is handed over by Ethernet"
            raise refusal(code="KSZ170", what=what, fix="give its interface", at=("controller",))
        if self.separation is None:
            what = "it is not said how the partners on this interconnect are told apart"
            raise refusal(
                code="KSZ174", what=what, fix="add `separation: layer2`, subinterface or carrier"
            )
        shared = self.separation is not Separation.SUBINTERFACE
        if shared != bool(self.addresses):
            what = "the hub's addresses on the interconnect are missing"
            if not shared:
                what = "with subinterfaces the addresses stand in the partners' files"
            raise refusal(
                code="KSZ172",
                what=what,
                fix="give `addresses:` unless each partner has its own VLAN",
            )
        return self


class Hub(IntentModel):
    """A device of ours that terminates connections: `host_vars/<name>.yml`, below `ksz_hub`."""

    platform: Name
    management: Management
    extranet: Side | None = None
    internet: InternetSide | None = None
    attachments: dict[Name, Attachment] = Field(default_factory=dict)
    file_service: Flag = False
    """Whether it is the file server that SFTP partners use."""

    def networks(self) -> Iterator[IPNetwork]:
        """The prefixes of the hub's own ports and interconnects."""
        for address in self.addresses():
            yield address.network

    def addresses(self) -> Iterator[IPInterface]:
        """The hub's own addresses, but for those on partners' lines."""
        for side in (self.extranet, self.internet, *self.attachments.values()):
            if side is not None:
                yield from side.addresses
