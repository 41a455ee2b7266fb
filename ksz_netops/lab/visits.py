"""Proofs at the file server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import paramiko

from ksz_netops.lab.claims import Kind
from ksz_netops.lab.keys import KeyPair, partner_key, partner_pair
from ksz_netops.lab.proofs import Proof
from ksz_netops.lab.sftp import Visit, user_of
from ksz_netops.lab.topology import INTERNET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor

    from ksz_netops.lab.proofs import Bench
    from ksz_netops.lab.topology import Site
    from ksz_netops.state.resources import IPAddress, SftpAccount

_FAILURES = (OSError, EOFError, paramiko.SSHException)


def accounts_open_for_their_partner(
    bench: Bench, sites: Iterable[Site], pool: Executor
) -> Iterator[Proof]:
    """Every account: transfer with the right key and address, and each way to be refused."""
    visits = [(site, server, account) for site in sites for server, account in site.accounts]
    for proofs in pool.map(lambda each: list(_account(bench, *each)), visits):
        yield from proofs


def _account(bench: Bench, site: Site, server: str, account: SftpAccount) -> Iterator[Proof]:
    address = _address(bench, server, site.official.version)
    user = user_of(bench.inside(server), account.owner.token)

    def proof(kind: Kind, seen: str, *, holds: bool) -> Proof:
        return Proof(
            partner=site.partner,
            hub=server,
            kind=kind,
            subject=f"{user or account.owner.token} at {address}",
            expected="passes" if kind is Kind.SFTP_TRANSFER else "refused",
            seen=seen,
            holds=holds,
        )

    if user is None:
        yield proof(Kind.SFTP_TRANSFER, f"{server} has no such account", holds=False)
        return
    if partner_key(site.partner) not in account.keys:
        seen = f"not tried: the partner lacks the key of `ksz-netops lab key {site.partner}`"
        yield proof(Kind.SFTP_TRANSFER, seen, holds=False)
        return
    visit = Visit(
        inside=bench.inside(site.partner),
        source=site.official,
        server=address,
        user=user,
        key=partner_pair(site.partner),
        limit_s=bench.patience_s,
    )
    try:
        yield proof(Kind.SFTP_TRANSFER, visit.transfer(account.directories[0]), holds=True)
    except _FAILURES as error:
        yield proof(Kind.SFTP_TRANSFER, f"failed: {error}", holds=False)
    elsewhere = visit.at(bench.inside(INTERNET), _address(bench, INTERNET, site.official.version))
    attempts: dict[Kind, Callable[[], str | None]] = {
        Kind.SFTP_OTHER_KEY: visit.with_key(KeyPair.generate()).refused,
        Kind.SFTP_OTHER_ADDRESS: elsewhere.refused,
        Kind.SFTP_SHELL: visit.shell,
    }
    for kind, attempt in attempts.items():
        try:
            said = attempt()
        except _FAILURES as error:
            yield proof(kind, f"not let in at all: {error}", holds=False)
        else:
            yield proof(kind, f"refused: {said}" if said else "LET IN", holds=bool(said))


def _address(bench: Bench, host: str, version: int) -> IPAddress:
    return next(
        interface.ip
        for interface in bench.link(host, INTERNET).addresses
        if interface.version == version
    )
