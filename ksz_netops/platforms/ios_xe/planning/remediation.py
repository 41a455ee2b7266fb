"""What turns sections of ours into others, line by line, as hier_config works it out.

Only the sections that differ are given to it, and only those of ours; it knows negation and which
line takes the place of which, and nothing here asks it for an order.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING, Final

from hier_config import WorkflowRemediation, get_hconfig
from hier_config.models import IdempotentCommandsRule, MatchRule
from hier_config.platforms.cisco_ios.driver import HConfigDriverCiscoIOS

from ksz_netops.platforms.ios_xe.config import tree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hier_config import HConfigChild
    from hier_config.platforms.driver_base import HConfigDriverRules

    from ksz_netops.platforms.ios_xe.config.tree import Tree

_SINGLE: Final[tuple[tuple[str, ...], ...]] = (
    ("class-map ", r"description "),
    ("crypto ikev2 keyring ", r"peer ", r"description "),
    ("crypto ikev2 keyring ", r"peer ", r"address "),
    ("crypto ikev2 keyring ", r"peer ", r"pre-shared-key local "),
    ("crypto ikev2 keyring ", r"peer ", r"pre-shared-key remote "),
    ("crypto ikev2 profile ", r"description "),
    ("crypto ikev2 profile ", r"identity local address "),
    ("crypto ikev2 profile ", r"keyring local "),
    ("crypto ikev2 profile ", r"lifetime "),
    ("crypto ipsec profile ", r"set security-association lifetime seconds "),
    ("crypto ipsec profile ", r"set transform-set "),
    ("crypto ipsec profile ", r"set pfs "),
    ("crypto ipsec profile ", r"set ikev2-profile "),
    ("interface ", r"description "),
    ("interface ", r"ip access-group \S+ in$"),
    ("interface ", r"ip access-group \S+ out$"),
    ("interface ", r"ipv6 traffic-filter \S+ in$"),
    ("interface ", r"ipv6 traffic-filter \S+ out$"),
    ("interface ", r"ip verify unicast source reachable-via "),
    ("interface ", r"ipv6 verify unicast source reachable-via "),
    ("interface ", r"service-policy input "),
    ("interface ", r"service-policy output "),
    ("interface ", r"tunnel source "),
    ("interface ", r"tunnel destination "),
    ("interface ", r"tunnel mode "),
    ("policy-map ", r"class ", r"shape average "),
    ("policy-map ", r"class ", r"police "),
)
"""Lines of which a section holds one at a time: a new one takes the place of the old one."""


class _Router(HConfigDriverCiscoIOS):
    """hier_config's idea of IOS, with what our sections hold besides."""

    @staticmethod
    def _instantiate_rules() -> HConfigDriverRules:
        rules = HConfigDriverCiscoIOS._instantiate_rules()  # noqa: SLF001 - its way to be extended
        rules.idempotent_commands.extend(
            IdempotentCommandsRule(
                match_rules=(
                    MatchRule(startswith=header),
                    *(MatchRule(re_search=f"^{form}") for form in forms),
                )
            )
            for header, *forms in _SINGLE
        )
        return rules


@cache
def _router() -> _Router:
    return _Router()


def remedies(old: Tree, new: Tree, headers: Iterable[str]) -> dict[str, Tree]:
    """For each of *headers*, the lines to type below it so that *old*'s section becomes *new*'s."""
    wanted = list(headers)
    if not wanted:
        return {}
    former = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        workflow = WorkflowRemediation(
            get_hconfig(_router(), _text(old, wanted)),
            get_hconfig(_router(), _text(new, wanted)),
        )
        return {child.text: _below(child) for child in workflow.remediation_config.children}
    finally:
        logging.disable(former)


def default_order(old: Tree, new: Tree) -> list[str]:
    """The lines in hier_config's own order, for comparison with ours; they are not for a router."""
    headers = sorted(old.keys() | new.keys())
    workflow = WorkflowRemediation(
        get_hconfig(HConfigDriverCiscoIOS(), _text(old, headers)),
        get_hconfig(HConfigDriverCiscoIOS(), _text(new, headers)),
    )
    lines = workflow.remediation_config.all_children_sorted()
    return [" " * (child.depth() - 1) + child.text for child in lines]


def _text(whole: Tree, headers: list[str]) -> str:
    part = {header: whole[header] for header in headers if header in whole}
    return "\n".join(tree.indented(part)) + "\n"


def _below(child: HConfigChild) -> Tree:
    return {each.text: _below(each) for each in child.children}
