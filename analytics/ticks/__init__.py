"""What trading on ticks cost and earned: shortfall, slippage, markouts, and where the money came from."""
