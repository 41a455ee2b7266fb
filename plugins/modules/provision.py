"""Documentation of the action `ksz.netops.provision`, for `ansible-doc`."""

DOCUMENTATION = r"""
module: provision
short_description: Brings hubs to what they must hold, where one person may decide it alone
description:
  - Reads the hubs, makes a plan, and applies it as M(ksz.netops.apply) does, with the same
    verification, journal and record. Hubs end independently, except where a partner moves between
    them.
  - It is refused where C(approval.yml) of the inventory asks for the approval of somebody else.
  - In check mode it stops after staging; the difference shown is what a run would do.
  - How each hub ended is told by M(ksz.netops.outcome).
options:
  inventory:
    description: The folder of the inventory.
    type: path
    required: true
  hubs:
    description: The hubs to change.
    type: list
    elements: str
    required: true
  partners:
    description: The ids of the only partners that the change may touch; none given takes all.
    type: list
    elements: str
  without:
    description: The id of a partner that leaves; its connections go although its file exists.
    type: str
  expect_removal:
    description: The ids of partners that the change may take off although nobody off-boarded them.
    type: list
    elements: str
  emergency:
    description: Why the change passes by the policy; it is recorded, and told by each audit until
      somebody acknowledges it.
    type: str
  revert_in_s:
    description: After how many seconds a hub undoes by itself what nobody confirmed.
    type: int
    default: 60
  record:
    description: The folder of the record; C(record) of the inventory where absent.
    type: path
author: The ksz-netops maintainers
"""

EXAMPLES = r"""
- name: Provision the hubs
  ksz.netops.provision:
    inventory: "{{ inventory_dir }}"
    hubs: "{{ ansible_play_hosts_all }}"
  run_once: true
  register: run
"""

RETURN = r"""
folder:
  description: Where it is kept how the hubs ended.
  type: str
  returned: success
digests:
  description: For each hub the digest of what was kept of it.
  type: dict
  returned: success
record:
  description: The head of the record after the run; keep it elsewhere.
  type: str
  returned: when not in check mode
"""
