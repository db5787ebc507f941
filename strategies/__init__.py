"""Deciders: what a strategy is, and the ones that ship."""
