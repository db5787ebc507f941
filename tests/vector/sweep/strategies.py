"""Strategies that several tests of searches run."""

from lockstep.kernels.ops import where
from lockstep.strategies import Strategy, param


class Touchy(Strategy):
    """Raises for one value of its parameter."""

    divisor: int = param(1, low=0, high=100)

    @staticmethod
    def init(params):
        return (0.0,)

    @staticmethod
    def step(state, bar, params):
        if params.divisor == 7:
            raise ValueError("seven")
        return state, where(bar.close > 50.0, 1.0, 0.0)
