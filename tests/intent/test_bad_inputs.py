"""The catalogue of bad inputs: each gives exactly one message, at its line and column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from support.inventories import Inventory

if TYPE_CHECKING:
    from pathlib import Path

RSA_2048 = (
    "ssh-rsa "
    "AAAAB3NzaC1yc2EAAAADAQABAAABAQDH9PutGuRaMC4mf4w6wegAg+8bnZ4SgqBPlLCa+IfAvDXHsOLoH4azNW9A"
    "CDnpTKP3xEmm74yvzE1NjhyrTcswtesWLnEuMvjSbK4aih4xGtmSpNbeqVGuACx/FoXVHpkBLGmGrzgHa2iJJMOr"
    "4Tz/3ebHdhIw2I40VRxV1Tex5f3TyWUKlsfLJv7kwLJKsuFoD4GigLeWHtbPenztq60MlG01NlIszSCURIXdSKKq"
    "T63/FsBfPsxG5e9uqLzLkVSbGiDoVdc8Jl26PtHTxLxR2KP2KP1BfyneXueP4jHbfkJ0VkCh29F/rR9ftTu5nuT+"
    "ViBO57sB1chyHpw2G+41"
)
PRIVATE = "-----BEGIN OPENSSH PRIVATE KEY-----"
KEY_9 = "- ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM1MV3ZTLK2rD7wBjC33L8BkJffbCyCbMUc9L2UtziKJ"
KEY_12 = "AAAAC3NzaC1lZDI1NTE5AAAAIMoIrOS9oqjtRZNm9N0n9Cy/B8tkNokmgOvk5Yg+XtKB"


@dataclass(frozen=True, slots=True, kw_only=True)
class BadInput:
    """A change to the good inventory that makes it wrong in one way."""

    what: str
    file: str
    old: str
    new: str
    code: str
    says: tuple[str, ...] = ()
    """Parts of the message: the value, the rule, the fix."""


def partner(number: int) -> str:
    return f"partners/P{number:05}.yml"


def official(value: str, code: str, *says: str, what: str) -> BadInput:
    return BadInput(
        what=what,
        file=partner(1),
        old="official_ip: 198.51.100.1\n",
        new=f"official_ip: «{value}\n",
        code=code,
        says=says,
    )


BAD = [
    # 1 to 6: addresses and prefixes
    official("127.0.0.1", "KSZ101", "127.0.0.1", what="1 loopback"),
    official("224.0.0.9", "KSZ101", "multicast", what="1 multicast"),
    official("169.254.0.9", "KSZ101", "no network routes", what="1 link-local"),
    official("240.0.0.1", "KSZ101", "reserved", what="1 reserved"),
    official("198.51.100.0/29", "KSZ102", "8 addresses", "exactly one", what="2 prefix"),
    official("198.51.100", "KSZ107", "not an IP address", what="2 half an address"),
    official("3325256705", "KSZ107", what="2 number"),
    official("[198.51.100.1, 198.51.100.99]", "KSZ107", what="2 two addresses"),
    BadInput(
        what="3 official address of another",
        file=partner(4),
        old="official_ip: 198.51.100.4",
        new="official_ip: «198.51.100.3",
        code="KSZ103",
        says=("198.51.100.3", "P00003", "partners/P00003.yml:6:14"),
    ),
    official("192.0.2.77", "KSZ104", "192.0.2.0/25", "extranet", what="4 inside the extranet"),
    official("192.0.2.134", "KSZ104", "192.0.2.132/30", "P00002", what="4 on another's link"),
    official("192.0.2.170", "KSZ104", "192.0.2.160/28", what="4 on an interconnect"),
    BadInput(
        what="4 a link inside the extranet",
        file=partner(1),
        old="{hub: 192.0.2.129/30, partner: 192.0.2.130}",
        new="{hub: «192.0.2.65/30, partner: 192.0.2.66}",
        code="KSZ104",
        says=("192.0.2.64/30", "192.0.2.0/25"),
    ),
    BadInput(
        what="4 a link inside another",
        file=partner(15),
        old="{hub: 192.0.2.201/30, partner: 192.0.2.202}",
        new="{hub: «192.0.2.137/30, partner: 192.0.2.138}",
        code="KSZ104",
        says=("192.0.2.136/30", "P00002.yml:28:21"),
    ),
    BadInput(
        what="5 extranet prefixes overlap",
        file="extranet.yml",
        old="  - 192.0.2.0/25\n",
        new="  - 192.0.2.0/25\n  - «192.0.2.64/26\n",
        code="KSZ105",
        says=("192.0.2.64/26", "overlaps 192.0.2.0/25", "write 192.0.2.0/25 once"),
    ),
    BadInput(
        what="6 host bits",
        file="extranet.yml",
        old="  - 192.0.2.0/25\n",
        new="  - «192.0.2.5/25\n",
        code="KSZ106",
        says=("192.0.2.5/25", "did you mean 192.0.2.0/25?"),
    ),
    # 7 and 8: capacity
    *(
        BadInput(
            what=f"{row} capacity {value}",
            file=partner(7),
            old="capacity_kbps: 256",
            new=f"capacity_kbps: «{value}",
            code=code,
            says=says,
        )
        for row, value, code, says in (
            (7, "200", "KSZ110", ("200", "128", "nearest: 128, 256")),
            (7, "100", "KSZ110", ("nearest: 128",)),
            (8, "0", "KSZ111", ("above 0",)),
            (8, "-128", "KSZ111", ("-128",)),
            (8, "1.5", "KSZ111", ("1.5",)),
            (8, '"2M"', "KSZ111", ("2M",)),
            (8, '"256"', "KSZ111", ("256",)),
            (8, "true", "KSZ111", ()),
            (8, "100096", "KSZ111", ("uplink of hub-bru-1", "at most 99968")),
        )
    ),
    BadInput(
        what="8 the uplink is sold out",
        file=partner(15),
        old="capacity_kbps: 128",
        new="capacity_kbps: «1536",
        code="KSZ118",
        says=("2048 kbit/s of 2000", "at most 1488"),
    ),
    # 9 to 12: keys; their quality is judged where the vault is open
    BadInput(
        what="9 a key instead of its name",
        file=partner(7),
        old="psk: vault:P00007-S1",
        new="psk: «hunter2hunter2",
        code="KSZ124",
        says=("not shown", "vault:"),
    ),
    BadInput(
        what="12 a key of another",
        file=partner(8),
        old="psk: vault:P00008-S1",
        new="psk: «vault:P00007-S1",
        code="KSZ123",
        says=("P00007-S1", "partners/P00007.yml:20:10"),
    ),
    # 13 and 14: text that somebody would act on
    *(
        BadInput(
            what=f"13 name with {value}",
            file=partner(1),
            old="name: Rijksfonds De Eerste Lijn",
            new=f"name: «{value}",
            code="KSZ130",
            says=("position",),
        )
        for value in (
            '"two\\nlines"',
            "fonds! nu",
            "fonds; reload",
            '"{{ lookup(1) }}"',
            '"{% raw %}"',
            "'the \"fund\"'",
            "\"'quoted'\"",
            '"a`id`"',
            '"esc \\e[31m"',
        )
    ),
    BadInput(
        what="14 newline in a selector",
        file="extranet.yml",
        old="  - 192.0.2.0/25\n",
        new='  - «"192.0.2.0/25\\nupdown=/bin/sh"\n',
        code="KSZ131",
        says=("not a prefix",),
    ),
    # 15 to 17: ports, timeslots, lines
    BadInput(
        what="15 VLAN of another",
        file=partner(11),
        old="""      - hub: hub-gen-1
        attachment: e1b
        circuit: VT-2
        rate_kbps: 1984
""",
        new="""      - hub: hub-gen-1
        attachment: e1b
        circuit: VT-2
        rate_kbps: 1984
  - id: S2
    method: explore
    has_explore: true
    number: 60011
    preference: 60
    line:
      hub: hub-gen-1
      attachment: line1
      vlan: 512
      circuit: EX-11
      rate_kbps: 1000
      link: {hub: 192.0.2.205/30, partner: 192.0.2.206}
""",
        code="KSZ140",
        says=("vlan on GigabitEthernet0/0/2 512 of hub-gen-1", "P00011-S2"),
    ),
    *(
        BadInput(
            what=f"15 VLAN {value}",
            file=partner(15),
            old="vlan: 512",
            new=f"vlan: «{value}",
            code=code,
            says=says,
        )
        for value, code, says in (
            ("0", "KSZ140", ("2 to 4094",)),
            ("1", "KSZ140", ()),
            ("4095", "KSZ140", ()),
            ('"512"', "KSZ114", ("a whole number",)),
        )
    ),
    BadInput(
        what="15 interface of another",
        file=partner(3),
        old="attachment: line1",
        new="attachment: explore1",
        code="KSZ140",
        says=("P00004.yml:20:19", "explore1", "P00003"),
    ),
    *(
        BadInput(
            what=f"16 timeslots {value}",
            file=partner(16),
            old="timeslots: 1-16",
            new=f"timeslots: «{value}",
            code="KSZ141",
            says=says,
        )
        for value, says in (
            ("0-15", ("timeslot 0",)),
            ("1-32", ("1-31",)),
            ("9-5", ()),
            ("all", ()),
        )
    ),
    BadInput(
        what="16 timeslots of another",
        file=partner(16),
        old="attachment: e1c\n        circuit: EF-16\n        timeslots: 1-16",
        new="attachment: e1b\n        circuit: EF-16\n        timeslots: «1-16",
        code="KSZ141",
        says=("timeslot on E1 0/1/1", "1 to 16", "P00011"),
    ),
    BadInput(
        what="16 unframed with timeslots",
        file=partner(16),
        old="timeslots: 1-16",
        new="unframed: true\n        timeslots: «1-16",
        code="KSZ141",
        says=("unframed",),
    ),
    BadInput(
        what="16 another rate than the timeslots carry",
        file=partner(16),
        old="rate_kbps: 1024",
        new="rate_kbps: «2000",
        code="KSZ143",
        says=("2000", "write 1024"),
    ),
    BadInput(
        what="17 a third line",
        file=partner(2),
        old="flows:\n",
        new="""      - hub: hub-bru-1
        attachment: line4
        circuit: COLT-3
        rate_kbps: 1024
        link: {hub: 192.0.2.209/30, partner: 192.0.2.210}
flows:
""",
        code="KSZ142",
        says=("3 lines", "one line or two"),
    ),
    BadInput(
        what="17 a bundle on two hubs",
        file=partner(11),
        old="      - hub: hub-gen-1\n        attachment: e1b",
        new="      - hub: «hub-bru-1\n        attachment: line1",
        code="KSZ142",
        says=("two hubs",),
    ),
    BadInput(
        what="17 two lines, no word on their use",
        file=partner(2),
        old="    use: equal # both lines carry; each at its own rate\n    lines:\n      - hub",
        new="    lines:\n      «- hub",
        code="KSZ142",
        says=("how the two lines are used", "use: equal"),
    ),
    # 18 and 19: operators
    *(
        BadInput(
            what=f"18 operator {value}",
            file=partner(1),
            old="operator: Proximus",
            new=f"operator: «{value}",
            code="KSZ150",
            says=("did you mean Proximus?",),
        )
        for value in ("Belgacom", '"proximus "', "Proximuss")
    ),
    BadInput(
        what="19 E1 of Proximus",
        file=partner(16),
        old="operator: other\n    operator_name: Eurofiber",
        new="operator: Proximus",
        code="KSZ151",
        says=("Proximus usually hands over by ethernet", "delivery: e1"),
    ),
    BadInput(
        what="19 Ethernet of another operator",
        file=partner(3),
        old="circuit: TN-30001\n        delivery: ethernet",
        new="circuit: TN-30001",
        code="KSZ151",
        says=("Telenet usually hands over by e1", "delivery: ethernet"),
    ),
    # 20 and 21: peers
    *(
        BadInput(
            what=f"20 peer {value}",
            file=partner(8),
            old="peer: 203.0.113.80",
            new=f"peer: «{value}",
            code="KSZ160",
            says=says,
        )
        for value, says in (
            ("192.0.2.10", ("inside the extranet",)),
            ("203.0.113.2", ("hub-bru-2",)),
            ("203.0.113.1", ("hub-bru-1",)),
            ("203.0.113.77", ("P00007",)),
            ("224.1.1.1", ("not a public address",)),
        )
    ),
    BadInput(
        what="21 the official address as peer without a VRF",
        file="host_vars/hub-bru-1.yml",
        old="    uplink_kbps: 100000",
        new="    uplink_kbps: 100000\n    front_door: false",
        code="KSZ161",
        says=("203.0.113.77", "VRF"),
    ),
    # 22 and 23: hubs, attachments, IP versions
    BadInput(
        what="22 no such attachment",
        file=partner(1),
        old="attachment: line1",
        new="attachment: «lin1",
        code="KSZ170",
        says=("hub-bru-1 has no attachment 'lin1'", "did you mean line1?"),
    ),
    BadInput(
        what="22 a line on an interconnect",
        file=partner(1),
        old="attachment: line1",
        new="attachment: «fedman0",
        code="KSZ170",
        says=("interconnect with FedMan",),
    ),
    BadInput(
        what="22 an interconnect that is a line",
        file=partner(5),
        old="attachment: fedman0",
        new="attachment: «line1",
        code="KSZ170",
        says=("not an interconnect with FedMan", "fedman0"),
    ),
    BadInput(
        what="22 SFTP on a hub for lines",
        file=partner(9),
        old="hub: sftp-1",
        new="hub: «hub-bru-1",
        code="KSZ170",
        says=("not a file server", "sftp-1"),
    ),
    BadInput(
        what="22 no such hub",
        file=partner(7),
        old="hub: hub-bru-1",
        new="hub: «hub-brux-1",
        code="KSZ115",
        says=("no hub 'hub-brux-1'", "did you mean hub-bru-1?"),
    ),
    BadInput(
        what="23 IPv6 on an IPv4 link",
        file=partner(1),
        old="official_ip: 198.51.100.1\n",
        new="official_ip: 2001:db8:77::1\n",
        code="KSZ171",
        says=("2001:db8:77::1", "IPv6", "link"),
    ),
    BadInput(
        what="23 IPv6 over an IPv4 interconnect",
        file=partner(14),
        old="official_ip: 198.51.100.14\n",
        new="official_ip: 2001:db8:77::14\n",
        code="KSZ171",
        says=("next hop",),
    ),
    BadInput(
        what="23 IPv6 peer of an IPv4 hub",
        file=partner(8),
        old="peer: 203.0.113.80",
        new="peer: «2001:db8:e::80",
        code="KSZ171",
        says=("IPv6", "hub-bru-2"),
    ),
    # 24: the change window
    *(
        BadInput(
            what=f"24 window from {value}",
            file=partner(12),
            old="start: 2026-12-03 20:00",
            new=f"start: «{value}",
            code="KSZ180",
            says=says,
        )
        for value, says in (
            ("2026-10-25 02:30", ("twice", "2026-10-25 02:30+02:00 or 2026-10-25 02:30+01:00")),
            ("2026-03-29 02:30", ("never is", "did you mean 2026-03-29 03:30?")),
            ("tomorrow", ("day and a time",)),
            ("2026-12-03", ("day and a time",)),
        )
    ),
    BadInput(
        what="24 end before start",
        file=partner(12),
        old="end: 2026-12-03 22:00",
        new="end: «2026-12-03 19:00",
        code="KSZ180",
        says=("ends before it starts",),
    ),
    # 25: SSH keys
    *(
        BadInput(
            what=f"25 {what}",
            file=partner(9),
            old=KEY_9,
            new=f"- «{value}",
            code="KSZ190",
            says=says,
        )
        for what, value, says in (
            ("private key", f'"{PRIVATE}\\nb3BlbnNzaC1rZXk\\n"', ("not shown", "new pair")),
            ("DSA", "ssh-dss AAAAB3NzaC1kc3MAAACB", ("DSA",)),
            ("RSA of 2048 bits", RSA_2048, ("2048 bits", "3072")),
            ("damaged", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM1MV3", ("damaged",)),
            ("another word", "my key", ("not a kind of key",)),
            ("two keys in one", f'"ssh-ed25519 {KEY_12}\\nssh-ed25519 {KEY_12}"', ("2 lines",)),
        )
    ),
    BadInput(
        what="25 key of another partner",
        file=partner(12),
        old=f"ssh-ed25519 {KEY_12} ops@partner",
        new=KEY_9.replace("- ", "«"),
        code="KSZ190",
        says=("P00009",),
    ),
    # What every file can have
    BadInput(
        what="unknown key",
        file=partner(1),
        old="sector: family allowances",
        new="sector: family allowances\n«oficial_ip: 198.51.100.1",
        code="KSZ112",
        says=("oficial_ip", "did you mean official_ip?"),
    ),
    BadInput(
        what="misspelt key",
        file=partner(7),
        old="    peer: 203.0.113.77 #",
        new="    «peeer: 203.0.113.77 #",
        code="KSZ112",
        says=("did you mean peer?",),
    ),
    BadInput(
        what="missing key",
        file=partner(7),
        old="    capacity_kbps: 256\n",
        new="",
        code="KSZ113",
        says=("capacity_kbps",),
    ),
    BadInput(
        what="no helpdesk",
        file=partner(14),
        old="""helpdesk:
  name: Service desk
  email: desk@partner.example
  phone: "+32 2 555 00 00"
  hours: Mo-Fr 08:00-18:00
  languages: [nl]
""",
        new="",
        code="KSZ113",
        says=("helpdesk",),
    ),
    BadInput(
        what="no method",
        file=partner(7),
        old="  - id: S1\n    method: ipsec_vpn\n",
        new="  - «id: S1\n",
        code="KSZ113",
        says=("method", "explore, ipsec_vpn, leased_line, private_network, sftp"),
    ),
    BadInput(
        what="unknown method",
        file=partner(7),
        old="method: ipsec_vpn",
        new="method: «ipsec-vpn",
        code="KSZ115",
        says=("did you mean ipsec_vpn?",),
    ),
    BadInput(
        what="unknown private network",
        file=partner(5),
        old="network: FedMan",
        new="network: «Fedmann",
        code="KSZ154",
        says=("did you mean FedMan?",),
    ),
    BadInput(
        what="unknown crypto profile",
        file=partner(7),
        old="crypto: baseline",
        new="crypto: «basline",
        code="KSZ155",
        says=("did you mean baseline?",),
    ),
    BadInput(
        what="unknown service",
        file=partner(7),
        old="  - to: dimona-web",
        new="  - to: «dimona",
        code="KSZ115",
        says=("no extranet service 'dimona'", "dimona-web"),
    ),
    BadInput(
        what="the same flow twice",
        file=partner(7),
        old="  - to: reachability",
        new="  - to: «dimona-web",
        code="KSZ182",
        says=("dimona-web",),
    ),
    BadInput(
        what="a folder in which the account's own SFTP process looks for its log",
        file=partner(9),
        old="directories: [in, out]",
        new="directories: [in, «dev]",
        code="KSZ191",
        says=("dev", "choose another name"),
    ),
    BadInput(
        what="an account without an authorisation",
        file=partner(9),
        old="    authorisation: KSZ 26/015\n",
        new="    authorisation:« \n",
        code="KSZ114",
        says=("authorisation",),
    ),
    BadInput(
        what="flows without a way",
        file=partner(9),
        old="    authorisation: KSZ 26/015\n",
        new=(
            "    authorisation: KSZ 26/015\nflows:\n"
            "  - «to: dimona-web\n    authorisation: KSZ 26/099\n"
        ),
        code="KSZ183",
        says=("no connection",),
    ),
    BadInput(
        what="a service without an IPv6 address",
        file=partner(10),
        old="  - to: names",
        new="  - to: «batch-transfer",
        code="KSZ171",
        says=("batch-transfer", "IPv6"),
    ),
    BadInput(
        what="a date that is none",
        file=partner(7),
        old="until: 2027-12-31",
        new="until: «2027-02-30",
        code="KSZ100",
        says=("calendar",),
    ),
    BadInput(
        what="a language we do not speak",
        file=partner(14),
        old="languages: [nl]",
        new="languages: [«no]",
        code="KSZ115",
        says=("use one of",),
    ),
    BadInput(
        what="an empty list",
        file=partner(14),
        old="languages: [nl]",
        new="languages: «[]",
        code="KSZ113",
        says=("empty",),
    ),
    BadInput(
        what="a file under another name",
        file=partner(14),
        old="id: P00014",
        new="id: «P00015",
        code="KSZ116",
        says=("P00015", "P00014"),
    ),
    BadInput(
        what="an id that is none",
        file=partner(14),
        old="id: P00014",
        new="id: «P0014",
        code="KSZ116",
        says=("P0014",),
    ),
    BadInput(
        what="e-mail address",
        file=partner(14),
        old="email: desk@partner.example",
        new="email: «desk at partner",
        code="KSZ132",
        says=("e-mail",),
    ),
    BadInput(
        what="telephone number",
        file=partner(14),
        old='phone: "+32 2 555 00 00"',
        new="phone: «ask Jan",
        code="KSZ132",
        says=("telephone",),
    ),
    BadInput(
        what="no assessment of another operator's line",
        file=partner(16),
        old="""    availability:
      redundancy: none
      stability: to be seen
      assessed_on: 2026-03-01
""",
        new="",
        code="KSZ152",
        says=("Eurofiber", "availability"),
    ),
    BadInput(
        what="Explore without a reason",
        file=partner(4),
        old="has_explore: false\n    reason: outside_brussels",
        new="has_explore: «false",
        code="KSZ153",
        says=("other_projects", "leased line"),
    ),
    BadInput(
        what="two connections with one number",
        file=partner(15),
        old="    number: 60015\n",
        new="",
        code="KSZ119",
        says=("number 15 of hub-gen-1", "P00015-S1"),
    ),
    BadInput(
        what="a number of another",
        file=partner(15),
        old="number: 60015",
        new="number: «12",
        code="KSZ119",
        says=("P00012-S1",),
    ),
    BadInput(
        what="two connections with one preference",
        file=partner(15),
        old="    preference: 50\n",
        new="",
        code="KSZ145",
        says=("preference 10", "P00015-S1"),
    ),
    BadInput(
        what="one circuit twice",
        file=partner(2),
        old="circuit: COLT-20002",
        new="circuit: «COLT-20001",
        code="KSZ144",
        says=("P00002-S1",),
    ),
    BadInput(
        what="a partner that is not on the link",
        file=partner(1),
        old="partner: 192.0.2.130",
        new="partner: «192.0.2.133",
        code="KSZ172",
        says=("192.0.2.128/30",),
    ),
    BadInput(
        what="a next hop that is not on the interconnect",
        file=partner(5),
        old="next_hop: 192.0.2.162",
        new="next_hop: «192.0.2.190",
        code="KSZ172",
        says=("192.0.2.160/28",),
    ),
    BadInput(
        what="a MAC address of a group",
        file=partner(5),
        old='mac: "02:00:5e:00:53:05"',
        new='mac: «"01:00:5e:00:53:05"',
        code="KSZ173",
        says=("group",),
    ),
    BadInput(
        what="a MAC address of another",
        file=partner(6),
        old='mac: "02:00:5e:00:53:06"',
        new='mac: «"02-00-5E-00-53-05"',
        code="KSZ173",
        says=("P00005",),
    ),
    BadInput(
        what="no MAC address on a shared interconnect",
        file=partner(6),
        old='    mac: "02:00:5e:00:53:06" # the partner\'s router; the interconnect is shared\n',
        new="",
        code="KSZ174",
        says=("mac", "told apart"),
    ),
    BadInput(
        what="a MAC address where the carrier tells partners apart",
        file=partner(14),
        old="next_hop: 192.0.2.178",
        new='next_hop: 192.0.2.178\n    mac: «"02:00:5e:00:53:14"',
        code="KSZ174",
        says=("operator",),
    ),
    BadInput(
        what="a destination outside the extranet",
        file="extranet.yml",
        old="destinations: [192.0.2.30]",
        new="destinations: [«192.0.2.230]",
        code="KSZ109",
        says=("192.0.2.230",),
    ),
    BadInput(
        what="ports that are none",
        file="extranet.yml",
        old="ports: [8000-8010]",
        new="ports: [«8010-8000]",
        code="KSZ108",
        says=("8010-8000",),
    ),
    BadInput(
        what="a platform that is not there",
        file="host_vars/hub-bru-2.yml",
        old="platform: linux",
        new="platform: «linnux",
        code="KSZ115",
        says=("did you mean linux?",),
    ),
    BadInput(
        what="two attachments on one interface",
        file="host_vars/hub-bru-2.yml",
        old="    line3:\n",
        new="    spare:\n      «interface: line2\n    line3:\n",
        code="KSZ140",
        says=("line2",),
    ),
    BadInput(
        what="an interconnect with a network we do not know",
        file="host_vars/hub-gen-1.yml",
        old="    line1:\n",
        new="    new0:\n      interface: new0\n      network: «Wim\n      addresses: "
        "[192.0.2.217/29]\n      separation: carrier\n    line1:\n",
        code="KSZ154",
        says=("did you mean WIN?",),
    ),
    BadInput(
        what="3 official address of a hub",
        file=partner(12),
        old="official_ip: 203.0.113.112",
        new="official_ip: «203.0.113.2",
        code="KSZ103",
        says=("hub-bru-2",),
    ),
    BadInput(
        what="two hubs with one address",
        file="host_vars/hub-bru-2.yml",
        old="addresses: [203.0.113.2/24]",
        new="addresses: [«203.0.113.1/24]",
        code="KSZ175",
        says=("203.0.113.1 is already that of hub-bru-1",),
    ),
    BadInput(
        what="two hubs managed at one place",
        file="host_vars/hub-bru-2.yml",
        old="    address: 127.0.0.1\n    port: 22102",
        new="    address: «127.0.0.1\n    port: 22101",
        code="KSZ175",
        says=("port 22101",),
    ),
    BadInput(
        what="a tunnel that ends where nothing follows",
        file=partner(7),
        old="hub: hub-bru-1",
        new="hub: «sftp-1",
        code="KSZ170",
        says=("no port towards the extranet", "hub-bru-1"),
    ),
    BadInput(
        what="a hub without IPv6 towards the extranet",
        file="host_vars/hub-bru-2.yml",
        old='addresses: [192.0.2.2/25, "2001:db8:ecc::2/64"]',
        new="addresses: [192.0.2.2/25]",
        code="KSZ171",
        says=("P00010.yml", "no IPv6 address towards the extranet"),
    ),
    # YAML itself
    BadInput(
        what="malformed YAML",
        file=partner(14),
        old="languages: [nl]",
        new="languages: [nl",
        code="KSZ100",
        says=("not valid YAML",),
    ),
    BadInput(
        what="a key twice",
        file=partner(14),
        old="sector: rehearsal",
        new="sector: rehearsal\n«sector: again",
        code="KSZ100",
        says=("'sector' stands twice", "line 4"),
    ),
    BadInput(
        what="an alias of a list",
        file=partner(14),
        old="languages: [nl]\nconnections:\n",
        new="languages: &dutch [nl]\n«flows: *dutch\nconnections:\n",
        code="KSZ100",
        says=("alias",),
    ),
    BadInput(
        what="a tag",
        file=partner(14),
        old="sector: rehearsal",
        new="sector: «!python/object:os.system rehearsal",
        code="KSZ100",
        says=("tag",),
    ),
    BadInput(
        what="a number in base 60",
        file=partner(14),
        old="capacity_kbps: 1000",
        new="capacity_kbps: «16:40",
        code="KSZ100",
        says=("16:40",),
    ),
    BadInput(
        what="a tab",
        file=partner(14),
        old="sector: rehearsal",
        new="sector: rehearsal\n«\tx: y",
        code="KSZ100",
    ),
]


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    return Inventory.copy(tmp_path / "inv")


def test_the_good_inventory_has_no_problem(inventory: Inventory) -> None:
    assert inventory.problems() == ()


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.what)
def test_a_bad_input_gives_one_message_at_its_place(bad: BadInput, inventory: Inventory) -> None:
    place = inventory.edit(bad.file, bad.old, bad.new)

    (problem,) = inventory.problems()

    assert problem.code == bad.code
    assert problem.origin is not None
    if place is not None:
        assert str(problem.origin) == place
    for part in bad.says:
        assert part in str(problem)
