"""Limits of a backtest over ticks: what is refused is told, and the strategy knows it."""

from typing import Any

import pytest
from tests.vector.ticks.histories import BOOK, SET, TRADE, Once, ticks_of

from lockstep.data.ticks.execution import TickExecution
from lockstep.errors import RiskLimitsError, SweepError
from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.strategies import BaseStrategy, Cancel, Order, Replace
from lockstep.vector import backtest
from lockstep.vector.sweep.run_sweep import sweep

TICKS = ticks_of(*BOOK, (2.0, TRADE, BID, 100, 6), (3.0, TRADE, BID, 100, 6), (4.0, SET, ASK, 102, 7))


def test_a_refused_order_is_told_with_its_numbers_and_never_left():
    result = backtest(TICKS, Once(lots=3), cash=1000.0, limits={"maxOrderSize": 2})
    assert result.orders.is_empty()
    assert result.fills.is_empty()
    [row] = result.refused.to_dicts()
    assert (row["refusal"], row["code"], row["risk_limit"], row["risk_attempted"]) == ("max_order_size", 401, 2.0, 3.0)
    assert row["why"] == "maxOrderSize is 2 units, the order has 3: split it"
    assert (row["action"], row["side"], row["price"], row["quantity"]) == ("submit", "buy", 100.0, 3.0)
    assert result.provenance["limits"]["maxOrderSize"] == 2


def test_limits_that_nothing_passes_change_nothing():
    free = backtest(TICKS, Once(), cash=1000.0, ticks=TickExecution(maker_fee=0.001))
    held = backtest(TICKS, Once(), cash=1000.0, ticks=TickExecution(maker_fee=0.001), limits=RiskLimits())
    assert held.fills.equals(free.fills)
    assert held.orders.equals(free.orders)
    assert held.refused.is_empty()
    assert free.refused.is_empty()
    assert "limits" not in free.provenance


seen: list[object] = []


class Asks(BaseStrategy):
    """Sends more than it may, then what it may, and asks for more than it may."""

    def told(self) -> Any:
        return self.desk

    async def on_quote(self, quote):
        if not seen:
            await self.submit_order(Order(symbol="TEST", quantity=3.0, type="limit", limit=100.0))
            seen.append(self.told().open_tags)
            tag = await self.submit_order(Order(symbol="TEST", quantity=2.0, type="limit", limit=100.0))
            seen.append(self.told().open_tags == (tag,))
            self.desk.request(Replace(symbol="TEST", tag=tag, quantity=3.0))
            self.desk.request(Cancel(symbol="TEST", tag=tag))


def test_an_event_strategy_sees_at_once_what_was_refused():
    seen.clear()
    result = backtest(TICKS, Asks(), cash=1000.0, limits={"maxOrderSize": 2})
    assert seen == [(), True]
    assert result.refused["action"].to_list() == ["submit", "replace"]
    assert result.orders["state"].to_list() == ["canceled"]


def test_bad_limits_are_refused_before_anything_runs():
    with pytest.raises(RiskLimitsError, match="did you mean maxOrderSize"):
        backtest(TICKS, Once(), limits={"maxOrderSiz": 2})


def test_sweeps_over_ticks_say_why_they_take_no_limits():
    with pytest.raises(SweepError, match="limits hold in one run at a time"):
        sweep(TICKS, Once, {"lots": [1, 2]}, limits={"maxOrderSize": 2})
