"""The action `ksz.netops.offboard`; see `plugins/modules/offboard.py`."""

from ansible_collections.ksz.netops.plugins.plugin_utils.package import loaded

ActionModule = loaded("ksz_netops.actions.offboard", "OffboardAction")

__all__ = ["ActionModule"]
