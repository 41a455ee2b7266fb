"""The lines that turn one configuration into another, each prefix proven safe."""
