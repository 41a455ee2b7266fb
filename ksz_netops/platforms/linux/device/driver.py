"""The NAPALM driver of a Linux hub: candidates in our own text, commits that undo themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import napalm.base.exceptions as napalm_errors
from napalm.base.base import NetworkDriver

from ksz_netops.errors import CommitError, KszError, Problem, SecretError
from ksz_netops.platforms import Target
from ksz_netops.platforms.linux.config import statements
from ksz_netops.platforms.linux.config.parse import parse_text
from ksz_netops.platforms.linux.config.render import configuration
from ksz_netops.platforms.linux.device.box import Box, Candidate
from ksz_netops.platforms.linux.device.getters import Getters
from ksz_netops.platforms.linux.device.transport import Transport, connect
from ksz_netops.platforms.linux.on_hub.build import agent_digest
from ksz_netops.printable import printable_lines
from ksz_netops.state.resources import DeviceState, Tunnel

if TYPE_CHECKING:
    from collections.abc import Callable

    from ksz_netops.platforms.linux.stores.steps import Steps


_DEFAULT_REVERT_S: Final = 60


class KszLinuxDriver(Getters, NetworkDriver):  # type: ignore[misc] # NAPALM is not typed
    """Reads and changes a Linux hub of ours; the configuration is the text of `render`.

    Args:
        hostname: Address of the hub's management port.
        username: Who may change it; root, or whom the role allowed.
        password: Not used; keys only.
        timeout: Not used; the connection has limits of its own.
        optional_args: `port`; `key_file` and `known_hosts`, files; `reveal`, which gives the
            pre-shared key for a name; `name`, how the hub is called in messages.
    """

    def __init__(
        self,
        hostname: str,
        username: str,
        password: str = "",
        timeout: int = 60,
        optional_args: dict[str, Any] | None = None,
    ) -> None:
        options = optional_args or {}
        self.hostname = hostname
        self.username = username
        self.password = password
        self.timeout = timeout
        self.platform = "ksz_linux"
        self.target = Target(
            name=options.get("name", hostname),
            address=hostname,
            port=int(options.get("port", 22)),
            user=username,
            private_key=Path(options.get("key_file", "~/.ssh/id_ed25519")).expanduser(),
            known_hosts=Path(options.get("known_hosts", "~/.ssh/known_hosts")).expanduser(),
        )
        self.reveal: Callable[[str], str] = options.get("reveal", _unrevealed)
        self.commit_id = ""
        """Ends the name of the generation that the next commit makes; empty draws one."""
        self._transport: Transport | None = None
        self._intended: DeviceState | None = None
        self._candidate: Candidate | None = None
        self._commit: str | None = None

    # The connection.

    def open(self) -> None:
        """Connects; the host key must be the known one."""
        self._transport = connect(self.target)

    def close(self) -> None:
        """Ends the connection; what is pending on the hub stays pending."""
        if self._transport:
            self._transport.close()
            self._transport = None

    def is_alive(self) -> dict[str, bool]:
        """Whether the connection stands."""
        return {"is_alive": bool(self._transport and self._transport.alive)}

    @property
    def transport(self) -> Transport:
        """The open connection."""
        if self._transport is None:
            raise napalm_errors.ConnectionClosedException(self.target.name)
        return self._transport

    @property
    def box(self) -> Box:
        """The hub."""
        return Box(self.transport, self.target.name)

    # Candidate and commit.

    def load_replace_candidate(
        self, filename: str | None = None, config: str | None = None
    ) -> None:
        """Takes a whole configuration as candidate."""
        self._load(parse_text(_given(filename, config)))

    def load_merge_candidate(self, filename: str | None = None, config: str | None = None) -> None:
        """Takes resources that replace those of the same key; all others stay."""
        merged = self.box.running_state().by_key()
        given = parse_text(_given(filename, config))
        if given.strays:
            raise napalm_errors.MergeConfigException(given.strays[0].statement)
        merged |= given.by_key()
        self._load(DeviceState.of(merged.values()))

    def _load(self, intended: DeviceState) -> None:
        if intended.strays:
            first = intended.strays[0]
            message = f"{first.statement}: {first.reason}"
            raise napalm_errors.ReplaceConfigException(message)
        self._intended, self._candidate = intended, None

    def compare_config(self) -> str:
        """What the candidate would change, and every line that is sent for it; empty if nothing."""
        if self._intended is None:
            return ""
        now = self.box.look()
        intended = frozenset(configuration(self._intended))
        difference = statements.diff(now.statements, intended)
        if difference or now.pending or now.agent != agent_digest():
            self._candidate = self.box.candidate(now, intended, self._key_of)
            difference += _sent(self._candidate.steps)
        return printable_lines(difference)

    def _key_of(self, token: str) -> str:
        """The key for the connection with *token*; by the name that the intent gives it."""
        for resource in self._intended or ():
            if isinstance(resource, Tunnel) and resource.owner.token == token:
                return self.reveal(resource.secret.name)
        return self.reveal(token.removeprefix("KSZ-"))

    def commit_config(self, message: str = "", revert_in: int | None = None) -> None:
        """Makes the candidate's change; with *revert_in* it is undone after that many seconds.

        Without, it is confirmed at once, over this connection.
        """
        del message
        if self._intended is not None and self._candidate is None and not self.compare_config():
            return
        if self._candidate is None:
            raise CommitError(
                Problem(
                    code="KSZ406",
                    what=f"{self.target.name}: nothing is staged",
                    fix="load a candidate and compare it first",
                )
            )
        self._commit = self.box.commit(
            self._candidate, revert_in or _DEFAULT_REVERT_S, self.commit_id
        )
        self._intended = self._candidate = None
        if revert_in is None:
            self.confirm_commit()

    def has_pending_commit(self) -> bool:
        """Whether a commit waits for its confirmation."""
        return self.box.pending() is not None

    def adopt(self, commit: str) -> None:
        """Makes *commit* the one that is confirmed or undone next, whichever process made it."""
        self._commit = commit

    def confirm_commit(self) -> None:
        """Keeps the pending commit."""
        self.box.confirm(self._commit)

    def rollback(self) -> None:
        """Undoes the pending commit."""
        self.box.rollback(self._commit)

    def discard_config(self) -> None:
        """Forgets the candidate."""
        self._intended = self._candidate = None

    def stage(self, intended: DeviceState) -> str:
        """Takes *intended* as candidate and compares; keys go by the names that it has."""
        self._load(intended)
        try:
            return self.compare_config()
        except KszError:
            self.discard_config()
            raise

    # What it holds; the other answers are in `Getters`.

    def get_config(
        self,
        retrieve: str = "all",
        full: bool = False,  # noqa: FBT001, FBT002 - NAPALM's signature
        sanitized: bool = False,  # noqa: FBT001, FBT002 - NAPALM's signature
        format: str = "text",  # noqa: A002 - NAPALM's signature
    ) -> dict[str, str]:
        """The configurations as text; keys are fingerprints in all of them."""
        del full, sanitized, format
        now = self.box.look()
        texts = {
            "running": statements.join(now.statements),
            "startup": now.startup_statements,
            "candidate": statements.join(configuration(self._intended)) if self._intended else "",
        }
        return {name: text if retrieve in {"all", name} else "" for name, text in texts.items()}


def _sent(steps: Steps) -> str:
    """The lines that go to the hub, in their order."""
    lines = [f"> {line}\n" for step in steps for line in step.lines()]
    return "".join(["lines sent to the hub, in this order:\n", *lines]) if lines else ""


def _given(filename: str | None, config: str | None) -> str:
    if config is not None:
        return config
    if filename is None:
        message = "neither a file nor a text"
        raise napalm_errors.ReplaceConfigException(message)
    return Path(filename).read_text(encoding="utf-8")


def _unrevealed(name: str) -> str:
    raise SecretError(
        Problem(
            code="KSZ410",
            what=f"nothing was handed in that reveals the key {name}",
            fix='give the driver optional_args={"reveal": …}, a function from name to key',
        )
    )
