"""Documentation of the action `ksz.netops.validate`, for `ansible-doc`."""

DOCUMENTATION = r"""
module: validate
short_description: Lists everything that is wrong with an inventory
description:
  - Says what the command C(ksz-netops validate) says - about the files of the inventory, its keys
    where the vault can be opened, and what the platform of a hub cannot hold.
  - Reports all problems at once, each with file, line and column. It reaches no hub and
    writes nothing.
options:
  inventory:
    description: The folder of the inventory.
    type: path
    required: true
author: The ksz-netops maintainers
"""

EXAMPLES = r"""
- name: Validate the inventory
  ksz.netops.validate:
    inventory: "{{ inventory_dir }}"
  run_once: true
"""

RETURN = r"""
msg:
  description: How many partners and hubs there are.
  type: str
  returned: success
"""
