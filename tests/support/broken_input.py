"""Good texts for every reader, and the ways in which they are broken."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.waivers import read_waiver
from ksz_netops.errors import KszError
from ksz_netops.intent.models import Extranet, Hub
from ksz_netops.intent.reading.salvage import salvage
from ksz_netops.intent.reading.source import parse
from ksz_netops.inventory.load import example, partner_model
from ksz_netops.platforms import platforms
from ksz_netops.platforms.linux.config import statements, tc, vici
from ksz_netops.platforms.linux.config.parse import parse_text
from ksz_netops.platforms.linux.observe.seen import seen
from ksz_netops.signing.signers import parse_signers
from ksz_netops.signing.ssh_signatures import parse_signature
from ksz_netops.state.encoding import decode, encode
from support import ios_states
from support.inventories import GOOD
from support.sample_states import FILE_SERVER, HUB

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

TOKENS: Final = [
    b"\n", b"\r\n", b"\0", b"\t", b" ", b"%", b"{", b"}", b"[", b"]", b'"', b"'", b":", b",",
    b"-", b"#", b"&a ", b"*a", b"!!x ", b"<<: ", b"---\n", b"...", b"\xff", b"\xe2\x80\xae",
    b"\xed\xa0\x80", b"\x1b[2J", b"0x10", b"1e999", b"9" * 50, b"-1", b"null", b"true",
    b"KSZ-P00007-S1", b"KSZ-BCSS", b"2001:db8::1%x", b"192.0.2.1", b"::", b"/", b"/33", b"exit",
    b"no ", b"!", b"{{ x }}", b"\xef\xbb\xbf", b"\xd9\xa0",
]  # fmt: skip


def broken(rng: random.Random, samples: Sequence[bytes]) -> bytes:
    """One of *samples* with one to six things done to it."""
    raw = bytearray(rng.choice(samples))
    for _ in range(rng.randint(1, 6)):
        at, to = sorted((rng.randint(0, len(raw)), rng.randint(0, len(raw))))
        match rng.randrange(7):
            case 0:
                raw[at : at + rng.randint(1, 8)] = b""
            case 1:
                raw[at:at] = rng.choice(TOKENS)
            case 2 if raw:
                raw[at - 1] ^= 1 << rng.randrange(8)
            case 3:
                raw[at:at] = raw[at : min(to, at + 200)]
            case 4:
                del raw[at : min(to, at + 400)]
            case 5:
                other = rng.choice(samples)
                start = rng.randint(0, len(other))
                raw[at:at] = other[start : start + rng.randint(0, 200)]
            case _:
                raw[at : at + 4] = rng.choice(TOKENS)
    return bytes(raw)


@dataclass(frozen=True)
class Target:
    """One reader."""

    name: str
    read: Callable[[bytes], object]
    samples: tuple[bytes, ...]
    refuses: tuple[type[Exception], ...] = (KszError,)
    """What its callers expect of broken input."""

    def accepts(self, raw: bytes) -> bool:
        """Whether it takes *raw*; any other error than a refusal is raised."""
        said: list[str] = []
        try:
            self.read(raw)
        except KszError as error:
            said = [str(each) for each in error.problems]
        except self.refuses as error:
            said = [type(error).__name__]
        assert all(each.isprintable() for each in said)
        return not said


def text_of(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace")


def _yaml(raw: bytes) -> object:
    source = parse(text_of(raw), "x.yml")
    return [source.at(("id",)), *source.problems]


def _partner(raw: bytes) -> object:
    return salvage(partner_model(), parse(text_of(raw), "P00001.yml"), example())


def _linux(raw: bytes) -> object:
    return parse_text(text_of(raw))


def _look(raw: bytes) -> object:
    from ksz_netops.platforms.linux.config.parse import parsed  # noqa: PLC0415 - used here alone

    return parsed(seen("hub-a", text_of(raw)).statements)


def _ios(raw: bytes) -> object:
    return platforms()["ios_xe"].parse(text_of(raw))


def _waiver(raw: bytes) -> object:
    return read_waiver(Path("w.yml"), raw)


def _files(pattern: str) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(GOOD.glob(pattern)))


RENDERED = {name: platforms()[name].render for name in ("linux", "ios_xe")}
IOS = tuple(
    RENDERED["ios_xe"](ios_states.state(ios_states.wishes(ios_states.dice(seed), most=3))).encode()
    for seed in range(4)
)
LINUX = (RENDERED["linux"](HUB).encode(), RENDERED["linux"](FILE_SERVER).encode())
ENCODED = tuple(json.dumps(encode(each)).encode() for each in (*HUB, *FILE_SERVER))
WAIVER = b"""partner: P00005
connection: S1
hub: hub-bru-1
check: shaper
reason: The carrier changes its rate next month.
until: 2026-12-31
"""
SIGNERS = (
    b"alice ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6oyJI2LkIJ0CYUOrMy6XnwDEF7q0goSemovmAqZqyr\n# x\n"
)
SIGNATURE = b"-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADM=\n-----END SSH SIGNATURE-----\n"
QDISC = (
    b'[{"kind":"htb","handle":"4b5a:","dev":"line1","root":true,'
    b'"options":{"default":"0","r2q":10}}]'
)
VICI = (
    b"list-conn event {KSZ-P00005-S1 {local_addrs=[203.0.113.1] children {net1 {mode=TUNNEL}}}}\n"
    b"list-conns reply {}\n"
)
LOOK = (
    json.dumps(
        {"agent": None, "pending": None, "running": None, "startup": None, "accounts": [],
         "orphan_keys": [], "sshd_exceptions": [], "tools": {}, "strongswan": ""}
    ).encode(),
)  # fmt: skip
JSON = (ValueError, KeyError, TypeError, IndexError, AttributeError)

TARGETS: Final = (
    Target("yaml", _yaml, _files("*/*.yml") + _files("*.yml")),
    Target("partner", _partner, _files("partners/*.yml")),
    Target("hub", lambda raw: Hub.model_validate(parse(text_of(raw), "h.yml").data.get("ksz_hub")),
           _files("host_vars/*.yml"), (KszError, ValueError)),
    Target("extranet", lambda raw: Extranet.model_validate(parse(text_of(raw), "e.yml").data),
           _files("extranet.yml"), (KszError, ValueError)),
    Target("waiver", _waiver, (WAIVER,)),
    Target("signers", lambda raw: parse_signers(text_of(raw)), (SIGNERS,)),
    Target("signature", lambda raw: parse_signature(text_of(raw)), (SIGNATURE,), (ValueError,)),
    Target("resource", lambda raw: decode(json.loads(raw)), ENCODED, (ValueError, RecursionError)),
    Target("linux-statements", _linux, LINUX),
    Target("linux-split", lambda raw: statements.split(text_of(raw)), LINUX),
    Target("linux-look", _look, LOOK),
    Target("linux-tc", lambda raw: tc.qdiscs(text_of(raw)), (QDISC,), JSON),
    Target("linux-vici", lambda raw: vici.events(text_of(raw), "list-conn"), (VICI,), JSON),
    Target("ios-configuration", _ios, IOS),
)  # fmt: skip
