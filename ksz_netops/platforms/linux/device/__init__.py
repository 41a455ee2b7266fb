"""The connection to a Linux hub: transport, NAPALM driver, session."""
