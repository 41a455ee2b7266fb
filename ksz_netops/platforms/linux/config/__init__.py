"""A Linux hub's configuration as text: statements rendered, parsed and rebuilt."""
