"""The record of applied changes, and the check that nobody edited it."""
