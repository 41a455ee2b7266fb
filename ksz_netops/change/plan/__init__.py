"""Plans: what will be done to which hubs, whom that reaches, and why it is safe."""
