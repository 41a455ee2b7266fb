"""Statements of a Linux hub: what tools show becomes them, and they become steps."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from ksz_netops.errors import UnsupportedError
from ksz_netops.platforms import platforms
from ksz_netops.platforms.linux.config import statements, vici
from ksz_netops.platforms.linux.config.dialect import Dialect, Esp
from ksz_netops.platforms.linux.config.render import configuration
from ksz_netops.platforms.linux.planning import generation, order
from ksz_netops.platforms.linux.stores import accounts, links, routes
from ksz_netops.state.resources import (
    DeviceState,
    E1Port,
    EthernetPort,
    Handoff,
    PartnerFilter,
    Permit,
    Protocol,
    Resource,
    Route,
    Shaper,
)
from support.linux_states import PERIMETER, WEB, line, state_of, tunnel
from support.strategies import device_states

LINUX = platforms()["linux"]
KERNEL = Dialect(esp=Esp.KERNEL, internet="wan0")
LIBIPSEC = Dialect(esp=Esp.LIBIPSEC, internet="wan0")
LAW = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))


def text_of(before: DeviceState, after: DeviceState, dialect: Dialect = KERNEL) -> list[str]:
    steps = order.steps(frozenset(configuration(before)), frozenset(configuration(after)), dialect)
    return [each for step in steps for each in step.lines()]


# What tools show.


def test_route_of_another_shape_is_a_statement_that_no_resource_explains() -> None:
    shown = [{"dst": "198.51.100.0/24", "gateway": "192.0.2.2", "dev": "line1", "table": "77"}]

    assert list(routes.read(shown, {})) == [
        "route 198.51.100.0/24 via 192.0.2.2 dev line1 metric 0 table 77"
    ]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"prefsrc": "192.0.2.9"}, " prefsrc 192.0.2.9"),
        ({"metrics": [{"mtu": 1400}]}, " metrics [{'mtu': 1400}]"),
        ({"flags": ["onlink", "linkdown"]}, " onlink"),
        ({"pref": "high"}, " pref high"),
        ({"flags": ["dead", "linkdown"], "pref": "medium"}, ""),
    ],
)
def test_route_of_ours_with_more_than_we_write_is_told_with_it_and_replaced(
    more: dict[str, object], words: str
) -> None:
    route = {"dst": "198.51.100.3", "gateway": "192.0.2.2", "dev": "line3", "metric": 10, **more}
    plain = "route 198.51.100.3 via 192.0.2.2 dev line3 metric 10"

    (found,) = routes.read([route], {})

    assert found == plain + words
    healed = routes.changes({found}, {plain})
    assert [line for step in healed.early for line in step.lines()] == (
        ["ip -batch -: route replace 198.51.100.3 metric 10 proto 201 via 192.0.2.2 dev line3"]
        if words
        else []
    )
    assert [line for step in routes.changes({found}, set()).late for line in step.lines()] == [
        "ip -batch -: route del 198.51.100.3 metric 10 proto 201"
    ]


def test_port_that_is_down_is_another_statement_than_the_port() -> None:
    port = {"ifname": "line3", "ifalias": "KSZ-P00003-S1", "flags": ["BROADCAST"], "addr_info": []}

    assert list(links.read([port])) == ["link line3 down alias KSZ-P00003-S1"]


def test_port_without_our_token_is_not_read() -> None:
    port = {"ifname": "eth9", "ifalias": "uplink of others", "flags": ["UP"], "addr_info": []}

    assert list(links.read([port])) == []


def test_account_with_a_password_is_another_statement_than_the_account() -> None:
    seen = {
        "name": "ksz-p00008-s1",
        "uid": 200801,
        "group": "ksz-sftp",
        "further_groups": ["sudo"],
        "home": "/",
        "shell": "/usr/sbin/nologin",
        "gecos": "KSZ-P00008-S1",
        "password": True,
        "keys": None,
        "keys_safe": False,
        "root_safe": True,
        "directories": ["in odd"],
    }

    account, directory = accounts.read([seen], [])
    assert account.endswith("gecos KSZ-P00008-S1 password set further groups sudo")
    assert directory == "directory ksz-p00008-s1 in odd"


def test_daemon_of_partners_that_lets_in_passwords_is_told() -> None:
    lines = [f"{word} {value}" for word, value in accounts.SSHD.items()]
    sound = "\n".join([*lines, "forcecommand internal-sftp -l INFO"])

    runs = {"runs": True, "unread": [], "open": []}
    assert accounts.sshd(sound, [], runs) == ["sshd standard"]
    assert accounts.sshd(
        sound.replace("passwordauthentication no", "passwordauthentication yes"), [], runs
    ) == ["sshd has passwordauthentication yes"]
    assert accounts.sshd(sound, ["Match  User ksz-p00008-s1"], runs) == [
        "sshd has Match User ksz-p00008-s1"
    ]


@pytest.mark.parametrize(
    ("daemon", "statement"),
    [
        ({"runs": False}, "sshd does not run"),
        (
            {"unread": ["/etc/ssh/sshd_ksz_config"]},
            "sshd has not read /etc/ssh/sshd_ksz_config since it changed",
        ),
        ({"open": ["/srv/ksz"]}, "sshd depends on another owner or mode at /srv/ksz"),
    ],
)
def test_daemon_that_does_not_serve_its_files_is_told_and_set_right(
    daemon: dict[str, Any], statement: str
) -> None:
    lines = [f"{word} {value}" for word, value in accounts.SSHD.items()]
    sound = "\n".join([*lines, "forcecommand internal-sftp -l INFO"])
    runs = {"runs": True, "unread": [], "open": []}

    assert accounts.sshd(sound, [], {**runs, **daemon}) == [statement]
    (step,) = accounts.changes({statement}, {"sshd standard"}).early
    assert step.argv == ("@file-service",)


def test_an_account_is_made_with_its_keys_and_folders_alone() -> None:
    intended = {
        "account ksz-p00001-s1 uid 1 group g gecos KSZ-P00001-S1",
        "account ksz-p00001-s10 uid 2 group g gecos KSZ-P00001-S10",
        'key ksz-p00001-s1 restrict,from="192.0.2.9" ssh-ed25519 one',
        'key ksz-p00001-s10 restrict,from="192.0.2.9" ssh-ed25519 two',
        "directory ksz-p00001-s1 out",
        "directory ksz-p00001-s1 in",
    }

    made = accounts.changes(frozenset(), intended).early

    assert [(step.argv, step.stdin) for step in made] == [
        (("@account", "ksz-p00001-s1", "1", "KSZ-P00001-S1"), ""),
        (("@keys", "ksz-p00001-s1"), 'restrict,from="192.0.2.9" ssh-ed25519 one\n'),
        (("@directories", "ksz-p00001-s1", "in", "out"), ""),
        (("@account", "ksz-p00001-s10", "2", "KSZ-P00001-S10"), ""),
        (("@keys", "ksz-p00001-s10"), 'restrict,from="192.0.2.9" ssh-ed25519 two\n'),
        (("@directories", "ksz-p00001-s10"), ""),
    ]


def test_message_of_charons_that_is_cut_short_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before"):
        vici.events("list-sa event {KSZ-P00001-S1 {state=ESTABLISHED}}\n", "list-sa")
    with pytest.raises(ValueError, match="not a message"):
        vici.events("list-sa event {KSZ-P00001-S1 {sta\n", "list-sa")


def test_values_with_spaces_and_sections_of_charons_are_told_apart() -> None:
    raw = "list-conn event {a {class=pre-shared key ids=[x y] b {c=d}}}\nlist-conns reply {}"

    assert vici.events(raw, "list-conn") == [
        {"a": {"class": "pre-shared key", "ids": ["x", "y"], "b": {"c": "d"}}}
    ]


# What becomes of them.


def test_permission_comes_after_what_it_needs_and_goes_before() -> None:
    come = text_of(state_of(), state_of(line(3)))
    go = text_of(state_of(line(3)), state_of())

    for lines in (come, go):
        places = [index for index, each in enumerate(lines) if each.startswith("nft")]
        outside = [index for index, each in enumerate(lines) if not each.startswith("nft")]
        assert places
        if lines is come:
            assert max(outside) < min(places)
        else:
            assert max(places) < min(outside)


def test_all_of_the_filter_changes_in_one_step() -> None:
    steps = order.steps(
        frozenset(configuration(state_of(line(3), tunnel(77)))),
        frozenset(configuration(state_of(line(4), tunnel(78)))),
        KERNEL,
    )

    assert [step.argv for step in steps].count(("nft", "-f", "-")) == 1


def test_change_of_one_partner_names_no_other() -> None:
    before = state_of(line(3), line(4), tunnel(77))
    after = state_of(line(3, rate_kbps=512), line(4), tunnel(77))

    lines = text_of(before, after)

    assert lines
    assert all("4b5a:3" in each for each in lines)


@pytest.mark.parametrize("dialect", [KERNEL, LIBIPSEC], ids=["kernel", "libipsec"])
def test_second_hop_of_equal_preference_shares_the_load(dialect: Dialect) -> None:
    one = state_of(line(3))
    [route] = [each for each in one if isinstance(each, Route)]
    hop = replace(route.hops[0], port=EthernetPort("line4"), next_hop=ip_address("192.0.2.146"))
    two = DeviceState.of(
        replace(each, hops=(*each.hops, hop)) if each is route else each for each in one
    )

    [line_] = [each for each in text_of(one, two, dialect) if "route replace" in each]

    assert line_.count("nexthop via") == 2


@LAW
@given(before=device_states(), after=device_states())
def test_a_step_never_names_what_both_states_hold(before: DeviceState, after: DeviceState) -> None:
    both = set(configuration(before)) & set(configuration(after))
    elements = {each for each in both if each.startswith("element ")}

    steps = order.steps(frozenset(configuration(before)), frozenset(configuration(after)), KERNEL)
    said = "".join(step.stdin for step in steps if step.argv[0] == "nft")

    assert "flush" not in said
    assert "delete table" not in said
    for element in elements:
        name, _, body = element.removeprefix("element ").partition(" ")
        if not name.startswith(("tunnel_", "class_")):
            assert f"element inet ksz {name} {body}" not in said


@LAW
@given(state=device_states())
def test_generation_on_disk_is_sound_exactly_as_it_was_written(state: DeviceState) -> None:
    from hashlib import sha256  # noqa: PLC0415 - for this law alone

    held = frozenset(configuration(state))
    files = generation.files(held, KERNEL)
    content = {**files, "seal": generation.seal(files)}
    digests = {path: sha256(text.encode()).hexdigest() for path, text in content.items()}

    assert generation.deviations(digests, held, KERNEL) == []
    assert generation.deviations({**digests, "seal": ""}, held, KERNEL) == ["startup lacks seal"]
    for path in files:
        other = {**digests, path: sha256(b"edited").hexdigest()}
        assert generation.deviations(other, held, KERNEL) == [f"startup differs in {path}"]
        less = {name: digest for name, digest in digests.items() if name != path}
        assert generation.deviations(less, held, KERNEL) == [f"startup lacks {path}"]


def test_diff_is_empty_exactly_where_nothing_differs() -> None:
    held = configuration(state_of(line(3)))

    assert statements.diff(held, tuple(reversed(held))) == ""
    assert "+shaping line3" in statements.diff(held[:1], held)


# What cannot be held.


def with_changed(state: DeviceState, kind: type, **fields: object) -> DeviceState:
    def changed(each: Resource) -> Resource:
        return replace(each, **fields) if isinstance(each, kind) else each  # type: ignore[arg-type]

    return DeviceState.of(changed(each) for each in state)


WIDE = Permit(ip_network("192.0.2.0/28"), Protocol.TCP, (400, 500))
UNFIT = {
    "KSZ201": with_changed(state_of(line(3)), Handoff, port=E1Port("0/1/0")),
    "KSZ202": with_changed(
        state_of(line(3)), Handoff, port=EthernetPort("a-very-long-name", 4000)
    ),
    "KSZ203": state_of(tunnel(77), with_changed(
        DeviceState.of(line(3)), Route, official=ip_address("203.0.113.77")
    ).resources),
    "KSZ204": with_changed(state_of(line(3)), PartnerFilter, permits=(WEB, WIDE)),
    "KSZ205": with_changed(state_of(line(3)), PartnerFilter, entries=()),
    "KSZ206": with_changed(state_of(line(3)), Handoff, port=PERIMETER.extranet),
    "KSZ207": with_changed(state_of(tunnel(77)), Shaper, number=7),
}  # fmt: skip


@pytest.mark.parametrize("code", UNFIT)
def test_what_a_linux_hub_cannot_hold_is_refused_with_its_code(code: str) -> None:
    with pytest.raises(UnsupportedError, match=code):
        LINUX.check(UNFIT[code])


def test_everything_that_does_not_fit_is_told_at_once() -> None:
    both = [*line(3), *with_changed(DeviceState.of(line(4)), Shaper, number=3)]

    with pytest.raises(UnsupportedError) as refused:
        LINUX.check(
            with_changed(DeviceState.of([PERIMETER, *both]), PartnerFilter, permits=(WEB, WIDE))
        )

    assert {each.code for each in refused.value.problems} == {"KSZ204", "KSZ207"}
