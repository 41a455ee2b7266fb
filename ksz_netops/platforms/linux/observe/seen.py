"""What one look at a hub showed, made into statements."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.errors import Problem, ReadbackError
from ksz_netops.platforms.linux.config import statements, vici
from ksz_netops.platforms.linux.config.dialect import Dialect, Esp
from ksz_netops.platforms.linux.observe import foreign
from ksz_netops.platforms.linux.planning import generation
from ksz_netops.platforms.linux.stores import accounts, filter, links, routes, shapers, tunnels  # noqa: A004 - the store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ksz_netops.state.observations import Foreign

_PORT: Final = re.compile(r'link (\S+) |element (?:management|extranet|internet)_port \{ "(\S+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A hub at one moment."""

    statements: frozenset[str]
    dialect: Dialect
    agent: str | None
    """SHA-256 of the agent on the hub; None where there is none."""
    running: str | None
    """The generation that runs."""
    startup: str | None
    """The generation that is confirmed."""
    startup_statements: str
    pending: str | None
    """The generation that waits for its confirmation."""
    links: list[dict[str, Any]]
    table: dict[str, Any]
    associations: list[dict[str, Any]]
    daemon: tuple[str, ...]
    """The statements for the partners' SSH daemon, wanted or not."""
    foreign: Foreign


def seen(hub: str, document: str) -> Seen:
    """What *document*, the output of `look.py` on *hub*, says.

    Raises:
        ReadbackError: If a tool failed, or its answer is not what it gives.
    """
    tool = "look.py"
    try:
        look = json.loads(document)
        tools = _Tools(hub, look["tools"])
        table = json.loads(tools.table("table") or '{"nftables": []}')
        charon = "stats" in look["tools"]
        dialect = _dialect(look, tools.answer("stats") if charon else "", table)
        ports = json.loads(tools.answer("links"))
        running = look["running"] or {}
        startup = look["startup"] or {}
        sas = vici.events(tools.answer("associations"), "list-sa") if charon else []
        loaded = vici.events(tools.answer("connections"), "list-conn") if charon else []
        found: set[str] = set()
        tool = "nft"
        found.update(filter.read(table, dialect))
        tool = "ip"
        found.update(links.read(ports))
        found.update(routes.read(tools.listed("routes"), _owners(found, running)))
        tool = "tc"
        found.update(shapers.read(tools.answer("qdiscs"), tools.classes(), dialect))
        tool = "swanctl"
        found.update(
            tunnels.read(
                running.get("connections", {}),
                running.get("fingerprints", {}),
                {name: body for event in loaded for name, body in event.items()},
                (name for event in sas for name in event),
                dialect,
            )
        )
        tool = "what others hold"
        others = foreign.read(
            foreign.Answers(
                routes=tools.listed("every route"),
                rules=tools.listed("rules"),
                ruleset=json.loads(tools.answer("every table")),
                links=ports,
                qdiscs=tools.answer("qdiscs"),
                connections=loaded,
                associations=sas,
                ports=frozenset(_ports(found)),
            ),
            dialect,
        )
        tool = "accounts"
        found.update(accounts.read(look["accounts"], look["orphan_keys"]))
        daemon = accounts.sshd(tools.sshd(), look["sshd_exceptions"], look["sshd_daemon"])
        if any(each.startswith("element file_service ") for each in found):
            found.update(daemon)
        pending = look["pending"]
        if pending is None and (running or startup):
            found.update(_startup(startup, running, dialect))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise ReadbackError(
            Problem(
                code="KSZ405",
                what=f"{hub}: what {tool} says is not understood ({type(error).__name__}: {error})",
                fix="run the tool on the hub; a version that answers otherwise must be taught here",
            )
        ) from error
    return Seen(
        statements=frozenset(found),
        dialect=dialect,
        agent=look["agent"],
        running=running.get("id"),
        startup=startup.get("id"),
        startup_statements=startup.get("statements") or "",
        pending=pending["id"] if pending else None,
        links=ports,
        table=table,
        associations=sas,
        daemon=tuple(daemon),
        foreign=others,
    )


class _Tools:
    """The answers of the tools; a failure is an error, but for what may be absent."""

    def __init__(self, hub: str, answers: dict[str, dict[str, Any]]) -> None:
        self._hub = hub
        self._answers = answers

    def answer(self, name: str) -> str:
        answer = self._answers[name]
        if answer["code"]:
            said = " ".join(answer["err"].split())[:200]
            raise ReadbackError(
                Problem(
                    code="KSZ405",
                    what=f"{self._hub}: reading {name} failed with {answer['code']} ({said})",
                    fix="run the tool on the hub and see what it lacks",
                )
            )
        out: str = answer["out"]
        if out and not out.endswith("\n"):
            message = f"{name} ends within a line"
            raise ValueError(message)
        return out

    def table(self, name: str) -> str:
        """The answer about our nft table; empty where there is no such table."""
        if "No such file or directory" in self._answers[name]["err"]:
            return ""
        return self.answer(name)

    def listed(self, what: str) -> list[dict[str, Any]]:
        """What `ip -j` lists of *what*, of both IP versions."""
        return [
            each
            for version in (4, 6)
            for each in json.loads(self.answer(f"{what}{version}") or "[]")
        ]

    def classes(self) -> dict[str, str]:
        return {
            name.removeprefix("tc class "): self.answer(name)
            for name in self._answers
            if name.startswith("tc class ")
        }

    def sshd(self) -> str:
        """The configuration of the partners' daemon; empty where it has none or a wrong one."""
        answer = self._answers.get("sshd", {"code": 1, "out": ""})
        return "" if answer["code"] else str(answer["out"])


def _dialect(look: dict[str, Any], stats: str, table: dict[str, Any]) -> Dialect:
    if stats:
        libipsec = "kernel-libipsec" in vici.reply(stats, "stats")["plugins"]
    else:
        uncommented = re.sub(r"#.*", "", look["strongswan"])
        libipsec = "kernel-libipsec" in uncommented
    internet = ""
    for item in table["nftables"]:
        if item.get("set", {}).get("name") == "internet_port":
            for element in item["set"].get("elem", ()):
                internet = element["elem"]["val"] if isinstance(element, dict) else element
    return Dialect(esp=Esp.LIBIPSEC if libipsec else Esp.KERNEL, internet=internet)


def _owners(found: set[str], running: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Whose the route to an official address by a port is: the entry's, else as it was written."""
    owners = {}
    for statement in (running.get("statements") or "").splitlines():
        if match := re.fullmatch(r"route (\S+) via \S+ dev (\S+) .*# (\S+)", statement):
            owners[match[1], match[2]] = match[3]
    for statement in found:
        match = re.fullmatch(
            r'element line_out\d \{ "(\S+)" \. (\S+) comment "(KSZ-\S+)" \}', statement
        )
        if match:
            owners[match[2], match[1]] = match[3]
    return owners


def _ports(found: set[str]) -> Iterator[str]:
    for statement in found:
        match = _PORT.match(statement)
        if match:
            yield match[1] or match[2]


def _startup(startup: dict[str, Any], running: dict[str, Any], dialect: Dialect) -> Iterator[str]:
    """The statements for a confirmed generation that is not the one that was made to run.

    It is held against what was committed, not against what the tools show: an edit of what runs is
    told by the tools' answers.
    """
    if not startup or not running:
        confirmed, made = startup.get("id", "nothing"), running.get("id", "nothing")
        yield f"startup is {confirmed}, running is {made}"
        return
    committed = frozenset(statements.split(running["statements"] or ""))
    yield from generation.deviations(startup["files"], committed, dialect)
    if startup["fingerprints"] != running["fingerprints"]:
        yield "startup has other keys"
