"""The closed forms of every line that is sent to a hub; anything else is never sent.

The statements from which steps are made come from our templates and from the hub's own answers. So
each step is checked once more when it is made, word by word: what a tool could take for another
line, another option or another command does not become a step.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ksz_netops.platforms.linux.config import frame, names
from ksz_netops.platforms.linux.config.dialect import Esp

if TYPE_CHECKING:
    from collections.abc import Mapping

_PORT = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}"
_TOKEN = r"KSZ-(?:P[0-9]{5}(?:-S[0-9]{1,2})?|HUB|NET-[A-Z0-9]+(?:-[A-Z0-9]+)*)"  # noqa: S105 - no password
_CONNECTION = r"KSZ-P[0-9]{5}-S[0-9]{1,2}"
_ADDRESS = r"[0-9A-Fa-f.:]{2,45}"
_MAC = r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}"
_PREFIX = rf"{_ADDRESS}(?:/[0-9]{{1,3}})?"
_NUMBER = r"[0-9]{1,10}"
_TABLE = r"[A-Za-z0-9_]{1,32}"
_CLASS = r"4b5a:[0-9a-f]{0,4}"
_ACCOUNT = r"ksz-p[0-9]{5}-s[0-9]{1,2}"
_FILE = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}"
_FOLDER = r"[a-z0-9][a-z0-9_-]{0,31}"
_WAY = rf"(?:via {_ADDRESS} )?dev {_PORT}"
_PLACE = rf"{_PREFIX}(?: table {_TABLE})? metric {_NUMBER} proto {names.ROUTE_PROTOCOL}"
_KEY = rf'restrict,from="{_ADDRESS}" [a-z0-9@.-]+ [A-Za-z0-9+/]+={{0,2}}'
_PART = (
    rf'"{_PORT}"|(?:[0-9a-f]{{2}}:){{5}}[0-9a-f]{{2}}|{_PREFIX}|{_NUMBER}(?:-{_NUMBER})?|[a-z0-9]+'
)
_COMMENT = rf' comment "{_TOKEN}(?: tunnel {_NUMBER})?"'


def _any(*forms: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{form})" for form in forms), re.ASCII)


_COMMANDS: Final = _any(
    rf"ip\0link\0set\0dev\0{_PORT}\0alias\0(?:{_TOKEN}\0up|\0down)",
    "ip\0-batch\0-",
    "tc\0-batch\0-",
    "nft\0-f\0-",
    rf"@vlan\0{_PORT}\0{_PORT}\0[0-9]{{1,4}}",
    rf"@tunnels(?:\0{_CONNECTION})+",
    rf"@account\0{_ACCOUNT}\0{_NUMBER}\0{_TOKEN}",
    rf"@account-gone\0{_FILE}",
    rf"@keys\0{_ACCOUNT}",
    rf"@directories\0{_ACCOUNT}(?:\0{_FOLDER})*",
    "@file-service",
)
"""Every step by its words, between which stands a zero."""

_LINES: Final[Mapping[str, re.Pattern[str]]] = {
    "ip": _any(
        rf"address replace {_PREFIX} dev {_PORT}(?: nodad)?",
        rf"address del {_PREFIX} dev {_PORT}",
        rf"link del dev {_PORT}",
        rf"route replace (?:[a-z]+ )?{_PLACE}(?: {_WAY}|(?: nexthop {_WAY})+)?",
        rf"route del {_PLACE}",
        rf"neighbour replace {_ADDRESS} lladdr {_MAC} dev {_PORT} nud permanent"
        rf" protocol {names.ROUTE_PROTOCOL}",
        rf"neighbour del {_ADDRESS} dev {_PORT}",
    ),
    "tc": _any(
        rf"qdisc add dev {_PORT} root handle 4b5a: htb default 0",
        rf"qdisc del dev {_PORT} root handle 4b5a:",
        rf"class replace dev {_PORT} parent 4b5a: classid {_CLASS} htb rate {_NUMBER}kbit"
        rf" ceil {_NUMBER}kbit burst {_NUMBER} cburst {_NUMBER} quantum 1514",
        rf"class del dev {_PORT} classid {_CLASS}",
        rf"qdisc replace dev {_PORT} parent {_CLASS} bfifo limit {_NUMBER}",
    ),
    "nft": _any(
        rf"(?:add|delete) element inet {names.TABLE} [a-z_]+[46]?"
        rf" \{{ (?:{_PART})(?: \. (?:{_PART}))*(?:{_COMMENT})?(?: : {_CLASS})? \}}",
    ),
    "@keys": _any(_KEY),
}
"""What may stand in a line of a tool's standard input."""
_REPLACED: Final = f"table inet {names.TABLE}\ndelete table inet {names.TABLE}\n"


class GrammarError(ValueError):
    """A line is none of those that are sent to a hub."""


def check_step(argv: tuple[str, ...], stdin: str) -> None:
    """Accepts a step of a closed form.

    Raises:
        GrammarError: If it is none.
    """
    if not argv or any("\0" in word for word in argv) or not _COMMANDS.fullmatch("\0".join(argv)):
        raise GrammarError(_refused(" ".join(argv)))
    text = _without_frame(stdin) if argv[0] == "nft" else stdin
    form = _LINES.get(argv[0])
    for line in text.split("\n")[:-1] if text.endswith("\n") else filter(None, [text]):
        if form is None or not form.fullmatch(line):
            raise GrammarError(_refused(f"{argv[0]}: {line}"))


def _without_frame(script: str) -> str:
    """The elements in a *script* for nft that may replace the whole table before them."""
    rest = script.removeprefix(_REPLACED)
    if rest == script:
        return script
    for whole in (*map(frame.frame, Esp), frame.CLOSED):
        if rest.startswith(whole):
            return rest.removeprefix(whole)
    return rest


def _refused(what: str) -> str:
    return f"not a line that is sent to a hub: {what!r}"
