"""The action `ksz.netops.provision`; see `plugins/modules/provision.py`."""

from ansible_collections.ksz.netops.plugins.plugin_utils.package import loaded

ActionModule = loaded("ksz_netops.actions.provision", "ProvisionAction")

__all__ = ["ActionModule"]
