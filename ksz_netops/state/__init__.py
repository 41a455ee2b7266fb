"""What a hub holds and does, as values of no vendor: resources, observations, their difference."""
