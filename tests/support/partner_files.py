"""Files of partners that tests add to a copy of the sample inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_PARTNER: Final = """\
id: {id}
name: One of several
sector: health insurance
official_ip: 198.51.100.{number}
helpdesk:
  name: Service desk
  email: noc@example.example
  phone: "+32 2 555 01 11"
  hours: Mo-Fr 08:00-18:00
  languages: [nl, fr]
connections:
  - id: S1
{connection}\
flows:
  - to: {to}
    authorisation: KSZ 26/011
"""
_VPN: Final = """\
    method: ipsec_vpn
    hub: {hub}
    peer: 203.0.113.{number}
    capacity_kbps: 256
    psk: vault:{id}-S1
"""
_LINE: Final = """\
    method: leased_line
    operator: {operator}
    lines:
      - hub: {hub}
        attachment: {attachment}
        circuit: VT-{number}
        rate_kbps: {rate_kbps}
        link: {{hub: 192.0.2.{link}/30, partner: 192.0.2.{peer}}}
    availability: {{redundancy: none, stability: no loss in a year, assessed_on: 2026-09-01}}
"""


def add_by_vpn(inventory: Path, partner: str, hub: str, number: int, *, to: str) -> None:
    """Adds *partner* with a tunnel to *hub*; *number* is the last of its addresses' numbers."""
    connection = _VPN.format(hub=hub, number=number, id=partner)
    _write(inventory, partner, number, connection, to)


def add_by_line(  # noqa: PLR0913 - what differs from one line to the next, by keyword
    inventory: Path,
    partner: str,
    hub: str,
    number: int,
    *,
    to: str,
    operator: str,
    attachment: str,
    link: int,
    rate_kbps: int,
) -> None:
    """Adds *partner* with a line to *attachment* of *hub*, whose end of the link is .*link*."""
    connection = _LINE.format(
        hub=hub,
        number=number,
        operator=operator,
        attachment=attachment,
        link=link,
        peer=link + 1,
        rate_kbps=rate_kbps,
    )
    _write(inventory, partner, number, connection, to)


def _write(inventory: Path, partner: str, number: int, connection: str, to: str) -> None:
    text = _PARTNER.format(id=partner, number=number, connection=connection, to=to)
    (inventory / f"partners/{partner}.yml").write_text(text, "utf-8")
