"""An additional key exchange of a tunnel is observed, and counts for its profile."""

from __future__ import annotations

import pytest

from ksz_netops.compliance.checks.algorithms import within
from ksz_netops.platforms.linux.config import vici
from ksz_netops.platforms.linux.observe.live import _tunnels

HIGH = ("aes256gcm16-prfsha384-ecp384-ke1_mlkem1024",)
SA = (
    "list-sa event {{KSZ-P00008-S1 {{state=ESTABLISHED remote-host=203.0.113.8 encr-alg=AES_GCM_16"
    " encr-keysize=256 prf-alg=PRF_HMAC_SHA2_384 dh-group=ECP_384{added} child-sas {{}}}}}}\n"
    "list-sas reply {{}}\n"
)


@pytest.mark.parametrize(
    ("added", "inside"),
    [
        (" ke1=ML_KEM_1024", True),
        (" ke1-alg=ML_KEM_1024", True),
        (" ke1=ML_KEM_512", False),
        (" ke2=ML_KEM_1024", False),
        ("", False),
    ],
)
def test_a_tunnel_of_profile_high_is_inside_with_its_additional_key_exchange_alone(
    added: str, *, inside: bool
) -> None:
    [tunnel] = _tunnels(vici.events(SA.format(added=added), "list-sa"))

    assert within(tunnel.algorithms, HIGH, child=False) is inside
