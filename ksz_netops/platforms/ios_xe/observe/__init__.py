"""What a router's `show` commands say, as observations."""
