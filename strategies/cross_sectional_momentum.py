"""Cross-sectional momentum: hold what has risen most, and possibly sell short what has risen least.

Source: Jegadeesh and Titman, Returns to buying winners and selling losers, Journal of Finance 48 (1993).
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.errors import StrategyError
from lockstep.kernels.bar import Bars
from lockstep.kernels.ops import NAN, where
from lockstep.kernels.vectors import choose, flip, how_many, put, ranks, row
from lockstep.kernels.window import Window, push_vector, vector_window
from lockstep.strategies.base import CrossSectionalStrategy
from lockstep.strategies.parameters import below, param

Vector = npt.NDArray[np.float64]


class State(NamedTuple):
    """The closes that returns are taken between, and the rows until the next rebalancing."""

    past: Window
    recent: Window
    last: Vector
    """Latest known close of each symbol."""
    age: Vector
    """Rows since each symbol's latest bar."""
    wait: int


class CrossSectionalMomentum(CrossSectionalStrategy):
    """Every ``rebalance`` rows hold the ``top`` symbols by return from ``lookback`` to ``skip`` rows ago.

    Each gets an equal weight. With ``short`` half of the capital goes to the bottom symbols, sold short. A
    symbol without a known close at both ends, or without a bar for ``lookback`` rows, is not ranked; where
    too few are, their share stays in cash. Equal returns rank by the order of the symbols. A symbol that has
    no bar at a row keeps its latest close; its order waits for its next bar.
    """

    lookback: int = param(126, low=1, high=100_000, doc="rows ago at which the return starts")
    skip: int = param(21, low=0, high=100_000, doc="rows ago at which the return ends")
    top: int = param(1, low=1, high=100_000, doc="symbols to hold on each side")
    rebalance: int = param(21, low=1, high=100_000, doc="rows between two rebalancings")
    short: bool = param(False, doc="also sell the bottom symbols short")

    @staticmethod
    def check(params: Any) -> None:
        """Refuse a return that ends before it starts."""
        below("cross_sectional_momentum", "skip", params.skip, "lookback", params.lookback)

    @staticmethod
    def warm_up(params: Any) -> int:
        """Return the rows before the first returns."""
        return params.lookback

    @staticmethod
    def init(params: Any, symbols: int) -> State:
        """Return the state before the first row. Raises ``StrategyError`` for too few symbols."""
        needed = params.top * (2 if params.short else 1)
        if symbols < needed:
            raise StrategyError(
                f"cross_sectional_momentum with top={params.top}{' and short' if params.short else ''} needs "
                f"at least {needed} symbols, found {symbols}: lower top or add symbols"
            )
        past, recent = vector_window(params.lookback, symbols), vector_window(params.skip + 1, symbols)
        return State(past, recent, np.full(symbols, np.nan), np.zeros(symbols), 0)

    @staticmethod
    def step(state: State, bars: Bars, params: Any) -> tuple[State, Vector]:
        """Return the next state and the weights; nan between two rebalancings."""
        last = put(state.last, choose(bars.present, bars.close, state.last))
        age = put(state.age, choose(bars.present, 0.0, state.age + 1.0))
        past, start = push_vector(state.past, last)
        recent, _ = push_vector(state.recent, last)
        change = row(recent.values, recent.head) / start - 1.0
        ranked = (change == change) & (age < params.lookback)
        place = ranks(choose(ranked, change, NAN))
        number = how_many(ranked)
        best = ranked & (place < params.top)
        worst = ranked & (place >= number - params.top) & flip(best) & params.short
        share = where(params.short, 0.5, 1.0) / params.top
        due = (state.wait <= 0) & (number > 0)
        weights = choose(best, share, choose(worst, -share, 0.0)) * where(due, 1.0, NAN)
        wait = where(due, params.rebalance, state.wait) - 1
        return State(past, recent, last, age, wait), weights
