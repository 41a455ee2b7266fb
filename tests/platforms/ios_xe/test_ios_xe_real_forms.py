"""What routers were seen to show is read as it is, and an answer that is not whole never."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from ntc_templates.parse import parse_output

from ksz_netops.errors import ReadbackError
from ksz_netops.lab.emulator.commands import execute
from ksz_netops.lab.emulator.router import Router
from ksz_netops.platforms.ios_xe.config import normal, tree
from ksz_netops.platforms.ios_xe.config.parse import held
from ksz_netops.platforms.ios_xe.config.render import rendered
from ksz_netops.platforms.ios_xe.observe import e1, lists, sas
from ksz_netops.platforms.ios_xe.observe.show import observed
from support import ios_lab, ios_states

CERTIFICATE = """\
version 17.9
crypto pki certificate chain TP-self-signed-1
 certificate self-signed 01
  30820330 30820218 A0030201 02020101 300D0609
  99D802
  \tquit
 certificate ca 02 nvram:SomeCa#2CA.cer
interface GigabitEthernet1
 ip address 192.0.2.1 255.255.255.0
 negotiation auto
 no mop enabled
 no mop sysid
"""
IKE = """\
 IPv4 Crypto IKEv2  SA

Tunnel-id Local                 Remote                fvrf/ivrf            Status
4         198.51.100.1/4500     203.0.113.9/4500      INET/none            READY \x20
      Encr: AES-GCM, keysize: 256, PRF: SHA384, Hash: None, DH Grp:20, Auth sign: PSK, \
Auth verify: PSK, QR
      Life/Active Time: 86400/4006 sec
      Local id: 198.51.100.1
      Remote id: 203.0.113.9
      Fragmentation not  configured.
      Quantum-safe Encryption using Manual PPK

 IPv6 Crypto IKEv2  SA

Tunnel-id    fvrf/ivrf              Status
1          INET/none             READY
Local  2001:DB8:1101::131/500
Remote  2001:DB8:1201::122/500
      Encr: AES-CBC, keysize: 256, PRF: SHA512, Hash: SHA512, DH Grp:21, Auth sign: PSK, \
Auth verify: PSK
      PQC Key Exchange: ML-KEM-1024
      Life/Active Time: 86400/219 sec
      Local id: 2001:DB8:1101::131
      Remote id: 2001:DB8:1201::122
      Quantum-safe Encryption using PQC: ML-KEM-1024
      PEER TYPE: IOS-XE
"""
IPSEC = """\
interface: Tunnel9
    Crypto map tag: Tunnel9-head-0, local addr 198.51.100.1

   protected vrf: (none)
   local  ident (addr/mask/prot/port): (192.0.2.0/255.255.255.0/0/0)
   remote ident (addr/mask/prot/port): (203.0.113.77/255.255.255.255/0/0)
   current_peer 203.0.113.9 port 4500
     PERMIT, flags={origin_is_acl,}
    #pkts encaps: 4, #pkts encrypt: 4, #pkts digest: 4
    #pkts decaps: 12, #pkts decrypt: 915, #pkts verify: 915

     PFS (Y/N): N, DH group: none

     inbound esp sas:
      spi: 0x50A0FB1C(1352727324)
        transform: esp-gcm 256 ,
        in use settings ={Tunnel, esn}
        Status: ACTIVE(ACTIVE)

     outbound esp sas:
      spi: 0xBFD0E7BA(3218139066)
        transform: esp-gcm 256 ,
        Status: ACTIVE(ACTIVE)

     outbound pcp sas:
"""
OWN: tree.Tree = {
    "interface Tunnel9": {"description KSZ-P00009-S1": {}, "tunnel destination 203.0.113.9": {}},
    "interface Tunnel8": {
        "description KSZ-P00008-S1": {},
        "tunnel destination 2001:db8:1201::122": {},
    },
}
SIX = IPSEC.replace("Tunnel9", "Tunnel8").replace(
    "192.0.2.0/255.255.255.0/0/0", "2001:DB8:ECC::/64/0/0"
)
SIX = SIX.replace("203.0.113.77/255.255.255.255/0/0", "2001:DB8:77::7/128/0/0")


def test_a_certificate_is_one_line_with_its_body_or_stored_as_a_file() -> None:
    found = tree.read_whole(f"Building configuration...\n\n{CERTIFICATE}end\n")

    assert len(found["crypto pki certificate chain TP-self-signed-1"]) == 2
    assert "ip address 192.0.2.1 255.255.255.0" in found["interface GigabitEthernet1"]


@pytest.mark.parametrize(
    "answer", ["startup-config is not present\n", "%startup-config is not present"]
)
def test_a_router_on_which_nothing_was_saved_starts_with_nothing(answer: str) -> None:
    assert tree.read_saved(answer) == {}


@pytest.mark.parametrize(
    "answer", ["", "% Invalid input detected at '^' marker.", "hostname x\nend\n", CERTIFICATE]
)
def test_what_is_no_whole_configuration_is_refused(answer: str) -> None:
    with pytest.raises(ReadbackError):
        tree.read_whole(answer)
    with pytest.raises(ReadbackError):
        tree.read_saved(answer)


@pytest.mark.parametrize(
    "text",
    [
        "banner motd ^C\n interface GigabitEthernet1\n  shutdown\n^C",
        "aaa authentication banner ^C\ninterface GigabitEthernet1\n shutdown\n^C",
        "aaa authentication fail-message #\ninterface GigabitEthernet1\n shutdown\n#",
        "line vty 0 4\n vacant-message ^C\ninterface GigabitEthernet1\n shutdown\n^C",
        "parameter-map type webauth global\n banner text ^C\ninterface X\n^C",
        "menu OPS title ^C\ninterface GigabitEthernet1\n shutdown\n^C",
        "macro name PORT\ninterface GigabitEthernet1\n shutdown\n@",
        "macro auto execute EVENT {\ninterface GigabitEthernet1\n shutdown\n}",
        "crypto key pubkey-chain rsa\n addressed-key 192.0.2.1\n  key-string\ninterface X\n quit",
    ],
)
def test_the_lines_of_a_text_are_never_configuration(text: str) -> None:
    found = tree.read(f"{text}\ninterface GigabitEthernet2\n ip address 192.0.2.1 255.255.255.0\n")

    assert [each for each in found if each.startswith("interface ")] == [
        "interface GigabitEthernet2"
    ]


def test_a_text_that_does_not_end_hides_nothing_in_silence() -> None:
    with pytest.raises(ReadbackError, match="does not end"):
        tree.read("banner motd ^C\ninterface GigabitEthernet2\n no shutdown\nend\n")


@pytest.mark.parametrize(
    "line", ["description a ^C b", "pre-shared-key local 6 A^CB", "password 6 ^CAB", "name text #"]
)
def test_the_characters_of_a_delimiter_elsewhere_open_no_text(line: str) -> None:
    assert list(tree.read(f"interface Gi1\n {line}\ninterface Gi2\n")) == [
        "interface Gi1",
        "interface Gi2",
    ]


def test_security_associations_of_both_families_are_read_with_their_algorithms() -> None:
    found = {each.token: each for each in sas.tunnels(IKE, IPSEC + SIX, OWN)}

    four, six = found["KSZ-P00009-S1"], found["KSZ-P00008-S1"]
    assert four.algorithms == "AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_384"
    assert six.peer == ip_address("2001:db8:1201::122")
    assert six.algorithms.endswith("PRF_HMAC_SHA2_512/ECP_521/KE1_ML_KEM_1024")
    (child,) = four.children
    assert child.installed
    assert (child.algorithms, child.packets_in, child.packets_out) == ("AES_GCM_16-256", 12, 4)
    assert [str(each) for each in six.children[0].local] == ["2001:db8:ecc::/64"]


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        ("transform: esp-gcm ,", "AES_GCM_16-128"),
        ("transform: esp-256-aes esp-sha256-hmac ,", "AES_CBC-256/HMAC_SHA2_256_128"),
        ("transform: esp-aes esp-sha-hmac ,", "AES_CBC-128/esp-sha-hmac"),
    ],
)
def test_a_transform_is_read_in_the_words_of_an_association(shown: str, words: str) -> None:
    (child,) = sas.children(IPSEC.replace("transform: esp-gcm 256 ,", shown))["Tunnel9"]

    assert child.algorithms == words


@pytest.mark.parametrize(
    ("pfs", "words"),
    [
        ("Y, DH group: group20", "AES_GCM_16-256/ECP_384"),
        (
            "Y, DH group: group14, AKE group: AKE1: MLKEM512",
            "AES_GCM_16-256/MODP_2048/KE1_ML_KEM_512",
        ),
        (
            "Y, DH group: none, PQC Key Exchange: ML-KEM-1024",
            "AES_GCM_16-256/KE1_ML_KEM_1024",
        ),
    ],
)
def test_both_forms_of_a_post_quantum_rekey_are_read(pfs: str, words: str) -> None:
    (child,) = sas.children(IPSEC.replace("N, DH group: none", pfs))["Tunnel9"]

    assert child.algorithms == words


def test_a_counter_that_is_not_shown_is_unknown_and_not_zero() -> None:
    shown = "".join(line for line in IPSEC.splitlines(keepends=True) if "encaps" not in line)

    (child,) = sas.children(shown)["Tunnel9"]

    assert (child.packets_in, child.packets_out) == (12, None)


def test_an_association_for_one_protocol_is_not_the_whole_one() -> None:
    (child,) = sas.children(IPSEC.replace("255.255.255.255/0/0", "255.255.255.255/47/0"))["Tunnel9"]

    assert not child.installed


@pytest.mark.parametrize(
    ("ike", "ipsec"),
    [
        ("", IPSEC),
        (IKE.partition("      Life")[0], IPSEC),
        (IKE, ""),
        (IKE, IPSEC.partition("     outbound")[0]),
        (IKE.replace("2001:DB8:1201::122/500", "nonsense/500"), IPSEC + SIX),
    ],
    ids=["no heading", "cut SA", "no children", "cut child", "no address"],
)
def test_associations_that_are_not_shown_whole_are_unknown(ike: str, ipsec: str) -> None:
    with pytest.raises(ReadbackError):
        list(sas.tunnels(ike, ipsec, OWN))


def test_entries_of_ipv6_have_their_numbers_at_the_end() -> None:
    own: tree.Tree = {
        "ipv6 access-list KSZ-P00008-S1-IN6": {
            "sequence 80100 remark KSZ-P00008-S1 2001:db8::8": {},
            "sequence 80101 permit tcp host 2001:db8::8 any eq 443": {},
            "sequence 2000000000 deny ipv6 any any log": {},
        }
    }
    shown = (
        "IPv6 access list KSZ-P00008-S1-IN6\n"
        "    permit tcp host 2001:DB8::8 any eq 443 (8 matches) sequence 80101\n"
        "    deny ipv6 any any log (1 match) sequence 2000000000\n"
        "IPv6 access list Virtual-Access2.1#42 (per-user)\n    permit ipv6 any any sequence 1\n"
    )

    admitted, dropped = lists.counters({4: "", 6: shown}, own)

    assert {token: count.packets for token, count in admitted} == {"KSZ-P00008-S1": 8}
    assert dict(dropped)["unauthorised"].packets == 1
    with pytest.raises(ReadbackError):
        lists.counters({4: "", 6: shown.partition("    deny")[0]}, own)


def test_a_controller_with_blanks_behind_its_lines_has_counters() -> None:
    shown = (
        "E1 0/7/3 is down.        \n  Receiver has loss of signal.\n"
        "  AIS State:Clear  LOS State:Failure LOF State:Clear   \n"
        "  Data in current interval (428 seconds elapsed):      \n"
        "     0 Line Code Violations, 0 Path Code Violations        \n"
        "     0 Errored Secs, 0 Bursty Err Secs, 0 Severely Err Secs, 428 Unavail Secs  \n"
        "  Total Data (last 64 15 minute intervals):        \n"
        "     9 Errored Secs, 9 Bursty Err Secs, 9 Severely Err Secs, 9 Unavail Secs  \n"
    )

    (line,) = e1.of_lines(lambda _: shown, ios_states.state({7: BUNDLED}))

    assert (line.up, line.alarms, line.unavailable_s) == (
        False,
        ("Receiver has loss of signal",),
        428,
    )


BUNDLED = ios_states.Wish(
    number=7,
    kind="bundle",
    slot=7,
    six=False,
    services=frozenset({0}),
    rate_kbps=512,
    crypto="baseline",
    key=1,
    connection=1,
    preference=10,
)


@pytest.mark.parametrize(
    ("shown", "active"),
    [
        (
            (
                "Multilink7, bundle name is R2\n0 lost fragments, 3 reordered\n"
                "Member links: 1 active, 1 inactive (max not set, min not set)\n"
                "Se0/7/3:0, since 00:06:00\nSe0/7/4:0 (inactive)\n"
            ),
            ("0/7/3",),
        ),
        (
            (
                "Multilink9\n  Member links: 0 active, 0 inactive\n"
                "Inactive multilink interfaces:\n"
                "  Multilink7\n    Member links: 2\n      Se0/7/3:0 (inactive)\n"
            ),
            (),
        ),
    ],
    ids=["older form", "inactive bundle"],
)
def test_a_bundle_is_read_in_each_form_that_was_seen(shown: str, active: tuple[str, ...]) -> None:
    (bundle,) = e1.of_bundles(lambda _: shown, ios_states.state({7: BUNDLED}))

    assert bundle.active == active


HABITS = (
    "negotiation auto",
    "no mop enabled",
    "no mop sysid",
    "no ip redirects",
    "no ip proxy-arp",
    "no cdp enable",
    "load-interval 30",
    "no fair-queue",
    "ip nbar protocol-discovery",
    "ip virtual-reassembly",
    "snmp trap link-status",
)
HARMS = (
    "ip policy route-map M",
    "ip nat inside",
    "crypto map M",
    "zone-member security Z",
    "vrf forwarding X",
    "ip access-group OTHER in",
    "shutdown",
    "ip ospf 1 area 0",
    "mpls ip",
    "ip wccp web-cache redirect in",
    "service-policy type epbr input M",
)
VLAN = ios_states.state({5: ios_states.LINE})
PORT = "interface GigabitEthernet0/0/2.505"


def with_line(line: str) -> tree.Tree:
    own = tree.copied(rendered(VLAN))
    own[PORT][line] = {}
    return own


@pytest.mark.parametrize("line", HABITS)
def test_a_habit_of_the_router_on_our_port_is_left_alone(line: str) -> None:
    assert held(normal.own(with_line(line))).strays == ()


@pytest.mark.parametrize("line", HARMS)
def test_what_admits_diverts_or_breaks_on_our_port_is_a_stray(line: str) -> None:
    assert [each.statement for each in held(normal.own(with_line(line))).strays] == [
        f"{PORT} / {line}"
    ]


def test_framing_and_termination_are_those_of_the_cable() -> None:
    state = ios_states.state({7: BUNDLED})
    own = tree.copied(rendered(state))
    for line in ("framing NO-CRC4", "line-termination 75-ohm", "clock source line primary"):
        own["controller E1 0/7/3"][line] = {}

    assert held(normal.own(own)) == state


def test_a_policer_is_the_same_with_its_actions_below_it() -> None:
    own = tree.copied(rendered(VLAN))
    policy = own["policy-map KSZ-P00005-S1-GI0-0-2-505-IN"]["class KSZ-P00005-S1"]
    (rate,) = list(policy)
    policy.clear()
    policy[f"{rate} bc 16000"] = {"conform-action transmit": {}, "exceed-action drop": {}}

    assert held(normal.own(own)) == VLAN


def test_what_the_emulator_shows_is_read_by_others_as_by_us() -> None:
    wishes = {5: ios_states.LINE, 9: ios_states.a_wish(ios_states.dice(4), 9)}
    state = ios_states.state(wishes)
    router = Router(ios_lab.baseline())
    router.configure([*tree.written(rendered(state)).splitlines(), "end"])
    for name, line in (
        ("KSZ-P00005-S1-GI0-0-2-505-IN", "2000000000 deny   ip any any log"),
        ("KSZ-HUB-WAN", "2000000000 deny   ip any any"),
    ):
        router.hits[name, line] = 3

    def show(command: str) -> str:
        return execute(router, command, "ksz")

    seen = observed(show, state, normal.own(tree.read_whole(show("show running-config"))))

    rows = parse_output("cisco_ios", "show ip access-lists", show("show ip access-lists"))
    counted = [int(row["matches"]) for row in rows if row["matches"]]
    assert sum(counted) == sum(count.packets for _, count in seen.dropped) == 6
    others = parse_output("cisco_ios", "show interfaces", show("show interfaces"))
    up = {
        row["interface"] for row in others if row["link_status"] == row["protocol_status"] == "up"
    }
    assert {each.name for each in seen.ports if each.up and "Ethernet" in each.name} <= up
