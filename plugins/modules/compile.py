"""Documentation of the action `ksz.netops.compile`, for `ansible-doc`."""

DOCUMENTATION = r"""
module: compile
short_description: Validates an inventory and writes down what each hub must hold
description:
  - Reads the partners, the extranet and the hubs, reports everything that is wrong with them at
    once, each with file, line and column, and touches no hub.
  - What each hub must hold goes to a private folder; the result names it and the digests by which
    M(ksz.netops.provision) and M(ksz.netops.traces) take it from there.
options:
  inventory:
    description: The folder of the inventory.
    type: path
    required: true
  without:
    description: The id of a partner that is left out, as if it had gone.
    type: str
author: The ksz-netops maintainers
"""

EXAMPLES = r"""
- name: Compile the intent
  ksz.netops.compile:
    inventory: "{{ inventory_dir }}"
  run_once: true
  register: compiled
"""

RETURN = r"""
folder:
  description: Where what the hubs must hold is stored.
  type: str
  returned: success
digests:
  description: For each hub, the digest of what it must hold.
  type: dict
  returned: success
"""
