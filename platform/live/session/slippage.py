"""What a trade has lost against the market as it was when its order was sent."""

BASIS_POINTS = 1e4


def slippage_bps(side: str, price: float, arrival_mid: float | None) -> float | None:
    """Return by how many basis points of the middle at its order's arrival a trade is worse, below zero for better.

    None where there was no middle.
    """
    if not arrival_mid:
        return None
    worse = price - arrival_mid if side == "buy" else arrival_mid - price
    return worse / abs(arrival_mid) * BASIS_POINTS
