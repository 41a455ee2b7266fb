"""NAPALM's `ios` driver with its holes closed.

Every line that the router rejects is an error, a configuration that was cut short is refused,
candidate files have names of their own and are deleted, host keys are checked.
"""

from __future__ import annotations

import os
import re
import tempfile
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import napalm.ios.ios as upstream
from napalm.base.exceptions import CommandErrorException, MergeConfigException

from ksz_netops.platforms.ios_xe.config import tree

if TYPE_CHECKING:
    from ksz_netops.platforms import Target

_REJECTED: Final = re.compile(
    r"^\s*%.*|.*% (?:Invalid|Incomplete|Ambiguous).*"
    r"|(?:Entry already running|Entry not configured|Command rejected|Insufficient bandwidth).*"
    r"|.* not supported (?:on|in) .*|.* is not allowed\.?"
)
"""Words by which a router refuses a line; some of its refusals have no `%`."""
_NOTICES: Final = re.compile(
    r"% ?(?:Generating|Rollback|Warning|Not all config may be removed|CDP is not enabled"
    r"|Default route without gateway|Interface \S+ IPv[46] disabled and address).*"
    r"|%[A-Z][A-Z0-9_]*-(?:[A-Z0-9_]+-)?\d-[A-Z0-9_]+:.*"
)
"""Notices and log messages, after which the line was taken; the readback judges what came of it."""
_KEY: Final = re.compile(r"(pre-shared-key \S+) .*")
_SLOWEST_S: Final = 300
"""How long the router may take for its whole configuration."""


class _Watched:
    """A channel that says so when it is closed, where Netmiko's own waits for an answer."""

    def __init__(self, channel: Any) -> None:  # noqa: ANN401 - Netmiko's
        self._channel = channel

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - Netmiko's
        return getattr(self._channel, name)

    def read_channel(self) -> str:
        """What has come.

        Raises:
            EOFError: If nothing has and nothing will.
        """
        found = str(self._channel.read_channel())
        end = self._channel.remote_conn
        if not found and (end is None or end.closed or not end.get_transport().is_active()):
            raise EOFError
        return found


class KszIosDriver(upstream.IOSDriver):  # type: ignore[misc] # NAPALM is not typed
    """A router, driven so that nothing goes wrong in silence."""

    def __init__(
        self,
        hostname: str,
        username: str,
        password: str,
        timeout: int = 60,
        optional_args: dict[str, Any] | None = None,
    ) -> None:
        """Takes NAPALM's arguments; candidate files have new names each time."""
        mark = uuid.uuid4().hex[:12]
        ours = {
            "auto_file_prompt": False,
            "candidate_cfg": f"ksz-{mark}-c.txt",
            "merge_cfg": f"ksz-{mark}-m.txt",
            "rollback_cfg": f"ksz-{mark}-r.txt",
            "read_timeout_override": _SLOWEST_S,
        }
        super().__init__(hostname, username, password, timeout, {**ours, **(optional_args or {})})

    @classmethod
    def to(cls, target: Target) -> KszIosDriver:
        """The driver for *target*: our key, and only the host key that is known."""
        return cls(
            target.address,
            target.user,
            "",
            optional_args={
                "port": target.port,
                "use_keys": True,
                "key_file": str(target.private_key),
                "allow_agent": False,
                "ssh_strict": True,
                "system_host_keys": False,
                "alt_host_keys": True,
                "alt_key_file": str(target.known_hosts),
                "conn_timeout": 20,
            },
        )

    def open(self) -> None:
        """Opens the session, and has its end noticed at once.

        An answer ends where the prompt stands alone in the last line. Netmiko would ask for the
        prompt before every command, which takes longer than most answers, and then take it for the
        end wherever it stands.
        """
        super().open()
        self.device.channel = _Watched(self.device.channel)
        end = rf"(?m:^){re.escape(self.device.find_prompt())}\s*\Z"
        self.device.send_command = partial(self.device.send_command, expect_string=end)

    @staticmethod
    def _create_tmp_file(config: str) -> str:
        """A file for nobody else's eyes, since it may hold keys."""
        handle, name = tempfile.mkstemp(prefix="ksz-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(config)
        return name

    def show(self, command: str) -> str:
        """What the router answers to a `show` command."""
        return str(self.device.send_command(command, read_timeout=_SLOWEST_S))

    def running(self) -> str:
        """The whole running configuration.

        Raises:
            ReadbackError: If it was cut short.
        """
        text = self.show("show running-config")
        tree.read_whole(text)
        return text

    def get_config(
        self,
        retrieve: str = "all",
        full: bool = False,  # noqa: FBT001, FBT002 - NAPALM's signature
        sanitized: bool = False,  # noqa: FBT001, FBT002 - NAPALM's signature
        format: str = "text",  # noqa: A002 - NAPALM's signature
    ) -> dict[str, str]:
        """NAPALM's getter, which refuses a running configuration that was cut short.

        Raises:
            ReadbackError: If it was.
        """
        found: dict[str, str] = super().get_config(retrieve, full, sanitized, format)
        if found.get("running") and not sanitized:
            tree.read_whole(found["running"])
        return found

    def commit_config(self, message: str = "", revert_in: int | None = None) -> None:
        """Commits as NAPALM does, but for a merge: any rejected line makes it fail.

        A failed merge that was to be confirmed is undone at once; its candidate is deleted.

        Raises:
            MergeConfigException: With the lines that the router rejected.
        """
        if self.config_replace or revert_in is None:
            super().commit_config(message, revert_in)
            return
        if self.has_pending_commit():
            text = "another commit is pending"
            raise CommandErrorException(text)
        minutes = revert_minutes(revert_in)
        self.device.config_mode(config_command=f"configure terminal revert timer {minutes}")
        self.device.exit_config_mode()
        path = self._gen_full_path(self.merge_cfg)
        try:
            said = self._commit_handler(f"copy {path} running-config")
        finally:
            if self.is_alive()["is_alive"]:
                self.delete(self.merge_cfg)
        wrong = rejected(said)
        if wrong:
            self.revert_now()
            raise MergeConfigException("; ".join(wrong))

    def revert_now(self) -> None:
        """Undoes what is pending; nothing is saved, as startup never held it."""
        self._commit_handler("configure revert now")

    def delete(self, name: str) -> None:
        """Deletes a file of ours on the router."""
        self.show(f"delete /force {self._gen_full_path(name)}")

    def sweep(self) -> None:
        """Deletes the candidates of sessions that died, since they may hold keys."""
        shown = self.show(f"dir {self.dest_file_system}")
        for name in re.findall(r"\bksz-[0-9a-f]{12}-[cmr]\.txt\b", shown):
            self.delete(name)

    def discard_config(self) -> None:
        """Forgets the candidate, and leaves no copy of anything."""
        self.delete(self.merge_cfg)
        self.delete(self.candidate_cfg)

    def pending_user(self) -> str | None:
        """Who armed the commit that is pending, or None where none is."""
        found = self._get_pending_commits()
        return found.get("user", "somebody") if found else None


def revert_minutes(revert_in_s: int) -> int:
    """The minutes of the router's revert timer: never later than asked, and at least one.

    Whoever waits for the router to go back counts from what was asked, so a later moment would be
    taken for an unknown outcome.
    """
    return max(1, revert_in_s // 60)


def rejected(said: str) -> list[str]:
    """The lines that the router rejected, each with its words, without keys."""
    found = []
    before = ""
    for raw in said.splitlines():
        line = raw.strip()
        if _REJECTED.match(line) and not _NOTICES.match(line):
            found.append(
                f"'{_KEY.sub(r'[1] …', before)}': {line.lstrip('% ')}".replace("[1]", "key")
            )
        elif line and line != "^":
            before = line
    return found
