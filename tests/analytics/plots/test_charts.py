"""What the figures show, and that each marks synthetic data."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.analytics.views import random_view, small_view
from tests.conftest import ROOT

from lockstep.analytics import plots
from lockstep.analytics.plots.price_chart import CANDLES, MARKERS
from lockstep.analytics.plots.style import SYNTHETIC_MARK
from lockstep.analytics.plots.trades_chart import choose

CHARTS = [getattr(plots, name) for name in plots.__all__]


def texts(figure: Any) -> list[str]:
    return [annotation.text for annotation in figure.layout.annotations]


def test_the_exports_are_pinned() -> None:
    assert set(plots.__all__) == {
        "bands", "distribution", "drawdown", "equity", "exposure", "fan", "figure", "intervals", "monthly", "price",
        "sharpe", "strategies", "trades",
    }  # fmt: skip


@pytest.mark.parametrize("chart", CHARTS)
def test_synthetic_data_is_marked_in_every_chart(chart: Callable[..., Any]) -> None:
    assert any(SYNTHETIC_MARK in text for text in texts(chart(random_view(300))))
    assert not any(SYNTHETIC_MARK in text for text in texts(chart(random_view(300, source="yahoo"))))


@pytest.mark.parametrize("chart", CHARTS)
def test_a_run_of_one_row_without_fills_or_trades_is_drawn(chart: Callable[..., Any]) -> None:
    chart(small_view([100.0])).to_json()


@pytest.mark.parametrize("chart", CHARTS)
def test_no_chart_offers_to_upload_itself(chart: Callable[..., Any]) -> None:
    assert "sendChartToCloud" in chart(random_view(300)).layout.modebar.remove


@pytest.mark.parametrize("chart", CHARTS)
def test_names_are_shown_letter_by_letter(chart: Callable[..., Any]) -> None:
    name = '<b>"A"</b><a href="http://example.test">x</a>'
    drawn = chart(random_view(300, (name, "B"), title=name, strategies={name: random_view(9).equity}))
    assert "<a" not in repr(drawn.to_plotly_json()).replace("<br>", "")


def test_fills_stand_at_their_price_with_quantity_fee_and_profit() -> None:
    view = random_view(300, trades=30)
    drawn = plots.price(view, "GOOG")
    prices, buys, sells = drawn.data
    fills = view.fills.filter(pl.col("symbol") == "GOOG")
    bought, sold = fills.filter(pl.col("quantity") > 0), fills.filter(pl.col("quantity") < 0)
    assert prices.type == "candlestick"
    assert list(buys.y) == bought["price"].to_list()
    assert list(sells.y) == sold["price"].to_list()
    assert buys.customdata[:, 0].tolist() == bought["quantity"].to_list()
    assert sells.customdata[:, 0].tolist() == (-sold["quantity"]).to_list()
    assert sells.customdata[:, 1:].tolist() == [list(row) for row in sold.select("fee", "realised").iter_rows()]
    assert (buys.marker.symbol, sells.marker.symbol) == ("triangle-up", "triangle-down")


def test_prices_of_a_long_run_are_a_line_that_keeps_the_extremes() -> None:
    view = random_view(9000, ("AAPL",), trades=6000)
    line, buys, _ = plots.price(view).data
    assert line.type == "scatter"
    assert len(line.x) <= 4000
    assert (min(line.y), max(line.y)) == (view.bars["close"].min(), view.bars["close"].max())
    assert len(buys.x) == MARKERS
    assert buys.name.startswith("Buy (500 of ")
    assert CANDLES < 9000


def test_the_benchmark_starts_with_the_same_money() -> None:
    view = random_view(300)
    scaled = view.equity.with_columns(pl.col("benchmark") / 1000)
    benchmark, equity = plots.equity(random_view(300, equity=scaled)).data
    assert benchmark.y[0] == pytest.approx(view.initial_equity)
    assert list(equity.y) == view.equity["equity"].to_list()
    # Its first three rows have no value.
    assert len(benchmark.y) == 297


def test_exposure_is_a_share_of_equity() -> None:
    frame = small_view([100.0, 200.0, 0.0]).equity.with_columns(
        gross=pl.Series([50.0, 300.0, 5.0]), net=pl.Series([-50.0, 100.0, 5.0])
    )
    gross, net = plots.exposure(replace(small_view([1.0]), equity=frame)).data
    # No share where there is no equity.
    assert list(gross.y) == [0.5, 1.5]
    assert list(net.y) == [-0.5, 0.5]


def test_the_deepest_drawdowns_are_shaded() -> None:
    drawn = plots.drawdown(small_view([100.0, 99.0, 100.0, 90.0, 101.0, 80.0]))
    assert min(drawn.data[0].y) == pytest.approx(80 / 101 - 1)
    assert len(drawn.layout.shapes) == 3


def test_strategies_start_at_zero() -> None:
    drawn = plots.strategies(random_view(300))
    assert [trace.name for trace in drawn.data] == ["mean_reversion", "ema_cross"]
    assert [trace.y[0] for trace in drawn.data] == [0.0, 0.0]


def test_the_histogram_counts_every_day_once() -> None:
    view = random_view(300)
    assert sum(plots.distribution(view).data[0].y) == 300


def test_trades_are_told_apart() -> None:
    view = random_view(300, trades=30)
    won, lost, still_open = plots.trades(view).data
    closed = view.trades.filter(~pl.col("open"))
    assert sorted(won.y) == sorted(closed.filter(pl.col("pnl") > 0)["return"])
    assert sorted(lost.y) == sorted(closed.filter(pl.col("pnl") <= 0)["return"])
    assert len(still_open.x) == 2


def test_of_many_trades_the_largest_are_kept() -> None:
    view = random_view(300, trades=500)
    kept = choose(view.trades, 60)
    largest = view.trades["pnl"].abs().sort(descending=True).head(30)
    assert len(kept) == 60
    assert set(largest) <= set(kept["pnl"].abs())
    assert kept["entry_time"].is_sorted()


def test_the_menu_shows_one_symbol_and_hides_the_others() -> None:
    drawn = plots.figure(random_view(300))
    visible = [trace.visible is not False for trace in drawn.data]
    assert visible[:9] == [True] * 3 + [False] * 6
    assert all(visible[9:])
    buttons = drawn.layout.updatemenus[0].buttons
    assert len(buttons) == 3
    change, which = buttons[2].args
    assert change["visible"] == [False] * 6 + [True] * 3
    assert list(which) == list(range(9))


def test_a_short_run_has_no_rolling_ratio_and_says_so() -> None:
    drawn = plots.sharpe(small_view(list(np.linspace(100, 110, 20))))
    assert len(drawn.data) == 0
    assert "Fewer than 22 days" in texts(drawn)


def test_plotly_and_pandas_are_not_imported_with_the_package() -> None:
    code = "import sys, lockstep.analytics.plots, lockstep.analytics.report; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"plotly", "pandas", "xarray", "jax"} & set(done.stdout.split())


def test_drawing_does_not_import_pandas() -> None:
    code = """
import sys
from lockstep.analytics import plots
from lockstep.analytics.report import render
from tests.analytics.views import random_view
render(random_view(60, trades=9)), plots.figure(random_view(60, trades=9))
print(*sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "plotly" in done.stdout.split()
    assert "pandas" not in done.stdout.split()
