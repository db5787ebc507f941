"""Batch is tick by tick: recorded histories stepped one thing at a time, beside runs in blocks, compared at each.

A run whose steps are single stands beside others that get their blocks cut elsewhere, do many things in a call, start
with hardly any room and so grow on the way, and are replaced by a copy now and then. Each thing that happens, be it an
event, a request, a report, an act or a sample, is the last of a call in one of them; there the two are compared.
"""

import gzip
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest
from tests.vector.ticks.sameness import ALL, difference

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.binance import BinanceReader
from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.data.ticks.lobster import Lobster
from lockstep.data.ticks.reader import Reader
from lockstep.data.ticks.ticks import Ticks
from lockstep.kernels.book.events import EventFlag, EventKind, TickBlock
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.bind import Bound
from lockstep.kernels.ticks.frame import ROOMS
from lockstep.strategies import BookImbalanceTaker, SimpleMarketMaker
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.vector import backtest
from lockstep.vector.ticks.backtest import close_days, driven_over
from lockstep.vector.ticks.drive import Driven

CASH = 1e6
RUNS = 8
RECORDS = ("fills", "orders", "trades", "samples")
MS = 1_000_000


def cut(ticks: Ticks, edges: np.ndarray) -> Iterator[TickBlock]:
    """Yield a history in blocks that end at ``edges``."""
    whole = next(ticks.blocks(ticks.rows))
    assert len(whole.time_ns) == ticks.rows
    for start, stop in pairwise([0, *edges.tolist(), ticks.rows]):
        yield TickBlock._make(column[start:stop] for column in whole)


def small(ticks: Ticks, strategy: OrderKernel, settings: TickExecution, edges: np.ndarray, bound: Bound) -> Driven:
    """Return a run over blocks that end at ``edges``, with room for next to nothing."""
    driven = Driven(
        cut(ticks, edges), strategy, settings, slots=min(ticks.slots, 1), cash=CASH, bound=bound,
        tick_size=ticks.instrument.tick, lot_size=ticks.instrument.lot, multiplier=ticks.instrument.multiplier,
    )  # fmt: skip
    close_days(driven, ticks)
    frame = driven.frame
    for name, (dtype, room) in ROOMS.items():
        if frame.run[room][0] > 0:  # what has no room is not written down
            setattr(frame, name, np.zeros(2, dtype))
            frame.run[room] = 2
    frame.name_arrays()
    return driven


def agree(
    ticks: Ticks, strategy: OrderKernel, settings: TickExecution, *, cuts: int, levels: int = ALL, every: int = 1
) -> Driven:  # fmt: skip
    """Step a history thing by thing and compare after each; return the run. ``cuts`` in all are spread over the others.

    Of each side the ``levels`` best are compared and the level that the event names; all of them at each ``every``-th.
    """
    rng = np.random.default_rng(5)
    single = driven_over(ticks, strategy, settings, CASH)
    places = np.sort(rng.choice(np.arange(1, ticks.rows), cuts, replace=False))
    runs = rng.integers(RUNS, size=cuts)
    others = [small(ticks, strategy, settings, places[runs == k], single.bound) for k in range(RUNS)]
    done, things, copied = [0] * RUNS, 0, ticks.rows // RUNS
    events, sides, named = single.frame.run["events"], *(next(ticks.blocks(ticks.rows))[k].tolist() for k in (3, 5))
    turn: list[int] = []
    while single.step(1)[0] != Stop.END:
        things += 1
        turn = turn or rng.integers(RUNS, size=10_000).tolist()
        k, event = turn.pop(), events[0] - 1
        other = others[k]
        assert other.step(things - done[k]) == (Stop.DONE, things - done[k])
        done[k] = things
        seen = ALL if things % every == 0 else levels
        found = difference(single.frame, other.frame, seen, sides[event] if event >= 0 else -1, named[event])
        assert not found, f"thing {things}, event {event + 1}: the {found} differs"
        if things % copied == 0:  # what follows is done by a copy
            other.frame = other.frame.copy()
    for other in others:
        stop, left = other.step(ALL)
        assert (stop, left) == (Stop.END, things - done[others.index(other)])
        assert not difference(single.frame, other.frame)
        other.frame.finish()
    single.frame.finish()
    for other in others:
        for name in RECORDS:
            assert single.frame.written(name).tobytes() == other.frame.written(name).tobytes(), name
    result = backtest(ticks, strategy, cash=CASH, ticks=settings)
    for name in RECORDS:
        assert result.records[name].tobytes() == single.frame.written(name).tobytes(), name
    assert result.digest == single.frame.book.digest
    return single


@pytest.fixture(scope="module")
def binance(shared_data: Path) -> dict[str, Ticks]:
    """The samples of both markets, whole: levels and trades."""
    spot = Instrument("BTCUSDT", kind="crypto", tick=0.01, lot=1e-8)
    usdm = Instrument("BTCUSDT", kind="perpetual", tick=0.1, lot=0.001)
    return {
        name: taken(BinanceReader(sorted((shared_data / "binance").glob(f"{name}_*.gz")), instrument), instrument)
        for name, instrument in (("spot", spot), ("usdm", usdm))
    }


def taken(reader: Reader, instrument: Instrument) -> Ticks:
    return Ticks.from_blocks((batch.block for batch in reader.blocks()), instrument, level=reader.level, excerpt=True)


@pytest.mark.real_data
@pytest.mark.parametrize("market", ["spot", "usdm"])
def test_levels_of_a_recorded_day(binance: dict[str, Ticks], market: str) -> None:
    quoting = SimpleMarketMaker(lots={"spot": 100_000, "usdm": 10}[market], interval_ms=50)
    late = TickExecution(Latency(submit=5 * MS, report=4 * MS, feed=MS, jitter=MS, seed=3), maker_fee=-1e-5)
    run = agree(binance[market], quoting, late, cuts=1_000, levels=3, every=500)
    assert len(run.frame.written("fills")) > 20


@pytest.mark.real_data
def test_orders_of_a_recorded_day(shared_data: Path, tmp_path: Path) -> None:
    (path,) = (shared_data / "lobster").glob("AAPL*message_50.csv.gz")
    first = tmp_path / path.name.removesuffix(".gz")
    with gzip.open(path, "rt") as file:
        first.write_text("".join(islice(file, 12_000)))
    ticks = taken(Lobster(first), Instrument.us_equity("AAPL"))
    assert ticks.rows == 12_000
    late = TickExecution(Latency(submit=2 * MS, report=MS, feed=MS, jitter=MS // 2))
    run = agree(ticks, SimpleMarketMaker(lots=100, limit=1_000, interval_ms=20), late, cuts=ticks.rows - 1)
    assert len(run.frame.written("fills")) > 20
    assert run.frame.book.digest == run.frame.book.recount() != 0


@pytest.mark.real_data
def test_quotes_of_a_recorded_day(shared_data: Path) -> None:
    ticks = quotes_of(shared_data / "lobster", "GOOG")
    taker = BookImbalanceTaker(lots=50, levels=1, bound=0.8, hold_ms=500)
    run = agree(ticks, taker, TickExecution(taker_fee=1e-4, sample=60_000 * MS), cuts=20_000)
    assert ticks.level == "L1"
    assert len(run.frame.written("fills")) > 100


def quotes_of(folder: Path, symbol: str) -> Ticks:
    """Return quotes where a side of the level 1 book has changed, and the trades that the messages tell."""
    (messages,), (books,) = (sorted(folder.glob(f"{symbol}*_{what}_1.csv.gz")) for what in ("message", "orderbook"))
    told, shown = (np.loadtxt(path, delimiter=",") for path in (messages, books))
    rows: list[tuple[int, ...]] = []
    before = np.zeros(4, np.int64)
    for (seconds, kind, _, size, price, direction), book in zip(told[:, :6].tolist(), shown.astype(int), strict=True):
        time_ns, own = round(seconds * 1e9), []
        if kind in (4, 5):
            own.append((time_ns, EventKind.TRADE if kind == 4 else EventKind.HIDDEN, direction < 0, price // 100, size))
        for side, at in ((0, 2), (1, 0)):
            if (book[at : at + 2] != before[at : at + 2]).any():
                own.append((time_ns, EventKind.QUOTE, side, book[at] // 100, book[at + 1]))
        rows += [(*row, EventFlag.LAST if k == len(own) - 1 else 0) for k, row in enumerate(own)]
        before = book
    time_ns, kind, side, tick, lots, flags = np.array(rows, np.int64).T.copy()
    block = TickBlock(
        time_ns, time_ns, kind.astype(np.uint8), side.astype(np.int8), flags.astype(np.uint8), tick, lots,
        np.zeros_like(tick), np.full(len(tick), -1, np.int32),
    )  # fmt: skip
    return Ticks.from_blocks(block, Instrument.us_equity(symbol), level="L1")


def test_the_comparison_sees_a_lot_and_a_cent() -> None:
    """A run that has missed one lot of one level anywhere, or holds another position, is told apart."""
    ticks = synthetic_flow(3_000, "L2", seed=4)
    one, other = (driven_over(ticks, SimpleMarketMaker(), TickExecution(), CASH) for _ in range(2))
    one.step(2_000), other.step(2_000)
    assert not difference(one.frame, other.frame)
    tick, lots, _ = one.frame.book.depth(1)[-1].tolist()
    other.frame.book.apply(EventKind.SET, 1, tick, lots + 1)
    assert difference(one.frame, other.frame) == "book"
    assert difference(one.frame, other.frame, 1, 1, tick) == "book"
    assert not difference(one.frame, other.frame, 1)
    other.frame.book.apply(EventKind.SET, 1, tick, lots)
    other.frame.account["cash"] += 0.01
    assert difference(one.frame, other.frame) == "account"
