"""Cards, metrics and how values are written."""

from datetime import UTC, datetime

import pytest
from tests.analytics.views import MINUTE_NS, random_view

from lockstep.analytics.report.numbers import cards, find, metric_groups, settings
from lockstep.analytics.report.words import DASH, amount, moment, percent, shown, sign, span, spelled


@pytest.mark.parametrize("absent", [None, float("nan"), "nan", "NaN", "nan %", "", "  ", "-nan", ()])
def test_no_value_is_a_dash(absent: object) -> None:
    assert shown(absent) == DASH


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567, "1,234,567"),
        (0.1234567, "0.123457"),
        (-2.5, "−2.5"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
        (True, "yes"),
        (["AAPL", 2], "AAPL, 2"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("nancy", "nancy"),
    ],
)
def test_values_are_written_for_people(value: object, text: str) -> None:
    assert shown(value) == text


def test_money_and_percent() -> None:
    assert amount(-1234.567) == "−1,234.57"
    assert amount(float("nan")) == DASH
    assert amount(1.5e20) == "1.5e+20"
    assert percent(0.1234) == "+12.34 %"
    assert percent(-0.05, 1) == "−5.0 %"
    assert percent(-0.00001, 1) == "0.0 %"
    assert percent(None) == DASH
    assert [sign(value) for value in (1.0, -1.0, 0.0, float("nan"), None)] == ["gain", "loss", "", "", ""]


def test_times_are_the_sessions_clocks() -> None:
    time = datetime(2024, 1, 5, 2, 30, tzinfo=UTC)
    assert moment(time, random_view(20)) == "2024-01-04"
    assert moment(time, random_view(20, step_ns=MINUTE_NS)) == "2024-01-04 21:30"
    assert moment(None, random_view(20)) == DASH
    # 1,704,423,000 s is that same moment.
    assert span(random_view(20, span=(0, 1_704_423_000 * 1_000_000_000))) == "1969-12-31 to 2024-01-04"


def test_metrics_without_a_value_show_a_dash() -> None:
    groups = metric_groups(random_view(20))
    assert f">Value at risk 95 %</dt><dd>{DASH}</dd>" in groups
    assert f">Average duration</dt><dd>{DASH}</dd>" in groups
    assert groups.lower().count("nan") == 0


def test_a_metric_tells_what_it_means() -> None:
    groups = metric_groups(random_view(20))
    assert '<dt tabindex="0" data-tip="smallest of equity / running maximum - 1">Max drawdown</dt>' in groups


def test_settings_are_in_words() -> None:
    assert [spelled(key) for key in ("slippage_bps", "maxOrderSize", "Data set")] == [
        "slippage bps", "max order size", "Data set",
    ]  # fmt: skip
    shown_as = settings(
        random_view(20, settings={"Execution": {"fill": "next_open", "close_at_end": False, "at": "09_30"}})
    )
    assert "<dt>fill</dt><dd>next open</dd>" in shown_as
    assert "<dt>close at end</dt><dd>no</dd>" in shown_as
    assert "<dt>at</dt><dd>09_30</dd>" in shown_as


def test_the_cards_are_the_headline_in_its_order() -> None:
    view = random_view(20, headline=("sharpe", "No such metric", "Total return", "Trades"))
    found = cards(view)
    places = [found.index(f">{label}<") for label in ("Sharpe ratio", "Total return", "Trades")]
    assert places == sorted(places)
    assert found.count('class="value"') == 3


def test_a_label_as_given_goes_before_one_that_begins_with_it() -> None:
    view = random_view(20, metrics=(("T", (("Trades per year", "9", ""), ("Trades", "99", ""))),))
    assert find(view, "trades") == ("Trades", "99", "")
    assert find(view, "trades p") == ("Trades per year", "9", "")
    assert find(view, "x") is None


@pytest.mark.parametrize(
    ("label", "value", "tone"),
    [
        ("Total return", "+1.0 %", "card gain"),
        ("Total return", "−1.0 %", "card loss"),
        ("Total return", "0.00 %", "card"),
        ("Total return", None, "card"),
        ("Max drawdown", "−20 %", "card"),
    ],
)
def test_returns_are_coloured_by_their_sign(label: str, value: str | None, tone: str) -> None:
    view = random_view(20, metrics=(("All", ((label, value, ""),)),), headline=(label,))
    assert f'<div class="{tone}">' in cards(view)
