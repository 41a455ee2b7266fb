"""The action `ksz.netops.traces`; see `plugins/modules/traces.py`."""

from ansible_collections.ksz.netops.plugins.plugin_utils.package import loaded

ActionModule = loaded("ksz_netops.actions.offboard", "TracesAction")

__all__ = ["ActionModule"]
