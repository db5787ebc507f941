"""Indicators one bar at a time: an ``init``, a step, and the same numbers in every driver."""
