"""What crosses the borders of the product: statements for devices, and files."""
