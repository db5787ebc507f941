"""Strategies beside ticks: the frame they run in, and the desk and the ear of those that are not compiled."""
