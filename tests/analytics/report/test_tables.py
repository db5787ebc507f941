"""The tables of months, drawdowns and trades."""

import re
from datetime import UTC, datetime

import polars as pl
from tests.analytics.views import MINUTE_NS, random_view, small_view

from lockstep.analytics.report.tables import TRADE_ROWS, months, trades, trades_note, worst_drawdowns


def cells(row: str) -> list[str]:
    return re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row)


def rows(table: str) -> list[list[str]]:
    return [cells(row) for row in re.findall(r"<tr>(.*?)</tr>", table)]


def day(year: int, month: int, date: int) -> datetime:
    return datetime(year, month, date, 21, tzinfo=UTC)


def test_months_by_hand() -> None:
    # 100 -> 110 is +10 %, 110 -> 99 is -10 %, together -1 %; 99 -> 118.8 is +20 %.
    days = [day(2023, 11, 30), day(2023, 12, 29), day(2024, 2, 29)]
    table = months(small_view([110.0, 99.0, 118.8], days, initial=100.0))
    head, first, second = rows(table)
    assert head == ["", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Year"]
    assert first == ["2023", *[""] * 10, "+10.0", "−10.0", "−1.0 %"]
    assert second == ["2024", "", "+20.0", *[""] * 10, "+20.0 %"]
    # The strongest month has the full colour, the others their share of it.
    assert '<td class="gain" style="--heat:1.00">+20.0</td>' in table
    assert '<td class="loss" style="--heat:0.50">−10.0</td>' in table


def test_drawdowns_by_hand() -> None:
    days = [day(2024, 1, number) for number in (2, 3, 4, 8, 9, 10)]
    table = worst_drawdowns(small_view([100.0, 95.0, 90.0, 100.0, 120.0, 114.0], days))
    assert rows(table)[1:] == [
        ["1", "−10.00 %", "2024-01-02", "2024-01-04", "2024-01-08", "2", "6", "3"],
        ["2", "−5.00 %", "2024-01-09", "2024-01-10", "not yet", "1", "1", "1"],
    ]


def test_every_trade_is_a_row_that_sorts_by_its_exact_numbers() -> None:
    view = random_view(300, trades=40)
    table = trades(view)
    found = rows(table)[1:]
    assert len(found) == 40
    assert [row[1] for row in found] == view.trades["symbol"].to_list()
    assert [row[5] for row in found[-2:]] == ["open", "open"]
    keys = re.findall(r'data-v="([^"]*)"', table)
    # Six numbers a row, and the row's own.
    assert [float(key) for key in keys[5::7]] == view.trades["return"].to_list()
    assert trades_note(view) == "All 40 trades."


def test_times_of_day_say_whose_clock_they_show() -> None:
    assert trades_note(random_view(300, trades=4, step_ns=MINUTE_NS)) == "All 4 trades. Times in America/New_York."


def test_prices_that_are_unknown_are_a_dash_and_sort_last() -> None:
    view = random_view(300, trades=3)
    unknown = view.trades.with_columns(exit_price=pl.lit(None, pl.Float64), pnl=pl.lit(float("nan")))
    table = trades(random_view(300, trades=unknown.height))
    assert "–" not in table
    table = trades(small_view([1.0], trades=unknown))
    assert table.count('<td data-v="">–</td>') == 6


def test_of_many_trades_the_largest_are_listed_and_the_page_says_so() -> None:
    view = random_view(900, trades=TRADE_ROWS + 300)
    found = rows(trades(view))[1:]
    assert len(found) == TRADE_ROWS
    numbers = [int(row[0].replace(",", "")) for row in found]
    assert numbers == sorted(numbers)
    smallest = view.trades["pnl"].abs().sort(descending=True)[TRADE_ROWS - 1]
    kept = view.trades[[number - 1 for number in numbers]]["pnl"].abs().min()
    assert kept == smallest
    assert trades_note(view).startswith("1,000 of 1,300 trades: those with the largest profit or loss")


def test_without_trades_there_is_no_table() -> None:
    view = small_view([1.0])
    assert trades(view) == ""
    assert trades_note(view) == "The run closed and opened no trade."
