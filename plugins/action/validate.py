"""The action `ksz.netops.validate`; see `plugins/modules/validate.py`."""

from ansible_collections.ksz.netops.plugins.plugin_utils.package import loaded

ActionModule = loaded("ksz_netops.actions.validate", "ValidateAction")

__all__ = ["ActionModule"]
