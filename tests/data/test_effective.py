"""Moments at which announced actions take effect, on both sides of a change of clocks."""

from datetime import UTC, datetime

import pytest

from lockstep.data.effective import effective_ns
from lockstep.data.instrument import Instrument
from lockstep.errors import DataError

NEW_YORK, PAIR = Instrument.us_equity("X"), Instrument("X", "crypto")


def ns(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp()) * 1_000_000_000  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("instrument", "now", "opens"),
    [
        (NEW_YORK, ns(2024, 3, 8, 14), ns(2024, 3, 8, 14, 30)),  # 09:30 EST
        (NEW_YORK, ns(2024, 3, 9, 15), ns(2024, 3, 10, 13, 30)),  # 09:30 EDT
        (NEW_YORK, ns(2024, 3, 8, 14, 30), ns(2024, 3, 9, 14, 30)),  # it is open: tomorrow's
        (PAIR, ns(2024, 3, 8, 14), ns(2024, 3, 9)),
    ],
)
def test_the_next_open_is_that_of_the_exchange(instrument: Instrument, now: int, opens: int) -> None:
    assert effective_ns(instrument, "next_open", now) == opens


def test_a_day_begins_at_midnight_of_the_exchange_and_nanoseconds_are_what_they_are() -> None:
    assert effective_ns(NEW_YORK, "2024-03-08", 0) == ns(2024, 3, 8, 5)
    assert effective_ns(NEW_YORK, "2024-03-11", 0) == ns(2024, 3, 11, 4)
    assert effective_ns(PAIR, 17, 5) == 17
    assert effective_ns(PAIR, None, 5) == effective_ns(PAIR, "now", 5) == 0


@pytest.mark.parametrize("wanted", ["tomorrow", "2024-02-30", -1, 0, True, 1.5, [1], 10**26, "9999-12-31"])
def test_what_is_no_moment_is_refused(wanted: object) -> None:
    with pytest.raises(DataError, match="effective must be"):
        effective_ns(NEW_YORK, wanted, 0)
