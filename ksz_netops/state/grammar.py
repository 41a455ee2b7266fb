"""The grammars of the text that may reach a device.

A `Word` is text that fits one of them. Statements for a device are made of addresses, numbers, ids
and words alone: the templates refuse any other text, so nothing that a person or a device wrote
reaches a statement unchecked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from typing import Self


class Word(str):
    """Text that fits the grammar of its class.

    What an operation on it gives, such as a slice, is plain text again.
    """

    __slots__ = ()

    FORM: ClassVar[re.Pattern[str]] = re.compile(r"[A-Za-z0-9._:/@+=-]+")
    WHAT: ClassVar[str] = "a word for a device"

    def __new__(cls, text: str) -> Self:
        """Checks *text*.

        Raises:
            ValueError: If it does not fit.
        """
        if type(text) is cls:
            return text
        if not cls.FORM.fullmatch(text):
            message = f"not {cls.WHAT}: {text!r}"
            raise ValueError(message)
        return super().__new__(cls, text)


class Words(Word):
    """Several words, separated by one blank each."""

    __slots__ = ()
    FORM = re.compile(rf"{Word.FORM.pattern}(?: {Word.FORM.pattern})*")
    WHAT = "words for a device"


class InterfaceName(Word):
    """The name of an interface, without the VLAN."""

    __slots__ = ()
    FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_/:-]{0,62}")
    WHAT = "the name of an interface"


class ControllerName(Word):
    """The slot numbers of an E1 controller, `0/1/0`."""

    __slots__ = ()
    FORM = re.compile(r"[0-9]{1,3}(?:/[0-9]{1,3}){1,3}")
    WHAT = "the name of an E1 controller"


class Mac(Word):
    """A MAC address, in lower case with colons."""

    __slots__ = ()
    FORM = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")
    WHAT = "a MAC address"


class ProfileName(Word):
    """The name of a profile of algorithms."""

    __slots__ = ()
    FORM = re.compile(r"[a-z][a-z0-9-]{0,31}")
    WHAT = "the name of a crypto profile"


class Algorithms(Word):
    """One proposal, as strongSwan writes it: `aes256gcm16-prfsha384-ecp384`."""

    __slots__ = ()
    FORM = re.compile(r"[a-z0-9]+(?:-[a-z0-9_]+){0,11}")
    WHAT = "a proposal"


class SecretName(Word):
    """The name of a pre-shared key in the vault."""

    __slots__ = ()
    FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
    WHAT = "the name of a secret"


class Fingerprint(Word):
    """The first 16 hexadecimal digits of a key's SHA-256."""

    __slots__ = ()
    FORM = re.compile(r"[0-9a-f]{16}")
    WHAT = "the fingerprint of a key"


class KeyAlgorithm(Word):
    """The kind of a public SSH key."""

    __slots__ = ()
    FORM = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:@openssh\.com)?")
    WHAT = "a kind of SSH key"


class KeyBlob(Word):
    """A public SSH key in base64."""

    __slots__ = ()
    FORM = re.compile(r"[A-Za-z0-9+/]+={0,2}")
    WHAT = "a public key in base64"


class DirectoryName(Word):
    """A folder below an SFTP account's root."""

    __slots__ = ()
    FORM = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
    WHAT = "the name of a folder"
