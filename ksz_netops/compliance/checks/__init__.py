"""The checks on hubs and on the conditions of partners: one module a topic."""
