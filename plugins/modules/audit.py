"""Documentation of the action `ksz.netops.audit`, for `ansible-doc`."""

DOCUMENTATION = r"""
module: audit
short_description: Judges what hubs hold and do against the intent
description:
  - Reads all the given hubs at once, one session each, and fails unless every check on every
    connection is compliant. What cannot be seen is unknown, and unknown is not compliant.
  - Changes nothing, in check mode or without.
options:
  inventory:
    description: The folder of the inventory.
    type: path
    required: true
  hubs:
    description: The hubs to read.
    type: list
    elements: str
    required: true
  partners:
    description: The ids of the partners to report on; without it, all.
    type: list
    elements: str
  checks:
    description: The ids of the checks to make; without it, all.
    type: list
    elements: str
  report:
    description:
      - Files for the whole report; the end of a name says the format, C(.json), C(.xml) for JUnit,
        C(.prom) for OpenMetrics, C(.csv), C(.html), C(.txt) or C(.napalm.json).
    type: list
    elements: path
  history:
    description: The SQLite file of former audits that this one is added to.
    type: path
author: The ksz-netops maintainers
"""

EXAMPLES = r"""
- name: Audit the hubs
  ksz.netops.audit:
    inventory: "{{ inventory_dir }}"
    hubs: "{{ ansible_play_hosts_all }}"
  run_once: true
"""

RETURN = r"""
counts:
  description: How many findings there are of each verdict.
  type: dict
  returned: always
findings:
  description: The report for people, worst first.
  type: str
  returned: always
"""
