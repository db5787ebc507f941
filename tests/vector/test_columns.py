"""Precomputed columns: what they mean and what they refuse."""

import numpy as np
import pandas as pd  # noqa: TID253 - what a pandas user has loaded already
import polars as pl
import pytest
from tests.vector.histories import START

from lockstep.errors import BacktestError
from lockstep.vector import Orders, Signals, Targets, backtest

INF, NAN = np.inf, np.nan
PRICES = ("open", "high", "low", "close")
DAYS = {"time": START + np.arange(5), "volume": np.ones(5)}
FLAT = DAYS | dict.fromkeys(PRICES, np.full(5, 10.0))
RISING = DAYS | dict.fromkeys(PRICES, np.array([1.0, 2.0, 3.0, 4.0, 5.0]))


@pytest.mark.parametrize(
    ("orders", "direction", "expected"),
    [
        # vectorbt's unit vectors for from_orders, by kind and direction (closes 1 to 5, cash 100, at the close)
        (Orders([INF, -INF, NAN, INF, -INF]), "both", [100.0, -200.0, 100.0]),
        (Orders([INF, -INF, NAN, INF, -INF]), "long", [100.0, -100.0, 50.0, -50.0]),
        (Orders([-INF, INF, NAN, -INF, INF]), "short", [-100.0, 100.0]),
    ],
)
def test_orders_equal_vectorbt_s_vectors(orders: Orders, direction: str, expected: list[float]) -> None:
    result = backtest(RISING, orders, cash=100.0, fill="same_close", fractional=True, direction=direction)
    assert result.fills["quantity"].to_list() == expected


@pytest.mark.parametrize(
    ("weight", "direction", "expected"),
    [(0.5, "long", [50.0, -12.5, -6.25, -3.90625, -2.734375]), (-0.5, "short", [-50.0, 37.5, 6.25, 2.34375, 1.171875])],
)
def test_target_percent_equals_vectorbt_s_vectors(weight: float, direction: str, expected: list[float]) -> None:
    result = backtest(
        RISING, Targets([weight] * 5), cash=100.0, fill="same_close", fractional=True, rebalance="every_bar",
        direction=direction,
    )  # fmt: skip
    assert result.fills["quantity"].to_list() == expected


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        (Orders([3.0, -1.0, NAN, NAN, NAN]), [3.0, -1.0]),
        (Orders([30.0, -10.0, NAN, NAN, NAN], "value"), [3.0, -1.0]),
        # Half of what 100 buys at 10 is 5; then half of what -inf would sell: 5 held and 10 short.
        (Orders([0.5, -0.5, NAN, NAN, NAN], "percent"), [5.0, -7.5]),
    ],
)
def test_the_kinds_of_orders_by_hand(orders: Orders, expected: list[float]) -> None:
    result = backtest(FLAT, orders, cash=100.0, fractional=True)
    assert result.fills["quantity"].to_list() == expected


def test_the_kinds_of_targets_by_hand() -> None:
    for targets in (Targets([0.3, 0.1] + [NAN] * 3), Targets([3.0, 1.0] + [NAN] * 3, "units"),
                    Targets([30.0, 10.0] + [NAN] * 3, "value")):  # fmt: skip
        assert backtest(FLAT, targets, cash=100.0, fractional=True).fills["quantity"].to_list() == [3.0, -2.0]


def test_signals_hold_between_entry_and_exit() -> None:
    entries = [True, True, False, False, False]  # the second entry finds the position taken
    exits = [False, False, True, True, False]
    result = backtest(FLAT, Signals(entries, exits), cash=100.0)
    assert [(r, q) for r, q in result.fills.select("row", "quantity").rows()] == [(1, 10.0), (3, -10.0)]


def test_a_short_entry_turns_a_long_position_around() -> None:
    none = [False] * 5
    result = backtest(FLAT, Signals([True, *none[1:]], none, [False, False, True, False, False], none), cash=100.0)
    assert result.fills["quantity"].to_list() == [10.0, -20.0]


def test_an_entry_and_exit_at_once_change_nothing() -> None:
    both = [True, False, False, False, False]
    assert len(backtest(FLAT, Signals(both, both), cash=100.0).fills) == 0


def test_frames_are_taken_as_columns() -> None:
    frame = pl.DataFrame({"A": [1.0] + [NAN] * 4})
    assert len(backtest(FLAT, Targets(frame), cash=100.0).fills) == 1
    assert len(backtest(FLAT, Targets(frame["A"]), cash=100.0).fills) == 1


def test_frames_named_like_symbols_are_read_by_name() -> None:
    bars = {name: {**FLAT} for name in ("A", "B")}
    turned = pl.DataFrame({"B": [1.0] + [NAN] * 4, "A": [NAN] * 5})
    for frame in (turned, pd.DataFrame(turned.to_dict(as_series=False))):
        assert backtest(bars, Targets(frame), cash=100.0).fills["symbol"].to_list() == ["B"]
    with pytest.raises(BacktestError, match="one column per symbol, A, B; found B, C"):
        backtest(bars, Targets(turned.rename({"A": "C"})), cash=100.0)


def test_signals_of_several_symbols_need_no_shorts_and_nan_is_none() -> None:
    bars = {name: {**FLAT} for name in ("A", "B")}
    entries = np.array([[1.0, 0.0], [0.0, NAN], [0.0, 1.0], [NAN, NAN], [0.0, 0.0]])
    result = backtest(bars, Signals(entries, np.zeros((5, 2))), cash=100.0)
    assert [(row, symbol) for row, symbol in result.orders.select("row", "symbol").rows()] == [(0, "A"), (2, "B")]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (Targets([1.0, 1.0]), r"one row per bar and one column per symbol, \(5, 1\)"),
        (Targets(np.ones((5, 2))), r"found \(5, 2\)"),
        (Targets([INF] * 5), "finite numbers or nan"),
        (Targets([1.0] * 5, "percent"), "kind must be one of weight, units, value"),  # type: ignore[arg-type]
        (Orders([1.0] * 5, "shares"), "kind must be one of amount, value, percent"),  # type: ignore[arg-type]
        (Orders(["a"] * 5), "must be numbers"),
        (Orders(np.zeros(5, "m8[ns]")), "orders must be numbers"),
        (Targets([1.0] * 5, []), "kind must be one of"),  # type: ignore[arg-type]
        (Signals([True] * 5, [False] * 5, weight=INF), "weight must be finite"),
    ],
)
def test_columns_that_can_t_be_meant_are_refused(columns: Targets, message: str) -> None:
    with pytest.raises(BacktestError, match=message):
        backtest(FLAT, columns)
