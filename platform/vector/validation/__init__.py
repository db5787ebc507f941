"""Validation out of sample: how a history is split into training and test, and what comes of it."""
