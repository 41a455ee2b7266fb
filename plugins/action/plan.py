"""The action `ksz.netops.plan`; see `plugins/modules/plan.py`."""

from ansible_collections.ksz.netops.plugins.plugin_utils.package import loaded

ActionModule = loaded("ksz_netops.actions.change", "PlanAction")

__all__ = ["ActionModule"]
