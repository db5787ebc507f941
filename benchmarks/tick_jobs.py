"""Our side of the tick benchmarks: jobs for fresh processes. Imports stand inside, so that they can be counted."""

import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

CASH = 1e6


def measure(
    path: str, repeats: int, wake: str = "timer", queue: str = "power", imports: str | None = None
) -> dict[str, Any]:
    """Time whole backtests over a feed in memory, and their loop alone; the first of the process apart."""
    import numpy as np
    from benchmarks.harness import imports_alike, memory_mb
    from benchmarks.tick_feed import read_feed

    from lockstep import backtest
    from lockstep.kernels.book.events import TickBlock
    from lockstep.kernels.ticks.tables import OrderState
    from lockstep.vector.ticks.backtest import driven_over

    strategy, execution = _settings(wake, queue)
    imports_alike(imports)
    before = memory_mb()["VmHWM"]
    ticks = _taken(TickBlock(**read_feed(path)))
    times, worked, loops, above, result = [], [], [], 0.0, None
    for _ in range(repeats + 1):
        start, busy = time.perf_counter(), time.process_time()
        result = backtest(ticks, strategy, cash=CASH, ticks=execution)
        times.append(time.perf_counter() - start)
        worked.append(time.process_time() - busy)
        above = above or memory_mb()["VmHWM"] - before  # of the first run
        driven = driven_over(ticks, strategy, execution, CASH)
        start = time.perf_counter()
        driven.drive()
        loops.append(time.perf_counter() - start)
    assert result is not None
    fills, orders = result.records["fills"], np.sort(result.records["orders"], order="id")
    assert np.array_equal(orders["id"], np.arange(1, len(orders) + 1))
    canceled = np.where(orders["state"] == OrderState.CANCELED, orders["ended_ns"], 0)
    sent = [*(orders[name].tolist() for name in ("sent_ns", "side", "tick")), canceled.tolist()]
    return {
        "first": times[0], "times": times[1:], "worked": worked[1:], "loops": loops[1:], "above": above,
        "acts": result.counters["acts"], "position": result.counters["position"], "sent": sent,
        "fills": [fills[name].tolist() for name in ("time_ns", "side", "tick", "lots", "order")],
    }  # fmt: skip


def _settings(wake: str, queue: str = "power", **rule: int) -> tuple[Any, Any]:
    from benchmarks.quoting import FeedQuoter, Quoter
    from benchmarks.tick_feed import FEED_NS, LATENCY_NS, MAKER_FEE, POWER, RULE, TAKER_FEE
    from benchmarks.watching import Watcher

    from lockstep.data.ticks.execution import Latency, TickExecution

    latency = Latency(submit=LATENCY_NS, report=LATENCY_NS, feed=FEED_NS)
    execution = TickExecution(latency, queue, POWER, MAKER_FEE, TAKER_FEE)
    return {"timer": Quoter, "feed": FeedQuoter, "watch": Watcher}[wake](**{**RULE, **rule}), execution


def _taken(block: Any) -> Any:
    from lockstep.data.ticks.flow import SYNTHETIC
    from lockstep.data.ticks.ticks import Ticks

    return Ticks.from_blocks(block, SYNTHETIC, level="L2", source="synthetic")


def one_by_one(events: int, repeats: int) -> dict[str, Any]:
    """Time single events given from Python: to a book, and to a run with a strategy, for each of ``events``."""
    from lockstep.data.ticks.flow import synthetic_flow
    from lockstep.kernels.book.frame import Book
    from lockstep.vector.ticks.backtest import driven_over

    ticks = synthetic_flow(events, "L2", seed=1)
    block = next(ticks.blocks(ticks.rows))
    rows = list(zip(*(column.tolist() for column in (block.kind, block.side, block.tick, block.lots)), strict=True))
    found: dict[str, list[float]] = {"book": [], "run": []}
    for _ in range(repeats + 1):
        book = Book(100_000 - (1 << 15), slots=0)
        start = time.perf_counter()
        for row in rows:
            book.apply(*row)
        found["book"].append((time.perf_counter() - start) / len(rows))
        driven = driven_over(ticks, *_settings("timer"), CASH)
        start = time.perf_counter()
        for _ in rows:
            driven.step(1)
        found["run"].append((time.perf_counter() - start) / len(rows))
    return {name: times[1:] for name, times in found.items()}


def new_kernel(folder: str, module: str) -> dict[str, Any]:
    """Time making machine code of an order kernel from a module in ``folder``, the engine's being at hand."""
    from lockstep.kernels.ticks.bind import bind
    from lockstep.vector.ticks.backtest import driven_over

    strategy, execution = _settings("timer")
    flow = _taken(next(_flow(BLOCK)))
    driven_over(flow, strategy, execution, CASH).drive()
    sys.path.insert(0, folder)
    kind = import_module(module).FreshQuoter
    fresh = kind()
    start = time.perf_counter()
    bound = bind(kind.compiled_act, kind.init(fresh.params), fresh.params)
    took = time.perf_counter() - start
    driven_over(flow, fresh, execution, CASH, bound).drive()
    return {"bind": took}


def stream(events: int, every: int, wake: str) -> dict[str, Any]:
    """Run over a feed that is generated block by block; after each ``every`` events, time, memory and records so far.

    The time is the processor's, and the run's: making the blocks is left out. Who watches alone ("watch") has no
    records: neither orders nor, as it is sampled once, points of the equity curve.
    """
    from dataclasses import replace

    from benchmarks.harness import memory_mb
    from benchmarks.tick_feed import LOT, TICK

    from lockstep.kernels.ticks.advance import Stop
    from lockstep.vector.ticks.drive import Driven

    # Away from the market and looked after every ten seconds: few records, for they do grow.
    strategy, execution = _settings(wake, away=20, interval_ms=10_000)
    if wake == "watch":
        execution = replace(execution, sample=1 << 62)
    made = _Timed(_flow(events))
    driven = Driven(made, strategy, execution, slots=0, cash=CASH, tick_size=TICK, lot_size=LOT, multiplier=1.0)
    points, start, spent = [], time.process_time(), made.seconds
    stop, done = Stop.DONE, 0
    while stop != Stop.END:
        stop, _ = driven.step(every)
        events_now = int(driven.frame.run["events"][0])
        took = time.process_time() - start - (made.seconds - spent)
        memory = {"mb": memory_mb()["VmRSS"], "records": _records_mb(driven.frame)}
        points.append({"events": events_now - done, "seconds": took, **memory})
        start, spent, done = time.process_time(), made.seconds, events_now
    return {"points": points, "fills": len(driven.frame.written("fills")), "made": made.seconds}


def _records_mb(frame: Any) -> float:
    """Return the size of what a run has written down."""
    return float(sum(frame.written(name).nbytes for name in ("fills", "orders", "trades", "samples")) / 1e6)


BLOCK = 1 << 16


def _flow(events: int) -> Iterator[Any]:
    """Generate blocks of a feed with ``events`` or more; copied, because a run with latency hears them later again."""
    from lockstep.data.ticks.flow import flow_blocks

    made = 0
    for block in flow_blocks("L2", seed=3, size=BLOCK):
        yield type(block)._make(column.copy() for column in block)
        made += len(block.kind)
        if made >= events:
            return


class _Timed(Iterator[Any]):
    """An iterator that adds up the seconds of the processor which its source takes."""

    def __init__(self, source: Iterator[Any]) -> None:
        self._source = source
        self.seconds = 0.0

    def __next__(self) -> Any:
        start = time.process_time()
        try:
            return next(self._source)
        finally:
            self.seconds += time.process_time() - start


def write_kernel(folder: str, module: str, number: int) -> None:
    """Write a module with a strategy that nobody has compiled yet."""
    text = Path(__file__).with_name("quoting.py").read_text()
    fresh = f"\n\nclass FreshQuoter(Quoter):\n    lots: int = param({number}, low=1)\n"
    act = text[text.index("    @staticmethod\n    def act") : text.index("class FeedQuoter")].rstrip()
    # Another number in its code is another kernel.
    Path(folder, f"{module}.py").write_text(
        text + fresh + "\n" + act.replace("1_000_000", str(1_000_000 + number)) + "\n"
    )
