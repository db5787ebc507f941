"""Division that says what it gives when there is nothing to divide by."""

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import absolute, where

NOTHING = 1e-14
"""Below this TA-Lib takes a sum of movements for zero (its TA_EPSILON)."""


@kernel
def ratio(numerator: float, denominator: float, otherwise: float, tiny: float = 0.0) -> float:
    """Return ``numerator / denominator``, or ``otherwise`` where the denominator is within ``tiny`` of zero.

    The division itself never sees the zero: plain Python would raise where compiled code gives inf or nan.
    """
    void = absolute(denominator) <= tiny
    return where(void, otherwise, numerator / where(void, 1.0, denominator))
