"""Approvals: the policy, the signatures on a plan, and whether it may be applied."""
