"""The driver for whole histories: backtests and sweeps."""
