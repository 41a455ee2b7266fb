"""The extranet and its partners on one machine: real daemons on hosts in namespaces.

`source.up` and `source.down` boot and end the lab of an inventory, `prove.prove` puts every claim
of its topology to the test with packets.
"""
