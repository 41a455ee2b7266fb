"""The action `ksz.netops.audit`; see `plugins/modules/audit.py`."""

from ansible_collections.ksz.netops.plugins.plugin_utils.package import loaded

ActionModule = loaded("ksz_netops.actions.audit", "AuditAction")

__all__ = ["ActionModule"]
