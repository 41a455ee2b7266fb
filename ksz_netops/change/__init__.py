"""The transaction by which a hub comes to hold what it must, or keeps what it held."""
