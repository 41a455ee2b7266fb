"""The places on a box where configuration lives; each module reads one and says how to change it.

`read` turns what the tools show into statements; `changes` turns two sets of statements into steps.
"""
