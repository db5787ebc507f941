"""Intervals have one spelling, and histories are cut at calendar edges."""

import numpy as np
import pytest

from lockstep.data.interval import DAY_NS, interval_ns, parse_interval, periods
from lockstep.errors import DataError


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("1d", "1d"),
        ("1D", "1d"),
        ("daily", "1d"),
        ("24h", "1d"),
        ("60min", "1h"),
        ("1T", "1m"),
        ("5 minutes", "5m"),
        ("1500ms", "1500ms"),
    ],
)
def test_spellings(text: str, spelled: str) -> None:
    assert parse_interval(text) == spelled
    assert parse_interval(spelled) == spelled


@pytest.mark.parametrize("text", ["", "d1", "0m", "1w", "-1d", "1.5h"])
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(DataError, match="write a number and one of ms, s, m, h, d"):
        parse_interval(text)


def test_lengths() -> None:
    assert [interval_ns(text) for text in ("1d", "2h", "1s", "250ms")] == [
        86_400 * 10**9,
        7200 * 10**9,
        10**9,
        250 * 10**6,
    ]


def test_periods_are_decades_years_and_months() -> None:
    days = np.array(["1999-12-31", "2000-01-01", "2009-12-31", "2010-06-01"], "M8[ns]").astype(np.int64)
    assert list(periods("1d", days)) == [("1990s", 0, 1), ("2000s", 1, 3), ("2010s", 3, 4)]
    assert list(periods("1m", days)) == [("1999", 0, 1), ("2000", 1, 2), ("2009", 2, 3), ("2010", 3, 4)]
    assert list(periods("1s", days[:2] + 5 * DAY_NS)) == [("2000-01", 0, 2)]
    assert list(periods("1d", days[:0])) == []
    early = np.array(["1899-01-03", "1969-12-31"], "M8[ns]").astype(np.int64)
    assert list(periods("1d", early)) == [("1890s", 0, 1), ("1960s", 1, 2)]
