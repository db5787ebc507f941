"""Compounded growth that can't overflow: a product with its binary exponent kept apart."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import where
from lockstep.kernels.stats.elementwise import exp, log, power

Floats = npt.NDArray[np.float64]

# A power of two, so that moving it between product and exponent rounds nothing.
SCALE_BITS = 400
LARGE = 2.0**SCALE_BITS
SMALL = 2.0**-SCALE_BITS


class Growth(NamedTuple):
    """The product of (1 + r): ``product * 2**(SCALE_BITS * scale)``."""

    product: float
    scale: int


def growth_init() -> Growth:
    """Return no growth: the factor one."""
    return Growth(1.0, 0)


@kernel
def compound(state: Growth, r: float, included: bool) -> Growth:
    """Multiply by ``1 + r`` where ``included``.

    No logarithm is taken: it would cost more than all the other sums of a period together. A branch, because moving
    a power of two is as rare as selecting it each time is dear (a tenth of a period's work).
    """
    product = state.product * where(included, 1.0 + r, 1.0)
    size = abs(product)
    if (size >= LARGE) | (size <= SMALL):
        return rescale(product, state.scale)
    return Growth(product, state.scale)


@kernel
def rescale(product: float, scale: int) -> Growth:
    """Return the same value with a product of moderate size; zero has none."""
    if abs(product) >= LARGE:
        return Growth(product * SMALL, scale + 1)
    if product != 0.0:
        return Growth(product * LARGE, scale - 1)
    return Growth(product, scale)


def log_growth(state: Growth) -> Floats:
    """Return the logarithm of the growth factor: -inf at zero, nan below. The state is one's or a column of them."""
    return log(state.product) + state.scale * SCALE_BITS * math.log(2.0)


def total_growth(state: Growth, exponent: float | Floats = 1.0) -> Floats:
    """Return the growth factor raised to ``exponent``; inf where too large for a float, nan of a root below zero.

    The state may be that of one run or have columns float64[k] and int64[k] for the product and its scale.
    """
    root = np.where(np.less(state.product, 0.0), math.nan, power(state.product, exponent))
    moderate = np.where(np.equal(exponent, 1.0), state.product, root)
    # Where the scale counts, the factor itself may be no float, though its root is.
    return np.where(np.equal(state.scale, 0), moderate, exp(log_growth(state) * exponent))
