"""The connection to a router: NAPALM driver, session, conditions before a change."""
