"""Programs that run on a hub, with the standard library alone."""
