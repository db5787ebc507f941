"""What every shipped order kernel owes: no look-ahead, one answer however it is driven, parameters explained."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.data.ticks.flow import SYNTHETIC, synthetic_flow
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import StrategyError
from lockstep.kernels.book.events import TickBlock
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.over_ticks.frame import acting
from lockstep.strategies.registry import ORDER_KERNELS, find
from lockstep.vector import backtest
from lockstep.vector.ticks.backtest import driven_over

LATE = TickExecution(Latency(submit=3_000_000, report=2_000_000, feed=1_000_000), maker_fee=-1e-5, taker_fee=2e-4)
SETTINGS: dict[str, dict[str, Any]] = {
    "avellaneda_stoikov": {"half_life_s": 1.0, "decay": 1.0, "risk": 0.05, "interval_ms": 20, "lots": 4, "limit": 20},
    "simple_market_maker": {"interval_ms": 20, "lots": 4, "limit": 20},
    "book_imbalance_taker": {"bound": 0.3, "hold_ms": 200},
    "twap": {"duration_s": 8.0, "passive": True, "slices": 16},
    "vwap": {"duration_s": 8.0},
    "participation": {"interval_ms": 100, "share": 0.5, "lots": 500, "passive": True},
    "iceberg": {"lots": 60, "show": 7, "buy": False},
}
"""Made to trade much within ten seconds."""

every_kernel = pytest.mark.parametrize("name", ORDER_KERNELS)


def made(name: str) -> OrderKernel:
    strategy = find(name)(**SETTINGS[name])
    assert isinstance(strategy, OrderKernel)
    return strategy


@pytest.fixture(scope="module")
def events() -> TickBlock:
    (block,) = synthetic_flow(6000, "L2", seed=11).blocks(1 << 20)
    return TickBlock._make(column.copy() for column in block)


def history(events: TickBlock, stop: int) -> Ticks:
    return Ticks.from_blocks(TickBlock._make(column[:stop] for column in events), SYNTHETIC, level="L2")


@every_kernel
def test_the_first_events_give_the_first_fills(name: str, events: TickBlock) -> None:
    whole = backtest(history(events, len(events.time_ns)), made(name), cash=1e6, ticks=LATE).records["fills"]
    assert len(whole) > 5
    for stop in (1000, 2500, 5000):
        end = events.time_ns[stop - 1]
        part = backtest(history(events, stop), made(name), cash=1e6, ticks=LATE).records["fills"]
        known = whole[whole["time_ns"] < end]
        assert np.array_equal(part[part["time_ns"] < end], known), f"looks ahead of event {stop}"


@every_kernel
def test_step_by_step_is_the_same_as_at_once(name: str, events: TickBlock) -> None:
    ticks = history(events, 3000)
    at_once = driven_over(ticks, made(name), LATE, 1e6)
    stepped = driven_over(ticks, made(name), LATE, 1e6)
    at_once.drive()
    while stepped.step(1)[1]:
        pass
    stepped.frame.finish()
    for records in ("fills", "orders", "samples"):
        assert np.array_equal(at_once.frame.written(records), stepped.frame.written(records))
    unpacked = at_once.bound.state.unpack
    assert repr(unpacked(at_once.frame.state)) == repr(unpacked(stepped.frame.state))


@every_kernel
def test_parameters_say_what_they_are(name: str) -> None:
    kind = find(name)
    assert all(parameter.doc for parameter in kind.parameters.values())
    numbers = [parameter for parameter in kind.parameters.values() if parameter.kind is not bool]
    assert all(parameter.low is not None for parameter in numbers if parameter.name != "at")


def test_bars_are_refused() -> None:
    bars = {"time": ["2024-01-01"], "open": [1.0], "high": [1.0], "low": [1.0], "close": [1.0], "volume": [1.0]}
    with pytest.raises(StrategyError, match=r"twap sees the order book, and bars have none: run it over ticks"):
        backtest(bars, find("twap")())


class Cut(NamedTuple):
    share: float


class Cutting(OrderKernel):
    """Would lose what its state adds up."""

    @staticmethod
    def init(params: Any) -> Cut:
        return Cut(0)

    @staticmethod
    def act(state: Cut, desk: Any, params: Any) -> Cut:
        return Cut(state.share + 0.6)


def test_a_state_that_would_be_cut_is_refused_by_name(events: TickBlock) -> None:
    with pytest.raises(StrategyError, match=r"Cutting: act returns state\.share as a float.* write 0\.0"):
        backtest(history(events, 1000), Cutting(), cash=1e6)


class Count(NamedTuple):
    n: int


class Misspelt(OrderKernel):
    """Reads a parameter that it does not have."""

    @staticmethod
    def init(params: Any) -> Any:
        return Count(0)

    @staticmethod
    def act(state: Any, desk: Any, params: Any) -> Any:
        return Count(params.lotz)


def test_what_can_not_be_compiled_is_told_in_a_line() -> None:
    with pytest.raises(StrategyError, match=r"Misspelt.act can't be compiled: Unknown attribute 'lotz'.*line \d+$"):
        acting(Misspelt())
