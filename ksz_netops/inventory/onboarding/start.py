"""A new inventory with its first hub: what a box says of itself, and the files that follow."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from ksz_netops.errors import KszError, Problem
from ksz_netops.state.addresses import read_address, read_interface

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY: Final = "keys/id_ed25519"
KNOWN_HOSTS: Final = "known_hosts"
LOOK: Final = "ip -j address show; echo; ip -j route show default"
"""What is asked of a box; it needs nothing but iproute2."""
_MADE: Final = ("secrets.yml", ".vault-password", ".lab", "record", "evidence")
"""What belongs to one inventory and not to a copy of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """What a box says of its ports."""

    management: str | None = None
    internet: tuple[str, str] | None = None
    """The port of the default route, and its address."""
    gateway: str | None = None
    extranet: tuple[str, str] | None = None
    """The first port that is neither, and its address."""

    @classmethod
    def read(cls, answer: str, reached_at: str) -> Box:
        """What can be told from the answer to `LOOK` of a box that is reached at an address.

        Raises:
            ValueError: If it is not what the command prints.
        """
        addresses, _, routes = answer.partition("\n\n")
        ports: dict[str, list[str]] = {}
        for port in json.loads(addresses or "[]"):
            ports[port["ifname"]] = [
                f"{each['local']}/{each['prefixlen']}"
                for each in port.get("addr_info", ())
                if each.get("scope") == "global"
            ]
        default: dict[str, Any] = next(iter(json.loads(routes or "[]")), {})
        management = next((name for name, own in ports.items() if _holds(own, reached_at)), None)
        internet = default.get("dev")
        others = [name for name in ports if name not in {management, internet}]
        return cls(
            management=management,
            internet=_with_address(ports, internet),
            gateway=default.get("gateway"),
            extranet=next(filter(None, (_with_address(ports, name) for name in others)), None),
        )


def _holds(own: list[str], address: str) -> bool:
    return address in {each.partition("/")[0] for each in own}


def _with_address(ports: Mapping[str, list[str]], name: str | None) -> tuple[str, str] | None:
    own = ports.get(name or "")
    return (str(name), own[0]) if own else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstHub:
    """What has to be known of the first hub."""

    name: str
    platform: str
    address: str
    port: int
    user: str
    management: str
    internet: tuple[str, str]
    """Port and address."""
    gateway: str | None
    uplink_kbps: int
    extranet: tuple[str, str] | None
    """Port and address; None makes it the file server."""
    extranet_prefix: str

    def files(self) -> dict[str, str]:
        """The text of each file of the inventory by its path."""
        return {
            "extranet.yml": _EXTRANET.format(prefix=_network(self.extranet_prefix)),
            "hubs.yml": _HUBS,
            f"host_vars/{self.name}.yml": _MODELINE.format(kind="hub", up="../")
            + yaml.safe_dump({"ksz_hub": self._hub()}, sort_keys=False, allow_unicode=True),
            "partners/.gitkeep": "",
            "approval.yml": _APPROVAL,
            "allowed_signers": _SIGNERS,
            ".gitignore": _IGNORED,
        }

    def _hub(self) -> dict[str, Any]:
        management: dict[str, Any] = {
            "address": str(read_address(self.address)),
            "port": self.port,
            "user": self.user,
            "private_key": KEY,
            "known_hosts": KNOWN_HOSTS,
            "interface": self.management,
        }
        internet: dict[str, Any] = {
            "interface": self.internet[0],
            "addresses": [str(read_interface(self.internet[1]))],
            "uplink_kbps": self.uplink_kbps,
        }
        if self.gateway:
            internet["gateway"] = str(read_address(self.gateway))
        hub: dict[str, Any] = {"platform": self.platform, "management": management}
        if self.extranet is not None:
            port, address = self.extranet
            hub["extranet"] = {"interface": port, "addresses": [str(read_interface(address))]}
        hub["internet"] = internet
        if self.extranet is None:
            hub["file_service"] = True
        return hub


def _network(text: str) -> str:
    return str(read_interface(text).network)


def check_empty(folder: Path) -> None:
    """Passes where nothing would be overwritten.

    Raises:
        KszError: If the folder has files already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise KszError(
            Problem(
                code="KSZ720",
                what=f"{folder} is not an empty folder",
                fix="name a new one; an inventory that is there is not overwritten",
            )
        )


def write_files(folder: Path, texts: Mapping[str, str]) -> None:
    """Writes each of *texts* at its path below *folder*."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def copy_sample(folder: Path) -> None:
    """Writes the sample inventory, with five hubs and twenty partners, into *folder*."""
    inside = files("ksz_netops").joinpath("example")
    sample = Path(str(inside)) if inside.is_dir() else Path(__file__).parents[3] / "inventory"
    shutil.copytree(
        sample, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*_MADE, "__pycache__")
    )
    (folder / ".gitignore").write_text(_IGNORED, encoding="utf-8")


_MODELINE = "# yaml-language-server: $schema={up}schema/{kind}.json\n---\n"
_EXTRANET = (
    _MODELINE.format(kind="extranet", up="")
    + """\
# What stands behind the hubs.
prefixes:
  - {prefix}
# The applications that partners may be authorised for, such as:
#   dimona-web:
#     destinations: [10.0.0.10]
#     protocol: tcp
#     ports: [443]
services: {{}}
"""
)
_HUBS = """\
---
# Ansible's view of the hubs: all of host_vars/, and how they are reached. Give Ansible this file,
# not the folder.
plugin: ksz.netops.hubs
"""
_APPROVAL = """\
---
# Who may approve a plan, and when. `approvers` is how many must sign; their keys stand in
# allowed_signers. See docs/change.md for windows, freezes and rules for one hub or kind of change.
approvers: 1
# One person may also change the hubs at once, by `provision`; `refused` asks for a plan each time.
direct: allowed
"""
_SIGNERS = """\
# Whose signatures count, one line each, as ssh-keygen reads it:
# an.peeters@example.org ssh-ed25519 AAAA…
"""
_IGNORED = """\
# Never in git: keys, and what is made while working.
/keys/
/.lab/
/.vault-password
/secrets.yml
/evidence/
/record/
"""
