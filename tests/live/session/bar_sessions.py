"""Bars with holes and of several calendars, and sessions over them."""

import asyncio
from pathlib import Path

import numpy as np

from lockstep.data.bars import Bars
from lockstep.data.recordings.recording import Recording
from lockstep.data.synthetic import minute_bars
from lockstep.live.session.asked import lanes_of
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.sources.bar_replay import BarReplay
from lockstep.live.sources.replay import Replay

EVENTS = Path(__file__).with_name("bar_strategies.py")
MINUTE_NS = 60_000_000_000
START_NS = 1_672_617_600 * 10**9
SHIPPED = (
    "mean_reversion", "sma_cross", "ema_cross", "rsi", "bollinger", "donchian", "macd_trend", "momentum",
    "cross_sectional_momentum", "pairs", "buy_and_hold",
)  # fmt: skip
FULL = {"commission": 0.0005, "exits.stop_loss": 0.01, "market.spread": ["bps", 2], "brokerage.credit_rate": 0.02}
"""Settings of the full order model."""


def made_bars(rows):
    """Minutes of two symbols, of which the second has holes."""
    columns = minute_bars()
    frames = {}
    for symbol, hole in (("AAPL", 0), ("MSFT", 97)):
        kept = np.arange(rows)
        kept = kept[kept % hole != 0] if hole else kept
        values = columns[symbol]._asdict()
        times = {name: values.pop(name)[kept].astype("datetime64[ns]") for name in ("open_time", "close_time")}
        frames[symbol] = times | {name: value[kept] for name, value in values.items()}
    return Bars.from_frame(frames, interval="1m", calendar="XNYS")


def walking_bars(rows):
    """Minutes around the clock of two symbols whose prices walk, as many as are wanted."""
    chance, frames = np.random.default_rng(5), {}
    opens = START_NS + np.arange(rows) * MINUTE_NS
    times = {"open_time": opens, "close_time": opens + MINUTE_NS}
    for symbol in ("ONE", "TWO"):
        # Drawn back to where it began, so that no walk of a million steps comes near zero.
        steps, cents = chance.integers(-6, 7, rows), np.empty(rows + 1, np.int64)
        cents[0] = level = 10_000
        for k, step in enumerate(steps.tolist()):
            level += step + (level < 9_000) - (level > 11_000)
            cents[k + 1] = level
        first, last = cents[:-1], cents[1:]
        spread = chance.integers(0, 5, (2, rows))
        prices = {"open": first, "high": np.maximum(first, last) + spread[0],
                  "low": np.minimum(first, last) - spread[1], "close": last}  # fmt: skip
        frames[symbol] = {name: time.astype("datetime64[ns]") for name, time in times.items()}
        frames[symbol] |= {name: price / 100.0 for name, price in prices.items()}
        frames[symbol]["volume"] = chance.integers(1_000, 100_000, rows).astype(float)
    return Bars.from_frame(frames, interval="1m")


def apart(rows=400):
    """Bars of an hour of two symbols, of which the second's open half an hour later, with some hours missing."""
    hour, chance = 3_600_000_000_000, np.random.default_rng(3)
    frames = {}
    for symbol, shift in (("A", 0), ("B", hour // 2)):
        frames[symbol] = _hours(chance, rows, shift)
    return Bars.from_frame(frames, interval="1h")


def _hours(chance, rows, shift_ns):
    kept = np.flatnonzero(chance.random(rows) < 0.9)
    opens = 1_700_000_400_000_000_000 // 3_600_000_000_000 * 3_600_000_000_000 + kept * 3_600_000_000_000 + shift_ns
    close = 100.0 + np.cumsum(chance.normal(0.0, 1.0, len(kept)))
    opened = close + chance.normal(0.0, 0.5, len(kept))
    return {
        "open_time": opens.astype("datetime64[ns]"), "close_time": (opens + 3_600_000_000_000).astype("datetime64[ns]"),
        "open": opened, "high": np.maximum(opened, close) + 0.3, "low": np.minimum(opened, close) - 0.3,
        "close": close, "volume": np.full(len(kept), 1e4),
    }  # fmt: skip


def lanes_of_all(source, strategies, bars=None, settings=None):
    return tuple(
        lane for text in strategies
        for lane in lanes_of(source, [text], {}, settings or {}, 100_000.0, bars)
    )  # fmt: skip


def host_of(folder, source, strategies, *, settings=None, limits=None, seen=None, bars=None):
    lanes = lanes_of_all(source, strategies, bars, settings)
    terms = session_terms("paper", source, lanes, now_ns=1, id="one", limits=limits)
    return Host(folder, terms, source, seen=seen)


def ran(host):
    """Run a session to its end; return it, with the equity of each lane after each of its rows."""
    equity: dict[str, dict[int, float]] = {}
    happen = host.core.happen

    def noted(record):
        happen(record)
        for lane in host.core.bar_lanes.values():
            equity.setdefault(lane.name, {})[lane.row_ns] = lane.equity

    host.core.happen = noted
    asyncio.run(host.run())
    return {name: list(of_rows.values())[1:] for name, of_rows in equity.items()}


def rows_of(folder, kind, strategy):
    with Recording(folder) as recording:
        return [row.content() for row in recording.rows(kinds=[kind]) if row.strategy == strategy]


def derived(folder):
    with Recording(folder) as recording:
        kinds = ("intent", "fill", "order", "flow", "state", "final_state")
        return [(row.kind, row.strategy, row.tape, row.body) for row in recording.rows(kinds=kinds)]


def assert_is_backtest(folder, host, equity, name, result):
    """Compare a lane with a backtest over the same bars: everything, to the last bit."""
    lane = host.core.bar_lanes[name]
    assert equity[name] == result.equity["equity"].to_list()
    fills = rows_of(folder, "fill", name)
    assert [fill["time_ns"] for fill in fills] == result.fills["time"].to_physical().to_list()
    signed = [fill["quantity"] if fill["side"] == "buy" else -fill["quantity"] for fill in fills]
    assert signed == result.fills["quantity"].to_list()
    for field in ("symbol", "order", "price", "fee", "slippage", "realised", "position", "cash"):
        assert [fill[field] for fill in fills] == result.fills[field].to_list(), field
    ended = {row["order"]: row for row in rows_of(folder, "order", name)}
    words = {"filled": "filled", "refused": "rejected", "canceled": "canceled", "expired": "expired"}
    orders = result.orders.filter(result.orders["status"] != "waiting")
    assert {order: row["state"] for order, row in ended.items()} == {
        order: words[status] for order, status in zip(orders["id"], orders["status"], strict=True)
    }
    assert lane.equity == result.equity["equity"][-1]


def source_of(bars, batch=None):
    return BarReplay(bars) if batch is None else Fine(bars, batch)


class FineTicks(Replay):
    """A replay in small batches."""

    def __init__(self, ticks):
        super().__init__([ticks])

    async def batches(self):
        async for batch in super().batches():
            for k in range(0, len(batch), 15):
                yield batch[k : k + 15]


class Fine(BarReplay):
    """A replay in small batches."""

    def __init__(self, bars, batch):
        super().__init__(bars)
        self._batch = batch

    async def batches(self):
        async for batch in super().batches():
            for k in range(0, len(batch), self._batch):
                yield batch[k : k + self._batch]
