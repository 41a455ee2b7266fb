"""An emulated IOS-XE router: enough of one to rehearse against, never proof that a real one obeys.

It speaks SSH on loopback to the unmodified NAPALM `ios` driver, holds a configuration with the
semantics that matter here (modes, negation, sequence numbers, refusals of what is in use, defaults
that vanish, keys that are re-encrypted), and derives its `show` output from what it holds. It can
be told to fail. asyncssh, which it needs, is imported only by `server`.
"""
