"""SFTP: a file server of the extranet, opened by the partner's key from its one address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal

from pydantic import (
    AfterValidator,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)

from ksz_netops.intent.models import Authorisation, Connection
from ksz_netops.intent.models.ssh_keys import public_key
from ksz_netops.intent.models.surroundings import Claim
from ksz_netops.intent.models.values import Text, not_empty, word
from ksz_netops.intent.words import Violation, refusal, suggestion
from ksz_netops.state.grammar import DirectoryName
from ksz_netops.state.resources import SftpAccount, SshKey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.intent.models import Site
    from ksz_netops.intent.models.surroundings import Ground
    from ksz_netops.state.resources import Resource

PublicKey = Annotated[
    SshKey,
    PlainValidator(public_key),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema(
        {"type": "string", "pattern": "^(ssh|ecdsa)-", "examples": ["ssh-ed25519 AAAA…"]}
    ),
]
# fmt: off
RESERVED: Final = frozenset({
    "bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "media", "mnt", "opt",
    "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var",
})
# fmt: on
"""Folders in which programs of an account's root look for sockets, libraries and settings."""


def _not_reserved(value: DirectoryName) -> DirectoryName:
    if value in RESERVED:
        what = f"{value} is a folder of the system, and the partner would write in it"
        raise refusal(code="KSZ191", what=what, fix="choose another name, such as in or out")
    return value


Directory = Annotated[
    DirectoryName,
    PlainValidator(word(DirectoryName, "use small letters, digits, - and _; at most 32")),
    WithJsonSchema({"type": "string", "pattern": f"^{DirectoryName.FORM.pattern}$"}),
    AfterValidator(_not_reserved),
]

_CONNECTIONS_EACH = 100
"""Account numbers that a partner has."""


class Sftp(Connection):
    """An account on the extranet's file server; its name derives from the ids."""

    title: ClassVar[str] = "internet, SFTP"
    example: ClassVar[Mapping[str, Any]] = {
        "id": "S1",
        "method": "sftp",
        "hub": "sftp-1",
        "keys": [
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6oyJI2LkIJ0CYUOrMy6XnwDEF7q0goSemovmAqZqyr"
        ],
        "directories": ["in"],
        "authorisation": "-",
    }

    method: Literal["sftp"]
    hub: str
    """The file server."""
    keys: Annotated[tuple[PublicKey, ...], AfterValidator(not_empty)]
    """Public keys, as the partner notified them."""
    directories: Annotated[tuple[Directory, ...], AfterValidator(not_empty)] = (
        DirectoryName("in"),
        DirectoryName("out"),
    )
    """Where the partner may write."""
    authorisation: Text
    """Reference of the authorisation for the account."""
    until: date | None = None
    """Last day on which the file server has the account."""

    def authorisations(self) -> Iterator[Authorisation]:
        """That of the account."""
        yield Authorisation(f"account on {self.hub}", self.authorisation, self.until)

    def public_keys(self) -> tuple[SshKey, ...]:
        """Those of its account."""
        return self.keys

    def hubs(self) -> frozenset[str]:
        """The file server."""
        return frozenset({self.hub})

    def precedence(self) -> dict[str, tuple[int, ...]]:
        """None: nothing is routed to the partner."""
        return {}

    def resources(self, site: Site) -> Iterator[Resource]:
        """An account."""
        yield SftpAccount(
            owner=site.owner(self),
            number=site.partner.number * _CONNECTIONS_EACH + int(self.id[1:]),
            official=site.official,
            keys=self.keys,
            directories=self.directories,
            origin=site.origin,
        )

    def violations(self, ground: Ground) -> Iterator[Violation]:
        """A hub that is not the file server, or that the official address cannot reach."""
        yield from ground.unknown_hub(self.hub)
        hub = ground.hubs.get(self.hub)
        if hub is None:
            return
        if not hub.file_service:
            servers = [name for name, each in ground.hubs.items() if each.file_service]
            what = f"{self.hub} is not a file server"
            yield Violation(code="KSZ170", what=what, fix=suggestion("", servers), path=("hub",))
            return
        families = {each.version for each in hub.internet.addresses} if hub.internet else set()
        if ground.family and ground.family not in families:
            what = f"{self.hub} has no internet address of IPv{ground.family}, that of official_ip"
            yield Violation(code="KSZ171", what=what, fix="give the server one", path=("hub",))
        for index, directory in enumerate(self.directories):
            if directory in self.directories[:index]:
                what = f"directory {directory} stands twice"
                path = ("directories", index)
                yield Violation(code="KSZ116", what=what, fix="keep one of them", path=path)

    def claims(self, ground: Ground) -> Iterator[Claim]:  # noqa: ARG002 - the seam's form
        """Its keys; a partner has one account on a server."""
        for index, key in enumerate(self.keys):
            yield Claim(
                kind="public key",
                value=key,
                code="KSZ190",
                fix="ask each partner for a key of its own",
                path=("keys", index),
            )
        yield Claim(
            kind="SFTP account on",
            value=self.hub,
            code="KSZ116",
            fix="put all keys in one connection",
            path=("hub",),
            own=True,
        )
