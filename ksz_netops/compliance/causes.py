"""Why something is not compliant: the kinds of causes, each with its meaning and the next step.

One cause explains many findings. A report shows each cause once and counts its consequences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ksz_netops.compliance.findings import Question

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ksz_netops.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseKind:
    """One kind of cause; the texts are filled in with the hub, the partner and the counts."""

    id: str
    """Stable; a metric and an alert carry it."""
    title: str
    """The cause in a few words, `{hub}` and `{partner}` filled in."""
    means: str
    """One sentence: what it means, and for whom."""
    next_step: str
    """The command to type, or what to do where no command does it.

    `{advice}` is what the hub asks for; `{only}` and `{there}` name partners and inventory.
    """
    of_hub: bool = False
    """Whether it is a cause for all partners of a hub at once."""
    concerns: Question | None = None
    """Which of the reader's questions it answers, where that is not the one of the check."""


NOT_REACHED: Final = CauseKind(
    id="hub-not-reached",
    title="{hub} was not reached",
    means="Nothing is known about {whom} on this hub; they may well work.",
    next_step="{advice}, then: ksz-netops audit --hub {hub}{there}",
    of_hub=True,
)
HOST_KEY: Final = CauseKind(
    id="host-key-changed",
    title="{hub} answered with another host key",
    means="Somebody replaced the device or its key, or another device answers in its place; "
    "nothing was sent to it and nothing is known about {whom}.",
    next_step="{advice}",
    of_hub=True,
)
KEY_REFUSED: Final = CauseKind(
    id="key-refused",
    title="{hub} refused our SSH key",
    means="Nothing is known about {whom} on this hub; they may well work.",
    next_step="{advice}, then: ksz-netops audit --hub {hub}{there}",
    of_hub=True,
)
NOT_UNDERSTOOD: Final = CauseKind(
    id="answer-not-understood",
    title="{hub} gave an answer that was not understood",
    means="What that answer would tell about {whom} is unknown.",
    next_step="{advice}, then: ksz-netops audit --hub {hub}{there}",
    of_hub=True,
)
OUR_FAULT: Final = CauseKind(
    id="fault-of-ksz-netops",
    title="ksz-netops failed while it read {hub}",
    means="Nothing was concluded about {whom}; the fault is in the program, not on the hub.",
    next_step="report the fault with the code and place that the first finding names",
    of_hub=True,
)
UNSAVED: Final = CauseKind(
    id="not-saved",
    title="somebody changed {hub} and did not save",
    means="After a reload the hub would start with an older configuration.",
    next_step="ksz-netops provision --hub {hub}{there}",
    of_hub=True,
)
EDITED: Final = CauseKind(
    id="changed-by-hand",
    title="{hub} holds something else than intended for {whom}",
    means="Somebody changed the hub by hand, or an intended change was not provisioned; "
    "what {whom} can use is not what was agreed.",
    next_step="ksz-netops diff --hub {hub}{only}{there}",
)
OPENED: Final = CauseKind(
    id="opened-by-hand",
    title="a rule that somebody added on {hub} lets forbidden packets pass for {whom}",
    means="{whom} can reach more than is authorised, now.",
    next_step="ksz-netops diff --hub {hub}{only}{there}",
)
CLOSED: Final = CauseKind(
    id="closed-by-hand",
    title="a rule that somebody added on {hub} drops authorised packets of {whom}",
    means="{whom} cannot reach all that is authorised.",
    next_step="ksz-netops diff --hub {hub}{only}{there}",
    concerns=Question.UP,
)
MISSING: Final = CauseKind(
    id="not-provisioned",
    title="{hub} lacks what is intended for {whom}",
    means="{whom} cannot use the connection, or not all of it.",
    next_step="ksz-netops diff --hub {hub}{only}{there}",
    concerns=Question.UP,
)
LEFT_OVER: Final = CauseKind(
    id="left-over",
    title="{hub} holds things under our name that nobody intends",
    means="A partner who left, or somebody else, may still have a way in.",
    next_step="ksz-netops diff --hub {hub}{only}{there}",
)
FOREIGN: Final = CauseKind(
    id="foreign-path",
    title="something that is not ours on {hub} leads past its filter",
    means="Packets of {whom} can pass unseen, or go elsewhere.",
    next_step="remove on {hub} what the finding names, or move it to a port without partners",
)
NOT_PROVEN: Final = CauseKind(
    id="not-proven",
    title="the filters of {hub} could not be proven",
    means="Something in the filter was not understood; it may let {whom} reach more.",
    next_step="ksz-netops diff --hub {hub}{only}{there}",
    of_hub=True,
)
PORT_DOWN: Final = CauseKind(
    id="port-down",
    title="the port of {whom} on {hub} is down",
    means="No packet of {whom} passes there.",
    next_step="check the cable and the operator's line, then: ksz-netops audit --hub {hub}{there}",
)
WAY_DEAD: Final = CauseKind(
    id="way-dead",
    title="a way of {whom} on {hub} is dead",
    means="The far end does not answer over it; {whom} has one way less, or none.",
    next_step="ask the operator of the line and the partner's helpdesk, "
    "then: ksz-netops audit --hub {hub}{there}",
)
WATCHER_DOWN: Final = CauseKind(
    id="watcher-down",
    title="the watcher of ways does not run on {hub}",
    means="A dead way would go unnoticed, and partners with two lines would not be moved.",
    next_step="ansible-playbook playbooks/prepare.yml --limit {hub}",
    of_hub=True,
)
LINE_ERRORS: Final = CauseKind(
    id="line-errors",
    title="the digital line of {whom} on {hub} has errors",
    means="Packets of {whom} are lost or delayed.",
    next_step="report the errors to the operator of the line",
)
TUNNEL_DOWN: Final = CauseKind(
    id="tunnel-down",
    title="the tunnel of {whom} on {hub} is not up as intended",
    means="{whom} cannot use the tunnel, or uses it otherwise than agreed.",
    next_step="ksz-netops show partner {partner}{there}",
)
TWO_TUNNELS: Final = CauseKind(
    id="two-tunnels-up",
    title="{whom} has tunnels to two hubs up at once",
    means="Which one carries depends on which came up last; answers of {whom} may be dropped.",
    next_step="have the partner's gateway use its second tunnel only while the first is down",
)
AUTHORISATION: Final = CauseKind(
    id="authorisation-ended",
    title="an authorisation of {whom} is missing or has ended",
    means="The flow is closed, or nobody has authorised it.",
    next_step="renew the authorisation in {file}, or delete the entry there",
)
HELPDESK: Final = CauseKind(
    id="helpdesk-incomplete",
    title="the helpdesk of {whom} is incomplete",
    means="Nobody can be called when the connection fails.",
    next_step="complete `helpdesk:` in {file}",
)
EFFORT: Final = CauseKind(
    id="effort-spent",
    title="too much work went into the tunnel of {whom}",
    means="After about three man-days the source note asks for another way of connecting.",
    next_step="ksz-netops advise",
)
COUNTERS: Final = CauseKind(
    id="counters-lost",
    title="{hub} does not count refused packets as intended",
    means="Refused packets of {whom} go unseen.",
    next_step="ksz-netops diff --hub {hub}{only}{there}",
    of_hub=True,
)
PENDING: Final = CauseKind(
    id="commit-pending",
    title="a change on {hub} waits for its confirmation",
    means="What {hub} does now ends at the deadline of that change, unless somebody confirms it.",
    next_step="let its run end; where that died: ksz-netops recover",
    of_hub=True,
)
GROUND: Final = CauseKind(
    id="ground",
    title="{hub} itself is not set up as its file and the role say",
    means="Packets of {whom} may not pass, or pass where they must not.",
    next_step="set on {hub} what the finding names; ansible-playbook playbooks/prepare.yml sets "
    "the kernel and the fence",
    of_hub=True,
)
NO_WAY: Final = CauseKind(
    id="no-way",
    title="{hub} would not send packets of {whom} where they belong",
    means="{whom} does not reach the extranet, or gets no answers.",
    next_step="undo on {hub} what the finding names, then: ksz-netops audit --hub {hub}{there}",
    concerns=Question.UP,
)
NOT_KEPT: Final = CauseKind(
    id="not-kept",
    title="{hub} does not keep what it holds",
    means="After a restart, or at the deadline of a commit, the hub may hold something else.",
    next_step="ansible-playbook ksz.netops.prepare --limit {hub}, then: "
    "ksz-netops provision --hub {hub}{there}",
    of_hub=True,
)
DAEMON: Final = CauseKind(
    id="daemon-silent",
    title="the IKE daemon of {hub} does not run or does not answer",
    means="The tunnels of {whom} do not come up again; lines are not concerned.",
    next_step="on {hub}: systemctl restart ksz-charon; then: ksz-netops audit --hub {hub}{there}",
    of_hub=True,
    concerns=Question.UP,
)
INTERRUPTED: Final = CauseKind(
    id="interrupted",
    title="the audit was interrupted before {hub} was judged",
    means="Nothing is known about {whom} on this hub.",
    next_step="ksz-netops audit --hub {hub}{there}",
    of_hub=True,
)


KINDS: Final[Mapping[str, CauseKind]] = {
    kind.id: kind
    for kind in (
        NOT_REACHED,
        HOST_KEY,
        KEY_REFUSED,
        NOT_UNDERSTOOD,
        OUR_FAULT,
        UNSAVED,
        EDITED,
        OPENED,
        CLOSED,
        MISSING,
        LEFT_OVER,
        FOREIGN,
        NOT_PROVEN,
        PORT_DOWN,
        LINE_ERRORS,
        WAY_DEAD,
        WATCHER_DOWN,
        TUNNEL_DOWN,
        TWO_TUNNELS,
        AUTHORISATION,
        HELPDESK,
        EFFORT,
        COUNTERS,
        DAEMON,
        PENDING,
        GROUND,
        NO_WAY,
        NOT_KEPT,
        INTERRUPTED,
    )
}
"""By id; a new kind is entered here."""
_BY_CODE: Final = {
    "KSZ311": OUR_FAULT,
    "KSZ312": INTERRUPTED,
    "KSZ401": NOT_REACHED,
    "KSZ402": HOST_KEY,
    "KSZ403": KEY_REFUSED,
    "KSZ407": NOT_REACHED,
    "KSZ416": NOT_REACHED,
    "KSZ417": DAEMON,
}


def of_problem(problem: Problem) -> CauseKind:
    """The cause by which a hub was not read, by the code of its *problem*."""
    return _BY_CODE.get(problem.code, NOT_UNDERSTOOD)
