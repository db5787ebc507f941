"""The driver for one event at a time: paper and live trading."""
