"""Run a strategy's step over a block of bars.

The loop fetches a bar, calls the step and stores the target; it contains no mathematics. The state is loaded
into registers before a symbol's rows and stored behind them, so one row at a time is the same computation.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.bar import Bar, Bars
from lockstep.kernels.borrow import borrow
from lockstep.kernels.layout import Layout, Packed


class States:
    """The states of one strategy on a number of symbols, at rest in four arrays."""

    def __init__(self, packed: Packed, symbols: int) -> None:
        """Give every symbol its own copy of a fresh state."""
        self.floats = np.tile(packed.floats, (symbols, 1))
        self.integers = np.tile(packed.integers, (symbols, 1))
        self.arena = np.tile(packed.arena, (symbols, 1))
        self.offsets = packed.offsets
        self.seen = np.zeros(symbols, np.int64)
        """int64[symbols]: bars stepped so far."""

    def packed(self, symbol: int) -> Packed:
        """Return one symbol's state, sharing memory."""
        return Packed(self.floats[symbol], self.integers[symbol], self.arena[symbol], self.offsets)


def bind_step(step: Callable[..., Any], state: Layout, params: Layout) -> Callable[..., None]:
    """Compile the loop of a strategy that sees one symbol at a time.

    Returns ``run(floats, integers, arena, offsets, seen, params_floats, params_integers, time_ns, session,
    present, ohlcv, extra, scale, targets)`` with present bool[symbols, n], ohlcv float64[symbols, 5, n], extra
    float64[symbols, n, columns]; writes targets float64[symbols, n] times ``scale``, nan where a symbol has no
    bar. One compile serves every number of symbols, window length and parameter value.
    """
    load, store, load_params = state.loader(), state.storer(), params.loader()

    @kernel(cache=True)
    def run(
        floats: Any, integers: Any, arena: Any, offsets: Any, seen: Any, params_floats: Any, params_integers: Any,
        time_ns: Any, session: Any, present: Any, ohlcv: Any, extra: Any, scale: float, targets: Any,
    ) -> None:  # fmt: skip
        time_ns, session, present, ohlcv = borrow(time_ns), borrow(session), borrow(present), borrow(ohlcv)
        extra, targets, seen, arena = borrow(extra), borrow(targets), borrow(seen), borrow(arena)
        for s in range(present.shape[0]):
            params = load_params(params_floats, params_integers, params_floats, offsets)
            state = load(floats[s], integers[s], arena[s], offsets)
            index = seen[s]
            for t in range(present.shape[1]):
                if not present[s, t]:
                    targets[s, t] = np.nan
                    continue
                bar = Bar(
                    index, time_ns[t], session[t], ohlcv[s, 0, t], ohlcv[s, 1, t], ohlcv[s, 2, t], ohlcv[s, 3, t],
                    ohlcv[s, 4, t], extra[s, t],
                )  # fmt: skip
                state, target = step(state, bar, params)
                targets[s, t] = target * scale
                index += 1
            store(state, floats[s], integers[s])
            seen[s] = index

    return run


def bind_cross_step(step: Callable[..., Any], state: Layout, params: Layout) -> Callable[..., None]:
    """Compile the loop of a strategy that sees all symbols at once; arguments and results as in ``bind_step``."""
    load, store, load_params = state.loader(), state.storer(), params.loader()

    @kernel(cache=True)
    def run(
        floats: Any, integers: Any, arena: Any, offsets: Any, seen: Any, params_floats: Any, params_integers: Any,
        time_ns: Any, session: Any, present: Any, ohlcv: Any, extra: Any, scale: float, targets: Any,
    ) -> None:  # fmt: skip
        time_ns, session, present, ohlcv = borrow(time_ns), borrow(session), borrow(present), borrow(ohlcv)
        extra, targets, arena = borrow(extra), borrow(targets), borrow(arena)
        params = load_params(params_floats, params_integers, params_floats, offsets)
        state = load(floats[0], integers[0], arena[0], offsets)
        index = seen[0]
        for t in range(present.shape[1]):
            bars = Bars(
                index, time_ns[t], session[t], ohlcv[:, 0, t], ohlcv[:, 1, t], ohlcv[:, 2, t], ohlcv[:, 3, t],
                ohlcv[:, 4, t], present[:, t], extra[:, t],
            )  # fmt: skip
            state, weights = step(state, bars, params)
            targets[:, t] = weights * scale
            index += 1
        store(state, floats[0], integers[0])
        seen[0] = index

    return run
