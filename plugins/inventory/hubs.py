"""The inventory source `ksz.netops.hubs`."""

from ansible_collections.ksz.netops.plugins.plugin_utils.package import loaded

DOCUMENTATION = """
name: hubs
short_description: The hubs of a ksz-netops inventory.
description:
  - Lists every hub of C(host_vars/) beside this file, in the group C(hubs).
  - Sets how Ansible reaches it from C(ksz_hub.management), so that no C(group_vars) are needed and
    a bare name is never resolved.
  - No setting of Ansible is needed, since C(auto) is among the plugins that it enables by itself.
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [ksz.netops.hubs]
author: The ksz-netops maintainers
"""
EXAMPLES = """
# hubs.yml
plugin: ksz.netops.hubs
"""

InventoryModule = loaded("ksz_netops.actions.hubs", "HubsInventory")

__all__ = ["InventoryModule"]
