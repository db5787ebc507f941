"""A tick result in words and as a page, with what has no value and why."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.analytics.report.browser import needs_chromium, open_page
from tests.vector.ticks.histories import BOOK, SET, TRADE, Acts, Once, ticks_of

from lockstep.analytics.metrics.conventions import preset
from lockstep.data.ticks.execution import TickExecution
from lockstep.data.ticks.ticks import Ticks
from lockstep.kernels.order_terms import NO_TICK
from lockstep.kernels.ticks.desk import best_bid, submit_limit
from lockstep.strategies import Twap
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.vector import TickResult, backtest

DAY = 86_400.0
EVENTS = (*BOOK, (2.0, TRADE, 0, 100, 7), (3.0, SET, 0, 99, 4), (4.0, SET, 0, 100, 0), (70.0, SET, 0, 98, 1))


@pytest.fixture(scope="module")
def ticks() -> Ticks:
    return ticks_of(*EVENTS, tick=0.5, lot=0.1)


@pytest.fixture(scope="module")
def result(ticks: Ticks) -> TickResult:
    return backtest(ticks, Once(), cash=1000.0, ticks=TickExecution(maker_fee=0.001))


class Far(OrderKernel):
    """Bids 50 ticks below the market, three times at each of the first moments."""

    @staticmethod
    def init(params: Any) -> Acts:
        return Acts(0)

    @staticmethod
    def act(state: Acts, desk: Any, params: Any) -> Acts:
        for _ in range(3 if best_bid(desk) != NO_TICK and state.done < 4 else 0):
            submit_limit(desk, 0, 50, 1)
        return Acts(state.done + 1)


def rows_of(result: TickResult) -> dict[str, dict[str, str]]:
    return {title: {label: value for label, value, _ in rows} for title, rows in result.summary()}


def test_the_queue_at_the_fill_stands_beside_that_at_entry(result: TickResult) -> None:
    assert result.fills["ahead_at_entry"].to_list() == [0.5]
    assert result.fills["ahead"].to_list() == [0.0]


def test_all_is_told_in_the_instruments_units(result: TickResult) -> None:
    found = rows_of(result)
    # 0.2 units at 50 while the middle is 50.5; it is 50.25 a second later and stays there until the end.
    assert found["Profit"] == {"Profit": "0.04", "Spread": "0.10", "Inventory": "-0.05", "Fees": "-0.01"}
    costs = found["Costs per unit"]
    assert (costs["Slippage, arrival"], costs["Slippage, VWAP"], costs["Gain after 10 s"]) == (
        "-0.500",
        "0.00",
        "0.250",
    )
    assert found["Shortfall"]["Implementation shortfall"] == "-0.09"
    assert found["Orders and fills"]["Fill ratio"] == "100.00 %"
    assert found["Orders and fills"]["Queue at entry"] == "0.500"
    assert not any("bars" in label.lower() for rows in found.values() for label in rows)


def test_a_history_of_one_day_says_why_it_has_no_sharpe_ratio(ticks: Ticks, result: TickResult) -> None:
    (note,) = result.notes()
    assert "this history has 1" in note
    assert "per_bar=True" in note
    meanings = {label: said for _, rows in result.summary() for label, _, said in rows}
    assert meanings["Sharpe ratio"] == note
    cured = backtest(ticks, Once(), cash=1000.0, convention=replace(preset("lockstep"), per_bar=True))
    assert cured.notes() == ()
    assert cured.metrics()["sharpe"] == cured.metrics()["sharpe"]  # a number


def test_few_days_say_little_and_many_need_no_note() -> None:
    days = [(day * DAY, SET, 0, 98, 1 + day) for day in range(1, 10)]
    few, many = (backtest(ticks_of(*EVENTS, *days[:n]), Once(), cash=1000.0) for n in (2, 9))
    (note,) = few.notes()
    assert "this history has 3: they mean little" in note
    assert many.notes() == ()


def test_what_nobody_could_have_paid_for_is_noted(ticks: Ticks) -> None:
    spent = backtest(ticks, Once(), cash=5.0).notes()
    assert any("cash fell to -5.00" in note for note in spent)  # 0.2 units at 50
    assert not any("cash fell" in note for note in backtest(ticks, Once(), cash=1000.0).notes())


def test_many_orders_without_a_fill_are_noted() -> None:
    far = backtest(ticks_of(*EVENTS), Far(), cash=1000.0)
    assert len(far.orders) == 12
    assert any("None of 12 orders was filled: half of them were 51 ticks or more" in note for note in far.notes())


def test_trades_alone_and_an_order_left_unfinished_are_noted(ticks: Ticks) -> None:
    alone = ticks_of((1.0, TRADE, 0, 100, 7), (9.0, TRADE, 0, 100, 7))
    told = backtest(alone, Twap(lots=50, duration_s=2.0), cash=1000.0).notes()
    assert any("never has a bid and an ask" in note for note in told)
    assert any("It traded 0 of the 50 lots" in note for note in told)
    done = backtest(ticks, Twap(lots=2, duration_s=2.0, slices=1), cash=1000.0)
    assert not any("It traded" in note for note in done.notes())


@needs_chromium
def test_the_page_draws_its_pictures(result: TickResult, tmp_path: Path) -> None:
    page = open_page(result.report(tmp_path / "ticks.html"), tmp_path / "profile")
    assert page.console == []
    for key in ("account", "book", "markouts", "queue"):
        assert re.search(f'id="chart-{key}"[^>]*>\\s*<div class="plot-container', page.dom), key
    assert "this history has 1" in page.dom
