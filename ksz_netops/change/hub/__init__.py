"""The transaction on one hub."""
