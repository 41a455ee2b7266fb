"""`python -m ksz_netops.lab.emulator INVENTORY` runs its emulated routers."""

from __future__ import annotations

import sys

from ksz_netops.lab.emulator.station import main

main(sys.argv[1:])
