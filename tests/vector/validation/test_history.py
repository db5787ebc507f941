"""The sessions of bars, and where each ends."""

import numpy as np
import pytest
from tests.data.helpers import MINUTE, START, at_minutes
from tests.vector.histories import history

from lockstep.data import Bars, Instrument
from lockstep.data.history import History
from lockstep.data.memory import memory_history
from lockstep.vector.validation.history import Calendar, calendar_of, sessions_of

DAY = 24 * 60


def _minutes(*places: list[int]) -> Bars:
    """Symbols with one-minute bars at some minutes, sessions being UTC days."""
    histories = [
        memory_history(History(Instrument(f"S{i}"), (), 0, 0), at_minutes(np.array(place)), 0)
        for i, place in enumerate(places)
    ]
    return Bars(tuple(histories), "1m", "d", "test", "none")


def test_daily_bars_are_sessions() -> None:
    bars = history(1, 40)
    found = calendar_of(bars)
    assert found.days.tolist() == list(range(18262, 18302))  # 2020-01-01 is day 18,262
    assert found.rows.tolist() == list(range(41))
    assert found.ends.tolist() == [(day + 1) * 86_400 * 10**9 for day in found.days.tolist()]
    assert sessions_of(bars).tolist() == found.days.tolist()


def test_sessions_are_counted_once_over_several_symbols_and_blocks() -> None:
    # S0 trades on days 0 and 2, S1 on days 0, 1 and 2; in the merged calendar a minute counts once.
    bars = _minutes([0, 1, 2 * DAY + 5], [1, 2, DAY + 7, 2 * DAY + 5, 2 * DAY + 9])
    found = calendar_of(bars)
    assert (found.days - 18262).tolist() == [0, 1, 2]
    assert ((found.ends - START) // MINUTE).tolist() == [3, DAY + 8, 2 * DAY + 10]
    assert found.rows.tolist() == [0, 3, 4, 6]


def test_a_session_over_the_end_of_a_block_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    bars = _minutes(list(range(2 * DAY)))
    whole = calendar_of(bars)
    blocks = Bars.blocks
    monkeypatch.setattr(Bars, "blocks", lambda self: blocks(self, 7))
    for one, other in zip(calendar_of(bars), whole, strict=True):
        np.testing.assert_array_equal(one, other)
    assert whole.rows.tolist() == [0, DAY, 2 * DAY]


def test_ranges_of_sessions_are_parts_that_follow_one_another() -> None:
    bars = history(3, 60, gaps=0.3)
    calendar: Calendar = calendar_of(bars)
    parts = [calendar.some(bars, sessions) for sessions in ((0, 13), (13, 14), (14, len(calendar.days)))]
    assert [sessions_of(part).tolist() for part in parts if part is not None] == [
        calendar.days[a:b].tolist() for a, b in ((0, 13), (13, 14), (14, None))
    ]
    assert sum(part.rows for part in parts if part is not None) == bars.rows


def test_a_symbol_without_bars_in_a_range_has_none() -> None:
    bars = _minutes([0, 1], [5, DAY + 3])
    calendar = calendar_of(bars)
    first, second = (Bars((one,), "1m", "d", "test", "none") for one in bars.histories)
    assert calendar.some(first, (1, 2)) is None
    assert calendar.some(first, (0, 1)) is not None
    assert calendar.some(second, (1, 2)) is not None
