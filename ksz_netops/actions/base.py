"""What all actions have in common: arguments checked at the border, errors as located lines."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Generic, TypeVar

from ansible import constants, context
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from ksz_netops.errors import IntentError, KszError, Problem
from ksz_netops.inventory.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def _short(path: Path) -> Path:
    """*path* as a person in the current folder would write it, for messages."""
    absolute, here = path.absolute(), Path.cwd()
    return absolute.relative_to(here) if absolute.is_relative_to(here) else absolute


Inventory = Annotated[Path, AfterValidator(_short)]
"""The folder of an inventory."""


class Arguments(BaseModel):
    """The arguments of an action; an unknown one is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


ArgumentsT = TypeVar("ArgumentsT", bound=Arguments)


LINES: Final = ("problems", "findings")
"""The return values that are texts of several lines."""


class Action(ActionBase, Generic[ArgumentsT]):  # type: ignore[misc] # Ansible has no types
    """An action that runs where Ansible runs and reaches hubs, if at all, by its own session."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True

    arguments: ClassVar[type[Arguments]]

    def run(
        self,
        tmp: None = None,
        task_vars: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Does the task and returns JSON types only, none of them secret."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            result.update(self.act(self._checked()))
        except KszError as error:
            headline = "nothing was touched" if isinstance(error, IntentError) else "not done"
            failed = failure(headline, error.problems)
            self._show(failed.result)
            raise failed from None
        except AnsibleActionFail as failed:
            self._show(failed.result)
            raise
        self._show(result)
        return result

    def _show(self, result: Mapping[str, Any]) -> None:
        """Prints what has lines of its own, where Ansible would print it as one line of JSON."""
        if not _results_have_lines():
            for key in LINES:
                for line in str(result.get(key, "")).splitlines():
                    self._display.display(f"  {line}")

    @abstractmethod
    def act(self, arguments: ArgumentsT) -> Mapping[str, Any]:
        """What the task returns.

        Raises:
            KszError: If it could not be done.
            AnsibleActionFail: If what was done is not what was asked.
        """

    @property
    def check_mode(self) -> bool:
        """Whether the run only predicts."""
        return bool(self._task.check_mode)

    def _checked(self) -> ArgumentsT:
        try:
            checked = self.arguments.model_validate(self._task.args)
        except ValidationError as error:
            raise KszError(
                Problem(
                    code="KSZ701",
                    what=f"{self._task.action}: {'.'.join(map(str, each['loc']))}: {each['msg']}",
                    fix=f"see `ansible-doc {self._task.action}`",
                )
                for each in error.errors(include_url=False, include_input=False)
            ) from None
        return checked  # type: ignore[return-value] # each action sets its own model


def words(value: object) -> object:
    """Several in one string, as `-e report=a.json,a.html` gives them."""
    return tuple(value.split(",")) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(words)]
"""A list, or its parts in one string between commas."""


def _results_have_lines() -> bool:
    """Whether Ansible shows a text of lines as such; by default it prints one line of JSON."""
    try:
        form = constants.config.get_config_value(
            "result_format", plugin_type="callback", plugin_name="default"
        )
    except AnsibleError:  # another callback is in use
        return False
    return bool(form == "yaml")


def failure(headline: str, problems: Iterable[Problem], **facts: object) -> AnsibleActionFail:
    """A failed task that shows each problem once, on a line of its own."""
    lines = [str(problem) for problem in problems]
    count = f"{len(lines)} problems" if len(lines) != 1 else "1 problem"
    return AnsibleActionFail(
        f"{count}: {headline}", result={**facts, "problems": "".join(f"{line}\n" for line in lines)}
    )


def vault_password_file() -> Path | None:
    """The password file that Ansible was given, by option, configuration or environment."""
    given = [*(context.CLIARGS.get("vault_password_files") or ())]
    configured = constants.config.get_config_value("DEFAULT_VAULT_PASSWORD_FILE")
    file = given[0] if given else configured
    return Path(file) if file else None


def open_vault(inventory: Path) -> Vault:
    """The inventory's vault.

    Raises:
        SecretError: If it cannot be decrypted.
    """
    return Vault.open(inventory, vault_password_file())
