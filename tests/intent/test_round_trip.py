"""What a partner's file says survives the way from YAML to the model and back."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ksz_netops.intent.models.partner import Partner
from ksz_netops.intent.note.catalogue import CRYPTO_PROFILES, OPERATORS, PRIVATE_NETWORKS
from ksz_netops.intent.reading.source import parse
from ksz_netops.inventory.load import load_intent, partner_model
from ksz_netops.methods import METHODS
from support.inventories import GOOD

ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str)
LETTERS = st.characters(categories=["Lu", "Ll"])
TITLES = st.text(LETTERS, min_size=1, max_size=30)
TEXTS = st.text(st.characters(categories=["L", "N"], include_characters=" -/"), max_size=40).map(
    lambda text: f"a{text}"
)
DATES = st.dates().map(str)
RATES = st.integers(8, 100_000_000)
KEYS = st.sampled_from(
    (
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM1MV3ZTLK2rD7wBjC33L8BkJffbCyCbMUc9L2UtziKJ",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMoIrOS9oqjtRZNm9N0n9Cy/B8tkNokmgOvk5Yg+XtKB a@b",
    )
)


@st.composite
def links(draw: st.DrawFn) -> dict[str, str]:
    base = IPv4Address(draw(st.integers(0, 2**30 - 1)) * 4)
    if draw(st.booleans()):
        return {"hub": f"{base + 1}/30", "partner": str(base + 2)}
    wide = IPv6Address(draw(st.integers(0, 2**64 - 1)) << 64)
    return {"hub": f"{wide + 1}/64", "partner": str(wide + draw(st.integers(2, 99)))}


@st.composite
def lines(draw: st.DrawFn) -> dict[str, Any]:
    line: dict[str, Any] = {
        "hub": "hub-1",
        "attachment": draw(st.sampled_from(("line1", "e1a"))),
        "circuit": draw(TITLES),
        "rate_kbps": draw(RATES),
        "link": draw(links()),
    }
    match draw(st.sampled_from(("plain", "vlan", "slots", "unframed"))):
        case "vlan":
            line["vlan"] = draw(st.integers(2, 4094))
        case "slots":
            first = draw(st.integers(1, 31))
            line["timeslots"] = f"{first}-{draw(st.integers(first, 31))}"
        case "unframed":
            line["unframed"] = True
        case _:
            line["delivery"] = draw(st.sampled_from(("ethernet", "e1")))
    return line


def options(**strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=strategies)


@st.composite
def connections(draw: st.DrawFn) -> dict[str, Any]:
    common = draw(options(number=st.integers(1, 65534), preference=st.integers(1, 200)))
    method = draw(st.sampled_from(sorted(METHODS)))
    common |= {"id": f"S{draw(st.integers(1, 99))}", "method": method}
    match method:
        case "explore":
            own = {"has_explore": True, "line": draw(lines())}
        case "leased_line":
            own = {
                "operator": draw(st.sampled_from(sorted(OPERATORS))),
                "availability": {
                    "redundancy": draw(TEXTS),
                    "stability": draw(TEXTS),
                    "assessed_on": draw(DATES),
                },
                "lines": [draw(lines())],
            }
            if draw(st.booleans()):
                own |= {"use": "primary_backup", "lines": [draw(lines()), draw(lines())]}
        case "private_network":
            own = {
                "network": draw(st.sampled_from(PRIVATE_NETWORKS)),
                "hub": "hub-1",
                "attachment": "net0",
                "capacity_kbps": draw(RATES),
            } | draw(
                options(
                    next_hop=ADDRESSES,
                    mac=st.just("02:00:5e:00:53:01"),
                    vlan=st.integers(2, 4094),
                    link=links(),
                )
            )
        case "ipsec_vpn":
            own = {
                "hub": "hub-1",
                "peer": draw(ADDRESSES),
                "capacity_kbps": 128 * draw(st.integers(1, 1000)),
                "crypto": draw(st.sampled_from(sorted(CRYPTO_PROFILES))),
                "psk": "vault:P00001-S1",
            } | draw(
                options(
                    equipment=st.fixed_dictionaries({"vendor": TEXTS}, optional={"model": TEXTS}),
                    effort=st.lists(
                        st.fixed_dictionaries(
                            {"spent_on": DATES, "days": st.sampled_from((0.25, 0.5, 1, 2))}
                        ),
                        max_size=3,
                    ),
                )
            )
        case _:
            own = {"hub": "sftp-1", "keys": [draw(KEYS)], "directories": ["in"]}
            own["authorisation"] = draw(TITLES)
    return common | own


@st.composite
def partners(draw: st.DrawFn) -> dict[str, Any]:
    required = {
        "id": f"P{draw(st.integers(1, 65534)):05}",
        "name": draw(TITLES),
        "sector": draw(TITLES),
        "official_ip": draw(ADDRESSES),
        "helpdesk": {
            "name": draw(TITLES),
            "email": "a@b.example",
            "phone": "+32 2 555 01 12",
            "hours": draw(TEXTS),
            "languages": draw(st.lists(st.sampled_from(("nl", "fr", "de", "en")), min_size=1)),
        },
        "connections": draw(st.lists(connections(), min_size=1, max_size=3)),
    }
    return required | draw(
        options(
            flows=st.lists(
                st.fixed_dictionaries(
                    {"to": TITLES, "authorisation": TEXTS}, optional={"until": DATES}
                ),
                max_size=3,
            ),
            change_window=st.just({"start": "2026-12-03 20:00", "end": "2026-12-03 22:00+01:00"}),
        )
    )


def read(text: str) -> Partner[Any]:
    source = parse(text, "P.yml")
    assert source.problems == ()
    return partner_model().model_validate(source.data)


def written(partner: Partner[Any]) -> str:
    return yaml.safe_dump(partner.model_dump(mode="json", exclude_none=True), allow_unicode=True)


@given(data=partners())
def test_a_partner_survives_the_way_from_yaml_to_the_model_and_back(data: dict[str, Any]) -> None:
    partner = read(yaml.safe_dump(data, allow_unicode=True))

    assert read(written(partner)) == partner


@pytest.mark.parametrize("partner", load_intent(GOOD).partners, ids=lambda partner: str(partner.id))
def test_a_partner_of_the_good_inventory_survives_it_too(partner: Partner[Any]) -> None:
    assert read(written(partner)) == partner


@given(prefix=st.integers(1, 32), number=st.integers(0, 2**32 - 1))
def test_an_official_prefix_of_one_address_is_that_address(prefix: int, number: int) -> None:
    network = IPv4Network((number >> (32 - prefix) << (32 - prefix), prefix))
    data = dict(Partner.example) | {"official_ip": str(network)}
    data["connections"] = [dict(METHODS["explore"].example)]

    if prefix == 32:
        assert read(yaml.safe_dump(data)).official_ip == network.network_address
    else:
        with pytest.raises(ValueError, match="exactly one address"):
            read(yaml.safe_dump(data))
