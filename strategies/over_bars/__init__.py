"""Strategies over bars: their settings, their accounts, and the desk of those that are not compiled."""
