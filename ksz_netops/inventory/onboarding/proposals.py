"""What an inventory proposes to a partner who joins, and how the new file is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from ksz_netops.errors import IntentError, Problem
from ksz_netops.state.addresses import read_address, read_interface, read_network

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ksz_netops.intent.models import Intent
    from ksz_netops.state.resources import IPNetwork

_MODELINE: Final = "# yaml-language-server: $schema=../schema/partner.json"
_INDENT: Final = 2


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Knows what is free in *intent*."""

    intent: Intent

    def proposal(self, path: tuple[str, ...], told: Mapping[tuple[str, ...], Any]) -> str:
        """The next free id, link address or attachment, and the usual name of a key."""
        match path:
            case ("id",):
                return self._next_id()
            case (*_, "psk"):
                return f"vault:{told[('id',)]}-S1"
            case (*above, "attachment"):
                return self._attachments(told[(*above, "hub")])[0]
            case (*_, "link", "hub"):
                network = self._next_link(told)
                return f"{network[1]}/{network.prefixlen}" if network else ""
            case (*above, "link", "partner"):
                hub = read_interface(told[(*above, "link", "hub")])
                return str(hub.ip + 1) if hub.ip + 1 in hub.network else ""
            case _:
                return ""

    def choices(
        self, path: tuple[str, ...], told: Mapping[tuple[str, ...], Any]
    ) -> tuple[str, ...]:
        """The names of hubs, attachments and services."""
        match path:
            case (*_, "link", "hub"):
                return ()
            case (*_, "hub"):
                return tuple(sorted(self.intent.hubs))
            case (*above, "attachment"):
                return self._attachments(told[(*above, "hub")])
            case ("flows", "to"):
                return tuple(sorted(self.intent.extranet.services))
            case _:
                return ()

    def _next_id(self) -> str:
        taken = {partner.number for partner in self.intent.partners}
        return f"P{max(taken, default=0) + 1:05}"

    def _attachments(self, hub: str) -> tuple[str, ...]:
        """Those of the *hub* that are free; interconnects always are.

        Raises:
            IntentError: If there is none.
        """
        used = {
            attachment
            for partner in self.intent.partners
            for name, attachment in _attached(partner.model_dump(mode="json"))
            if name == hub
        }
        attachments = self.intent.hubs[hub].attachments
        free = [name for name, each in attachments.items() if each.network or name not in used]
        if not free:
            what = f"every attachment of {hub} is in use"
            fix = f"define another in host_vars/{hub}.yml"
            raise IntentError(Problem(code="KSZ170", what=what, fix=fix))
        return tuple(sorted(free, key=lambda name: (attachments[name].network is not None, name)))

    def _next_link(self, told: Mapping[tuple[str, ...], Any]) -> IPNetwork | None:
        """The prefix after the last link of the same IP version, as long as that one."""
        family = read_address(str(told["official_ip",]).partition("/")[0]).version
        links = [
            network.address.network
            for partner in self.intent.partners
            for connection in partner.connections
            for network in connection.networks()
            if network.address.version == family
        ]
        if not links:
            return None
        last = max(links, key=lambda each: int(each.broadcast_address))
        taken = [*self.intent.extranet.prefixes]
        taken += [network for hub in self.intent.hubs.values() for network in hub.networks()]
        proposed = _after(last, last.prefixlen)
        while in_the_way := [each for each in taken if _overlap(each, proposed)]:
            proposed = _after(in_the_way[0], last.prefixlen)
        return proposed


def _after(network: IPNetwork, length: int) -> IPNetwork:
    """The first prefix of *length* behind *network*."""
    size = 1 << network.max_prefixlen - length
    start = -(-(int(network.broadcast_address) + 1) // size) * size
    return read_network(f"{type(network.network_address)(start)}/{length}")


def _overlap(one: IPNetwork, other: IPNetwork) -> bool:
    return (
        one.version == other.version
        and int(one.network_address) <= int(other.broadcast_address)
        and int(other.network_address) <= int(one.broadcast_address)
    )


def _attached(node: object) -> Iterator[tuple[str, str]]:
    """Every hub and attachment that stand together in a file."""
    match node:
        case {"hub": str(hub), "attachment": str(attachment)}:
            yield hub, attachment
        case dict():
            for value in node.values():
                yield from _attached(value)
        case list():
            for value in node:
                yield from _attached(value)
        case _:
            return


def written(answers: Mapping[str, Any], explanations: Mapping[tuple[str, ...], str]) -> str:
    """A partner's file with these *answers*, each key explained where it has an explanation."""
    return "\n".join([_MODELINE, "---", *_lines(answers, (), explanations, 0)]) + "\n"


def _lines(
    mapping: Mapping[str, Any],
    path: tuple[str, ...],
    explanations: Mapping[tuple[str, ...], str],
    depth: int,
) -> Iterator[str]:
    indent = " " * depth
    for key, value in mapping.items():
        inner = (*path, key)
        if explanations.get(inner):
            yield f"{indent}# {explanations[inner]}"
        match value:
            case dict():
                yield f"{indent}{key}:"
                yield from _lines(value, inner, explanations, depth + _INDENT)
            case [dict(), *_]:
                yield f"{indent}{key}:"
                for item in value:
                    yield from _item(list(_lines(item, inner, explanations, depth + 2 * _INDENT)))
            case _:
                yield f"{indent}{key}: {_scalar(value)}"


def _item(lines: list[str]) -> Iterator[str]:
    """The *lines* of a mapping as an item of a list: the first key bears the dash."""
    first = next(number for number, line in enumerate(lines) if not line.lstrip().startswith("#"))
    yield from lines[:first]
    yield lines[first].replace(
        f"{' ' * _INDENT}{lines[first].lstrip()}", f"- {lines[first].lstrip()}"
    )
    yield from lines[first + 1 :]


def _scalar(value: Any) -> str:  # noqa: ANN401 - whatever YAML holds
    """*value* on one line, quoted where YAML would read something else."""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000)
    return text.removesuffix("\n").removesuffix("\n...")
