"""A new partner: the questions to ask, and the values to propose."""
