"""Wilder's smoothing: an exponential average whose newest value weighs 1 / period.

Source: J. Welles Wilder, New Concepts in Technical Trading Systems (1978). Seeded with the simple average of the first
``period`` values, as Wilder's worksheets and TA-Lib do. The step is that of ``ema``.
"""

from lockstep.kernels.indicators.checks import whole
from lockstep.kernels.indicators.ema import Ema, ema, ema_warm_up

wilder_warm_up = ema_warm_up


def wilder_init(period: int) -> Ema:
    """Return the state of Wilder's smoothing over ``period`` >= 1 bars."""
    size = whole("period", period)
    return Ema(size, 0, 1.0 / size, 1.0 / size, 0.0, 0.0)


wilder = ema
