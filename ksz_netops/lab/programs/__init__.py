"""Programs that run inside the lab: one file each, the standard library alone.

Each is copied into the sandbox and run there by the machine's own Python, where neither this
package nor its environment can be counted on to be visible.
"""
