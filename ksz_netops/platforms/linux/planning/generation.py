"""A generation: all that a hub must hold, as files from which the agent can restore it alone."""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

from ksz_netops.platforms.linux.config import statements as text
from ksz_netops.platforms.linux.stores import (
    accounts,
    filter,  # noqa: A004 - the store
    links,
    neighbours,
    routes,
    shapers,
    tunnels,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

    from ksz_netops.platforms.linux.config.dialect import Dialect


def files(statements: AbstractSet[str], dialect: Dialect) -> dict[str, str]:
    """The files of a generation that holds *statements*, but for the keys, by relative path."""
    found = {
        "statements": text.join(statements),
        "table.nft": filter.whole_table(statements, dialect)
        if any(each.startswith("frame ") for each in statements)
        else filter.CLOSED_TABLE,
        "manifest.json": json.dumps(_manifest(statements, dialect), indent=1, sort_keys=True),
    }
    for token, statement in connections(statements).items():
        found[f"connections/{token}.conf"] = tunnels.connection_file(statement, dialect)
    return found


def secrets(statements: AbstractSet[str], reveal: Callable[[str], str]) -> dict[str, str]:
    """The files with keys; *reveal* gives the key for the token of a connection."""
    return {
        f"secrets/{token}.conf": tunnels.secret_file(statement, reveal(token))
        for token, statement in connections(statements).items()
    }


def seal(content: Mapping[str, str]) -> str:
    """The file by which the hub knows that a generation with *content* is whole."""
    return "".join(
        f"{hashlib.sha256(text.encode()).hexdigest()}  {path}\n"
        for path, text in sorted(content.items())
    )


def name(sealed: str, *, at: time.struct_time, token: str) -> str:
    """The name of a generation with the seal *sealed*; *token* tells two of one second apart."""
    digest = hashlib.sha256(sealed.encode()).hexdigest()[:16]
    return f"{time.strftime('%Y%m%dT%H%M%SZ', at)}-{digest}-{token}"


def connections(statements: AbstractSet[str]) -> dict[str, str]:
    """The blocks among *statements* by token."""
    return {each.split()[1]: each for each in statements if each.startswith("connection ")}


def deviations(
    found: Mapping[str, str], statements: AbstractSet[str], dialect: Dialect
) -> list[str]:
    """The statements for a generation on disk that is not what *statements* would be there.

    Args:
        found: SHA-256 by relative path, without the files that hold keys.
        statements: What the hub runs.
        dialect: The hub's.
    """
    expected = {
        path: hashlib.sha256(content.encode()).hexdigest()
        for path, content in files(statements, dialect).items()
    }
    present = dict(found)
    # Its content depends on the keys; the hub itself holds it against all files.
    sealed = present.pop("seal", None)
    return [
        *([] if sealed else ["startup lacks seal"]),
        *(f"startup lacks {path}" for path in sorted(expected.keys() - present.keys())),
        *(f"startup has {path}" for path in sorted(present.keys() - expected.keys())),
        *(
            f"startup differs in {path}"
            for path in sorted(expected.keys() & present.keys())
            if expected[path] != present[path]
        ),
    ]


def _manifest(statements: AbstractSet[str], dialect: Dialect) -> dict[str, Any]:
    ports = links.links(statements)
    addresses = links.addresses(statements)
    shaped: dict[str, list[str]] = {}
    for port, classes in sorted(shapers.classes_of(statements, dialect).items()):
        shaped[port] = [shapers.root_line(port)]
        for _, lines in sorted(classes.items()):
            shaped[port] += lines
    return {
        "esp": dialect.esp,
        "links": {
            port: {
                "alias": link["token"],
                "parent": link["parent"],
                "vlan": int(link["vlan"]) if link["vlan"] else None,
                "addresses": sorted(address for on, address in addresses if on == port),
            }
            for port, link in sorted(ports.items())
        },
        "neighbours": [
            {
                "line": neighbours.replace_line(port, address, mac),
                "port": port,
                "address": address,
            }
            for (port, address), mac in sorted(neighbours.places(statements).items())
        ],
        "routes": [
            {
                "line": routes.replace_line(place, arguments),
                "prefix": place[0],
                "metric": place[1],
            }
            for place, arguments in sorted(routes.places(statements).items())
        ],
        "ways": routes.ways(statements),
        "shapers": shaped,
        "accounts": {
            name: {
                "uid": int(held.uid),
                "gecos": held.token,
                "keys": held.keys,
                "directories": list(held.directories),
            }
            for name, held in sorted(accounts.held_by(statements).items())
        },
    }
