"""Rules between the values of one inventory."""
