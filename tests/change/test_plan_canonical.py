from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ksz_netops.errors import Origin
from ksz_netops.state.encoding import decode, encode, fingerprint
from ksz_netops.state.resources import (
    BundlePort,
    DeviceState,
    E1Port,
    EthernetPort,
    Handoff,
    Resource,
    Secret,
    Stray,
)
from support.sample_states import FILE_SERVER, HUB, PERIMETER, TUNNEL, WITHOUT_VPN


@pytest.mark.parametrize("state", [HUB, FILE_SERVER], ids=["hub", "file server"])
def test_what_is_written_reads_back_equal(state: DeviceState) -> None:
    for resource in state:
        assert decode(encode(resource)) == resource


def test_every_port_of_a_handoff_reads_back() -> None:
    ports = [EthernetPort("a", 7), E1Port("0/1/0"), E1Port("0/1/0", 1, None)]
    for port in (*ports, BundlePort(3, (E1Port("0/1/0"), E1Port("0/1/1")))):
        handoff = Handoff(owner=PERIMETER.owner, port=port, addresses=())

        assert decode(encode(handoff)) == handoff


def test_the_name_of_a_secret_reads_back_although_it_does_not_count() -> None:
    read = decode(encode(TUNNEL))

    assert read.secret.name == "P00005-S1"


def test_equal_states_and_no_others_have_equal_fingerprints() -> None:
    renamed = dataclasses.replace(
        TUNNEL,
        secret=Secret(name="other", fingerprint=TUNNEL.secret.fingerprint),
        origin=Origin("x.yml", 1),
    )
    same = DeviceState.of([renamed if each is TUNNEL else each for each in HUB])

    assert same == HUB
    assert fingerprint(same) == fingerprint(HUB)
    assert fingerprint(HUB) != fingerprint(WITHOUT_VPN)


def test_a_stray_changes_the_fingerprint() -> None:
    stray = Stray(statement="x", reason="y")

    assert fingerprint(DeviceState.of(HUB, [stray])) != fingerprint(HUB)


def changed(resource: Resource, draw: st.DataObject) -> Resource:
    field = draw.draw(st.sampled_from([f for f in dataclasses.fields(resource) if f.compare]))
    others = [getattr(each, field.name, None) for each in (*HUB, *FILE_SERVER)]
    values = [each for each in others if each is not None]
    return dataclasses.replace(resource, **{field.name: draw.draw(st.sampled_from(values))})


@given(st.sampled_from([*HUB, *FILE_SERVER]), st.data())
def test_a_field_changes_the_fingerprint_exactly_where_it_changes_the_resource(
    resource: Resource, draw: st.DataObject
) -> None:
    other = changed(resource, draw)

    alike = fingerprint(DeviceState.of([other])) == fingerprint(DeviceState.of([resource]))

    assert alike == (other == resource)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda written: written | {"extra": 1},
        lambda written: written | {"is": "Perimeter"},
        lambda written: written | {"number": "5"},
        lambda written: written | {"number": True},
        lambda written: written | {"peer": "203.0.113.050"},
        lambda written: written | {"local_prefixes": ["192.0.2.1/25"]},
        lambda written: written | {"local_prefixes": ["192.0.2.0/255.255.255.128"]},
        lambda written: {key: each for key, each in written.items() if key != "peer"},
        list,
        lambda _: None,
    ],
)
def test_anything_else_is_refused(spoil: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(spoil(encode(TUNNEL)))
