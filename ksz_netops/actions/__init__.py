"""What Ansible's tasks do: arguments and exceptions translated, nothing else.

One module is one action, or two that belong together. Ansible imports it once, before it forks its
workers, so what is slow to import is imported with the module.
"""
