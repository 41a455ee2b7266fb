"""Documentation of the action `ksz.netops.provision`, for `ansible-doc`."""

DOCUMENTATION = r"""
module: provision
short_description: Brings a hub to what it must hold, or leaves it as it was
description:
  - Stages the difference, commits it with a timer after which the hub undoes it by itself, verifies
    over a new connection, and confirms. Whatever fails on the way ends in a rollback.
  - In check mode it stops after staging; the difference shown is what a run would do.
options:
  inventory:
    description: The folder of the inventory.
    type: path
    required: true
  folder:
    description: Where M(ksz.netops.compile) stored what the hubs must hold.
    type: path
    required: true
  digest:
    description: The digest of what this hub must hold.
    type: str
    required: true
  revert_in_s:
    description: After how many seconds the hub undoes by itself what nobody confirmed.
    type: int
    default: 60
  only:
    description: The id of the one partner that the change may touch; any other makes it refuse.
    type: str
author: The ksz-netops maintainers
"""

EXAMPLES = r"""
- name: Provision the hub
  ksz.netops.provision:
    inventory: "{{ inventory_dir }}"
    folder: "{{ compiled.folder }}"
    digest: "{{ compiled.digests[inventory_hostname] }}"
"""

RETURN = r"""
status:
  description: How it ended.
  type: str
  choices: [unchanged, would_change, confirmed, busy, failed, reverted, unconfirmed]
  returned: when the hub was asked
partners:
  description: The ids of the partners whom the change touches.
  type: list
  elements: str
  returned: when the hub was asked
changes:
  description: What changes, by resource and field, one line each.
  type: list
  elements: str
  returned: when the hub was asked
problems:
  description: What went wrong, one line each, with the place in the inventory where there is one.
  type: str
  returned: failure
"""
