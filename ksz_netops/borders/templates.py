"""Templates for devices, into which nothing but typed values goes.

What an expression in a template gives must be an address, a number, an id, a port, a member of one
of our enumerations or a `Word`; anything else is refused when the template is rendered. Text that
stands in a template's own source is its author's, and becomes a `Literal`. So a string from a file
or from a device has no way into a statement, unless it was checked against a grammar before.
"""

from __future__ import annotations

import re
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.compiler import CodeGenerator

from ksz_netops.state.addresses import has_zone
from ksz_netops.state.grammar import Word, Words
from ksz_netops.state.resources import EthernetPort, Owner, Protocol, SshKey

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from jinja2 import nodes
    from jinja2.compiler import Frame

_NAMED: Final = (Owner, EthernetPort, SshKey)
"""Values that a template writes by their names; each is checked again to be words."""
_ADMITTED: Final = (
    Word,
    Protocol,
    IPv4Address,
    IPv6Address,
    IPv4Network,
    IPv6Network,
    IPv4Interface,
    IPv6Interface,
)
"""The other types whose values a template may write, beside whole numbers."""


class Literal(Word):
    """Text from the source of a template, or made by a template of admitted values."""

    __slots__ = ()
    FORM = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f]*")
    WHAT = "text of a template"


def admitted(value: object) -> object:
    """*value*, if a template may write it.

    Raises:
        TypeError: If its type is not one of the closed set, or it is an address with a zone.
    """
    if isinstance(value, _NAMED):
        return Words(str(value))
    if type(value) is int or (isinstance(value, _ADMITTED) and not has_zone(value)):
        return value
    message = f"a template for a device cannot write {value!r} of type {type(value).__name__}"
    raise TypeError(message)


def joined(parts: Iterable[object], separator: str = "") -> Literal:
    """The admitted *parts* as one text."""
    return Literal(separator.join(str(admitted(each)) for each in parts))


def listed(values: Iterable[Any], separator: str = "", attribute: str | None = None) -> Literal:
    """Jinja's filter `join`, for admitted values."""
    given = values if attribute is None else (getattr(each, attribute) for each in values)
    return joined(given, separator)


class DeviceTemplates(Environment):
    """The templates in a *folder*; an undefined name and an untyped value are errors."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            loader=FileSystemLoader(folder),
            undefined=StrictUndefined,
            finalize=admitted,
            autoescape=False,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self.filters["join"] = listed

    @staticmethod
    def concat(parts: Iterable[str]) -> Literal:
        """What a macro, a block or a whole template gives: its parts were admitted one by one."""
        return Literal("".join(parts))

    @staticmethod
    def literal(text: str) -> Literal:
        """Text from the source of a template."""
        return Literal(text)

    joined = staticmethod(joined)


class _Literals(CodeGenerator):
    """Compiles a template so that the text in its source is known from the text in its values."""

    def visit_Const(self, node: nodes.Const, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        value = node.as_const(frame.eval_ctx)
        self.write(f"environment.literal({value!r})" if isinstance(value, str) else repr(value))

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        self.write("environment.joined((")
        for each in node.nodes:
            self.visit(each, frame)
            self.write(", ")
        self.write("))")


DeviceTemplates.code_generator_class = _Literals
