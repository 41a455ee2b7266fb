"""The document that a look at a hub prints, each part by itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ksz_netops.errors import Problem, ReadbackError

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMED_OUT: Final = 124


class SilentError(Exception):
    """The IKE daemon does not run or does not answer; the message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a look at *hub* printed."""

    hub: str
    parts: Mapping[str, Any]
    failed: Mapping[str, str]
    """By part, why it has no value."""
    answers: Mapping[str, Mapping[str, Any]]
    """Of the tools."""

    @classmethod
    def read(cls, hub: str, text: str) -> Document:
        """The document whose text is *text*.

        Raises:
            ReadbackError: If it is none.
        """
        try:
            document = json.loads(text)
            _check_form(document)
            return cls(
                hub=hub,
                parts=document,
                failed=document.get("failed", {}),
                answers=document["tools"],
            )
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
            said = f"{type(error).__name__}: {error}"
            raise not_understood(hub, "the look", said) from error

    def part(self, name: str) -> Any:  # noqa: ANN401 - any part's value
        """The value of the part called *name*.

        Raises:
            ReadbackError: If the hub could not tell it.
        """
        if name in self.failed:
            raise _failed(self.hub, name, self.failed[name])
        return self.parts[name]

    def answer(self, name: str) -> str:
        """What the tool called *name* printed.

        Raises:
            ReadbackError: If it failed.
            ValueError: If its answer was cut short.
        """
        for part in ("kernel", "charon", "sshd", "ground"):
            if name not in self.answers and part in self.failed:
                raise _failed(self.hub, name, self.failed[part])
        answer = self.answers[name]
        if answer["code"]:
            said = " ".join(answer["err"].split())[:200]
            raise _failed(self.hub, name, f"{answer['code']} ({said})")
        out: str = answer["out"]
        if out and not out.endswith("\n"):
            message = f"{name} ends within a line"
            raise ValueError(message)
        return out

    def table(self) -> dict[str, Any]:
        """Our nft table with its elements; one without objects where there is none.

        Raises:
            ReadbackError: If nft failed.
            ValueError: If its answer is no JSON.
        """
        if "No such file or directory" in self.answers.get("table", {}).get("err", ""):
            return {"nftables": []}
        listed: dict[str, Any] = json.loads(self.answer("table"))
        return listed

    def listed(self, what: str) -> list[dict[str, Any]]:
        """What `ip -j` lists of *what*, of both IP versions.

        Raises:
            ReadbackError: If `ip` failed.
            ValueError: If its answer is no JSON.
        """
        return [
            each
            for version in (4, 6)
            for each in json.loads(self.answer(f"{what}{version}") or "[]")
        ]

    def classes(self) -> dict[str, str]:
        """What `tc -j class show` printed, by port."""
        lead = "tc class "
        named = (name for name in self.answers if name.startswith(lead))
        return {name.removeprefix(lead): self.answer(name) for name in named}

    def filters(self) -> dict[str, str]:
        """What `tc filter show` printed, by port."""
        lead = "tc filter "
        named = (name for name in self.answers if name.startswith(lead))
        return {name.removeprefix(lead): self.answer(name) for name in named}

    def sshd(self) -> str:
        """The configuration of the partners' daemon; empty where it has none or a wrong one."""
        answer = self.answers.get("sshd", {"code": 1, "out": ""})
        return "" if answer["code"] else str(answer["out"])

    def charon(self, question: str) -> str:
        """What the IKE daemon answered to *question*.

        Raises:
            SilentError: If it does not run or does not answer.
        """
        answer = self.answers.get(question)
        if answer is None:
            message = "the IKE daemon does not run"
            raise SilentError(message)
        if answer["code"] == _TIMED_OUT:
            message = f"the IKE daemon does not answer: {answer['err']}"
            raise SilentError(message)
        if answer["code"]:
            said = (answer["err"].splitlines() or [str(answer["code"])])[0][:200]
            message = f"the IKE daemon does not run: {said}"
            raise SilentError(message)
        return self.answer(question)


def _failed(hub: str, name: str, said: str) -> ReadbackError:
    return ReadbackError(
        Problem(
            code="KSZ405",
            what=f"{hub}: reading {name} failed with {said}",
            fix="run the tool on the hub and see what it lacks",
        )
    )


def not_understood(hub: str, what: str, said: str) -> ReadbackError:
    """The error about an answer that is not what the tool gives."""
    return ReadbackError(
        Problem(
            code="KSZ405",
            what=f"{hub}: what {what} says is not understood ({said})",
            fix="run the tool on the hub; a version that answers otherwise must be taught here",
        )
    )


def _check_form(document: Any) -> None:  # noqa: ANN401 - whatever a hub said
    """Accepts a document whose parts are of the kinds that all readers take for granted.

    Raises:
        TypeError: If one is of another kind.
    """
    answers = document["tools"]
    forms: list[tuple[Any, Any]] = [
        (document.get("failed", {}), dict),
        (answers, dict),
        *((document.get(name), dict | None) for name in ("running", "startup", "pending")),
        *((document.get(name), str | None) for name in ("agent", "strongswan")),
    ]
    for answer in answers.values() if isinstance(answers, dict) else ():
        forms += [(answer, dict), (answer["code"], int), (answer["out"], str), (answer["err"], str)]
    for generation in (document.get("running"), document.get("startup")):
        if isinstance(generation, dict):
            forms.append((generation.get("statements"), str | None))
    for value, form in forms:
        if not isinstance(value, form):
            message = f"{type(value).__name__} stands where {form} belongs"
            raise TypeError(message)
