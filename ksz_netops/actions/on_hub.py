"""The lookup `ksz.netops.on_hub`: the programs for a Linux hub, as files on the controller."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from ansible import constants
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ksz_netops.platforms.linux.on_hub import build

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PROGRAMS: Final[Mapping[str, Callable[[], bytes]]] = {
    "agent": build.agent,
    "guard": build.guard,
}


class OnHubLookup(LookupBase):  # type: ignore[misc] # Ansible has no types
    """Gives the path of each program; Ansible removes the files when it ends."""

    def run(self, terms: list[str], variables: object = None, **_: object) -> list[str]:
        """The paths of the programs called *terms*.

        Raises:
            AnsibleLookupError: If there is no such program.
        """
        del variables
        unknown = [term for term in terms if term not in _PROGRAMS]
        if unknown:
            message = f"no program for a hub is called {unknown[0]!r}; say agent or guard"
            raise AnsibleLookupError(message)
        return [str(_written(term)) for term in terms]


def _written(term: str) -> Path:
    path = Path(constants.DEFAULT_LOCAL_TMP, f"ksz-{term}")
    path.write_bytes(_PROGRAMS[term]())
    return path
