"""What limits cost or saved: each by hand, once where it saves and once where it costs."""

import json
from typing import Any

import numpy as np
import pytest
from tests.vector.histories import history

from lockstep.data import Bars
from lockstep.errors import BacktestError, RiskLimitsError
from lockstep.kernels.risk.codes import RiskCode
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.strategies import MeanReversion
from lockstep.strategies.orders import Order
from lockstep.vector import backtest
from lockstep.vector.counterfactual import ALL, CODES, LOOSEST, NONE, what_limits_cost
from lockstep.vector.order_list import OrderList

START = np.datetime64("2024-01-01", "D")


def closes(*prices: float) -> Bars:
    """Return daily bars of X that stand still within themselves."""
    price = np.array(prices, np.float64)
    frame: dict[str, Any] = {"time": START + np.arange(len(price)), "volume": np.full(len(price), 1e6)}
    return Bars.from_frame({"X": frame | dict.fromkeys(("open", "high", "low", "close"), price)}, interval="1d")


def buy(*orders: tuple[int, float]) -> OrderList:
    return OrderList([(row, Order(symbol="X", quantity=quantity)) for row, quantity in orders])


def test_a_limit_saves_what_the_refused_order_would_have_lost() -> None:
    # 50 and then 100 are bought at 10, which falls to 8: the limit of 60 units an order keeps 100 units x 2 = 200.
    found = what_limits_cost(closes(10, 10, 10, 8), buy((0, 50), (1, 100)), limits={"maxOrderSize": 60}, cash=2000.0)
    rows = found.table().select("run", "limit", "value", "refused", "end_value", "saved").rows()
    assert rows == [
        ("all limits", None, None, 1, 1900.0, 0.0),
        ("without maxOrderSize", "maxOrderSize", 60.0, 1, 1700.0, 200.0),
        ("no limits", None, None, 0, 1700.0, 200.0),
    ]


def test_a_limit_costs_what_the_refused_order_would_have_earned() -> None:
    found = what_limits_cost(closes(10, 10, 10, 13), buy((0, 50), (1, 100)), limits={"maxOrderSize": 60}, cash=2000.0)
    assert found.table()["saved"].to_list() == [0.0, -300.0, -300.0]
    assert found.table()["total_return"].to_list() == pytest.approx([0.075, 0.225, 0.225])


def test_two_limits_in_the_way_of_one_order_cost_nothing_each_and_something_together() -> None:
    # The order for 100 is too large for both: without either of them the other refuses it.
    found = what_limits_cost(
        closes(10, 10, 10, 13), buy((1, 100)), limits=RiskLimits(max_order_size=60, max_position_size=80), cash=2000.0
    )
    rows = {row.run: row for row in found.rows}
    assert [rows[f"without {limit}"].saved for limit in ("maxPositionSize", "maxOrderSize")] == [0.0, 0.0]
    assert rows[NONE].saved == -300.0
    # The first rule that fails gives the answer.
    assert (rows["without maxOrderSize"].refused, rows["without maxPositionSize"].refused) == (1, 0)


def test_a_daily_loss_counts_what_the_state_it_sets_refuses() -> None:
    # 100 bought at 10 fall to 4: a loss of 600 in a session. What would open later that day is refused.
    hours = np.arange(5) * np.timedelta64(1, "h")
    price = np.array([10.0, 10.0, 4.0, 4.0, 4.0])
    frame: dict[str, Any] = {"time": START.astype("M8[h]") + hours, "volume": np.full(5, 1e6)}
    bars = Bars.from_frame({"X": frame | dict.fromkeys(("open", "high", "low", "close"), price)}, interval="1h")
    found = what_limits_cost(bars, buy((0, 100), (2, 10), (3, 10)), limits={"maxDailyLoss": 500}, cash=2000.0)
    codes = found.reference.refusals["code"].to_list()
    assert len(codes) == 2
    assert set(codes) <= {RiskCode.MAX_DAILY_LOSS, RiskCode.TRADING_REDUCING}
    assert found.rows[1].refused == 2


def test_what_can_be_borrowed_without_a_bound_may_be_sold_short_under_limits() -> None:
    found = what_limits_cost(closes(10, 10, 10, 8), buy((0, -50)), limits={"maxOrderSize": 60}, cash=2000.0)
    assert [row.end_value for row in found.rows] == [2100.0] * 3
    assert found.rows[0].refused == 0


def test_the_reference_is_the_run_with_these_limits_and_the_last_the_run_without() -> None:
    bars, limits = history(3, 260, gaps=0.05), {"maxOrderSize": 150, "maxGrossExposure": 40_000}
    options: dict[str, Any] = {"cash": 50_000.0, "commission": 0.001}
    found = what_limits_cost(bars, MeanReversion(lookback=10), limits=limits, **options)
    own = {
        ALL: backtest(bars, MeanReversion(lookback=10), limits=limits, **options),
        "without maxOrderSize": backtest(
            bars, MeanReversion(lookback=10), limits={"maxGrossExposure": 40_000}, **options
        ),
        "without maxGrossExposure": backtest(bars, MeanReversion(lookback=10), limits={"maxOrderSize": 150}, **options),
        NONE: backtest(bars, MeanReversion(lookback=10), **options),
    }
    assert set(own) == set(found.results)
    for name, result in own.items():
        assert str(found.results[name].metrics()) == str(result.metrics()), name
    assert found.rows[0].refused > 0
    assert len(found.reference.equity) == bars.rows
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert document[0] | {"run": ALL} == document[0]
    assert set(document[1]) == {
        "run", "limit", "value", "refused", "endValue", "totalReturn", "maxDrawdown", "saved",
    }  # fmt: skip


def test_limits_that_hold_by_default_are_left_out_only_where_they_are_named() -> None:
    bars, orders = closes(10, 10), buy((0, 1))
    named = what_limits_cost(bars, orders, limits={"preventSelfTrade": True, "allowShort": False})
    assert [row.run for row in named.rows[1:-1]] == ["without preventSelfTrade", "without allowShort"]
    assert [row.value for row in named.rows[1:-1]] == [1.0, 0.0]
    other = what_limits_cost(bars, orders, limits={"maxOrderSize": 5})
    assert [row.run for row in other.rows[1:-1]] == ["without maxOrderSize"]


def test_every_limit_can_be_left_out_and_has_codes() -> None:
    names = set(RiskLimits.__dataclass_fields__) - {"order_rate_window"}
    assert set(CODES) == names
    loose = RiskLimits(**LOOSEST)
    assert {name for name in names if getattr(loose, name) is not LOOSEST.get(name)} == set()


def test_what_can_not_be_compared_is_refused() -> None:
    bars, orders = closes(10, 10), buy((0, 1))
    with pytest.raises(BacktestError, match="no limit is set, so none can be left out"):
        what_limits_cost(bars, orders, limits={})
    with pytest.raises(RiskLimitsError, match="did you mean maxOrderSize"):
        what_limits_cost(bars, orders, limits={"maxOrderSizes": 5})
    with pytest.raises(BacktestError, match="no setting 'slipage'"):
        what_limits_cost(bars, orders, limits={"maxOrderSize": 5}, slipage=3)
