"""Every command by name, with the module that holds it and what it is for.

The table lets `--help` list the commands without an import of any: one command imports what it
needs and no other's. A test holds it against the modules.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Entry(NamedTuple):
    """Where a command is, and what `--help` says of it."""

    module: str
    """In this package; its function `register(app)` adds the command."""
    help: str
    changes_hubs: bool = False
    """Whether a hub may hold something unconfirmed while the command runs."""


COMMANDS: Final[dict[str, Entry]] = {
    "init": Entry("init", "Start an inventory with its first hub, or the sample"),
    "validate": Entry("intent", "List everything that is wrong in an inventory"),
    "explain": Entry("explain", "Explain an error code, such as KSZ110"),
    "show": Entry("show", "Show all that is known of a partner or a hub"),
    "list": Entry("offline", "List connections by hub, method, network, end date"),
    "calendar": Entry("offline", "List the days on which something ends or may begin"),
    "render": Entry("offline", "Show the configuration of a hub or partner, offline"),
    "why": Entry("offline", "Name what asks for a line of a configuration"),
    "advise": Entry("advise", "Rank the connection methods for a new partner"),
    "partner": Entry("partner", "Write a partner's file, question by question"),
    "secrets": Entry("intent", "Make the pre-shared keys that are missing"),
    "schema": Entry("schema", "Write JSON Schema, for completion in editors"),
    "diff": Entry("diff", "Compare two revisions, or the inventory and the hubs"),
    "ready": Entry("ready", "Ask a router what it lacks for what is intended"),
    "record-router": Entry("ready", "Write down what a router shows, for the tests"),
    "provision": Entry(
        "provision", "Make the hubs hold what the inventory says", changes_hubs=True
    ),
    "audit": Entry("audit", "Judge what the hubs hold and do"),
    "report": Entry("report", "Write a kept audit in other forms"),
    "history": Entry("history", "Show since when partners are in violation"),
    "plan": Entry("change", "Write a change down, to be approved"),
    "approve": Entry("change", "Show a plan and sign it"),
    "verify-plan": Entry("change", "Say whether a plan may be applied now"),
    "apply": Entry("change", "Apply an approved plan to all hubs or none", changes_hubs=True),
    "recover": Entry("change", "Bring an interrupted change to one end", changes_hubs=True),
    "revert": Entry("change", "Plan the way back from an applied change"),
    "record": Entry("record", "Show and verify what was done"),
    "handover": Entry("handover", "Write what the partner's engineer needs"),
    "lab": Entry("lab", "Rehearse on hubs and partner sites of a lab"),
}
