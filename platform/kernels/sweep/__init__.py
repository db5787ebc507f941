"""Compiled loops over many parameter sets at once: a strategy's steps, accounts and statistics, side by side."""
