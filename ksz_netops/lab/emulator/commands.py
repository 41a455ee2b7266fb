"""The router's exec commands, and what each does."""

from __future__ import annotations

import difflib
import hashlib
import re
from typing import TYPE_CHECKING, Final

from ksz_netops.lab.emulator import associations, lines, peers, show, tree
from ksz_netops.lab.emulator.config import Configuration
from ksz_netops.lab.emulator.router import SessionLostError

if TYPE_CHECKING:
    from ksz_netops.lab.emulator.router import Router
    from ksz_netops.lab.emulator.tree import Section

INVALID: Final = "          ^\n% Invalid input detected at '^' marker.\n"
_ARCHIVE_OFF: Final = "%Please turn config archive on\n"
_CHANGED: Final = "!\n! Last configuration change at 08:00:00 UTC Tue Nov 24 2026\n!\n"
_FREE: Final = "\n7897796608 bytes total (6423031808 bytes free)\n"


def execute(router: Router, command: str, user: str) -> str:
    """The answer of *router* to an exec *command* of *user*.

    Raises:
        SessionLostError: If a fault ends the session.
    """
    router.log.append(command)
    if router.faults.takes("reload_on", command):
        router.reload()
        raise SessionLostError
    if router.faults.takes("lose_before", command):
        raise SessionLostError
    recorded = router.recorded.get(command)
    answer = (
        recorded
        if recorded is not None
        else next(
            (
                action(router, user, *match.groups())
                for pattern, action in COMMANDS
                if (match := pattern.fullmatch(command))
            ),
            INVALID,
        )
    )
    if router.faults.takes("lose_after", command):
        raise SessionLostError
    return answer


def _name(path: str) -> str:
    return re.sub(r"^(?:bootflash:|flash:)/?", "", path)


def _show_running(router: Router, _user: str, wanted: str | None) -> str:
    text = router.running.text()
    if wanted:
        return "".join(f"{line}\n" for line in text.splitlines() if re.search(wanted, line))
    cut = router.faults.truncate_after
    head = f"Building configuration...\n\nCurrent configuration : {len(text)} bytes\n{_CHANGED}"
    shown = f"{head}{router.profile.dressed(text, saved=False)}"
    return shown if cut is None else shown[:cut]


def _show_startup(router: Router, _user: str) -> str:
    if not router.is_saved:
        return "startup-config is not present\n"
    text = router.profile.dressed(router.startup, saved=True)
    return f"Using {len(text)} out of 33554432 bytes\n{_CHANGED}{text}"


def _directory(router: Router, _user: str) -> str:
    rows = "".join(
        f"{number:6d}  -rw- {len(data):10d}  Nov 24 2026 00:00:00 +00:00  {name}\n"
        for number, (name, data) in enumerate(router.files.items(), 11)
    )
    return f"Directory of bootflash:/\n\n{rows}{_FREE}"


def _directory_of(router: Router, _user: str, path: str) -> str:
    data = router.files.get(_name(path))
    if data is None:
        return f"%Error opening {path} (No such file or directory)\n"
    row = f"   11  -rw- {len(data):10d}  Nov 24 2026 00:00:00 +00:00  {_name(path)}\n"
    return f"Directory of {path}\n\n{row}{_FREE}"


def _digest(router: Router, _user: str, path: str) -> str:
    data = router.files.get(_name(path))
    if data is None:
        return f"%Error opening {path} (No such file or directory)\n"
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return f".......Done!\nverify /md5 ({path}) = {digest}\n"


def _archive(router: Router, _user: str) -> str:
    if "archive" not in router.running.root.lines:
        return " Archive feature not enabled\n"
    shown = (
        "The maximum archive configurations allowed is 10.\n"
        "There are currently 0 archive configurations saved.\n"
    )
    path = peers.value(router.running.root.lines["archive"], "path ")
    if path:
        shown += f"The next archive file will be named {path}-<timestamp>-0\n"
    return f"{shown} Archive #  Name\n"


def _timer(router: Router, _user: str) -> str:
    pending = router.pending
    if pending is None:
        return "%No Rollback Confirmed Change pending\n"
    return (
        "Time configured(UTC): 08:00:00 UTC Tue Nov 24 2026\n"
        "Timer type: absolute timer\n"
        f"Timer value: {pending.minutes} min\nUser: {pending.user}\n"
    )


def _differences(router: Router, _user: str, path: str) -> str:
    new = tree.write(tree.read(router.files[_name(path)].decode())).splitlines()
    changed = [
        line[0] + line[2:]
        for line in difflib.ndiff(router.running.text().splitlines(), new)
        if line[0] in "+-"
    ]
    body = "\n".join(changed) if changed else "!No changes were found"
    return f"!Contextual Config Diffs:\n{body}\n"


def _incremental(router: Router, _user: str, path: str) -> str:
    data = router.files.get(_name(path))
    if data is None:
        return f"%Error opening {path} (No such file or directory)\n"
    text = data.decode()
    if text.strip() and text.split()[-1] != "end":
        return "%Error: the incremental diff returned error 5\n"
    lines = _increment(tree.read(text), router.running.root, 0)
    body = "\n".join(lines) if lines else "!No changes were found"
    return f"!List of Commands:\n{body}\nend\n"


def _increment(wanted: Section, held: Section | None, depth: int) -> list[str]:
    """The lines of *wanted* that would change what is *held*."""
    changes = []
    lines = held.lines if held else {}
    for line, below in wanted.lines.items():
        if line.startswith("no "):
            start = line.removeprefix("no ") + " "
            if any(f"{each} ".startswith(start) for each in lines):
                changes.append(" " * depth + line)
            continue
        inner = _increment(below, lines.get(line), depth + 1)
        if line not in lines or inner:
            changes += [" " * depth + line, *inner]
    return changes


def _more(router: Router, _user: str, path: str) -> str:
    return router.files[_name(path)].decode()


def _save_as(router: Router, _user: str, path: str) -> str:
    text = router.running.text()
    router.files[_name(path)] = text.encode()
    return f"{len(text)} bytes copied in 0.1 secs (1 bytes/sec)\n"


def _empty(router: Router, _user: str, path: str) -> str:
    router.files[_name(path)] = b""
    return "0 bytes copied\n"


def _merge(router: Router, _user: str, path: str) -> str:
    data = router.files.get(_name(path))
    if data is None:
        return f"%Error opening {path} (No such file or directory)\n"
    said = router.configure(data.decode().splitlines())
    return f"{said}\n{len(data)} bytes copied in 0.2 secs (615 bytes/sec)\n"


def _delete(router: Router, _user: str, path: str) -> str:
    if router.files.pop(_name(path), None) is None:
        return f"%Error deleting {path} (No such file or directory)\n"
    return ""


def _replace(
    router: Router, user: str, path: str, on_error: str | None, minutes: str | None
) -> str:
    if "archive" not in router.running.root.lines:
        return _ARCHIVE_OFF
    data = router.files.get(_name(path))
    if data is None:
        return f"%Error opening {path} (No such file or directory)\n"
    text = data.decode()
    if text.split()[-1:] != ["end"]:
        return f"%{path} is not a valid config file\n"
    wanted = tree.read(text)
    refused = _refused(router, wanted)
    if refused and on_error:
        return (
            f"The following commands failed:\n{refused}\nRollback:Acquired Configuration lock.\n"
            "Total number of passes: 1\nRollback Done\n% error\n"
        )
    if minutes:
        router.arm(user, int(minutes))
    router.running.become(wanted)
    return "Total number of passes: 1\nRollback Done\n"


def _refused(router: Router, wanted: Section) -> str | None:
    """The first line of *wanted* that the router does not know and does not hold already."""
    held = set(router.running.root.lines)
    for line in wanted.lines:
        if line not in held and Configuration(tree.Section()).type(line).endswith("marker.\n"):
            first = line.split()[0]
            if first not in {"interface", "banner"}:
                return line
    return None


def _confirm(router: Router, _user: str) -> str:
    if router.pending is None:
        return "%No Rollback Confirmed Change pending\n"
    router.keep()
    return ""


def _revert_now(router: Router, _user: str) -> str:
    if router.pending is None:
        return "%No Rollback Confirmed Change pending\n"
    router.revert()
    return "Rollback Confirmed Change: rolling back\nTotal number of passes: 1\nRollback Done\n"


def _write(router: Router, _user: str) -> str:
    router.startup = router.running.text()
    router.is_saved = True
    return "Building configuration...\n[OK]\n"


COMMANDS: Final = tuple(
    (re.compile(pattern), action)
    for pattern, action in (
        (r"", lambda _r, _u: ""),
        (r"terminal (?:width|length) \d+|enable|clear .+", lambda _r, _u: ""),
        (r"show version", lambda r, _u: r.profile.show_version(r.host)),
        (r"show clock", lambda _r, _u: "08:00:00.000 UTC Tue Nov 24 2026\n"),
        (r"show hosts", lambda _r, _u: "Default domain is example.net\n"),
        (r"show running-config(?: \| inc(?:lude)? (.+))?", _show_running),
        (r"show running-config all()", _show_running),
        (r"show startup-config", _show_startup),
        (r"show ip interface brief", lambda r, _u: show.ip_brief(r)),
        (r"show interfaces", lambda r, _u: show.all_interfaces(r)),
        (r"show ip interface", lambda r, _u: show.ip_interfaces(r, 4)),
        (r"show ipv6 interface", lambda r, _u: show.ip_interfaces(r, 6)),
        (r"show ip access-lists?", lambda r, _u: show.access_lists(r, 4)),
        (r"show ipv6 access-lists?", lambda r, _u: show.access_lists(r, 6)),
        (r"show crypto ikev2 sa detailed", lambda r, _u: associations.ike(r)),
        (r"show crypto ipsec sa", lambda r, _u: associations.ipsec(r)),
        (r"show policy-map interface", lambda r, _u: show.policies(r)),
        (r"show ppp multilink", lambda r, _u: lines.multilink(r)),
        (r"show controllers E1", lambda r, _u: lines.controllers(r)),
        (r"show ip route (\S+)", lambda r, _u, d: show.routes(r, d)),
        (r"show ip route vrf (\S+) 0\.0\.0\.0", lambda r, _u, v: show.default_route(r, v)),
        (r"dir|dir (?:boot)?flash:", _directory),
        (r"dir (\S+)", _directory_of),
        (r"verify /md5 (\S+)", _digest),
        (r"show archive", _archive),
        (r"show archive config rollback timer", _timer),
        (r"show archive config differences system:/running-config (\S+)", _differences),
        (r"show archive config incremental-diffs (\S+) ignorecase", _incremental),
        (r"more (\S+)", _more),
        (r"copy running-config (\S+:\S+)", _save_as),
        (r"copy null: (\S+)", _empty),
        (r"copy (\S+:\S+) running-config", _merge),
        (r"delete /force (\S+)", _delete),
        (
            r"configure replace (\S+) force( revert trigger error)?(?: (?:revert )?timer (\d+))?",
            _replace,
        ),
        (r"configure confirm", _confirm),
        (r"configure revert now", _revert_now),
        (r"write mem(?:ory)?", _write),
    )
)
"""Exec commands, and what each does; the groups of the pattern are its arguments."""
