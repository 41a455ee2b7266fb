"""A plan for the people who decide on it: Markdown for a merge request or a ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ksz_netops.change.plan.view import access_lines, reach_line, views_of
from ksz_netops.intent.calendar import in_brussels
from ksz_netops.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ksz_netops.change.plan.plan import HubPlan, Plan
    from ksz_netops.change.plan.view import HubView
    from ksz_netops.platforms import Platform


def markdown(plan: Plan, known: Mapping[str, Platform] | None = None) -> str:
    """*plan* as Markdown; whatever comes from an inventory or a device stands in code.

    Raises:
        RefusedError: If the plan cannot be shown; see `views_of`.
    """
    return "\n".join(map(printable, _lines(plan, views_of(plan, known)))) + "\n"


def _lines(plan: Plan, views: Iterable[HubView]) -> Iterator[str]:
    yield f"# Plan {plan.digest[:12]}"
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| Digest | `{plan.digest}` |"
    yield f"| Author | `{plan.author}` |"
    if plan.purpose:
        yield f"| Purpose | {_code(plan.purpose)} |"
    if plan.undoes is not None:
        yield f"| Undoes | entry {plan.undoes} of the record |"
    yield f"| Made | {in_brussels(plan.made_at)} |"
    yield f"| Valid until | {in_brussels(plan.not_after)} |"
    yield f"| Intent | `{plan.revision[:12]}`, {len(plan.intent)} files |"
    yield f"| Partners | {', '.join(plan.partners) or 'no partner'} |"
    yield ""
    if not plan.hubs:
        yield "Every hub in scope holds what it must; there is nothing to approve."
    for part, view in zip(plan.hubs, views, strict=True):
        yield from _hub_lines(part, view)


def _hub_lines(part: HubPlan, view: HubView) -> Iterator[str]:
    yield f"## {part.hub}"
    yield ""
    yield from (f"- {_fenced(line)}" for line in access_lines(view))
    yield ""
    yield reach_line(view.reach)
    yield ""
    yield "```diff"
    yield from (_fenced(line) for line in view.changes)
    yield "```"
    yield ""
    yield f"<details><summary>{len(view.commands)} commands, in their order</summary>"
    yield ""
    yield "```"
    yield from (_fenced(line) for line in view.commands)
    yield "```"
    yield ""
    yield "</details>"
    yield ""
    yield "Safe after every command:"
    yield ""
    yield from (f"- {_fenced(reason)}" for reason in view.safety)
    yield ""
    yield f"Owned configuration: `{part.before[:12]}` becomes `{part.after[:12]}`."
    yield ""


def _code(text: str) -> str:
    return "`" + text.replace("`", "'").replace("|", "/") + "`"


def _fenced(line: str) -> str:
    """*line* so that it cannot end the block in which it stands."""
    return "\n".join(each.replace("```", "'''") for each in line.splitlines()) or " "
