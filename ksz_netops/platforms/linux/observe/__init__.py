"""What a look at a Linux hub showed, as statements and observations."""
