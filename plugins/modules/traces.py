"""Documentation of the action `ksz.netops.traces`, for `ansible-doc`."""

DOCUMENTATION = r"""
module: traces
short_description: Fails where a hub still holds or does anything for a partner
description: Reads the hub and changes nothing; in check mode it does not look at all.
options:
  partner:
    description: The id of the partner that left.
    type: str
    required: true
  folder:
    description: Where M(ksz.netops.compile) stored what the hubs must hold.
    type: path
    required: true
  digest:
    description: The digest of what this hub must hold.
    type: str
    required: true
author: The ksz-netops maintainers
"""

EXAMPLES = r"""
- name: Look for traces
  ksz.netops.traces:
    partner: P00007
    folder: "{{ compiled.folder }}"
    digest: "{{ compiled.digests[inventory_hostname] }}"
"""

RETURN = r"""
problems:
  description: Each trace, one line each.
  type: str
  returned: failure
"""
