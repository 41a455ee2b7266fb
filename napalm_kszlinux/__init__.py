"""The driver of Linux hubs, where `napalm.get_network_driver("ksz-linux")` looks for it."""

from ksz_netops.platforms.linux.device.driver import KszLinuxDriver

__all__ = ["KszLinuxDriver"]
