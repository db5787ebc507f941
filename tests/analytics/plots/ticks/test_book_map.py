"""The map shows what the book displayed, where orders stood and what traded."""

import numpy as np
from tests.vector.ticks.histories import BOOK, SECOND, SET, TRADE, Once, ticks_of

from lockstep.analytics.plots.ticks import book_map, latency_chart
from lockstep.vector import backtest
from lockstep.vector.ticks.latency_curve import latency_curve

TICKS = ticks_of(*BOOK, (2.0, TRADE, 0, 100, 7), (3.0, SET, 1, 103, 40), (9.0, TRADE, 1, 102, 1), tick=0.5)


def test_sizes_best_prices_orders_and_fills() -> None:
    result = backtest(TICKS, Once(), cash=1000.0)
    figure = book_map(TICKS, result.records["fills"], result.records["orders"], columns=9)
    traces = {trace.name: trace for trace in figure.data}
    assert list(traces) == ["size", "best bid", "best ask", "own bids", "own asks", "bought", "sold"]
    sizes = traces["size"].customdata
    prices = list(traces["size"].y)
    assert sizes[prices.index(50.0), -1] == 5.0
    assert np.isnan(sizes[prices.index(51.5), 0])  # offered from second 3 on
    assert sizes[prices.index(51.5), -1] == 40.0
    assert traces["size"].colorbar.ticktext == ("5", "40")  # there is but one power of ten between them
    assert list(traces["bought"].y) == [50.0]
    assert list(traces["own bids"].y) == [50.0] * 3


def test_a_stretch_of_time() -> None:
    result = backtest(TICKS, Once(), cash=1000.0)
    records = result.records["fills"], result.records["orders"]
    figure = book_map(TICKS, *records, start_ns=4 * SECOND, end_ns=8 * SECOND, columns=3)
    assert len(next(trace for trace in figure.data if trace.name == "bought").x) == 0


def test_a_latency_chart() -> None:
    figure = latency_chart(TICKS, latency_curve(TICKS, Once(), [0, SECOND], cash=1000.0))
    assert [trace.name for trace in figure.data] == ["profit", "fills"]
    assert list(figure.data[0].customdata) == [0.0, 1000.0]
    assert list(figure.data[0].x) == [1000.0 / 3.0, 1000.0]  # there is no 0 on a logarithmic axis
    assert figure.layout.xaxis2.type == "log"
    assert figure.layout.xaxis2.ticktext == ("0", "1,000")


def test_an_order_at_the_market_and_one_far_away_leave_the_market_in_sight() -> None:
    taking = backtest(TICKS, Once(market=True), cash=1000.0)
    figure = book_map(TICKS, taking.records["fills"], taking.records["orders"], columns=9)
    traces = {trace.name: trace for trace in figure.data}
    assert len(traces["own bids"].x) == 0  # it took, and never stood in the book
    assert list(traces["bought"].y) == [51.0]
    far = backtest(TICKS, Once(tick=2), cash=1000.0)
    figure = book_map(TICKS, far.records["fills"], far.records["orders"], columns=9)
    assert tuple(figure.layout.yaxis.range) == (49.5, 52.0)  # displayed are 50 to 51.5, one tick on each side


def test_a_book_can_be_looked_at_without_a_run() -> None:
    names = [trace.name for trace in book_map(TICKS, columns=9).data]
    assert names == ["size", "best bid", "best ask"]
