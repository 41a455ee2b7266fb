"""What has our letters on a hub and is not of our form: told, and never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ksz_netops.platforms.linux.config import names
from ksz_netops.platforms.linux.on_hub.agent import ours
from ksz_netops.state.observations import Detour

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LETTERS: Final = "KSZ"
_OUR_TABLES: Final = frozenset({("inet", names.TABLE), ("inet", f"{names.TABLE}_fence")})


def read(
    links: Iterable[dict[str, Any]],
    accounts: Iterable[dict[str, Any]],
    connections: Iterable[str],
    tables: Iterable[tuple[str, str]],
) -> Iterator[str]:
    """The statements of others that could be taken for ours.

    Args:
        links: The interfaces, as `ip -j` shows them.
        accounts: Accounts that are ours, are in our group or have our letters.
        connections: Names of what charon has loaded or holds an SA of.
        tables: Family and name of each nft table.
    """
    for link in links:
        alias = link.get("ifalias", "")
        if _has_letters(alias) and not ours.is_token(alias):
            yield f"link {link['ifname']} alias {alias}"
    for account in accounts:
        if _has_letters(f"{account['name']} {account['gecos']}") and not ours.is_account(
            account["name"]
        ):
            yield f"account {account['name']} gecos {account['gecos']}"
    for name in sorted(set(connections)):
        if _has_letters(name) and not ours.is_connection(name):
            yield f"connection {name}"
    for family, name in tables:
        if _has_letters(name) and (family, name) not in _OUR_TABLES:
            yield f"table {family} {name}"


def intruders(accounts: Iterable[dict[str, Any]]) -> Iterator[Detour]:
    """Accounts of others in our group, which the partners' SSH daemon lets in."""
    for account in accounts:
        groups = (account["group"], *account["further_groups"])
        if names.SFTP_GROUP in groups and not ours.is_account(account["name"]):
            yield Detour(
                statement=f"account {account['name']} group {names.SFTP_GROUP}",
                effect="may log in to the partners' file service",
            )


def _has_letters(text: str) -> bool:
    return _LETTERS in text.upper()
