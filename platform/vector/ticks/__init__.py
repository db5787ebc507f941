"""Tick backtests: order kernels beside the history of an order book."""
