"""GARCH(1,1) filter (Bollerslev 1986): the variance of returns, given those before and the parameters.

::

    variance[t + 1] = omega + alpha * return[t]^2 + beta * variance[t]

It starts at the model's long-run variance, omega / (1 - alpha - beta). Parameters are fitted elsewhere;
returns are taken as they come, so take their mean off first where it matters.
"""

from typing import NamedTuple

from lockstep.errors import StrategyError
from lockstep.kernels._jit import kernel
from lockstep.kernels.indicators.checks import number
from lockstep.kernels.ops import NAN, where


class Garch(NamedTuple):
    """The model, and the variance of the return to come."""

    omega: float
    alpha: float
    beta: float
    variance: float


def garch_warm_up(omega: float, alpha: float, beta: float) -> int:
    """Return how many bars come before the first variance: none."""
    garch_init(omega, alpha, beta)
    return 0


def garch_init(omega: float, alpha: float, beta: float) -> Garch:
    """Return the state for ``omega`` > 0 (squared returns) and ``alpha + beta`` < 1, both at least 0."""
    floor = number("omega", omega, above=True)
    shock, memory = number("alpha", alpha), number("beta", beta)
    if shock + memory >= 1.0:
        raise StrategyError(
            f"alpha + beta must be below 1, or the variance has no long-run value; found {shock + memory:g}: "
            f"lower one of them"
        )
    return Garch(floor, shock, memory, floor / (1.0 - shock - memory))


@kernel
def garch(state: Garch, change: float) -> tuple[Garch, float, float]:
    """Take one return; return (state, the variance it was drawn with, the variance of the next).

    The first was known before this return, the second is the forecast. There is no warm-up; a nan is passed
    over.
    """
    known = change == change
    ahead = state.omega + state.alpha * (change * change) + state.beta * state.variance
    moved = Garch(state.omega, state.alpha, state.beta, where(known, ahead, state.variance))
    return moved, where(known, state.variance, NAN), where(known, ahead, NAN)
