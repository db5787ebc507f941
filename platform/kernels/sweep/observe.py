"""Streaming statistics of many accounts side by side, made of the kernels that observe a single one.

``bind_observers`` makes them for what is asked: numbers that nobody wants are not loaded, so the compiler leaves out
what leads to them. Each loop does one thing to all lanes, so that one that can't be vectorised (a logarithm) holds up
no other.
"""

from collections.abc import Callable, Container, Sequence
from typing import Any, NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import is_nan, where
from lockstep.kernels.stats.block import STATISTICS
from lockstep.kernels.stats.curve import close_curve, observe_curve, open_period
from lockstep.kernels.stats.drawdown import observe_drawdown
from lockstep.kernels.stats.exposure import observe_exposure
from lockstep.kernels.stats.growth import compound
from lockstep.kernels.stats.moments import observe_return_moments
from lockstep.kernels.stats.relative import observe_co_moments, observe_relative
from lockstep.kernels.stats.shortfall import observe_shortfall
from lockstep.kernels.stats.statistics import log_change
from lockstep.kernels.stats.trend import observe_trend
from lockstep.kernels.sweep.lanes import LANES, LaneLayout

PLACES = LaneLayout(STATISTICS)

# Rows of ``hands``, LANES numbers each: what valuing a position takes, and what it gives.
CASH, QUANTITY, TARGET, EQUITY, GROSS, NET = 0, 1, 2, 3, 4, 5

FEW = frozenset(
    (
        *(
            f"curve.{name}"
            for name in (
                "rows", "time_ns", "session", "equity", "period_row", "base", "periods", "weekend_rows", "initial",
                "first", "first_time_ns", "warm_up",
            )
        ),
        *(f"periods.moments.{name}" for name in ("n", "mean", "m2", "best", "worst")),
        "drawdown.rows",
        "drawdown.peak",
        "drawdown.maximum",
    )
)  # fmt: skip
"""Leaves of the statistics behind total return, Sharpe ratio and maximum drawdown."""


CLOCK = tuple(
    f"curve.{name}"
    for name in (
        "rows", "time_ns", "session", "benchmark", "period_row", "benchmark_base", "periods", "weekend_rows",
        "first_time_ns", "benchmark_first",
    )
)  # fmt: skip
"""Leaves of a curve that are the same in all lanes, which see the same rows and the same benchmark."""
COUNT = ("periods.moments.n",)
ROWS = ("drawdown.rows",)
COMMON = (*CLOCK, *COUNT, *ROWS)
"""All leaves that only the first lane holds."""

read_clock, write_clock = PLACES.reader(CLOCK), PLACES.writer("curve", CLOCK)
read_count, write_count = PLACES.reader(COUNT), PLACES.writer("periods.moments", COUNT)
read_rows, write_rows = PLACES.reader(ROWS), PLACES.writer("drawdown", ROWS)


class Observers(NamedTuple):
    """Kernels over all lanes; the statistics lie side by side in ``floats`` and ``integers``."""

    close: Callable[..., None]
    """``close(floats, integers, returns)``: close the open period; write float64[2 * LANES] its returns, then the
    benchmark's."""
    period: Callable[..., None]
    """``period(floats, integers, returns)``: take the period's returns."""
    depth: Callable[..., None]
    """``depth(floats, integers)``: let drawdown look at the last row's equity."""
    row: Callable[..., None]
    """``row(floats, integers, time_ns, session, equity, benchmark)``: take a row's equity."""
    held: Callable[..., None]
    """``held(floats, integers, equity, gross, net)``: take a row's exposure."""
    changes: Callable[..., None]
    """``changes(floats, integers, equity, benchmark)``: take log changes, before ``row``."""


def bind_observers(keep: Container[str] | None) -> Observers:
    """Make the kernels that keep these leaves of the statistics (see ``LaneLayout``); None: all of them."""
    close, row = _curve(keep)
    return Observers(close, _periods(keep), _depth(keep), row, _held(keep), _changes())


def _both(
    part: str, keep: Container[str] | None, common: Sequence[str] = ()
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    return PLACES.loader(part, keep, common), PLACES.storer(part, keep, common)


def _curve(keep: Container[str] | None) -> tuple[Callable[..., None], Callable[..., None]]:
    load, store = _both("curve", keep, CLOCK)

    @kernel(inline=False)
    def close(floats: Any, integers: Any, returns: Any) -> None:
        clock = read_clock(floats, integers)
        for lane in range(LANES):
            curve = load(floats, integers, lane, clock)
            period = open_period(curve)
            returns[lane] = period.portfolio
            returns[LANES + lane] = period.benchmark
            curve = close_curve(curve)
            store(curve, floats, integers, lane)
        write_clock(curve, floats, integers)

    @kernel(inline=False)
    def row(floats: Any, integers: Any, time_ns: int, session: int, equity: Any, benchmark: float) -> None:
        clock = read_clock(floats, integers)
        for lane in range(LANES):
            curve = load(floats, integers, lane, clock)
            curve = observe_curve(curve, time_ns, session, equity[lane], benchmark)
            store(curve, floats, integers, lane)
        write_clock(curve, floats, integers)

    return close, row


def _periods(keep: Container[str] | None) -> Callable[..., None]:
    load_moments, store_moments = _both("periods.moments", keep, COUNT)
    load_growth, store_growth = _both("periods.growth", keep)
    load_shortfall, store_shortfall = _both("periods.shortfall", keep)
    load_trend, store_trend = _both("periods.trend", keep)
    load_relative, store_relative = _both("periods.relative", keep)
    every = keep is None

    @kernel(inline=False)
    def take_moments(floats: Any, integers: Any, returns: Any) -> None:
        count = read_count(floats, integers)
        for lane in range(LANES):
            moments = observe_return_moments(load_moments(floats, integers, lane, count), returns[lane])
            store_moments(moments, floats, integers, lane)
        write_count(moments, floats, integers)

    @kernel(inline=False)
    def take_growth(floats: Any, integers: Any, returns: Any) -> None:
        for lane in range(LANES):
            growth = load_growth(floats, integers, lane)
            store_growth(compound(growth, returns[lane], True), floats, integers, lane)

    @kernel(inline=False)
    def take_shortfall(floats: Any, integers: Any, returns: Any) -> None:
        for lane in range(LANES):
            shortfall = load_shortfall(floats, integers, lane)
            store_shortfall(observe_shortfall(shortfall, returns[lane]), floats, integers, lane)

    @kernel(inline=False)
    def take_trend(floats: Any, integers: Any, returns: Any) -> None:
        for lane in range(LANES):
            store_trend(observe_trend(load_trend(floats, integers, lane), returns[lane]), floats, integers, lane)

    @kernel(inline=False)
    def take_relative(floats: Any, integers: Any, returns: Any) -> None:
        for lane in range(LANES):
            relative = load_relative(floats, integers, lane)
            moved = observe_relative(relative, returns[lane], returns[LANES + lane])
            store_relative(moved, floats, integers, lane)

    @kernel
    def period(floats: Any, integers: Any, returns: Any) -> None:
        take_moments(floats, integers, returns)
        if every:
            take_growth(floats, integers, returns)
            take_shortfall(floats, integers, returns)
            take_trend(floats, integers, returns)
            take_relative(floats, integers, returns)

    return period


def _depth(keep: Container[str] | None) -> Callable[..., None]:
    load, store = _both("drawdown", keep, ROWS)
    load_curve = PLACES.loader("curve", keep, CLOCK)

    @kernel(inline=False)
    def depth(floats: Any, integers: Any) -> None:
        clock, rows = read_clock(floats, integers), read_rows(floats, integers)
        for lane in range(LANES):
            curve = load_curve(floats, integers, lane, clock)
            drawdown = observe_drawdown(load(floats, integers, lane, rows), curve.time_ns, curve.equity)
            store(drawdown, floats, integers, lane)
        write_rows(drawdown, floats, integers)

    return depth


def _held(keep: Container[str] | None) -> Callable[..., None]:
    load, store = _both("exposure", keep)
    every = keep is None

    @kernel(inline=False)
    def held(floats: Any, integers: Any, equity: Any, gross: Any, net: Any) -> None:
        if every:
            for lane in range(LANES):
                exposure = load(floats, integers, lane)
                store(observe_exposure(exposure, equity[lane], gross[lane], net[lane]), floats, integers, lane)

    return held


def _changes() -> Callable[..., None]:
    load, store = _both("log_changes", None)
    load_curve = PLACES.loader("curve", ("curve.equity", "curve.benchmark"), CLOCK)

    @kernel(inline=False)
    def changes(floats: Any, integers: Any, equity: Any, benchmark: float) -> None:
        clock = read_clock(floats, integers)
        for lane in range(LANES):
            curve = load_curve(floats, integers, lane, clock)
            level = where(is_nan(benchmark), curve.benchmark, benchmark)
            change, market = log_change(curve.equity, equity[lane]), log_change(curve.benchmark, level)
            moved = observe_co_moments(load(floats, integers, lane), change, market, True)
            store(moved, floats, integers, lane)

    return changes
