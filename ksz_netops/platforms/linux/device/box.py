"""A hub over one connection: look at it, hand it a generation, confirm or undo."""

from __future__ import annotations

import json
import secrets
import shlex
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.errors import BusyError, CommitError, DeviceError, Problem, ReadbackError
from ksz_netops.platforms.linux.config import names
from ksz_netops.platforms.linux.observe.held import held
from ksz_netops.platforms.linux.observe.seen import Seen, seen
from ksz_netops.platforms.linux.on_hub import build
from ksz_netops.platforms.linux.on_hub.build import agent_digest
from ksz_netops.platforms.linux.planning import generation, order
from ksz_netops.platforms.linux.stores import accounts

if TYPE_CHECKING:
    from collections.abc import Callable

    from ksz_netops.platforms.linux.device.transport import Answer, Transport
    from ksz_netops.platforms.linux.stores.steps import Steps
    from ksz_netops.state.resources import DeviceState

_BUSY: Final = 75
_GRACE_S: Final = 10
_LOOK: Final = shlex.join(["/usr/bin/python3", "-I", "-c", build.LOOKING])
_LOOK_LIMIT_S: Final = 90
"""Each tool has its own, shorter limit; a hub with 10,000 partners takes a few seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A change that was worked out and not yet made."""

    base: str
    """The generation that ran; `-` where none did."""
    files: dict[str, str] = field(repr=False)
    steps: Steps


class Box:
    """A Linux hub, reached by *transport*."""

    def __init__(self, transport: Transport, hub: str) -> None:
        self._transport = transport
        self._hub = hub
        self.heard = ""
        """What the hub answered to the last look, understood or not."""

    def look(self) -> Seen:
        """What the hub holds and does now.

        Raises:
            ReadbackError: If any part of what it says is not understood.
        """
        now = self.survey()
        if now.problems:
            raise ReadbackError(now.problems)
        return now

    def survey(self) -> Seen:
        """What can be read of the hub now, each part by itself.

        Raises:
            ReadbackError: If nothing can.
        """
        answer = self._transport.run(_LOOK, stdin=build.look(), timeout_s=_LOOK_LIMIT_S)
        if answer.code:
            said = (answer.err.strip().splitlines() or ["nothing"])[-1]
            raise ReadbackError(
                Problem(
                    code="KSZ405",
                    what=f"{self._hub}: looking at it failed with {answer.code} ({said})",
                    fix="see that the hub has /usr/bin/python3 and the user reads its files",
                )
            )
        self.heard = answer.out
        return seen(self._hub, answer.out)

    def candidate(
        self, now: Seen, intended: frozenset[str], reveal: Callable[[str], str]
    ) -> Candidate:
        """The change that makes the hub, as it is *now*, hold *intended*.

        Raises:
            BusyError: If a commit is pending on the hub.
            DeviceError: If the hub is not prepared for it.
        """
        if now.pending:
            raise BusyError(
                Problem(
                    code="KSZ404",
                    what=f"{self._hub}: commit {now.pending} waits for its confirmation",
                    fix="let it be confirmed or undone, then try again",
                )
            )
        self._prepared(now, intended)
        target = replace(now.dialect, internet=_internet(intended))
        running = now.statements
        if target != now.dialect:
            running = order.spelled_out(running, now.dialect)
        return Candidate(
            base=now.running or "-",
            files={
                **generation.files(intended, target),
                **generation.secrets(intended, reveal),
            },
            steps=order.steps(running, intended, target),
        )

    def _prepared(self, now: Seen, intended: frozenset[str]) -> None:
        problems = []
        if now.agent != agent_digest():
            state = "has another version of the agent" if now.agent else "has no agent"
            problems.append(f"{self._hub} {state} at {names.AGENT}")
        if "sshd standard" in intended:
            problems += [
                f"the partners' SSH daemon on {self._hub} is not as it must be: {statement}"
                for statement in now.daemon
                if statement != "sshd standard" and not accounts.is_tended(statement)
            ]
        if problems:
            raise DeviceError(
                Problem(code="KSZ408", what=what, fix="run playbooks/prepare.yml on the hub first")
                for what in problems
            )

    def commit(self, candidate: Candidate, revert_in_s: int, commit_id: str = "") -> str:
        """Makes the change, undone by the hub in *revert_in_s* seconds; returns its generation.

        The generation's name ends with *commit_id*, or with a random one.

        Raises:
            BusyError: If somebody else changed the hub since, or is changing it.
            CommitError: If the hub refused; it holds what was confirmed before.
            UnconfirmedError: If the connection broke.
        """
        sealed = generation.seal(candidate.files)
        name = generation.name(sealed, at=time.gmtime(), token=commit_id or secrets.token_hex(4))
        offered = self._asked(f"{names.AGENT} offer", stdin=sealed)
        document = {
            "seal": sealed,
            "files": {path: candidate.files[path] for path in offered["lacking"]},
            "steps": [step.document() for step in candidate.steps],
        }
        # From here on it may be on its way, whatever the answer.
        _LAST[self._hub] = name
        argv = [names.AGENT, "commit", name, "--base", candidate.base]
        answer = self._transport.run(
            shlex.join([*argv, "--revert-in", str(revert_in_s)]),
            stdin=json.dumps(document),
            # After the deadline the hub has undone it, so no answer is worth waiting for.
            timeout_s=revert_in_s + len(candidate.steps) + _GRACE_S,
        )
        self._judge(answer, "the change was refused")
        return name

    def pending(self) -> str | None:
        """The generation that waits for its confirmation."""
        pending = self._asked(f"{names.AGENT} status")["pending"]
        return pending["id"] if pending else None

    def confirm(self, commit: str | None = None) -> None:
        """Keeps the pending commit.

        Args:
            commit: Which; by default the last one that this process made on the hub, and where it
                made none, the one that is pending.

        Raises:
            CommitError: If that one is not pending; the hub may have undone it by now.
        """
        self._end("confirm", commit, "nothing was confirmed")

    def rollback(self, commit: str | None = None) -> None:
        """Undoes the pending commit.

        Args:
            commit: Which; see `confirm`.

        Raises:
            CommitError: If that one is not pending, or the way back did not go all the way.
        """
        self._end("rollback", commit, "nothing was undone")

    def _end(self, how: str, commit: str | None, otherwise: str) -> None:
        name = commit or _LAST.get(self._hub) or self.pending() or "none"
        self._judge(self._transport.run(shlex.join([names.AGENT, how, name])), otherwise)

    def running_state(self) -> DeviceState:
        """What the hub holds, as resources."""
        return held(self.look())

    def _asked(self, command: str, stdin: str = "") -> dict[str, Any]:
        answer = self._transport.run(command, stdin=stdin)
        self._judge(answer, "the agent did not answer")
        said = _said(answer)
        if not said:
            raise CommitError(
                Problem(
                    code="KSZ406",
                    what=f"{self._hub}: the agent's answer to `{command}` is not understood",
                    fix="run playbooks/prepare.yml on the hub",
                )
            )
        return said

    def _judge(self, answer: Answer, outcome: str) -> None:
        if not answer.code:
            return
        document = _said(answer)
        failures = document.get("failures") or answer.err.strip().splitlines()
        said = " / ".join(failures) or f"exit code {answer.code}"
        if answer.code == _BUSY:
            raise BusyError(
                Problem(code="KSZ404", what=f"{self._hub}: {said}", fix="try again in a while")
            )
        state = str(document.get("state", ""))
        raise CommitError(
            Problem(
                code="KSZ406",
                what=f"{self._hub}: {outcome}{_HOLDS.get(state, '')} ({said})",
                fix=f"read {names.RUN}/log on the hub"
                + ("; provisioning opens it again" if state == "closed" else ""),
            )
        )


_LAST: Final[dict[str, str]] = {}
"""By hub, the last commit of this process. Whatever connection comes later, that one is meant.

So a run whose own commit was undone in the meantime ends nobody else's.
"""
_HOLDS: Final = {
    "refused": "; the hub holds what it held before",
    "confirmed": "; the hub holds what was confirmed before",
    "closed": "; the hub is closed and forwards nothing",
    "differs": "; what the hub holds is not what was confirmed",
}
"""What the agent's word for a state means to whoever asked for a change."""


def _said(answer: Answer) -> dict[str, Any]:
    """The agent's answer: its last line, whatever a login shell printed before."""
    for line in reversed(answer.out.splitlines()):
        with suppress(ValueError):
            said = json.loads(line)
            if isinstance(said, dict):
                return said
    return {}


def _internet(statements: frozenset[str]) -> str:
    lead = 'element internet_port { "'
    found = (each.removeprefix(lead) for each in statements if each.startswith(lead))
    return next((each.partition('"')[0] for each in found), "")
