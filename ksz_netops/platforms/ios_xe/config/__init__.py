"""A router's configuration as text: rendered, brought into normal form, parsed, rebuilt."""
