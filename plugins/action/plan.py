"""The action `ksz.netops.plan`; see `plugins/modules/plan.py`."""

from ksz_netops.actions.change import PlanAction as ActionModule

__all__ = ["ActionModule"]
