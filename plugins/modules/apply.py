"""Documentation of the action `ksz.netops.apply`, for `ansible-doc`."""

DOCUMENTATION = r"""
module: apply
short_description: Applies an approved plan to all its hubs, or to none
description:
  - Verifies the signatures beside the plan, the policy, the time and that the plan was never used.
    Locks and compares every hub, commits on all with a timer after which each undoes it by itself,
    verifies all over new connections, and confirms all. Whatever fails on the way takes all back.
  - In check mode it stops after the approval was verified.
options:
  inventory:
    description: The folder of the inventory.
    type: path
    required: true
  plan:
    description: The plan; its signatures lie beside it as C(<plan>.<name>.sig).
    type: path
    required: true
  revert_in_s:
    description: After how many seconds a hub undoes by itself what nobody confirmed.
    type: int
    default: 120
  record:
    description: Folder of the record; C(record) of the inventory where absent.
    type: path
author: The ksz-netops maintainers
"""

EXAMPLES = r"""
- name: Apply the plan
  ksz.netops.apply:
    inventory: "{{ inventory_dir }}"
    plan: plan.json
"""

RETURN = r"""
end:
  description: How it ended for all hubs alike; C(unknown) where that cannot be said.
  type: str
  choices: [done, undone, unknown]
  returned: when hubs were asked
hubs:
  description: What each hub holds, C(old), C(new), C(other) or C(unknown).
  type: dict
  returned: when hubs were asked
record:
  description: The head of the record after the run; keep it elsewhere.
  type: str
  returned: when hubs were asked
problems:
  description: What went wrong, one line each.
  type: str
  returned: failure
"""
