"""The agent: changes a hub so that the hub undoes the change by itself.

It runs on the hub with the standard library alone; `on_hub/build.py` makes it one file. A
generation is a folder with all that a hub must hold. The running ones are in `/run/ksz`, the
confirmed ones in `/etc/ksz`.

One law holds after every fault: the hub holds the confirmed generation, or the pending one within
its deadline, or it is CLOSED and forwards nothing; `status` says which. So the filter comes first
on the way back, and nothing that can fail stands before it.
"""
