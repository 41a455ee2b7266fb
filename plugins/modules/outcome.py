"""Documentation of the action `ksz.netops.outcome`, for `ansible-doc`."""

DOCUMENTATION = r"""
module: outcome
short_description: Says how one hub ended in a run of M(ksz.netops.provision)
description:
  - Shows the difference, the partners touched and the problems of one hub. It fails where the hub
    was not changed as asked. It does not speak to the hub.
options:
  folder:
    description: Where M(ksz.netops.provision) kept how the hubs ended.
    type: path
    required: true
  digest:
    description: The digest of what was kept of this hub.
    type: str
    required: true
author: The ksz-netops maintainers
"""

EXAMPLES = r"""
- name: Say how the hub ended
  ksz.netops.outcome:
    folder: "{{ run.folder }}"
    digest: "{{ run.digests[inventory_hostname] }}"
"""

RETURN = r"""
status:
  description: How it ended.
  type: str
  choices: [unchanged, would_change, confirmed, busy, failed, reverted, unconfirmed]
  returned: always
partners:
  description: The ids of the partners whom the change touches.
  type: list
  elements: str
  returned: always
changes:
  description: What changes, by resource and field, one line each.
  type: list
  elements: str
  returned: always
problems:
  description: What went wrong, one line each, with the place in the inventory where there is one.
  type: str
  returned: failure
"""
