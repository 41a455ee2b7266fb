"""What partners gain and lose by a change, computed exactly and said in words."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections import defaultdict
from dataclasses import dataclass
from ipaddress import summarize_address_range
from typing import TYPE_CHECKING

from ksz_netops.proof.boxes import PORTS, address_at
from ksz_netops.proof.hub import permit_changes
from ksz_netops.proof.rules import ECHO_REQUEST, protocol_name
from ksz_netops.state.resources import SftpAccount, Tunnel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.proof.boxes import Box
    from ksz_netops.proof.packets import PacketSet
    from ksz_netops.state.resources import DeviceState, SshKey


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessChange:
    """What one partner may do after a change and not before it, and the other way round."""

    partner: str
    gains: tuple[str, ...]
    loses: tuple[str, ...]


def access_changes(before: DeviceState, after: DeviceState) -> tuple[AccessChange, ...]:
    """What each partner gains and loses between two states; only partners for whom this differs.

    Counted are packets that a filter admits, SFTP accounts with their keys, and the far ends that
    may open a tunnel. A permit that is only written differently is no change.
    """
    gains: defaultdict[str, list[str]] = defaultdict(list)
    loses: defaultdict[str, list[str]] = defaultdict(list)
    for partner, entry, old, new in permit_changes(before, after):
        gains[partner] += [f"{line} by {entry}" for line in _packets(new - old)]
        loses[partner] += [f"{line} by {entry}" for line in _packets(old - new)]
    was, becomes = set(_credentials(before)), set(_credentials(after))
    for partner, credential in sorted(becomes - was):
        gains[partner].append(credential)
    for partner, credential in sorted(was - becomes):
        loses[partner].append(credential)
    return tuple(
        AccessChange(partner=partner, gains=tuple(gains[partner]), loses=tuple(loses[partner]))
        for partner in sorted(gains.keys() | loses.keys())
        if gains[partner] or loses[partner]
    )


def _credentials(state: DeviceState) -> Iterator[tuple[str, str]]:
    """Who may open what: a line for each tunnel, and for each key of an account."""
    for resource in state:
        partner = resource.owner.partner or resource.owner.token
        if isinstance(resource, Tunnel):
            key = resource.secret.fingerprint
            # Where no vault was open, zeros stand for a key that is not known.
            with_key = f" with key {key}" if set(key) != {"0"} else ""
            yield partner, f"a tunnel for {resource.official} from {resource.peer}{with_key}"
        elif isinstance(resource, SftpAccount):
            folders = ", ".join(resource.directories) or "none"
            account = f"SFTP account {resource.number} from {resource.official}"
            for each in resource.keys:
                yield partner, f"{account} with key {_fingerprint(each)}, directories {folders}"


def _fingerprint(key: SshKey) -> str:
    """As `ssh-keygen -l` shows *key*; the key itself where it is not base64."""
    try:
        blob = base64.b64decode(key.blob, validate=True)
    except binascii.Error:
        return str(key)
    hashed = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return f"SHA256:{hashed}"


def _packets(packets: PacketSet) -> Iterator[str]:
    for box in sorted(packets.boxes):
        yield _words(box)


def _words(box: Box) -> str:
    """*box* as a person would say it: `198.51.100.5 to tcp 192.0.2.10 port 443`."""
    protocols = (box[4], box[5])
    name = protocol_name(box[4]) if box[4] == box[5] else f"protocols {box[4]}-{box[5]}"
    sources = [_addresses(box[0], box[1])]
    if (box[8], box[9]) != PORTS:
        sources.append(f"source port {_range(box[8], box[9])}")
    said = [*sources, "to", name, _addresses(box[2], box[3])]
    return " ".join([*said, _numbers(protocols, (box[6], box[7]))])


def _numbers(protocols: tuple[int, int], ports: tuple[int, int]) -> str:
    echo = ECHO_REQUEST.get(protocols[0]) if protocols[0] == protocols[1] else None
    if echo is not None:
        return "echo request" if ports == (echo, echo) else f"type {_range(*ports)}"
    return "all ports" if ports == PORTS else f"port {_range(*ports)}"


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def _addresses(first: int, last: int) -> str:
    low, high = address_at(first), address_at(last)
    if low == high:
        return str(low)
    if low.version != high.version:
        return f"{low}-{high}"
    blocks = list(summarize_address_range(low, high))
    return str(blocks[0]) if len(blocks) == 1 else f"{low}-{high}"
