"""The real tools, each within a limit of time, and their answers unread."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any, Final, TypeAlias

Answer: TypeAlias = "dict[str, Any]"
"""Exit code and both outputs of a tool."""

LIMIT_S: Final = 10
"""Of one tool; the kernel answers at once."""
DAEMON_LIMIT_S: Final = 4
"""Of one question to a daemon, which may hang."""
TIMED_OUT: Final = 124


def tool(*argv: str, limit_s: float = LIMIT_S, stdin: str = "") -> Answer:
    """What a tool answers; code 127 where it is not there, 124 where it does not end."""
    try:
        done = subprocess.run(  # noqa: S603 - the callers name fixed tools
            argv, input=stdin, capture_output=True, text=True, timeout=limit_s, check=False
        )
    except OSError as error:
        return {"code": 127, "out": "", "err": str(error)}
    except subprocess.TimeoutExpired:
        return {"code": TIMED_OUT, "out": "", "err": f"no answer within {limit_s:g} s"}
    return {"code": done.returncode, "out": done.stdout, "err": done.stderr}


def nft_table(family: str, name: str, *options: str) -> dict[str, Any]:
    """The listing of one table as JSON, its flags as the listing for people shows them.

    nft 1.0.6 cuts its JSON short, or writes any text, where it comes to the flags of a table. Of
    a table whose JSON is cut short only its name and its flags remain, marked as `unread`.
    """
    answer = tool("nft", "-j", *options, "list", "table", family, name)
    head = tool("nft", "-s", "-t", "list", "table", family, name)
    flags = re.findall(r"^\tflags (.+)$", head["out"], re.MULTILINE)
    if answer["code"] or not flags:
        return answer
    try:
        listed = json.loads(answer["out"])["nftables"]
    except ValueError:
        listed = [{"table": {"family": family, "name": name, "unread": True}}]
    for item in listed:
        if "table" in item:
            item["table"]["flags"] = flags[0].split(",")
    return {**answer, "out": json.dumps({"nftables": listed}) + "\n"}


def every_table() -> dict[str, Any]:
    """All tables without their elements, as one answer of nft."""
    answer = tool("nft", "list", "tables")
    listed: list[dict[str, Any]] = []
    for family, name in re.findall(r"^table (\S+) (\S+)$", answer["out"], re.MULTILINE):
        one = nft_table(family, name, "-s", "-t")
        if one["code"]:
            return one
        try:
            listed += json.loads(one["out"])["nftables"]
        except ValueError:
            return one
    return answer if answer["code"] else {**answer, "out": json.dumps({"nftables": listed}) + "\n"}


def shaped_ports(qdiscs: str) -> list[str]:
    """The ports with our root among *qdiscs*, the answer of `tc -j qdisc show`."""
    try:
        return [
            each["dev"]
            for each in json.loads(qdiscs or "[]")
            if each.get("root") and (each["kind"], each["handle"]) == ("htb", "4b5a:")
        ]
    except (ValueError, KeyError, TypeError):
        return []


def kernel() -> dict[str, Answer]:
    """What the kernel is told; `tc class <port>` for each port with our root."""
    everywhere = ("route", "show", "table", "all")
    route = (*everywhere, "proto", "201")
    found = {
        "links": tool("ip", "-j", "-d", "address", "show"),
        "routes4": tool("ip", "-j", "-4", *route),
        "routes6": tool("ip", "-j", "-6", *route),
        "every route4": tool("ip", "-j", "-4", *everywhere),
        "every route6": tool("ip", "-j", "-6", *everywhere),
        "rules4": tool("ip", "-j", "-4", "rule", "show"),
        "rules6": tool("ip", "-j", "-6", "rule", "show"),
        "every table": every_table(),
        "qdiscs": tool("tc", "-j", "qdisc", "show"),
        "table": nft_table("inet", "ksz"),
    }
    for port in shaped_ports(found["qdiscs"]["out"]):
        found[f"tc class {port}"] = tool("tc", "-j", "class", "show", "dev", port)
    return found
