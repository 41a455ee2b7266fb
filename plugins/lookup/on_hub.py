"""The lookup `ksz.netops.on_hub`."""

from ansible_collections.ksz.netops.plugins.plugin_utils.package import loaded

DOCUMENTATION = """
name: on_hub
short_description: The programs that run on a Linux hub.
description:
  - Writes a program into a file on the controller and returns the path of that file.
  - The files are the same, octet by octet, for the same version of the package.
options:
  _terms:
    description: Which programs, V(agent) or V(guard).
    type: list
    elements: str
    required: true
author: The ksz-netops maintainers
"""
EXAMPLES = """
- name: Install the agent
  ansible.builtin.copy:
    src: "{{ lookup('ksz.netops.on_hub', 'agent') }}"
    dest: /usr/local/lib/ksz-netops/agent
    mode: "0755"
"""
RETURN = """
_raw:
  description: The paths.
  type: list
  elements: path
"""

LookupModule = loaded("ksz_netops.actions.on_hub", "OnHubLookup")

__all__ = ["LookupModule"]
