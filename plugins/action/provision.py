"""The action `ksz.netops.provision`; see `plugins/modules/provision.py`."""

from ksz_netops.actions.provision import ProvisionAction as ActionModule

__all__ = ["ActionModule"]
