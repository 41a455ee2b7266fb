"""The kernel under test is one as hubs have it."""

from __future__ import annotations

import subprocess

import pytest

pytestmark = pytest.mark.kernel


@pytest.mark.parametrize(
    "command",
    [
        "ip link add a0 type veth peer name b0 && ip link add link a0 name a0.7 type vlan id 7",
        "ip link add vrf1 type vrf table 101",
        "nft 'add table inet t; add chain inet t c; add rule inet t c meta ipsec exists counter'",
        "ip link set lo up && tc qdisc add dev lo root handle 4b5a: htb",
    ],
    ids=["vlan", "vrf", "meta ipsec", "htb"],
)
def test_the_kernel_can_do_what_a_hub_asks(command: str) -> None:
    subprocess.run(  # noqa: S603 - argv is fixed
        ["unshare", "--net", "sh", "-c", command],  # noqa: S607 - found as any shell finds it
        check=True,
    )
