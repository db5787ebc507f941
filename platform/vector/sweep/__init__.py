"""Searches over parameters: many sets of one strategy, run together."""
