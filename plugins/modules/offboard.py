"""Documentation of the action `ksz.netops.offboard`, for `ansible-doc`."""

DOCUMENTATION = r"""
module: offboard
short_description: Makes a partner a former one in the inventory
description:
  - Moves the partner's file to C(former/) and drops its pre-shared keys from the vault. The hubs
    are not touched; see the playbook C(offboard.yml).
options:
  inventory:
    description: The folder of the inventory.
    type: path
    required: true
  partner:
    description: The id of the partner that leaves.
    type: str
    required: true
  hubs:
    description: The hubs on which no trace was found; one that is missing makes it refuse.
    type: list
    elements: str
    required: true
author: The ksz-netops maintainers
"""

EXAMPLES = r"""
- name: Keep the partner's file among the former ones
  ksz.netops.offboard:
    inventory: "{{ inventory_dir }}"
    partner: P00007
    hubs: "{{ ansible_play_hosts }}"
  run_once: true
"""

RETURN = r"""
file:
  description: Where the partner's file is now.
  type: str
  returned: when the partner left
keys_dropped:
  description: The names of the pre-shared keys that the vault holds no more.
  type: list
  elements: str
  returned: when the partner left
"""
