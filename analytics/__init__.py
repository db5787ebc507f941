"""Readers: metrics, plots and reports of results."""
