"""Venues outside: what is sent to them, what they say, and what becomes of orders that nobody has heard of."""
