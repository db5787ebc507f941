"""The loop over blocks: fetch, step, fill, value, observe, and carry on."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from lockstep.data.bars import Bars
from lockstep.data.blocks import BarBlock
from lockstep.data.extra import ExtraColumns
from lockstep.kernels.account import End
from lockstep.kernels.hold import hold_block
from lockstep.kernels.stats.block import (
    PERIOD,
    STATISTICS,
    TRADE_STATISTICS,
    finish_block,
    observe_block,
    observe_trades,
)
from lockstep.kernels.stats.statistics import Statistics
from lockstep.kernels.stats.trades import TradeStatistics, trade_statistics_init
from lockstep.strategies.over_bars.growing import Rows
from lockstep.strategies.over_bars.subaccount import Valuation

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Records = npt.NDArray[np.void]
CLOSE = 3
ROW_TYPES = (np.int64, np.int64, np.float64, np.float64, np.float64, np.float64)
"""Of what is kept of a row: time_ns, session, equity, gross, net, benchmark."""


class Observer:
    """Streaming statistics of one equity curve and its trades."""

    def __init__(self, initial: Statistics) -> None:
        self._packed = STATISTICS.pack(initial)
        self._trades = TRADE_STATISTICS.pack(trade_statistics_init())
        self._periods = np.zeros(1024, PERIOD)
        self._written = 0

    def observe(self, time_ns: Integers, session: Integers, value: Valuation, benchmark: Floats) -> None:
        """Take a block of rows."""
        room = len(self._periods) - self._written
        if room <= len(time_ns):  # at worst every row closes a period
            self._periods = np.concatenate([self._periods, np.zeros(len(self._periods) + len(time_ns), PERIOD)])
        self._written = observe_block(
            self._packed.floats, self._packed.integers, time_ns, session, value.equity, value.gross, value.net,
            benchmark, self._periods, self._written,
        )  # fmt: skip

    def trades(self, trades: npt.NDArray[np.void]) -> None:
        """Take trades in the order in which they were closed, then those still open."""
        observe_trades(self._trades.floats, self._trades.integers, trades)

    def finish(self) -> tuple[Statistics, TradeStatistics, npt.NDArray[np.void]]:
        """Return the statistics of the curve, of its trades, and the returns of all periods."""
        self._written = finish_block(self._packed.floats, self._packed.integers, self._periods, self._written)
        statistics = STATISTICS.unpack(self._packed)
        return statistics, TRADE_STATISTICS.unpack(self._trades), self._periods[: self._written].copy()


class Benchmark:
    """The level a run is compared with, row by row."""

    def __init__(self, symbols: npt.NDArray[np.int64], capital: float) -> None:
        """Spread ``capital`` evenly over these rows of the blocks and hold."""
        self._symbols = symbols
        self._capital = capital
        self._first = np.full(len(symbols), np.nan)
        self._latest = np.full(len(symbols), np.nan)

    def level(self, block: BarBlock) -> Floats:
        """Return float64[n]."""
        out = np.empty(len(block.close_time_ns))
        present, closes = block.present, block.ohlcv[:, CLOSE]
        if len(self._symbols) != len(present):
            present, closes = present[self._symbols], closes[self._symbols]
        # One memory layout whatever was chosen: another would compile again.
        hold_block(self._first, self._latest, present, np.ascontiguousarray(closes), self._capital, out)
        return out


class GivenBenchmark:
    """A benchmark series of the user's, one level per row."""

    def __init__(self, levels: Floats) -> None:
        self._levels = levels
        self._row = 0

    def level(self, block: BarBlock) -> Floats:
        """Return the next n levels."""
        n = len(block.close_time_ns)
        self._row += n
        return self._levels[self._row - n : self._row]


class Curve:
    """What one equity curve leaves behind: streaming statistics and, if asked, every row."""

    def __init__(self, initial: Statistics, benchmark: Benchmark | GivenBenchmark, keep: int) -> None:
        """Expect to keep ``keep`` rows, or as many as come; none when it is 0."""
        self._observer = Observer(initial)
        self._benchmark = benchmark
        self._keep = keep
        self._rows = Rows(ROW_TYPES, keep)

    def advance(self, block: BarBlock, value: Valuation) -> None:
        """Take the rows of a block that were run (all of them, or those before the end)."""
        done = len(value.equity)
        level = self._benchmark.level(block)[:done]
        times = (block.close_time_ns[:done], block.session[:done])
        self._observer.observe(*times, value, level)
        if self._keep:
            self._rows.append(*times, *value, level)

    def finish(self, trades: npt.NDArray[np.void]) -> "Finished":
        """Close the statistics with all trades, in the order in which they were closed."""
        self._observer.trades(trades)
        return Finished(*self._observer.finish(), self._rows.columns())


class Finished(NamedTuple):
    """A curve after its last row."""

    statistics: Statistics
    trade_statistics: TradeStatistics
    periods: npt.NDArray[np.void]
    """PERIOD[k]: the returns of sessions (or bars, as the convention asks)."""
    rows: tuple[npt.NDArray[Any], ...]
    """time_ns, session, equity, gross, net, benchmark: one array each, empty where rows were not kept."""


class Account(Protocol):
    """Trades one strategy's cash: under the simple order model or the full one."""

    cash: float
    """At the start."""
    looks_ahead: bool
    """Does it ask for the block after the one it trades?"""

    @property
    def ended(self) -> bool:
        """Has the run ended before its data?"""

    @property
    def equity(self) -> float:
        """Equity after the last row."""

    @property
    def end_reason(self) -> End:
        """Why the run ended."""

    def advance(self, block: BarBlock, following: BarBlock | None, extra: Floats) -> Valuation:
        """Move through a block; fewer rows come back when the account is ruined on the way."""

    def finish(self) -> tuple[Records, Records, Records, Records]:
        """Return all orders, fills, trades and cash flows, once."""


class Lane(NamedTuple):
    """One strategy's account with the user's columns it reads, and its own curve beside others."""

    account: Account
    extra: ExtraColumns
    curve: Curve | None
    """None where it is the only account: then the total is its curve."""


class Run(NamedTuple):
    """Accounts that trade beside one another, and the curve of their sum."""

    lanes: list[Lane]
    total: Curve
    idle: float
    """Cash given to no strategy: part of the total's equity from first to last."""

    @property
    def ended(self) -> bool:
        """Have all its accounts ended before the data?"""
        return all(lane.account.ended for lane in self.lanes)


def walk(bars: Bars, runs: Sequence[Run], block_rows: int, progress: Callable[[int], None]) -> None:
    """Take runs over the bars, all of them through a block before the next, until the data or all of them end.

    A second thread reads the next block and observes the one before while this one trades the present: its work
    depends on the accounts only through their values, and compiled code runs without Python's lock. It does one
    thing after the other in the order given, so a block's memory is filled again only when it was observed.
    """
    lanes = [lane for run in runs for lane in run.lanes]
    with ThreadPoolExecutor(1, "lockstep-blocks") as beside:
        blocks = bars.blocks(block_rows)
        fetched, observed = beside.submit(next, blocks, None), None
        while (block := fetched.result()) is not None:
            fetched = beside.submit(next, blocks, None)
            # Only orders for the close ask what comes next: whether a session goes on.
            following = fetched.result() if any(lane.account.looks_ahead for lane in lanes) else None
            done = []
            for run in (run for run in runs if not run.ended):
                values = [(_advance(lane, block, following), lane.account.equity) for lane in run.lanes]
                done.append((run, values))
            if observed:
                observed.result()
            observed = beside.submit(_observe, block, done)
            progress(len(block.close_time_ns))
            if all(run.ended for run in runs):
                break
        if observed:
            observed.result()


def _observe(block: BarBlock, done: list[tuple[Run, list[tuple[Valuation, float]]]]) -> None:
    for run, values in done:
        for lane, (value, _) in zip(run.lanes, values, strict=True):
            if lane.curve and len(value.equity):
                lane.curve.advance(block, value)
        run.total.advance(block, _sum(values, run.idle))


def _advance(lane: Lane, block: BarBlock, following: BarBlock | None) -> Valuation:
    if lane.account.ended:
        return Valuation(np.empty(0), np.empty(0), np.empty(0))
    return lane.account.advance(block, following, lane.extra.at(block.close_time_ns))


def _sum(values: list[tuple[Valuation, float]], idle: float) -> Valuation:
    """Add up accounts; one that ended keeps its last equity, out of the market, while others go on."""
    if len(values) == 1 and idle == 0.0:
        return values[0][0]
    n = max(len(value.equity) for value, _ in values)
    total = Valuation(np.full(n, idle), np.zeros(n), np.zeros(n))
    for value, equity in values:
        done = len(value.equity)
        for target, source in zip(total, value, strict=True):
            target[:done] += source
        total.equity[done:] += equity
    return total
