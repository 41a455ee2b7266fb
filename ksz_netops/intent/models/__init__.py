"""What the files of an inventory may say, as types."""

from __future__ import annotations

from ksz_netops.intent.models.extranet import Extranet, IntentModel, Service
from ksz_netops.intent.models.hub import (
    Attachment,
    Hub,
    InternetSide,
    Management,
    Separation,
    Side,
)
from ksz_netops.intent.models.intent import Intent, Site
from ksz_netops.intent.models.partner import (
    Authorisation,
    ChangeWindow,
    Connection,
    ConnectionId,
    ConnectionT,
    Flow,
    Helpdesk,
    Language,
    Number,
    Partner,
    PartnerId,
)
from ksz_netops.state.resources import Owner, Permit

__all__ = [
    "Attachment",
    "Authorisation",
    "ChangeWindow",
    "Connection",
    "ConnectionId",
    "ConnectionT",
    "Extranet",
    "Flow",
    "Helpdesk",
    "Hub",
    "Intent",
    "IntentModel",
    "InternetSide",
    "Language",
    "Management",
    "Number",
    "Owner",
    "Partner",
    "PartnerId",
    "Permit",
    "Separation",
    "Service",
    "Side",
    "Site",
]
