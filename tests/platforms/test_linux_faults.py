"""Faults in a hub under packets; `make faults` plays all kinds, hundreds of times."""

from __future__ import annotations

import os
import time
from random import Random
from typing import TYPE_CHECKING

import pytest

from support.fault_kinds import KINDS
from support.hub_faults import Campaign
from support.linux_host import LinuxHost

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root here"),
]
SHORT = {
    "restart while pending": "old",
    "empty table.nft and restart": "closed",
    "remove the startup link and restart": "closed",
    "lose the agent and restart": "closed",
    "fill run and kill the watchdog": "old",
    "name another process in the pending commit": "old",
    "flush every table": "closed",
    "delete the forward chain": "closed",
    "second operator": "new",
}
"""Kinds of faults, and what the packets say that the hub holds afterwards."""


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    with (
        LinuxHost(tmp_path_factory.mktemp("box")) as host,
        Campaign(host, Random(1)) as made,  # noqa: S311 - repeatable, not secret
    ):
        yield made


@pytest.mark.parametrize("kind", SHORT)
def test_hub_in_trouble_holds_what_is_confirmed_or_is_closed(campaign: Campaign, kind: str) -> None:
    begin = time.monotonic()
    KINDS[kind](campaign)

    ending = campaign.ended(kind, begin)

    assert ending.wrong == []
    assert ending.holds == SHORT[kind]
    campaign.mend()
    assert campaign.ended("mended", time.monotonic()).holds == "old"
