"""Division that says what it gives when there is nothing to divide by."""

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import absolute, where

NOISE = 1e-14
"""A difference within this share of the prices themselves is rounding, not movement (as in TA-Lib)."""


@kernel
def ratio(numerator: float, denominator: float, otherwise: float, tiny: float = 0.0) -> float:
    """Return ``numerator / denominator``, or ``otherwise`` where the denominator is within ``tiny`` of zero.

    The division itself never sees the zero: plain Python would raise where compiled code gives inf or nan.
    """
    void = absolute(denominator) <= tiny
    return where(void, otherwise, numerator / where(void, 1.0, denominator))
