"""The order book: L1, L2 and L3 in whole ticks and lots, one ladder of levels for all three."""
