"""The action `ksz.netops.audit`; see `plugins/modules/audit.py`."""

from ksz_netops.actions.audit import AuditAction as ActionModule

__all__ = ["ActionModule"]
