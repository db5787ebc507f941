"""Typical price: the mean of a bar's high, low and close."""

from lockstep.kernels._jit import kernel

THIRD = 1.0 / 3.0


@kernel
def typical(high: float, low: float, close: float) -> float:
    """Return the typical price.

    A product, not a division by 3: XLA turns the division into this product, and numba would be an ulp away.
    """
    return (high + low + close) * THIRD
