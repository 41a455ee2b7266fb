"""Resources into statements: one template per kind of resource, typed values only."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ksz_netops.borders.templates import DeviceTemplates
from ksz_netops.platforms.linux.config import names, statements
from ksz_netops.state.resources import Perimeter, TunnelEnd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template

    from ksz_netops.state.resources import DeviceState, EthernetPort, Resource


@cache
def environment() -> DeviceTemplates:
    """Where the templates live."""
    found = DeviceTemplates(Path(__file__).parent / "templates")
    found.filters |= {
        "account_name": names.account_name,
        "child_lifetime_s": names.child_lifetime_s,
        "class_id": names.class_id,
        "host": names.host,
        "leaf_limit": names.leaf_limit,
        "partner_token": names.partner_token,
        "plain": names.plain,
        "port_range": names.port_range,
    }
    found.tests["tunnel"] = lambda way: isinstance(way, TunnelEnd)
    found.globals |= {
        name: getattr(names, name)
        for name in (
            "BLACKHOLE_METRIC",
            "NOLOGIN",
            "REQID_BASE",
            "SFTP_GROUP",
            "TUNNELS",
            "USER_BASE",
        )
    }
    return found


@cache
def _template(kind: str) -> Template:
    return environment().get_template(f"{kind}.j2")


@lru_cache(maxsize=2**17)
def statements_of(resource: Resource, extranet: EthernetPort | None) -> tuple[str, ...]:
    """What holds *resource* on a hub whose port towards the extranet is *extranet*."""
    text = _template(resource.kind).render(it=resource, extranet=extranet)
    return tuple(statements.split(text))


def extranet_port(state: DeviceState) -> EthernetPort | None:
    """The port towards the extranet; None where the hub has none."""
    return next((each.extranet for each in state if isinstance(each, Perimeter)), None)


def rendered(state: DeviceState) -> Mapping[Resource, tuple[str, ...]]:
    """The statements of each resource of *state*."""
    extranet = extranet_port(state)
    return {resource: statements_of(resource, extranet) for resource in state}


def configuration(state: DeviceState) -> tuple[str, ...]:
    """All statements that hold *state*, strays among them."""
    return statements.ordered(
        [
            *(each for group in rendered(state).values() for each in group),
            *(stray.statement for stray in state.strays),
        ]
    )
