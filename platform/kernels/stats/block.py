"""Compiled entry points over blocks: states at rest in flat arrays, moved row by row, nothing allocated.

The states hold no window, so two flat arrays each are all there is of them::

    state = STATISTICS.pack(statistics_init(cash))
    written = observe_block(state.floats, state.integers, time_ns, session, equity, gross, net, benchmark,
    out, 0) written = finish_block(state.floats, state.integers, out, written) statistics =
    STATISTICS.unpack(state)
"""

import numpy as np
import numpy.typing as npt

from lockstep.kernels._jit import kernel
from lockstep.kernels.layout import Layout
from lockstep.kernels.stats.statistics import finish, observe, observe_return, statistics_init
from lockstep.kernels.stats.trades import observe_trade, trade_statistics_init

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

PERIOD = np.dtype([("session", np.int64), ("portfolio", np.float64), ("benchmark", np.float64)], align=True)
"""A closed period: its session number, the portfolio's return and the benchmark's (nan without one)."""

STATISTICS = Layout(statistics_init(1.0), "statistics")
TRADE_STATISTICS = Layout(trade_statistics_init(), "trade_statistics")

# Windows live in these two; there are none.
_ARENA = np.empty(0, np.float64)
_OFFSETS = np.empty((0, 3), np.int64)

_load = STATISTICS.loader()
_store = STATISTICS.storer()
_load_trades = TRADE_STATISTICS.loader()
_store_trades = TRADE_STATISTICS.storer()


@kernel(cache=True)
def observe_block(
    floats: Floats,
    integers: Integers,
    time_ns: Integers,
    session: Integers,
    equity: Floats,
    gross: Floats,
    net: Floats,
    benchmark: Floats,
    periods: npt.NDArray[np.void],
    written: int,
) -> int:
    """Take n rows, in order, and return how many periods have been closed so far.

    Args:
        floats: float64[...], the packed statistics. Modified in place.
        integers: int64[...], the packed statistics. Modified in place.
        time_ns: int64[n], ascending.
        session: int64[n], session day numbers, not descending.
        equity: float64[n], account value.
        gross: float64[n], sum of absolute position values.
        net: float64[n], sum of signed position values.
        benchmark: float64[n], benchmark level, nan where unchanged or absent.
        periods: PERIOD[capacity], written from index ``written`` on. Periods beyond its end are counted, not
            stored: a result above the capacity says how many there were.
        written: how many periods were closed before.
    """
    state = _load(floats, integers, _ARENA, _OFFSETS)
    capacity = len(periods)
    for i in range(len(equity)):
        state, closed = observe(state, time_ns[i], session[i], equity[i], gross[i], net[i], benchmark[i])
        if closed.closed:
            if written < capacity:
                periods[written].session = closed.session
                periods[written].portfolio = closed.portfolio
                periods[written].benchmark = closed.benchmark
            written += 1
    _store(state, floats, integers)
    return written


@kernel(cache=True)
def finish_block(floats: Floats, integers: Integers, periods: npt.NDArray[np.void], written: int) -> int:
    """Close the open period after the last row; arguments and result as in ``observe_block``."""
    state = _load(floats, integers, _ARENA, _OFFSETS)
    state, closed = finish(state)
    if closed.closed:
        if written < len(periods):
            periods[written].session = closed.session
            periods[written].portfolio = closed.portfolio
            periods[written].benchmark = closed.benchmark
        written += 1
    _store(state, floats, integers)
    return written


@kernel(cache=True)
def observe_returns(floats: Floats, integers: Integers, time_ns: Integers, returns: Floats, benchmark: Floats) -> None:
    """Take n period returns instead of equity; the packed statistics are modified in place.

    Args:
        floats: float64[...], the packed statistics.
        integers: int64[...], the packed statistics.
        time_ns: int64[n], the end of each period.
        returns: float64[n], 0.01 for one percent.
        benchmark: float64[n], the benchmark's, nan where there is none.
    """
    state = _load(floats, integers, _ARENA, _OFFSETS)
    for i in range(len(returns)):
        state = observe_return(state, time_ns[i], returns[i], benchmark[i])
    _store(state, floats, integers)


@kernel(cache=True)
def observe_trades(floats: Floats, integers: Integers, trades: npt.NDArray[np.void]) -> None:
    """Take ``TRADE[k]`` in the order in which they were closed; the packed statistics change in place."""
    state = _load_trades(floats, integers, _ARENA, _OFFSETS)
    for i in range(len(trades)):
        state = observe_trade(state, trades[i])
    _store_trades(state, floats, integers)
