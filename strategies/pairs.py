"""Pairs: trade the gap between two instruments that usually move together.

Source: Gatev, Goetzmann and Rouwenhorst, Pairs trading, Review of Financial Studies 19 (2006); the hedge
ratio that wanders follows Chan, Algorithmic Trading (2013), chapter 3.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.errors import StrategyError
from lockstep.kernels.bar import Bars
from lockstep.kernels.ops import NAN, absolute, where
from lockstep.kernels.vectors import pair_of
from lockstep.strategies.base import CrossSectionalStrategy
from lockstep.strategies.hedge import (
    Kalman,
    Rolling,
    kalman_hedge,
    kalman_init,
    legs,
    rolling_hedge,
    rolling_init,
)
from lockstep.strategies.parameters import below, param


class State(NamedTuple):
    """Both hedges, and the side of the spread that is held."""

    rolling: Rolling
    wandering: Kalman
    side: float


class Pairs(CrossSectionalStrategy):
    """Buy the first symbol against the second where their spread is low, sell it where it is high.

    The spread is the first close minus ``slope`` times the second. The slope comes from a regression over
    ``lookback`` rows or, with ``kalman``, from a line that may wander. The legs are weighted as of the entry,
    one unit against ``slope`` units, and left alone until the exit; only rows on which both have a bar count.
    """

    lookback: int = param(60, low=3, high=100_000, doc="rows in the regression; with kalman, rows to settle")
    entry_z_score: float = param(2.0, low=0.0, doc="deviations of the spread at which to enter")
    exit_z_score: float = param(0.5, low=0.0, doc="deviations of the spread at which to leave")
    kalman: bool = param(False, doc="let the hedge ratio wander instead of regressing over a window")
    drift: float = param(1e-6, low=0.0, high=1.0, doc="kalman: variance of the line's movement a row")
    noise: float = param(1e-4, low=1e-12, high=1.0, doc="kalman: variance of prices around the line")

    @staticmethod
    def check(params: Any) -> None:
        """Refuse an exit outside the entry."""
        below("pairs", "exit_z_score", params.exit_z_score, "entry_z_score", params.entry_z_score)

    @staticmethod
    def warm_up(params: Any) -> int:
        """Return the rows before the first z-score."""
        return params.lookback - 1

    @staticmethod
    def init(params: Any, symbols: int) -> State:
        """Return the state before the first row. Raises ``StrategyError`` unless there are two symbols."""
        if symbols != 2:
            raise StrategyError(f"pairs needs exactly 2 symbols, found {symbols}: name the pair to be traded")
        return State(rolling_init(params.lookback), kalman_init(), 0.0)

    @staticmethod
    def step(state: State, bars: Bars, params: Any) -> tuple[State, npt.NDArray[np.float64]]:
        """Return the next state and the weights of both legs; nan while the side stays."""
        y, x = bars.close[0], bars.close[1]
        rolling, slope, z = rolling_hedge(state.rolling, x, y)
        wandering, drifting, surprise = kalman_hedge(state.wandering, x, y, params.drift, params.noise)
        slope = where(params.kalman, drifting, slope)
        z = where(params.kalman, where(wandering.seen >= params.lookback, surprise, NAN), z)
        side = where(absolute(z) <= params.exit_z_score, 0.0, state.side)
        side = where(z >= params.entry_z_score, -1.0, side)
        side = where(z <= -params.entry_z_score, 1.0, side)
        first, second = legs(side, slope, x, y)
        told = where(side == state.side, NAN, 1.0)
        return State(rolling, wandering, side), pair_of(first * told, second * told)
