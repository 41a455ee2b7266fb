"""What each host of a topology finds on its disk, and what it does when it boots."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from ksz_netops.errors import LabError, Problem
from ksz_netops.lab.addressing import address_lines, device_lines, route_lines
from ksz_netops.lab.host import Machine
from ksz_netops.lab.requirements import Esp
from ksz_netops.lab.topology import Role
from ksz_netops.state.resources import Tunnel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ksz_netops.lab.keys import KeyPair
    from ksz_netops.lab.requirements import Abilities
    from ksz_netops.lab.roots import Roots
    from ksz_netops.lab.topology import Host, Site, Topology
    from ksz_netops.platforms import Reveal
    from ksz_netops.state.resources import IPAddress, IPNetwork

_TEMPLATES: Final = Environment(
    loader=PackageLoader("ksz_netops.lab"),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    autoescape=False,  # noqa: S701 - configuration of daemons, from typed values
)

PROGRAMS: Final = "/run/lab/programs"
CHARON_SOCKET: Final = "/run/charon.vici"
CHARON_LOG: Final = "/run/charon.log"
"""Of hubs and sites; Debian's AppArmor profile lets charon write nowhere else."""
RESPONDER_FILE: Final = "/run/lab/services.json"

_ASYMMETRIC: Final = """\
for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 >$f; done
"""
"""A site with two ways may get its answer by the other one."""
_FORWARDING: Final = """\
echo 1 >/proc/sys/net/ipv4/ip_forward
[ ! -e /proc/sys/net/ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
for f in /proc/sys/net/ipv4/conf/*/send_redirects; do echo 0 >$f; done
"""
_COUNTING: Final = """\
nft -f - <<'END'
table inet lab {
  set from4 {
    typeof ip saddr
    size 65535
    flags dynamic
    counter
  }
  set from6 {
    typeof ip6 saddr
    size 65535
    flags dynamic
    counter
  }
  chain input {
    type filter hook input priority filter; policy accept;
    update @from4 { ip saddr }
    update @from6 { ip6 saddr }
  }
}
END
"""
"""What arrives is counted by its source, for the proofs of the contracted rates."""
_CHARON: Final = f"""\
setsid --fork /usr/lib/ipsec/charon </dev/null >/dev/null 2>&1
until [ -S {CHARON_SOCKET} ]; do sleep 0.02; done
"""
_SSHD: Final = """\
# A locked account takes no key either; Debian writes `!` for one without a password.
sed -i 's/^root:[^:]*:/root:*:/' /etc/shadow
/usr/sbin/sshd
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What machines are made with."""

    abilities: Abilities
    reveal: Reveal
    """Gives a pre-shared key by its name."""
    host_keys: Mapping[str, KeyPair]
    """By hub."""
    operators: tuple[str, ...]
    """Public keys that may manage the hubs."""
    roots: Roots

    def machine(self, host: Host, topology: Topology) -> Machine:
        """The machine that plays *host*.

        Raises:
            LabError: If this kernel cannot play it, or its root file system cannot be made.
        """
        hub = host.role is Role.HUB
        root = self.roots.of_hubs() if hub else self.roots.of_others()
        return replace(self._furnished(host, topology), root=root)

    def _furnished(self, host: Host, topology: Topology) -> Machine:
        if any(link.vlan is not None for link in host.links) and not self.abilities.vlan:
            raise LabError(_no_vlan(host))
        match host.role:
            case Role.HUB:
                return self._hub(host, topology)
            case Role.SITE:
                return self._site(host, topology.site(host.name))
            case Role.EXTRANET:
                return _plain(
                    host,
                    _COUNTING + f"setsid --fork /usr/bin/python3 -I -S {PROGRAMS}/responder.py"
                    f" {RESPONDER_FILE} </dev/null >>/var/log/services.log 2>&1\n",
                )
            case Role.INTERNET:
                return _plain(host, _FORWARDING)

    def _hub(self, host: Host, topology: Topology) -> Machine:
        (door,) = (door for door in topology.doors if door.hub == host.name)
        key = self.host_keys[host.name]
        private = {"/etc/ssh/ssh_host_ed25519_key": key.private}
        files = {
            **private,
            "/etc/ssh/ssh_host_ed25519_key.pub": f"{key.public} root@{host.name}\n",
            "/etc/ssh/sshd_config": _render("sshd_config", address=str(door.inside)),
            "/root/.ssh/authorized_keys": "".join(f"{each}\n" for each in self.operators),
        }
        return Machine(
            name=host.name,
            files=files,
            private=frozenset(private),
            boot=_addressing(host) + _SSHD,
        )

    def _site(self, host: Host, site: Site) -> Machine:
        boot = _ASYMMETRIC
        tunnels = [uplink for uplink in site.uplinks if isinstance(uplink.end, Tunnel)]
        if not tunnels:
            return Machine(
                name=host.name, files={}, private=frozenset(), boot=boot + _addressing(host)
            )
        userspace = self.abilities.esp is Esp.LIBIPSEC
        connections = "/etc/swanctl/conf.d/tunnels.conf"
        views = []
        interfaces = []
        for number, uplink in enumerate(tunnels, 1):
            if not isinstance(uplink.end, Tunnel):
                continue
            key = self.reveal(uplink.end.secret.name)
            views.append(
                _TunnelView.of(
                    uplink.token, uplink.end, key, interface_id=0 if userspace else number
                )
            )
            interfaces += [
                f"link add {uplink.device} type xfrm dev wan0 if_id {number}",
                f"link set {uplink.device} up",
            ]
        files = {
            "/etc/strongswan.conf": _render("strongswan.conf", userspace=userspace, log=CHARON_LOG),
            connections: _render("tunnels.conf", tunnels=views),
        }
        boot += _batch(*device_lines(host), *address_lines(host)) + _CHARON
        if not userspace:
            boot += _batch(*interfaces)
        boot += _batch(*route_lines(host, through_ipsec0=userspace))
        boot += "swanctl --load-all --noprompt >/run/lab/tunnels.log 2>&1\n"
        return Machine(name=host.name, files=files, private=frozenset({connections}), boot=boot)


@dataclass(frozen=True, slots=True, kw_only=True)
class _TunnelView:
    """A tunnel from the partner's side, as its template needs it."""

    name: str
    ours: IPAddress
    theirs: IPAddress
    ike: tuple[str, ...]
    esp: tuple[str, ...]
    ike_lifetime_s: int
    esp_lifetime_s: int
    prefixes: tuple[IPNetwork, ...]
    official: IPAddress
    interface_id: int
    key: str

    @classmethod
    def of(cls, name: str, tunnel: Tunnel, key: str, *, interface_id: int) -> _TunnelView:
        return cls(
            name=name,
            ours=tunnel.peer,
            theirs=tunnel.local,
            ike=tunnel.crypto.ike_proposals,
            esp=tunnel.crypto.esp_proposals,
            ike_lifetime_s=tunnel.crypto.ike_lifetime_s,
            esp_lifetime_s=tunnel.crypto.esp_lifetime_s,
            prefixes=tunnel.local_prefixes,
            official=tunnel.official,
            interface_id=interface_id,
            key=key,
        )


def _plain(host: Host, boot: str) -> Machine:
    return Machine(
        name=host.name,
        files={},
        private=frozenset(),
        boot=_addressing(host) + boot,
    )


def _addressing(host: Host) -> str:
    return _batch(*device_lines(host), *address_lines(host), *route_lines(host))


def _batch(*lines: str) -> str:
    return "".join(("ip -batch - <<'END'\n", *(f"{line}\n" for line in lines), "END\n"))


def _render(template: str, **values: object) -> str:
    return _TEMPLATES.get_template(f"{template}.j2").render(values)


def _no_vlan(host: Host) -> list[Problem]:
    return [
        Problem(
            code="KSZ502",
            what=f"{host.name} is attached over VLAN {link.vlan}, and this kernel has no VLANs",
            fix="`modprobe 8021q`, or give the attachment an interface of its own",
        )
        for link in host.links
        if link.vlan is not None
    ]
