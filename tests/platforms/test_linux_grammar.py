from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ksz_netops.errors import CommitError
from ksz_netops.platforms.linux.config import frame
from ksz_netops.platforms.linux.config.dialect import Dialect, Esp
from ksz_netops.platforms.linux.config.render import configuration
from ksz_netops.platforms.linux.on_hub.agent import ours
from ksz_netops.platforms.linux.planning import order
from ksz_netops.platforms.linux.stores import filter  # noqa: A004 - the store
from ksz_netops.platforms.linux.stores.grammar import GrammarError
from ksz_netops.platforms.linux.stores.steps import Step
from ksz_netops.state.resources import Owner
from support.strategies import device_states

DIALECT = Dialect(esp=Esp.KERNEL, internet="wan0")
ELEMENT = 'add element inet ksz line_in4 { "line1" . 192.0.2.1 comment "KSZ-P00001-S1" }'
GOOD = [
    (("ip", "link", "set", "dev", "line1", "alias", "KSZ-P00001-S1", "up"), ""),
    (("ip", "link", "set", "dev", "line1", "alias", "", "down"), ""),
    (("ip", "-batch", "-"), "address replace 192.0.2.1/30 dev line1\n"),
    (("ip", "-batch", "-"), "address replace 2001:db8::1/64 dev line1.512 nodad\n"),
    (("ip", "-batch", "-"), "route replace blackhole 192.0.2.1 metric 4 proto 201\n"),
    (("ip", "-batch", "-"), "route replace 192.0.2.1 metric 4 proto 201 via 192.0.2.2 dev a\n"),
    (("nft", "-f", "-"), f"{ELEMENT}\n"),
    (("nft", "-f", "-"), filter.CLOSED_TABLE),
    (("@tunnels", "KSZ-P00001-S1", "KSZ-P00002-S1"), ""),
    (("@account-gone", "ksz-p00001-s1"), ""),
]
BAD = [
    ((), ""),
    (("sh", "-c", "id"), ""),
    (("nft", "flush", "ruleset"), ""),
    (("ip", "link", "del", "dev", "ext0"), ""),
    (("ip", "link", "set", "dev", "ext0", "alias", "KSZ-BCSS", "up"), ""),
    (("ip", "link", "set", "dev", "a b", "alias", "", "down"), ""),
    (("ip", "link", "set", "dev", "a\0b", "alias", "", "down"), ""),
    (("ip", "-batch", "-"), "address replace 192.0.2.1/30 dev line1\nlink del dev ext0 x\n"),
    (("ip", "-batch", "-"), "netns exec x id\n"),
    (("ip", "-batch", "-"), "route del default\n"),
    (("ip", "-batch", "-"), "route replace 192.0.2.1 metric 4 proto 4\n"),
    (("tc", "-batch", "-"), "qdisc del dev ext0 root\n"),
    (("nft", "-f", "-"), "flush ruleset\n"),
    (("nft", "-f", "-"), 'include "/etc/shadow"\n'),
    (("nft", "-f", "-"), f"{ELEMENT}; flush ruleset\n"),
    (("nft", "-f", "-"), f"{filter.CLOSED_TABLE}flush ruleset\n"),
    (("nft", "-f", "-"), f"{frame.frame(Esp.KERNEL)}{ELEMENT}\n"),
    (("@tunnels", "KSZ-BCSS-beheer"), ""),
    (("@account", "root", "0", "KSZ-P00001-S1"), ""),
    (("@account", "ksz-p00001-s1", "1", "KSZ-P00001-S1,,,"), ""),
    (("@directories", "ksz-p00001-s1", "../x"), ""),
    (("@keys", "ksz-p00001-s1"), 'command="id" ssh-ed25519 AAAA\n'),
    (("@keys", "ksz-p00001-s1"), 'restrict,from="*" ssh-ed25519 AAAA\n'),
    (("@vlan", "line1", "line1.9", "9;id"), ""),
    (("@anything",), ""),
]


@pytest.mark.parametrize(("argv", "stdin"), GOOD)
def test_a_step_of_a_closed_form_is_made(argv: tuple[str, ...], stdin: str) -> None:
    assert Step(argv=argv, stdin=stdin).document()["argv"] == list(argv)


@pytest.mark.parametrize(("argv", "stdin"), BAD)
def test_no_other_step_can_be_made(argv: tuple[str, ...], stdin: str) -> None:
    with pytest.raises(GrammarError, match="not a line that is sent"):
        Step(argv=argv, stdin=stdin)


@given(index=st.integers(0, len(GOOD) - 1), text=st.text(min_size=1), data=st.data())
@settings(max_examples=300, deadline=None)
def test_text_put_into_a_step_makes_it_another_closed_form_or_none(
    index: int, text: str, data: st.DataObject
) -> None:
    """A step with foreign text either is refused, or has as many lines and words as before."""
    argv, stdin = GOOD[index]
    place = data.draw(st.integers(0, len(stdin)))
    try:
        step = Step(argv=argv, stdin=stdin[:place] + text + stdin[place:])
    except GrammarError:
        return
    assert "\n" not in text or not stdin or step.lines()
    assert all(line.isprintable() and line.isascii() for line in step.stdin.splitlines())


@given(before=device_states(), after=device_states())
@settings(max_examples=60, deadline=None)
def test_every_step_between_two_states_is_of_a_closed_form(before: object, after: object) -> None:
    steps = order.steps(
        frozenset(configuration(before)),  # type: ignore[arg-type]
        frozenset(configuration(after)),  # type: ignore[arg-type]
        DIALECT,
    )

    assert bool(steps) == (before != after)


def test_what_no_closed_form_can_take_away_is_refused_by_name() -> None:
    running = frozenset({'link a"b alias KSZ-P00001-S1'})

    with pytest.raises(CommitError, match=r"KSZ418.*a\\?\"b"):
        order.steps(running, frozenset(), DIALECT)


@pytest.mark.parametrize(
    "name",
    ["KSZ-P00001-S1", "KSZ-P00001", "KSZ-HUB", "KSZ-NET-FEDMAN", "KSZ-BCSS", "KSZ-BCSS extranet",
     "KSZ-P1-S1", "xKSZ-P00001-S1", "KSZ-P00001-S1 x", "KSZ-P00001-S1\n", "ksz-p00001-s1",
     "KSZ-P\u0660\u0660\u0660\u0660\u0661-S1", "KSZ-NET-", "KSZ-SNMP", ""],
)  # fmt: skip
def test_the_hub_and_the_operator_take_the_same_names_for_ours(name: str) -> None:
    assert ours.is_token(name) == (Owner.read(name) is not None)
    owner = Owner.read(name)
    assert ours.is_connection(name) == (owner is not None and owner.connection is not None)
