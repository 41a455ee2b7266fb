"""The hubs of an inventory for Ansible, and its connection to them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ansible.plugins.inventory import BaseInventoryPlugin

from ksz_netops.inventory.reach import ssh_arguments, targets

if TYPE_CHECKING:
    from ksz_netops.platforms import Target

GROUP: Final = "hubs"
NONE: Final = "no-hub-in-host_vars"
NOWHERE: Final = "unknown.invalid"
"""A name that never resolves (RFC 6761)."""


class HubsInventory(BaseInventoryPlugin):  # type: ignore[misc] # Ansible has no types
    """Lists `host_vars/` beside the file; see `plugins/inventory/hubs.py`."""

    NAME = "ksz.netops.hubs"

    def verify_file(self, path: str) -> bool:
        """Whether the file may be meant for this plugin."""
        return bool(super().verify_file(path)) and path.endswith((".yml", ".yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:  # noqa: ANN401, FBT001, FBT002 - Ansible's own signature
        """Adds every hub, and how Ansible reaches it; one that is not reached gets no address."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        inventory.add_group(GROUP)
        found = list(targets(Path(path).parent))
        if not found:
            # An inventory without hosts would let every playbook end with 0.
            found = [(NONE, None)]
        for name, target in found:
            inventory.add_host(name, group=GROUP)
            for variable, value in connection(target).items():
                inventory.set_variable(name, variable, value)


def connection(target: Target | None) -> dict[str, str | int]:
    """Ansible's variables for *target*.

    A bare name is never resolved: where nothing is known the name is one that never resolves.
    """
    arguments = ssh_arguments(target) if target else None
    if target is None or arguments is None:
        return {"ansible_host": NOWHERE}
    return {
        "ansible_host": target.address,
        "ansible_port": target.port,
        "ansible_user": target.user,
        "ansible_ssh_private_key_file": str(target.private_key),
        "ansible_ssh_common_args": arguments,
    }
