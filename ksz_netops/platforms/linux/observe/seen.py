"""What one look at a hub showed, made into statements.

Each part of a hub is read by itself. One that cannot be read takes no other with it: it is named in
`unread`, with the kinds of resources about which nothing is known then.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.errors import Problem, ReadbackError
from ksz_netops.platforms.linux.config import statements, vici
from ksz_netops.platforms.linux.config.dialect import Dialect, Esp
from ksz_netops.platforms.linux.observe import foreign, ground, namesakes, watch
from ksz_netops.platforms.linux.observe.document import Document, SilentError, not_understood
from ksz_netops.platforms.linux.planning import generation
from ksz_netops.platforms.linux.stores import (
    accounts,
    filter,  # noqa: A004 - the store
    links,
    neighbours,
    routes,
    shapers,
    tunnels,
)
from ksz_netops.state.resources import (
    KINDS,
    Handoff,
    PartnerFilter,
    Perimeter,
    Route,
    SftpAccount,
    Shaper,
    Tunnel,
    Unread,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ksz_netops.state.observations import Foreign, Ground, Watch

_PORT: Final = re.compile(r'link (\S+) |element (?:management|extranet|internet)_port \{ "(\S+)"')
_OF_TUNNELS: Final = re.compile(r"(?:shaping|class) tunnels\b")
_WRONG: Final = (ValueError, KeyError, IndexError, TypeError, AttributeError)
_ALL: Final = tuple(kind.kind for kind in KINDS)


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
    watch: Watch | None
    """None where it could not be read."""
    foreign: Foreign | None
    """None where it could not be read."""
    ground: Ground | None
    """None where it could not be read."""
    silence: str
    """Why the IKE daemon tells nothing; empty where it answers."""
    unread: tuple[Unread, ...]
    """What could not be read."""
    unconfirmed: tuple[Unread, ...]
    """What was read from files alone, since the IKE daemon is silent."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why something could not be read."""
        told = {(each.code, each.why, each.fix): None for each in self.unread}
        return tuple(Problem(code=code, what=why, fix=fix) for code, why, fix in told)


def seen(hub: str, text: str) -> Seen:
    """What *text*, the output of the look at *hub*, says.

    Raises:
        ReadbackError: If it is no document of a look at all.
    """
    reader = _Reader(Document.read(hub, text))
    reader.read()
    return reader.seen()


@dataclass(kw_only=True)
class _Charon:
    """What the IKE daemon told."""

    silence: str = ""
    loaded: list[dict[str, Any]] = field(default_factory=list)
    associations: list[dict[str, Any]] = field(default_factory=list)
    shared_keys: list[str] = field(default_factory=list)


class _Reader:
    """Reads a document part by part."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._found: set[str] = set()
        self._unread: list[Unread] = []
        self._table: dict[str, Any] = {"nftables": []}
        self._links: list[dict[str, Any]] = []
        self._running: dict[str, Any] = {}
        self._startup: dict[str, Any] = {}
        self._daemon: list[str] = []
        self._charon = _Charon()
        self._watch: Watch | None = None
        self._foreign: Foreign | None = None
        self._ground: Ground | None = None
        self._dialect = Dialect(esp=Esp.KERNEL)

    def read(self) -> None:
        """Reads all parts; one may need what another before it told."""
        self._try("the generation that runs", _ALL, self._read_running)
        self._try("the IKE daemon", (Tunnel.kind,), self._read_charon)
        self._try("nft", (Perimeter.kind, PartnerFilter.kind, Shaper.kind), self._read_table)
        self._dialect = _dialect(self._document, self._table, self._running)
        self._try("nft", (Perimeter.kind, PartnerFilter.kind, Shaper.kind), self._read_filter)
        self._try("ip link", (Handoff.kind,), self._read_links)
        self._try("ip route", (Route.kind,), self._read_routes)
        self._try("the watcher of ways", (), self._read_watch)
        self._try("ip neighbour", (Route.kind,), self._read_neighbours)
        self._try("tc", (Shaper.kind,), self._read_shapers)
        self._try("swanctl", (Tunnel.kind,), self._read_tunnels)
        self._try("accounts", (SftpAccount.kind,), self._read_accounts)
        self._try("the confirmed generation", _ALL, self._read_startup)
        self._try("what others hold", (), self._read_foreign)
        self._try("the hub's ground", (), self._read_ground)

    def seen(self) -> Seen:
        """What was read."""
        unconfirmed: tuple[Unread, ...] = ()
        if self._charon.silence and self._running.get("connections"):
            unconfirmed = (_silent(self._document.hub, self._charon.silence),)
        pending = self._told("pending")
        return Seen(
            statements=frozenset(self._found),
            dialect=self._dialect,
            agent=self._told("agent"),
            running=self._running.get("id"),
            startup=self._startup.get("id"),
            startup_statements=self._startup.get("statements") or "",
            pending=str(pending.get("id")) if isinstance(pending, dict) else None,
            links=self._links,
            table=self._table,
            associations=self._charon.associations,
            daemon=tuple(self._daemon),
            watch=self._watch,
            foreign=self._foreign,
            ground=self._ground,
            silence=self._charon.silence,
            unread=tuple(self._unread),
            unconfirmed=unconfirmed,
        )

    def _try(self, part: str, kinds: tuple[str, ...], read: Callable[[], None]) -> None:
        """Calls *read*; where it fails nothing is known about *kinds*."""
        try:
            try:
                read()
            except _WRONG as error:
                said = f"{type(error).__name__}: {error}"
                raise not_understood(self._document.hub, part, said) from error
        except ReadbackError as error:
            self._unread += [
                Unread(part=part, kinds=kinds, code=each.code, why=each.what, fix=each.fix)
                for each in error.problems
            ]

    def _told(self, name: str) -> Any:  # noqa: ANN401 - any part's value
        return None if name in self._document.failed else self._document.parts.get(name)

    def _read_running(self) -> None:
        self._running = self._document.part("running") or {}

    def _read_charon(self) -> None:
        try:
            self._charon.loaded = vici.events(self._document.charon("connections"), "list-conn")
            self._charon.associations = vici.events(
                self._document.charon("associations"), "list-sa"
            )
            self._charon.shared_keys = json.loads(self._document.charon("shared keys"))
        except SilentError as error:
            self._charon = _Charon(silence=str(error))

    def _read_table(self) -> None:
        self._table = self._document.table()

    def _read_filter(self) -> None:
        self._found.update(filter.read(self._table, self._dialect))

    def _read_links(self) -> None:
        self._links = json.loads(self._document.answer("links"))
        self._found.update(links.read(self._links))
        there = {link["ifname"] for link in self._links}
        libipsec = self._dialect.esp is Esp.LIBIPSEC
        self._dialect = replace(
            self._dialect, has_tunnel_port=not libipsec or self._dialect.tunnel_port in there
        )

    def _read_routes(self) -> None:
        owners = _owners(self._found, self._running)
        self._found.update(routes.read(self._document.listed("routes"), owners))

    def _read_watch(self) -> None:
        self._watch = watch.read(self._told("watch"))
        committed = statements.split(self._running.get("statements") or "")
        self._found.update(watch.withdrawn(self._watch, committed))

    def _read_neighbours(self) -> None:
        self._found.update(neighbours.read(self._document.listed("neighbours")))

    def _read_shapers(self) -> None:
        document = self._document
        self._found.update(
            shapers.read(document.answer("qdiscs"), document.classes(), self._dialect)
        )
        if not self._dialect.has_tunnel_port:
            # Nothing passes by a port that is not there. It gets these rates when it comes back.
            committed = statements.split(self._running.get("statements") or "")
            self._found.update(each for each in committed if _OF_TUNNELS.match(each))

    def _read_tunnels(self) -> None:
        charon = self._charon
        given = (self._running.get("connections", {}), self._running.get("fingerprints", {}))
        if charon.silence:
            self._found.update(tunnels.read_files(*given, self._dialect))
            return
        self._found.update(
            tunnels.read(
                *given,
                {name: body for event in charon.loaded for name, body in event.items()},
                (name for event in charon.associations for name in event),
                charon.shared_keys,
                self._dialect,
            )
        )

    def _read_accounts(self) -> None:
        part = self._document.part
        self._found.update(accounts.read(part("accounts"), part("orphan_keys")))
        self._daemon = list(
            accounts.sshd(self._document.sshd(), part("sshd_exceptions"), part("sshd_daemon"))
        )
        if any(each.startswith("element file_service ") for each in self._found):
            self._found.update(self._daemon)

    def _read_startup(self) -> None:
        self._startup = self._document.part("startup") or {}
        if self._document.part("pending") is None and (self._running or self._startup):
            self._found.update(_startup(self._startup, self._running, self._dialect))

    def _read_ground(self) -> None:
        document = self._document
        self._ground = ground.read(
            ground.Answers(
                links=self._links,
                routes=document.listed("every route"),
                rules={
                    version: json.loads(document.answer(f"rules{version}") or "[]")
                    for version in (4, 6)
                },
                ruleset=json.loads(document.answer("every table")),
                neighbours=document.listed("neighbours"),
                settings=document.part("settings"),
                boot=document.part("boot"),
                agent=document.part("agent"),
                settings_are_younger=document.part("settings_are_younger"),
                ways=document.part("ways"),
                ports=frozenset(_ports(self._found)),
            ),
            self._dialect,
        )

    def _read_foreign(self) -> None:
        document = self._document
        charon, held = self._charon, document.part("accounts")
        ruleset = json.loads(document.answer("every table"))
        called = (name for event in (*charon.loaded, *charon.associations) for name in event)
        others = foreign.read(
            foreign.Answers(
                routes=document.listed("every route"),
                rules=document.listed("rules"),
                ruleset=ruleset,
                links=self._links,
                qdiscs=document.answer("qdiscs"),
                connections=self._charon.loaded,
                associations=self._charon.associations,
                filters=document.filters(),
                shared_keys=tuple(self._charon.shared_keys),
                ports=frozenset(_ports(self._found)),
            ),
            self._dialect,
        )
        self._foreign = replace(
            others,
            namesakes=tuple(namesakes.read(self._links, held, called, _tables(ruleset))),
            detours=(*others.detours, *namesakes.intruders(held)),
        )


def _silent(hub: str, silence: str) -> Unread:
    return Unread(
        part="the IKE daemon",
        kinds=(Tunnel.kind,),
        code="KSZ417",
        why=f"{hub}: {silence}",
        fix="start it again with `systemctl restart ksz-charon`, and read its log",
    )


def _dialect(document: Document, table: dict[str, Any], running: dict[str, Any]) -> Dialect:
    try:
        libipsec = "kernel-libipsec" in vici.reply(document.charon("stats"), "stats")["plugins"]
    except (SilentError, ReadbackError, ValueError, KeyError, TypeError, AttributeError):
        uncommented = re.sub(r"#.*", "", document.parts.get("strongswan") or "")
        libipsec = "kernel-libipsec" in uncommented
    internet = ""
    committed = str(running.get("statements") or "")
    if match := re.search(r'^element internet_port \{ "(\S+)"', committed, re.MULTILINE):
        internet = match[1]
    for item in table.get("nftables", ()):
        if item.get("set", {}).get("name") == "internet_port":
            internet = ""
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


def _tables(ruleset: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for item in ruleset["nftables"]:
        if table := item.get("table"):
            yield table["family"], table["name"]


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
    if not startup["whole"]:
        yield "startup is damaged: the hub would be closed after a restart"
    committed = frozenset(statements.split(running["statements"] or ""))
    yield from generation.deviations(startup["files"], committed, dialect)
    if startup["fingerprints"] != running["fingerprints"]:
        yield "startup has other keys"
