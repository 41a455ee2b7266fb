"""What the source note names, as data; `note.py` has the sentences, by the keys of their facts.

Where the note is silent the data says what it rests on instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ksz_netops.state.grammar import Algorithms, ProfileName
from ksz_netops.state.resources import CryptoProfile

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """An operator of leased lines."""

    name: str
    on_the_extranet: bool
    """Whether it is already there with an evolving, redundant infrastructure."""
    fact: str
    """The fact of the note that names it."""
    former_names: tuple[str, ...] = ()


OTHER_OPERATOR: Final = "other"
"""What a file says for an operator that the note does not name."""

OPERATORS: Final = {
    each.name: each
    for each in (
        Operator(
            name="Proximus", on_the_extranet=True, fact="line-operators", former_names=("Belgacom",)
        ),
        Operator(
            name="Colt", on_the_extranet=True, fact="line-operators", former_names=("Colt Telecom",)
        ),
        Operator(name="Versatel", on_the_extranet=False, fact="line-others"),
        Operator(
            name="SNCB Telecom",
            on_the_extranet=False,
            fact="line-others",
            former_names=("NMBS Telecom", "Syntigo", "B-Telecom"),
        ),
        Operator(
            name="Mobistar",
            on_the_extranet=False,
            fact="line-others",
            former_names=("Mobistar Corporate",),
        ),
        Operator(
            name="Brutélé", on_the_extranet=False, fact="line-others", former_names=("Brutele",)
        ),
        Operator(name="Telenet", on_the_extranet=False, fact="line-others"),
    )
}

PRIVATE_NETWORKS: Final = ("FedMan", "Publilink", "Vera", "Telenet", "WIN", "Irisnet")
"""`network-members`"""

VPN_STEP_KBPS: Final = 128
"""`vpn-capacity`"""

CRYPTO_PROFILES: Final[Mapping[str, CryptoProfile]] = {
    str(each.name): each
    for each in (
        CryptoProfile(
            name=ProfileName("baseline"),
            ike_proposals=(
                Algorithms("aes256gcm16-prfsha384-ecp384"),
                Algorithms("aes256-sha384-ecp384"),
            ),
            esp_proposals=(Algorithms("aes256gcm16-ecp384"), Algorithms("aes256-sha256-ecp384")),
            ike_lifetime_s=86400,
            esp_lifetime_s=14400,
        ),
        CryptoProfile(
            name=ProfileName("high"),
            ike_proposals=(Algorithms("aes256gcm16-prfsha384-ecp384-ke1_mlkem1024"),),
            esp_proposals=(Algorithms("aes256gcm16-ecp384-ke1_mlkem1024"),),
            ike_lifetime_s=21600,
            esp_lifetime_s=3600,
        ),
    )
}
"""BSI TR-02102-3 and RFC 8247 for `baseline`; RFC 9370 with ML-KEM-1024 beside it for `high`."""
