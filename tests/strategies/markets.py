"""Made-up histories on which strategies are compared, and ways to run a strategy over one."""

from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.blocks import BarBlock
from lockstep.kernels.bar import NEVER, Bar, Bars
from lockstep.kernels.plain import numbers, plain
from lockstep.strategies.base import Strategy
from lockstep.strategies.over_bars.signals import NumbaSignals, initial_state

Floats = npt.NDArray[np.float64]
KINDS = ("walk", "ticks", "steps", "still")
"""Random walk; the same in whole cents; prices that stand for 25 bars between changes; prices that never move."""

DAY_NS = 86_400_000_000_000


def market(kind: str, symbols: int, rows: int, seed: int = 0, missing: float = 0.07) -> BarBlock:
    """Return a history of one kind; each bar is absent with probability ``missing``."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, (symbols, rows)), axis=1))
    if kind in ("ticks", "steps"):
        close = np.round(close, 2)
    if kind == "steps":
        close = np.repeat(np.round(close[:, ::25], 1), 25, axis=1)[:, :rows]
    if kind == "still":
        close = np.full((symbols, rows), 100.0)
    reach = np.round(np.abs(rng.normal(0.0, 0.5, (symbols, rows))), 2) * (kind in ("walk", "ticks"))
    return block_of(close, rng.random((symbols, rows)) >= missing, reach)


def block_of(close: Any, present: Any = None, reach: Any = 0.0) -> BarBlock:
    """Return a block of closes float[symbols, n]; bars open at the close before and reach a little further."""
    close = np.atleast_2d(np.asarray(close, np.float64))
    symbols, rows = close.shape
    here = np.ones((symbols, rows), np.bool_) if present is None else np.asarray(present)
    opening = np.concatenate([close[:, :1], close[:, :-1]], axis=1)
    high, low = np.maximum(opening, close) + reach, np.minimum(opening, close) - reach
    if np.ndim(reach) == 0 and reach == 0.0:
        opening = high = low = close
    ohlcv = np.stack([opening, high, low, close, np.full_like(close, 1000.0)], axis=1)
    ohlcv[~np.repeat(here[:, None], 5, axis=1)] = np.nan
    t = np.arange(rows, dtype=np.int64)
    return BarBlock((t + 1) * DAY_NS, t // 5, here, ohlcv, np.where(here, t * DAY_NS, NEVER), ohlcv[:, 0].copy())


def part(block: BarBlock, start: int, stop: int) -> BarBlock:
    """Return rows ``start`` to ``stop`` in arrays of their own."""
    return BarBlock._make(np.ascontiguousarray(array[..., start:stop]) for array in block)


def columns(strategy: Strategy, block: BarBlock) -> Floats:
    """Return user's columns float64[symbols, n, columns] for a strategy."""
    symbols, rows = block.present.shape
    return np.sin(np.arange(symbols * rows * len(strategy.columns), dtype=np.float64)).reshape(symbols, rows, -1)


def targets(strategy: Strategy, block: BarBlock, *cuts: int, signals: Any = None) -> Floats:
    """Return float64[symbols, n] targets of the compiled loop, run in blocks that end at ``cuts``."""
    symbols, rows = block.present.shape
    signals = signals or NumbaSignals(strategy, symbols)
    extra = columns(strategy, block)
    found = np.empty((symbols, rows))
    for start, stop in zip((0, *cuts), (*cuts, rows), strict=True):
        out = np.empty((symbols, stop - start))
        signals.run(part(block, start, stop), np.ascontiguousarray(extra[:, start:stop]), out)
        found[:, start:stop] = out
    return found


def plain_targets(strategy: Strategy, block: BarBlock) -> Floats:
    """Return the same from a loop in plain Python over the strategy's own Python code."""
    symbols, rows = block.present.shape
    extra = columns(strategy, block)
    params, step = numbers(strategy.params), plain(strategy.step)
    found = np.full((symbols, rows), np.nan)
    with np.errstate(all="ignore"):
        if strategy.cross_sectional:
            state = numbers(initial_state(strategy, symbols))
            for t in range(rows):
                prices = [block.ohlcv[:, price, t] for price in range(5)]
                moment = (t, int(block.close_time_ns[t]), int(block.session[t]))
                bars = Bars._make((*moment, *prices, block.present[:, t], extra[:, t]))
                state, found[:, t] = step(state, bars, params)
            return found
        for s in range(symbols):
            state = numbers(initial_state(strategy, symbols))
            for index, t in enumerate(np.flatnonzero(block.present[s]).tolist()):
                moment = (index, int(block.close_time_ns[t]), int(block.session[t]))
                bar = Bar._make((*moment, *block.ohlcv[s, :, t], extra[s, t]))
                state, target = step(state, bar, params)
                found[s, t] = target * (1.0 if strategy.target == "units" else 1.0 / symbols)
    return found


def same(a: Any, b: Any) -> bool:
    """Return whether two arrays hold the same bits, the sign of zero and any nan apart."""
    return np.array_equal(a, b, equal_nan=True)


def along(strategy: Strategy, *closes: float) -> list[float]:
    """Return the targets of one symbol whose bars open, reach and close at these prices."""
    return [float(target) for target in targets(strategy, block_of([closes]))[0]]
