"""The NAPALM driver of a Linux hub: candidates in our own text, commits that undo themselves."""

from __future__ import annotations

import ipaddress
import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import napalm.base.exceptions as napalm_errors
from napalm.base.base import NetworkDriver

from ksz_netops.errors import CommitError, KszError, Problem, SecretError
from ksz_netops.platforms import Target
from ksz_netops.platforms.linux import live, names, statements
from ksz_netops.platforms.linux.box import Box, Candidate
from ksz_netops.platforms.linux.parse import parse_text, parsed
from ksz_netops.platforms.linux.render import configuration
from ksz_netops.platforms.linux.transport import Transport, connect
from ksz_netops.resources import DeviceState, PartnerFilter, SftpAccount, Shaper, Tunnel

if TYPE_CHECKING:
    from collections.abc import Callable


_DEFAULT_REVERT_S: Final = 60


class KszLinuxDriver(NetworkDriver):  # type: ignore[misc] # NAPALM is not typed
    """Reads and changes a Linux hub of ours; the configuration is the text of `render`.

    Args:
        hostname: Address of the hub's management port.
        username: Who may change it; root, or whom the role allowed.
        password: Not used; keys only.
        timeout: Not used; the connection has limits of its own.
        optional_args: `port`; `key_file` and `known_hosts`, files; `reveal`, which gives the
            pre-shared key for a name; `name`, how the hub is called in messages.
    """

    def __init__(
        self,
        hostname: str,
        username: str,
        password: str = "",
        timeout: int = 60,
        optional_args: dict[str, Any] | None = None,
    ) -> None:
        options = optional_args or {}
        self.hostname = hostname
        self.username = username
        self.password = password
        self.timeout = timeout
        self.platform = "ksz_linux"
        self.target = Target(
            name=options.get("name", hostname),
            address=hostname,
            port=int(options.get("port", 22)),
            user=username,
            private_key=Path(options.get("key_file", "~/.ssh/id_ed25519")).expanduser(),
            known_hosts=Path(options.get("known_hosts", "~/.ssh/known_hosts")).expanduser(),
        )
        self.reveal: Callable[[str], str] = options.get("reveal", _unrevealed)
        self._transport: Transport | None = None
        self._intended: DeviceState | None = None
        self._candidate: Candidate | None = None

    # The connection.

    def open(self) -> None:
        """Connects; the host key must be the known one."""
        self._transport = connect(self.target)

    def close(self) -> None:
        """Ends the connection; what is pending on the hub stays pending."""
        if self._transport:
            self._transport.close()
            self._transport = None

    def is_alive(self) -> dict[str, bool]:
        """Whether the connection stands."""
        return {"is_alive": bool(self._transport and self._transport.alive)}

    @property
    def transport(self) -> Transport:
        """The open connection."""
        if self._transport is None:
            raise napalm_errors.ConnectionClosedException(self.target.name)
        return self._transport

    @property
    def box(self) -> Box:
        """The hub."""
        return Box(self.transport, self.target.name)

    # Candidate and commit.

    def load_replace_candidate(
        self, filename: str | None = None, config: str | None = None
    ) -> None:
        """Takes a whole configuration as candidate."""
        self._load(parse_text(_given(filename, config)))

    def load_merge_candidate(self, filename: str | None = None, config: str | None = None) -> None:
        """Takes resources that replace those of the same key; all others stay."""
        merged = self.box.running_state().by_key()
        given = parse_text(_given(filename, config))
        if given.strays:
            raise napalm_errors.MergeConfigException(given.strays[0].statement)
        merged |= given.by_key()
        self._load(DeviceState.of(merged.values()))

    def _load(self, intended: DeviceState) -> None:
        if intended.strays:
            first = intended.strays[0]
            message = f"{first.statement}: {first.reason}"
            raise napalm_errors.ReplaceConfigException(message)
        self._intended, self._candidate = intended, None

    def compare_config(self) -> str:
        """What the candidate would change; empty where nothing."""
        if self._intended is None:
            return ""
        now = self.box.look()
        intended = frozenset(configuration(self._intended))
        difference = statements.diff(now.statements, intended)
        if difference or now.pending:
            self._candidate = self.box.candidate(now, intended, self._key_of)
        return difference

    def _key_of(self, token: str) -> str:
        """The key for the connection with *token*; by the name that the intent gives it."""
        for resource in self._intended or ():
            if isinstance(resource, Tunnel) and resource.owner.token == token:
                return self.reveal(resource.secret.name)
        return self.reveal(token.removeprefix("KSZ-"))

    def commit_config(self, message: str = "", revert_in: int | None = None) -> None:
        """Makes the candidate's change; with *revert_in* it is undone after that many seconds.

        Without, it is confirmed at once, over this connection.
        """
        del message
        if self._intended is not None and self._candidate is None and not self.compare_config():
            return
        if self._candidate is None:
            raise CommitError(
                Problem(
                    code="KSZ406",
                    what=f"{self.target.name}: nothing is staged",
                    fix="load a candidate and compare it first",
                )
            )
        self.box.commit(self._candidate, revert_in or _DEFAULT_REVERT_S)
        self._intended = self._candidate = None
        if revert_in is None:
            self.box.confirm()

    def has_pending_commit(self) -> bool:
        """Whether a commit waits for its confirmation."""
        return self.box.pending() is not None

    def confirm_commit(self) -> None:
        """Keeps the pending commit."""
        self.box.confirm()

    def rollback(self) -> None:
        """Undoes the pending commit."""
        self.box.rollback()

    def discard_config(self) -> None:
        """Forgets the candidate."""
        self._intended = self._candidate = None

    def stage(self, intended: DeviceState) -> str:
        """Takes *intended* as candidate and compares; keys go by the names that it has."""
        self._load(intended)
        try:
            return self.compare_config()
        except KszError:
            self.discard_config()
            raise

    # What NAPALM asks of every device.

    def get_config(
        self,
        retrieve: str = "all",
        full: bool = False,  # noqa: FBT001, FBT002 - NAPALM's signature
        sanitized: bool = False,  # noqa: FBT001, FBT002 - NAPALM's signature
        format: str = "text",  # noqa: A002 - NAPALM's signature
    ) -> dict[str, str]:
        """The configurations as text; keys are fingerprints in all of them."""
        del full, sanitized, format
        now = self.box.look()
        texts = {
            "running": statements.join(now.statements),
            "startup": now.startup_statements,
            "candidate": statements.join(configuration(self._intended)) if self._intended else "",
        }
        return {name: text if retrieve in {"all", name} else "" for name, text in texts.items()}

    def get_facts(self) -> dict[str, Any]:
        """Who the hub is."""
        release = self.transport.run(
            ". /etc/os-release; echo $PRETTY_NAME; uname -r; hostname; hostname -f; "
            "cut -d. -f1 /proc/uptime"
        ).out.splitlines()
        interfaces = sorted(port["ifname"] for port in self.box.look().links)
        return {
            "uptime": float(release[-1]),
            "vendor": "Linux",
            "os_version": f"{release[0]}, kernel {release[1]}",
            "serial_number": "",
            "model": "ksz_linux",
            "hostname": release[2],
            "fqdn": release[3] if len(release) > 4 else release[2],  # noqa: PLR2004 - lines above
            "interface_list": interfaces,
        }

    def get_interfaces(self) -> dict[str, dict[str, Any]]:
        """The interfaces, ours and others'."""
        return {
            port["ifname"]: {
                "is_up": port.get("operstate") in {"UP", "UNKNOWN"} and "UP" in port["flags"],
                "is_enabled": "UP" in port["flags"],
                "description": port.get("ifalias", ""),
                "last_flapped": -1.0,
                "speed": -1.0,
                "mtu": port["mtu"],
                "mac_address": port.get("address", ""),
            }
            for port in self.box.look().links
        }

    def get_interfaces_ip(self) -> dict[str, dict[str, dict[str, dict[str, int]]]]:
        """The addresses of the interfaces that have some."""
        found: dict[str, dict[str, dict[str, dict[str, int]]]] = {}
        for port in self.box.look().links:
            for address in port.get("addr_info", ()):
                family = "ipv4" if address["family"] == "inet" else "ipv6"
                found.setdefault(port["ifname"], {}).setdefault(family, {})[address["local"]] = {
                    "prefix_length": address["prefixlen"]
                }
        return found

    def get_route_to(
        self,
        destination: str = "",
        protocol: str = "",
        longer: bool = False,  # noqa: FBT001, FBT002 - NAPALM's signature
    ) -> dict[str, list[dict[str, Any]]]:
        """The routes that the kernel would choose for *destination*."""
        del longer
        prefix = ipaddress.ip_network(destination)
        answer = self.transport.run(f"ip -j route show table all match {prefix}")
        found: dict[str, list[dict[str, Any]]] = {}
        for route in json.loads(answer.out or "[]"):
            name = str(route.get("protocol", "")) or str(names.ROUTE_PROTOCOL)
            if protocol and name != protocol:
                continue
            for hop in route.get("nexthops", [route]):
                found.setdefault(route["dst"], []).append(
                    {
                        "protocol": name,
                        "current_active": True,
                        "last_active": True,
                        "age": -1,
                        "next_hop": hop.get("gateway", ""),
                        "outgoing_interface": hop.get("dev", ""),
                        "selected_next_hop": True,
                        "preference": route.get("metric", 0),
                        "inactive_reason": "",
                        "routing_table": str(route.get("table", "main")),
                        "protocol_attributes": {},
                    }
                )
        return found

    def get_firewall_policies(self) -> dict[str, list[dict[str, Any]]]:
        """What each partner's connection may reach, by token."""
        now = self.box.look()
        admitted = dict(live.observations(now).admitted)
        found: dict[str, list[dict[str, Any]]] = {}
        for resource in parsed(now.statements):
            if isinstance(resource, PartnerFilter):
                token = resource.owner.token
                count = admitted.get(token)
                found[token] = [
                    {
                        "position": position,
                        "packet_hits": count.packets if count else 0,
                        "byte_hits": count.octets if count else 0,
                        "id": f"{token} {permit}",
                        "enabled": True,
                        "schedule": "",
                        "log": "",
                        "l3_src": str(resource.official),
                        "l3_dst": str(permit.destination),
                        "service": str(permit).replace(f" {permit.destination}", ""),
                        "src_zone": ", ".join(str(entry.way) for entry in resource.entries),
                        "dst_zone": "extranet",
                        "action": "Permit",
                    }
                    for position, permit in enumerate(resource.permits, start=1)
                ]
        return found

    def ping(  # noqa: PLR0913, PLR0917 - NAPALM's signature
        self,
        destination: str,
        source: str = "",
        ttl: int = 255,
        timeout: int = 2,
        size: int = 100,
        count: int = 5,
        vrf: str = "",
        source_interface: str = "",
    ) -> dict[str, Any]:
        """Asks *destination* for an echo with the hub's own ping."""
        del vrf
        argv = ["ping", "-n", "-t", str(ttl), "-W", str(timeout), "-s", str(size), "-c", str(count)]
        if source or source_interface:
            argv += ["-I", source or source_interface]
        answer = self.transport.run(shlex.join([*argv, str(ipaddress.ip_address(destination))]))
        sent = re.search(r"(\d+) packets transmitted, (\d+)", answer.out)
        if sent is None:
            return {"error": (answer.err or answer.out).strip()}
        times = [float(each) for each in re.findall(r"time=([\d.]+)", answer.out)]
        spread = re.search(r"= ([\d.]+)/([\d.]+)/([\d.]+)/([\d.]+)", answer.out)
        low, mean, high, deviation = (
            (float(each) for each in spread.groups()) if spread else (0.0,) * 4
        )
        return {
            "success": {
                "probes_sent": int(sent[1]),
                "packet_loss": int(sent[1]) - int(sent[2]),
                "rtt_min": low,
                "rtt_avg": mean,
                "rtt_max": high,
                "rtt_stddev": deviation,
                "results": [{"ip_address": destination, "rtt": each} for each in times],
            }
        }

    def cli(self, commands: list[str], encoding: str = "text") -> dict[str, str | dict[str, Any]]:
        """What the hub's shell answers to each command."""
        del encoding
        found: dict[str, str | dict[str, Any]] = {}
        for command in commands:
            answer = self.transport.run(command)
            if answer.code:
                message = f"{command!r} ended with {answer.code}: {answer.err.strip()}"
                raise napalm_errors.CommandErrorException(message)
            found[command] = answer.out
        return found

    # What only a hub of ours has; the names are keys, so that NAPALM's validation can use them.

    def get_tunnels(self) -> dict[str, dict[str, Any]]:
        """The tunnels, each with what runs of it."""
        now = self.box.look()
        running = {each.token: each for each in live.observations(now).tunnels}
        found = {}
        for resource in parsed(now.statements):
            if isinstance(resource, Tunnel):
                status = running.get(resource.owner.token)
                children = status.children if status else ()
                found[resource.owner.token] = {
                    "peer": str(resource.peer),
                    "official": str(resource.official),
                    "profile": resource.crypto.name,
                    "established": bool(status and status.established),
                    "installed": sum(child.installed for child in children),
                    "expected": len(resource.local_prefixes),
                    "algorithms": status.algorithms if status else "",
                }
        return found

    def get_filters(self) -> dict[str, dict[str, Any]]:
        """The filters: entries and permits."""
        return {
            resource.owner.token: {
                "official": str(resource.official),
                "entries": [str(entry.way) for entry in resource.entries],
                "permits": [str(permit) for permit in resource.permits],
            }
            for resource in self.box.running_state()
            if isinstance(resource, PartnerFilter)
        }

    def get_shapers(self) -> dict[str, dict[str, Any]]:
        """The contracted rates in kbit/s, by way."""
        return {
            resource.owner.token: {str(way): rate for way, rate in resource.rates_kbps}
            for resource in self.box.running_state()
            if isinstance(resource, Shaper)
        }

    def get_sftp_accounts(self) -> dict[str, dict[str, Any]]:
        """The accounts of partners."""
        return {
            resource.owner.token: {
                "account": names.account_name(resource.owner),
                "official": str(resource.official),
                "keys": [str(key) for key in resource.keys],
                "directories": list(resource.directories),
            }
            for resource in self.box.running_state()
            if isinstance(resource, SftpAccount)
        }

    def get_strays(self) -> dict[str, str]:
        """What is in our territory and explained by nothing, with the reason."""
        return {stray.statement: stray.reason for stray in self.box.running_state().strays}


def _given(filename: str | None, config: str | None) -> str:
    if config is not None:
        return config
    if filename is None:
        message = "neither a file nor a text"
        raise napalm_errors.ReplaceConfigException(message)
    return Path(filename).read_text(encoding="utf-8")


def _unrevealed(name: str) -> str:
    raise SecretError(
        Problem(
            code="KSZ410",
            what=f"nothing was handed in that reveals the key {name}",
            fix='give the driver optional_args={"reveal": …}, a function from name to key',
        )
    )
