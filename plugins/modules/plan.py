"""Documentation of the action `ksz.netops.plan`, for `ansible-doc`."""

DOCUMENTATION = r"""
module: plan
short_description: Writes down what will be done to the hubs, to be approved
description:
  - Reads the hubs and writes what turns them into what they must hold, as the file that people sign
    and M(ksz.netops.apply) applies, with the same as Markdown beside it.
  - In check mode nothing is written. No hub is changed in either case.
options:
  inventory:
    description: The folder of the inventory.
    type: path
    required: true
  output:
    description: File for the plan; the Markdown gets its name with C(.md).
    type: path
    required: true
  author:
    description: Who makes the plan; the owner of O(key) where absent.
    type: str
  key:
    description: SSH key that signs the authorship, of the author or of an attester.
    type: path
  hubs:
    description: Only these hubs; all where empty.
    type: list
    elements: str
    default: []
  partners:
    description: Only what is of these partners; all where empty.
    type: list
    elements: str
    default: []
  purpose:
    description: What it is for, such as the number of a ticket.
    type: str
    default: ""
  valid_for_h:
    description: For how many hours the plan is valid.
    type: int
    default: 24
  record:
    description: Folder of the record; C(record) of the inventory where absent.
    type: path
author: The ksz-netops maintainers
"""

EXAMPLES = r"""
- name: Make the plan
  ksz.netops.plan:
    inventory: "{{ inventory_dir }}"
    output: plan.json
    key: ~/.ssh/id_ed25519
"""

RETURN = r"""
digest:
  description: The SHA-256 of the plan, by which approvers call it.
  type: str
  returned: success
partners:
  description: The ids of the partners whom it touches.
  type: list
  elements: str
  returned: success
reach:
  description: For each hub that would change, whom the change reaches.
  type: dict
  returned: success
"""
