"""Runs on a hub, handed to its Python at each look: prints as JSON what the hub holds and does."""
