"""What the driver of a Linux hub answers: NAPALM's getters, and those of our own."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any

import napalm.base.exceptions as napalm_errors

from ksz_netops.platforms.linux.config import names
from ksz_netops.platforms.linux.config.parse import parsed
from ksz_netops.platforms.linux.observe import live
from ksz_netops.state.addresses import read_address, read_network
from ksz_netops.state.resources import PartnerFilter, SftpAccount, Shaper, Tunnel

if TYPE_CHECKING:
    from ksz_netops.platforms.linux.device.box import Box
    from ksz_netops.platforms.linux.device.transport import Transport


class Getters:
    """The half of the driver that only reads; `transport` and `box` are the other half's."""

    @property
    def transport(self) -> Transport:
        """The open connection."""
        raise NotImplementedError

    @property
    def box(self) -> Box:
        """The hub."""
        raise NotImplementedError

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
        prefix = read_network(destination)
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
        answer = self.transport.run(shlex.join([*argv, str(read_address(destination))]))
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
                "results": [{"read_address": destination, "rtt": each} for each in times],
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
