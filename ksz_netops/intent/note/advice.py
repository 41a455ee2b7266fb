"""Which connection method fits a partner who is not connected yet, and why, by the source note.

A method is *open* to a partner or not, and an open one fits better or worse; both follow from facts
of the note, and every reason names its fact. Where the note is silent, nothing is invented: methods
keep the note's own order, direct line first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from ksz_netops.intent.note.catalogue import OPERATORS, PRIVATE_NETWORKS, VPN_STEP_KBPS
from ksz_netops.intent.note.facts import EXPLORE_LEAD_TIME, FACTS, LINE_LEAD_TIME, LINE_RATE_KBPS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, timedelta


class Need(StrEnum):
    """How much a partner needs, or can spend."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a partner who wants to be connected says of itself."""

    volume_kbps: int | None
    """Peak traffic; None where only files are exchanged now and then."""
    availability: Need
    budget: Need
    in_brussels: bool
    """Whether the connection stays inside the Brussels-Capital Region."""
    has_explore: bool
    explore_for_others: bool
    """Whether Explore would also serve other projects."""
    networks: tuple[str, ...] = ()
    """The private networks it is a member of."""
    operator: str | None = None
    """The operator it would order a line from; None where it has no preference."""
    broadband: bool = True
    ipsec_equipment: bool = True
    has_helpdesk: bool = True


@dataclass(frozen=True, slots=True, order=True)
class Reason:
    """Why, with the fact of the note that says so."""

    why: str
    fact: str

    @property
    def sentence(self) -> str:
        """The note's sentence."""
        return FACTS[self.fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One method, for one partner."""

    method: str
    fits: bool
    """Whether the note opens it to this partner."""
    rank: int
    """From 1, best first; methods that do not fit come last."""
    reasons: tuple[Reason, ...]
    unmet: tuple[Reason, ...]
    """Conditions that the partner has yet to meet."""
    earliest: date | None
    """The first day on which it can work; None where the note gives no lead time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judgement:
    """One method before it is ranked against the others."""

    method: str
    fits: bool
    score: int
    """Lower is better."""
    reasons: tuple[Reason, ...]
    unmet: tuple[Reason, ...] = ()
    lead_time: timedelta | None = None


_TWO_LINES_KBPS: Final = 2 * LINE_RATE_KBPS


def advise(answers: Answers, on: date) -> tuple[Advice, ...]:
    """Every method for a partner who asks on the day *on*, best first."""
    judged = [judge(answers) for judge in _JUDGES]
    ordered = sorted(judged, key=lambda each: (not each.fits, each.score))
    conditions = _conditions(answers)
    return tuple(
        Advice(
            method=each.method,
            fits=each.fits,
            rank=rank,
            reasons=each.reasons,
            unmet=(*each.unmet, *conditions),
            earliest=on + each.lead_time if each.lead_time is not None else None,
        )
        for rank, each in enumerate(ordered, start=1)
    )


def _conditions(answers: Answers) -> tuple[Reason, ...]:
    """What every method asks of the partner."""
    unmet = [
        Reason("name the one official IP address", "one-address"),
        Reason("obtain the authorisation of each flow", "two-steps"),
    ]
    if not answers.has_helpdesk:
        unmet.append(Reason("set up a helpdesk", "helpdesk"))
    return tuple(unmet)


def _justifies_a_line(answers: Answers) -> bool:
    """Whether volume, availability and budget justify a line."""
    wanted = answers.availability is Need.HIGH or (answers.volume_kbps or 0) >= LINE_RATE_KBPS
    return wanted and answers.budget is not Need.LOW


def _explore(answers: Answers) -> _Judgement:
    reasons = [Reason("a direct line", "line-preferred")]
    if answers.has_explore:
        reasons.append(Reason("Explore is there already", "explore-existing"))
    elif answers.explore_for_others:
        reasons.append(Reason("Explore would also serve other projects", "explore-otherwise"))
    elif not answers.in_brussels:
        reasons.append(Reason("the connection leaves Brussels", "explore-otherwise"))
    else:
        why = "no Explore, no other project for it, and inside Brussels"
        return _Judgement(
            method="explore", fits=False, score=0, reasons=(Reason(why, "explore-otherwise"),)
        )
    reasons.append(Reason("about four weeks", "explore-lead-time"))
    worth_it = answers.has_explore or _justifies_a_line(answers)
    return _Judgement(
        method="explore",
        fits=True,
        score=0 if answers.has_explore else 2 if worth_it else 6,
        reasons=tuple(reasons),
        unmet=(Reason("order a circuit to Smals from Proximus", "explore-existing"),),
        lead_time=EXPLORE_LEAD_TIME,
    )


def _leased_line(answers: Answers) -> _Judgement:
    reasons = [Reason("a direct line", "line-preferred")]
    unmet = [Reason("order the line", "line-lead-time")]
    volume = answers.volume_kbps or 0
    if volume > _TWO_LINES_KBPS:
        why = f"{volume} kbit/s is more than two lines carry"
        return _Judgement(
            method="leased_line", fits=False, score=1, reasons=(Reason(why, "line-rates"),)
        )
    lines = (
        "two lines" if volume > LINE_RATE_KBPS or answers.availability is Need.HIGH else "a line"
    )
    reasons.append(Reason(f"{lines} of 2 Mbps will do", "line-rates"))
    operator = OPERATORS.get(answers.operator or "")
    if answers.operator is None or (operator is not None and operator.on_the_extranet):
        reasons.append(Reason("Proximus and Colt are there already", "line-operators"))
    else:
        reasons.append(Reason(f"{answers.operator} delivers structured E1", "line-others"))
        unmet.append(Reason(f"assess the availability of {answers.operator}", "line-assessment"))
    if not _justifies_a_line(answers):
        reasons.append(
            Reason("volume, availability or budget may not justify it", "network-modest")
        )
    return _Judgement(
        method="leased_line",
        fits=True,
        score=1 if _justifies_a_line(answers) else 5,
        reasons=tuple(reasons),
        unmet=tuple(unmet),
        lead_time=LINE_LEAD_TIME,
    )


def _private_network(answers: Answers) -> _Judgement:
    mine = [name for name in answers.networks if name in PRIVATE_NETWORKS]
    if not mine:
        why = f"a member of none of {', '.join(PRIVATE_NETWORKS)}"
        return _Judgement(
            method="private_network", fits=False, score=3, reasons=(Reason(why, "network-members"),)
        )
    reasons = [Reason(f"a member of {mine[0]}", "network-members")]
    if not _justifies_a_line(answers):
        reasons.append(Reason("volume, availability or budget do not ask a line", "network-modest"))
    return _Judgement(method="private_network", fits=True, score=3, reasons=tuple(reasons))


def _ipsec_vpn(answers: Answers) -> _Judgement:
    lacking = []
    if not answers.broadband:
        lacking.append(Reason("obtain broadband", "vpn-needs"))
    if not answers.ipsec_equipment:
        lacking.append(Reason("obtain equipment that speaks IPsec", "vpn-needs"))
    reasons = [Reason("takes over the role of a line", "vpn-role")]
    if answers.volume_kbps is not None:
        steps = -(-answers.volume_kbps // VPN_STEP_KBPS)
        reasons.append(Reason(f"a capacity of {steps * VPN_STEP_KBPS} kbit/s", "vpn-capacity"))
    reasons.append(Reason("after three man-days without a tunnel, another way", "vpn-effort"))
    own_end = Reason("configure the own end, in consultation", "vpn-own-equipment")
    return _Judgement(
        method="ipsec_vpn",
        fits=not lacking,
        score=4,
        reasons=tuple(reasons) if not lacking else tuple(lacking),
        unmet=(*lacking, own_end),
    )


def _sftp(answers: Answers) -> _Judgement:
    files_only = answers.volume_kbps is None
    why = "only files are exchanged" if files_only else "carries files, not applications"
    return _Judgement(
        method="sftp",
        fits=files_only and answers.broadband,
        score=-1 if answers.availability is not Need.HIGH else 7,
        reasons=(Reason(why, "sftp"),),
        unmet=(Reason("send the public key", "sftp"),),
    )


_JUDGES: Final[tuple[Callable[[Answers], _Judgement], ...]] = (
    _explore,
    _leased_line,
    _private_network,
    _ipsec_vpn,
    _sftp,
)
"""In the order of the note."""
