"""Moving average convergence and divergence: a fast exponential average minus a slow one, and its average."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.checks import below, whole
from lockstep.kernels.indicators.ema import Ema, ema, ema_init
from lockstep.kernels.ops import NAN, where


class Macd(NamedTuple):
    """The two averages and the average of their difference."""

    wait: int
    """Bars until the fast average starts, so that both are seeded on the same bar, as in TA-Lib."""
    fast: Ema
    slow: Ema
    signal: Ema


def macd_warm_up(fast: int = 12, slow: int = 26, signal: int = 9) -> int:
    """Return how many bars come before the first values; all three outputs start together, as in TA-Lib."""
    below("fast", whole("fast", fast), "slow", whole("slow", slow))
    return slow + whole("signal", signal) - 2


def macd_init(fast: int = 12, slow: int = 26, signal: int = 9) -> Macd:
    """Return the state for averages of ``fast`` < ``slow`` bars and a signal line of ``signal`` bars."""
    below("fast", whole("fast", fast), "slow", whole("slow", slow))
    return Macd(int(slow) - int(fast), ema_init(fast), ema_init(slow), ema_init(whole("signal", signal)))


@kernel
def macd(state: Macd, close: float) -> tuple[Macd, float, float, float]:
    """Take one close; return (state, line, signal, histogram), all nan in warm-up."""
    fast, quick = ema(state.fast, where(state.slow.seen >= state.wait, close, NAN))
    slow, steady = ema(state.slow, close)
    signal, smooth = ema(state.signal, quick - steady)
    line = where(smooth == smooth, quick - steady, NAN)
    return Macd(state.wait, fast, slow, signal), line, smooth, line - smooth
