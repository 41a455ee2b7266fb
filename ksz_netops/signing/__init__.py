"""Who may sign, and signatures as OpenSSH makes them."""
