"""What is shown of a partner, and what is still open for it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ksz_netops
from ksz_netops.errors import IntentError
from ksz_netops.inventory.load import load_intent
from ksz_netops.inventory.overview import overview

if TYPE_CHECKING:
    from ksz_netops.intent.models import Intent

ROOT = Path(ksz_netops.__file__).parents[1]
DAY = date(2026, 11, 24)

PARTNER = """\
id: P00001
name: Caisse de l'Essai
sector: family benefits
official_ip: 198.51.100.1
helpdesk:
  name: Service desk
  email: desk@essai.example
  phone: "+32 2 555 01 01"
  hours: Mo-Fr 08:00-18:00
  languages: [fr]
connections:
  - id: S1
    method: ipsec_vpn
    hub: hub-bru-1
    peer: 203.0.113.101
    capacity_kbps: 256
    psk: vault:P00001-S1
%s
"""


def intent_with(folder: Path, more: str) -> Intent:
    (folder / "partners").mkdir()
    (folder / "host_vars").mkdir()
    (folder / "partners/P00001.yml").write_text(PARTNER % more, "utf-8")
    for name in ("extranet.yml", "host_vars/hub-bru-1.yml"):
        (folder / name).write_bytes((ROOT / "inventory" / name).read_bytes())
    return load_intent(folder)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", "no flow is open: the partner is connected and reaches nothing"),
        (
            "flows:\n  - {to: dimona-web, authorisation: KSZ 26/001, until: 2026-11-23}",
            "flow to dimona-web ended on 2026-11-23; renew its authorisation or delete it",
        ),
        (
            "flows:\n  - {to: dimona-web, authorisation: KSZ 26/001, until: 2026-12-31}",
            "flow to dimona-web ends on 2026-12-31; renew its authorisation in time",
        ),
        (
            "    effort: [{spent_on: 2026-11-02, days: 2}, {spent_on: 2026-11-09, days: 1.5}]",
            (
                "S1: 3.5 man-days went into the tunnel, more than 3; consider another method with "
                "the partner"
            ),
        ),
        (
            "change_window: {start: 2026-11-03 20:00, end: 2026-11-03 22:00}",
            "the change window is past; agree on another or delete it",
        ),
        ("", "S1: the vault holds no key 'P00001-S1'"),
    ],
)
def test_what_is_open_is_said(tmp_path: Path, more: str, expected: str) -> None:
    intent = intent_with(tmp_path, more)

    assert expected in overview(intent, "P00001", DAY, secrets=()).open_points


def test_a_partner_in_order_has_no_open_points(tmp_path: Path) -> None:
    more = """\
    effort: [{spent_on: 2026-11-02, days: 3}]
flows: [{to: dimona-web, authorisation: KSZ 26/001, until: 2027-06-30}]
change_window: {start: 2026-12-03 20:00, end: 2026-12-03 22:00}"""
    intent = intent_with(tmp_path, more)

    assert overview(intent, "P00001", DAY, secrets={"P00001-S1"}).open_points == ()


def test_a_closed_vault_opens_no_points(tmp_path: Path) -> None:
    intent = intent_with(tmp_path, "flows: [{to: dimona-web, authorisation: KSZ 26/001}]")

    assert overview(intent, "P00001", DAY).open_points == ()


def test_a_flow_shows_what_it_reaches(tmp_path: Path) -> None:
    intent = intent_with(tmp_path, "flows: [{to: dimona-web, authorisation: KSZ 26/001}]")

    (flow,) = overview(intent, "P00001", DAY).flows
    assert flow.reaches == ("tcp 192.0.2.10/32 port 443",)
    assert flow.is_open


def test_an_unknown_partner_is_refused_with_the_nearest_id(tmp_path: Path) -> None:
    intent = intent_with(tmp_path, "")

    with pytest.raises(IntentError, match="did you mean P00001"):
        overview(intent, "P0001", DAY)
