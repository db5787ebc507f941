"""Accounts side by side are single accounts: targets through ``run_block`` and ``observe_block``, to the bit."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from lockstep.kernels.account import End, Rebalance, new_account, new_holdings
from lockstep.kernels.engine import open_trades, run_block
from lockstep.kernels.layout import Packed
from lockstep.kernels.records import FILL, ORDER, TRADE
from lockstep.kernels.sizing import Instruction
from lockstep.kernels.stats.block import (
    PERIOD,
    STATISTICS,
    TRADE_STATISTICS,
    finish_block,
    observe_block,
    observe_trades,
)
from lockstep.kernels.stats.statistics import statistics_init
from lockstep.kernels.stats.trades import trade_statistics_init
from lockstep.kernels.sweep import accounts
from lockstep.kernels.sweep.few import bind_few_accounts
from lockstep.kernels.sweep.lanes import LANES
from lockstep.strategies.over_bars.execution import Execution

ROWS = 700
NO_WINDOWS = (np.empty(0), np.empty((0, 3), np.int64))


class Rows:
    """One symbol with a bar at every row, five to a session, and what LANES sets want at each."""

    def __init__(self, seed: int, explode: bool = False) -> None:
        random = np.random.default_rng(seed)
        close = 50.0 * np.exp(np.cumsum(random.normal(0.01 if explode else 0.0, 0.03, ROWS)))
        self.ohlcv = np.empty((1, 5, ROWS))
        self.ohlcv[0, 3] = np.round(close, 2)
        self.opening = np.round(close * np.exp(random.normal(0.0, 0.004, ROWS)), 2)[None]
        self.ohlcv[0, 0] = self.opening
        self.ohlcv[0, 1], self.ohlcv[0, 2], self.ohlcv[0, 4] = close * 2, close / 2, 1.0
        self.time_ns = (np.arange(ROWS) + 1) * 3_600_000_000_000
        self.opening_ns = (self.time_ns - 3_600_000_000_000)[None]
        self.session = np.arange(ROWS) // 5
        self.present = np.ones((1, ROWS), np.bool_)
        self.benchmark = close * 3.0
        self.targets = random.choice([-1.0, 0.0, 0.5, 1.0, np.nan], (ROWS, LANES))
        # Lanes differ in how often they change their mind.
        for lane in range(LANES):
            held = random.random(ROWS) < lane / LANES
            held[0] = False
            places = np.maximum.accumulate(np.where(held, 0, np.arange(ROWS)))
            self.targets[:, lane] = self.targets[places, lane]
        self.targets[:, 1] = -3.0 if explode else 0.0


@cache
def compiled(few: bool) -> Callable[..., None]:
    return bind_few_accounts() if few else accounts.bind_accounts(None, None)


@cache
def compiled_finish() -> Callable[..., None]:
    return accounts.bind_finish()


def side_by_side(rows: Rows, rules: Any, stream: dict[str, Any], few: bool, cut: int) -> np.ndarray:
    initial = statistics_init(1e4, **stream)
    run = compiled(few)
    group = accounts.with_warm_ups(accounts.new_group(1.0, 1e4, initial), list(range(LANES)))
    periods = ROWS if initial.rules.per_bar else ROWS // 5
    told = accounts.stream_of(initial.rules, periods - initial.rules.skip_first)
    finished = np.zeros(LANES, accounts.FINISHED)
    records = [np.zeros(accounts.RECORDS, kind) for kind in (ORDER, FILL, TRADE)]
    for start, stop in ((0, cut), (cut, ROWS)):
        part = slice(start, stop)
        run(
            group, rules, told, start, rows.time_ns[part].copy(), rows.session[part].copy(),
            rows.present[:, part].copy(), rows.ohlcv[:, :, part].copy(), rows.opening_ns[:, part].copy(),
            rows.opening[:, part].copy(), rows.benchmark[part].copy(), rows.targets[part].copy(), *records,
            np.zeros(3, np.int64), np.empty((3, ROWS)), np.empty(2 * LANES), finished,
        )  # fmt: skip
    compiled_finish()(group, told, ROWS - 1, int(rows.time_ns[-1]), float(rows.ohlcv[0, 3, -1]), records[2], finished)
    return finished


def alone(rows: Rows, rules: Any, stream: dict[str, Any], lane: int) -> tuple[Any, ...]:
    account, holdings = new_account(1e4), new_holdings(np.array([1.0]))
    records = [np.zeros(4 * ROWS, kind) for kind in (ORDER, FILL, TRADE)]
    counts, value = np.zeros(3, np.int64), np.empty((3, ROWS))
    targets = np.ascontiguousarray(rows.targets[:, lane][None])
    done = run_block(
        account, holdings, rules, rows.time_ns, rows.present, rows.ohlcv, rows.opening_ns, rows.opening, targets, 0,
        ROWS, records[0], records[1], records[2], counts, value[0], value[1], value[2],
    )  # fmt: skip
    packed = STATISTICS.pack(statistics_init(1e4, warm_up=lane, **stream))
    periods = np.zeros(ROWS + 1, PERIOD)
    written = observe_block(
        packed.floats, packed.integers, rows.time_ns[:done], rows.session[:done], value[0, :done], value[1, :done],
        value[2, :done], rows.benchmark[:done], periods, 0,
    )  # fmt: skip
    written = finish_block(packed.floats, packed.integers, periods, written)
    trades = TRADE_STATISTICS.pack(trade_statistics_init())
    closed = counts[2]
    open_ = open_trades(holdings, records[2][closed:], done - 1, int(rows.time_ns[done - 1]))
    observe_trades(trades.floats, trades.integers, records[2][: closed + open_])
    returns = periods["portfolio"][:written]
    return packed, trades, returns, float(account["fees"][0]), int(account["end"][0])


EXECUTIONS = [
    Execution(commission=0.001, slippage_bps=2.0),
    Execution(fill="same_close", per_order=1.0),
    Execution(rebalance="every_bar", fractional=False),
    Execution(rebalance="band", band=0.1),
    Execution(close_at_end=True, direction="long"),
]
STREAMS: list[dict[str, Any]] = [
    {},
    {"per_bar": True, "peak_from_start": False},
    {"skip_first": True, "log_beta": True, "peak_from_start": False},
    {"drawdown_on_rows": False, "required": 0.001, "threshold": 0.002},
]


@pytest.mark.parametrize("execution", EXECUTIONS, ids=lambda each: f"{each.fill}-{each.rebalance}-{each.close_at_end}")
@pytest.mark.parametrize("stream", STREAMS, ids=lambda each: "-".join(each) or "sessions")
def test_every_lane_is_the_account_alone(execution: Execution, stream: dict[str, Any]) -> None:
    rows = Rows(3)
    rules = execution.rules(Instruction.TARGET_WEIGHT, int(rows.time_ns[-1]))
    found = side_by_side(rows, rules, stream, few=False, cut=333)
    for lane in range(LANES):
        packed, trades, returns, fees, end = alone(rows, rules, stream, lane)
        one = found[lane]
        np.testing.assert_array_equal(one["floats"], packed.floats)
        np.testing.assert_array_equal(one["integers"], packed.integers)
        np.testing.assert_array_equal(one["trade_floats"], trades.floats)
        np.testing.assert_array_equal(one["trade_integers"], trades.integers)
        assert (one["fees"], one["end"]) == (fees, end)
        block = np.arange(len(returns)) * accounts.BLOCKS // len(returns)
        np.testing.assert_allclose(one["sums"], np.bincount(block, returns, accounts.BLOCKS), atol=1e-14)
        np.testing.assert_allclose(one["squares"], np.bincount(block, returns**2, accounts.BLOCKS), atol=1e-14)


@pytest.mark.parametrize("stream", STREAMS, ids=lambda each: "-".join(each) or "sessions")
def test_few_statistics_are_those_of_all(stream: dict[str, Any]) -> None:
    rows = Rows(4)
    rules = Execution(commission=0.001).rules(Instruction.TARGET_WEIGHT, int(rows.time_ns[-1]))
    few, every = (side_by_side(rows, rules, stream, few, cut=100) for few in (True, False))
    for lane in range(LANES):
        some, whole = (
            STATISTICS.unpack(Packed(each["floats"][lane], each["integers"][lane], *NO_WINDOWS))
            for each in (few, every)
        )
        assert some.curve.equity == whole.curve.equity
        assert some.drawdown.maximum == whole.drawdown.maximum
        for name in ("n", "mean", "m2", "best", "worst"):
            assert getattr(some.periods.moments, name) == getattr(whole.periods.moments, name)
    np.testing.assert_array_equal(few["sums"], every["sums"])
    for name in ("closed", "open", "longs", "long_wins"):
        place = accounts.TRADE_PLACES.place(name)
        np.testing.assert_array_equal(few["trade_integers"][:, place], every["trade_integers"][:, place])


def test_a_ruined_lane_ends_and_the_others_go_on() -> None:
    rows = Rows(5, explode=True)
    rules = Execution(rebalance="every_bar").rules(Instruction.TARGET_WEIGHT, -1)
    rules["rebalance"] = Rebalance.ON_CHANGE
    found = side_by_side(rows, rules, {}, few=False, cut=50)
    assert found["end"][1] == End.RUINED
    assert (found["end"] == End.RUNNING).any()
    for lane in range(LANES):
        packed, trades, *_, end = alone(rows, rules, {}, lane)
        assert found["end"][lane] == end
        np.testing.assert_array_equal(found["floats"][lane], packed.floats)
        np.testing.assert_array_equal(found["integers"][lane], packed.integers)
        np.testing.assert_array_equal(found["trade_floats"][lane], trades.floats)
