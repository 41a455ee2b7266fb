"""What NAPALM, Netmiko and paramiko raise, and what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from napalm.base import exceptions as napalm
from netmiko import exceptions as netmiko
from paramiko import ssh_exception as paramiko
from scp import SCPException  # type: ignore[import-untyped]

from ksz_netops.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.platforms import Target

REFUSED: Final = (
    napalm.CommandErrorException,
    napalm.CommitConfirmException,
    napalm.CommitError,
    napalm.LockError,
    napalm.MergeConfigException,
    napalm.ReplaceConfigException,
    napalm.UnlockError,
    NotImplementedError,
)
"""The router, or the driver in its place, said no."""
LOST: Final = (
    napalm.ConnectionException,
    napalm.ModuleImportError,
    netmiko.NetmikoTimeoutException,
    netmiko.NetmikoAuthenticationException,
    netmiko.ReadException,
    netmiko.WriteException,
    netmiko.NetMikoTimeoutException,
    netmiko.ConfigInvalidException,
    paramiko.SSHException,
    SCPException,
    EOFError,
    OSError,
    ValueError,
    AttributeError,
)
"""The connection is of no use any more; Netmiko says so in many ways."""
ALL: Final = (*REFUSED, *LOST)


def refusal(target: Target, error: BaseException) -> Problem:
    """Why *target* was not reached; NAPALM and Netmiko say it in an error below their own."""
    place = f"{target.user}@{target.address} port {target.port}"
    errors = list(_chain(error))
    said = " ".join(f"{type(each).__name__} {each}" for each in errors)
    if "known_hosts" in said or "host key" in said.lower() or "BadHostKey" in said:
        return Problem(
            code="KSZ402",
            what=f"{target.name}: {place} has another host key than {target.known_hosts} says",
            fix="find out whether it is the router; only then replace the line",
        )
    if "uthentication" in said:
        return Problem(
            code="KSZ403",
            what=f"{target.name}: {place} refuses the key {target.private_key}",
            fix="put the public key on the router, or name the right key in host_vars",
        )
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return Problem(
        code="KSZ401",
        what=f"{target.name}: {place} is not reached ({first})",
        fix="see whether the router runs and the way to its management address is open",
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """*error* and those that it comes from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
