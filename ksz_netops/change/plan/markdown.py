"""A plan for the people who decide on it: Markdown for a merge request or a ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ksz_netops.intent.calendar import in_brussels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.change.plan.plan import HubPlan, Plan, Reach


def markdown(plan: Plan) -> str:
    """*plan* as Markdown; whatever comes from an inventory or a device stands in code."""
    return "\n".join(_lines(plan)) + "\n"


def _lines(plan: Plan) -> Iterator[str]:
    yield f"# Plan {plan.digest[:12]}"
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| Digest | `{plan.digest}` |"
    yield f"| Author | `{plan.author}` |"
    if plan.purpose:
        yield f"| Purpose | {_code(plan.purpose)} |"
    yield f"| Made | {in_brussels(plan.made_at)} |"
    yield f"| Valid until | {in_brussels(plan.not_after)} |"
    yield f"| Intent | `{plan.revision[:12]}`, {len(plan.intent)} files |"
    yield f"| Partners | {_names(plan.partners)} |"
    yield ""
    if not plan.hubs:
        yield "Every hub in scope holds what it must; there is nothing to approve."
    for hub in plan.hubs:
        yield from _hub_lines(hub)


def _hub_lines(hub: HubPlan) -> Iterator[str]:
    yield f"## {hub.hub}"
    yield ""
    yield reach_line(hub.reach)
    yield ""
    yield "```diff"
    yield from (_fenced(line) for line in hub.changes)
    yield "```"
    yield ""
    yield f"<details><summary>{len(hub.commands)} commands, in their order</summary>"
    yield ""
    yield "```"
    yield from (_fenced(line) for line in hub.commands)
    yield "```"
    yield ""
    yield "</details>"
    yield ""
    yield "Safe after every command:"
    yield ""
    yield from (f"- {reason}" for reason in hub.safety)
    yield ""
    yield f"Owned configuration: `{hub.before[:12]}` becomes `{hub.after[:12]}`."
    yield ""


def reach_line(reach: Reach) -> str:
    """Whom a change reaches, in one line."""
    said = [f"Touches {_names(reach.touched)}."]
    if reach.through_shared:
        said.append(f"Reaches {_names(reach.through_shared)} through what is shared.")
    if reach.permits_changed:
        said.append(f"What may be reached changes for {_names(reach.permits_changed)}.")
    else:
        said.append("What anybody may reach stays as it is.")
    said.append(f"The resources of the other {reach.identical} partners are identical.")
    return " ".join(said)


def _names(partners: tuple[str, ...]) -> str:
    return ", ".join(partners) or "no partner"


def _code(text: str) -> str:
    return "`" + text.replace("`", "'").replace("|", "/") + "`"


def _fenced(line: str) -> str:
    """*line* so that it cannot end the block in which it stands."""
    return "\n".join(each.replace("```", "'''") for each in line.splitlines()) or " "
