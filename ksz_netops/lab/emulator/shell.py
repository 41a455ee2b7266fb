"""One interactive session: echo, prompts, configuration mode, and files typed in Tcl."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ksz_netops.lab.emulator import commands
from ksz_netops.lab.emulator.router import LoggedOutError, SessionLostError

if TYPE_CHECKING:
    from ksz_netops.lab.emulator.router import Router

_PUTS: Final = re.compile(r'puts \[open "(?:boot)?flash:/?([^"]+)" w\+\] \{(.*)')
_ENTER: Final = "Enter configuration commands, one per line.  End with CNTL/Z.\n"


class Shell:
    """Turns what is typed into what is shown; knows no network."""

    def __init__(self, router: Router, user: str) -> None:
        self._router = router
        self._user = user
        self.left = False
        """Whether the user has logged out."""
        self._mode = "exec"
        self._typed = bytearray()
        self._file: tuple[str, list[str]] | None = None

    @property
    def prompt(self) -> str:
        """What stands before the cursor."""
        host = self._router.host
        if self._mode == "config":
            depth = "config-sub" if self._router.running.depth else "config"
            return f"{host[:20]}({depth})#"
        return {"exec": f"{host}#", "tcl": f"{host}(tcl)#"}[self._mode]

    def greet(self) -> bytes:
        """What a new session sees."""
        return f"\r\n{self.prompt}".encode()

    def execute(self, command: str) -> bytes:
        """What one *command* shows that came without a terminal.

        Raises:
            SessionLostError: If a fault ends the session.
        """
        return self._answer(command.strip()).replace("\n", "\r\n").encode()

    def feed(self, data: bytes) -> bytes:
        """What *data* makes the router send.

        Raises:
            SessionLostError: If a fault ends the session.
        """
        sent = bytearray()
        for byte in data:
            if byte in b"\r\n":
                line = self._typed.decode(errors="replace")
                self._typed.clear()
                try:
                    sent += self._take(line)
                except LoggedOutError:
                    self.left = True
                    break
            elif byte == 0:
                continue
            else:
                self._typed.append(byte)
                sent.append(byte)
        return bytes(sent)

    def _take(self, line: str) -> bytes:
        if self._file is not None:
            return self._type_file(self._file, line)
        command = line.strip()
        opened = _PUTS.match(command) if self._mode == "tcl" else None
        if opened:
            self._file = (opened[1], [opened[2]])
            return b"\r\n+>"
        answer = self._answer(command).replace("\n", "\r\n")
        end = "" if not answer or answer.endswith("\n") else "\r\n"
        return f"\r\n{answer}{end}{self.prompt}".encode()

    def _type_file(self, file: tuple[str, list[str]], line: str) -> bytes:
        name, lines = file
        if not line.rstrip().endswith("}"):
            lines.append(line)
            return b"\r\n+>"
        lines.append(line.rstrip()[:-1])
        self._router.files[name] = ("\n".join(lines) + "\n").encode()
        self._file = None
        return f"\r\n{self.prompt}".encode()

    def _answer(self, command: str) -> str:
        router = self._router
        if self._mode == "config":
            return self._configure(command)
        if command in {"exit", "logout", "quit"}:
            raise LoggedOutError
        if self._mode == "tcl" and command == "tclquit":
            self._mode = "exec"
            return ""
        if command == "tclsh":
            self._mode = "tcl"
            return ""
        armed = re.fullmatch(r"configure terminal(?: revert timer (\d+))?", command)
        if armed is None:
            return commands.execute(router, command, self._user)
        if armed[1] and "archive" not in router.running.root.lines:
            return "%Please turn config archive on\n"
        if router.faults.takes("lose_before", command):
            raise SessionLostError
        router.log.append(command)
        note = ""
        if armed[1]:
            router.arm(self._user, int(armed[1]))
            note = "Rollback Confirmed Change: Backing up current running config to bootflash:\n\n"
        if router.faults.takes("lose_after", command):
            raise SessionLostError
        router.running.leave()
        self._mode = "config"
        return note + _ENTER

    def _configure(self, command: str) -> str:
        if command == "end" or (command == "exit" and not self._router.running.depth):
            self._router.running.leave()
            self._mode = "exec"
            return ""
        self._router.log.append(f"(config) {command}")
        said = self._router.type(command)
        return said.removeprefix(f"{command}\n")
