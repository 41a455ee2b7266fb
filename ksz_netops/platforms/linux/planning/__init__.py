"""The steps that turn one configuration into another, in a safe order."""
