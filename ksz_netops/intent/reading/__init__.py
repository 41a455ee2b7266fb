"""Files of an inventory become plain values with positions, and then models."""
