"""A part of a history has the very bars of the whole, at the very prices."""

import itertools
import pickle
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from tests.data.helpers import MINUTE, START, addition, at_minutes, gather, minutes

from lockstep.data import Action, BarBlock, Bars, Store
from lockstep.data.history import same_calendar
from lockstep.errors import NoDataError

DAY = 24 * 60


def _rows(whole: BarBlock, start_ns: int, end_ns: int) -> BarBlock:
    """The rows of the whole, all blocks joined, that close within a span: what a part must give."""
    kept = (whole.close_time_ns > start_ns) & (whole.close_time_ns <= end_ns)
    return BarBlock._make(field[..., kept] for field in whole)


def _assert_part(bars: Bars, start_ns: int, end_ns: int) -> Bars:
    part = bars.between(start_ns, end_ns)
    expected, found = _rows(gather(bars), start_ns, end_ns), gather(part, 7)
    for name in ("close_time_ns", "session", "present", "ohlcv"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)
    # An open that lies before the part's first row, of a bar that closes in it, is put at that row.
    np.testing.assert_array_equal(found.opening_ns[:, 1:], expected.opening_ns[:, 1:])
    np.testing.assert_array_equal(found.opening[:, 1:], expected.opening[:, 1:])
    assert part.rows == len(expected.close_time_ns)
    return part


@pytest.fixture
def stored(tmp_path: Path) -> Bars:
    """Three symbols in several files each: two on one calendar, one with gaps that ends early."""
    store = Store(tmp_path)
    for month in range(3):  # every append starts another file
        first = month * 31 * DAY
        both = {name: addition(name, minutes(300, first, price)) for name, price in (("A", 100.0), ("B", 50.0))}
        store.append("d", "1m", both, source="test")
        if month < 2:
            gaps = at_minutes(first + np.flatnonzero(np.arange(300) % 7 < 3), 10.0)
            store.append("d", "1m", {"C": addition("C", gaps)}, source="test")
    return store.bars(["A", "B", "C"])


@pytest.mark.parametrize(
    ("first", "last"),
    [(0, 10), (5, 250), (250, 31 * DAY + 20), (299, 31 * DAY), (100, 62 * DAY + 200), (62 * DAY + 10, 63 * DAY)],
)
def test_a_part_of_stored_bars_is_the_rows_of_the_whole(stored: Bars, first: int, last: int) -> None:
    part = _assert_part(stored, START + first * MINUTE, START + last * MINUTE)
    assert part.symbols == stored.symbols
    assert part.data_hash != stored.data_hash
    block = gather(part)
    assert part.span == (block.close_time_ns[0] - MINUTE, block.close_time_ns[-1])


def test_parts_that_follow_one_another_share_no_row_and_lose_none(stored: Bars) -> None:
    minutes_in = (17, 299, 31 * DAY + 5, 62 * DAY + 50, 99 * DAY)
    edges = [START - 1, *(START + minute * MINUTE for minute in minutes_in)]
    parts = [stored.between(a, b) for a, b in itertools.pairwise(edges)]
    assert sum(part.rows for part in parts) == stored.rows
    assert len({part.data_hash for part in parts}) == len(parts)


def test_a_part_of_a_part_is_a_part_of_the_whole(stored: Bars) -> None:
    for bars in (stored, Bars.from_frame(stored.frame(), interval="1m")):
        once = bars.between(START + 40 * MINUTE, START + 90 * MINUTE)
        twice = bars.between(START + 20 * MINUTE, START + 200 * MINUTE).between(
            START + 40 * MINUTE, START + 90 * MINUTE
        )
        assert once.data_hash == twice.data_hash
        np.testing.assert_array_equal(gather(once).ohlcv, gather(twice).ohlcv)


def test_everything_is_the_whole(stored: Bars) -> None:
    for bars in (stored, Bars.from_frame(stored.frame(), interval="1m")):
        assert bars.between(bars.span[0] - 1, bars.span[1]).data_hash == bars.data_hash
        assert bars.between(0, 2**62).histories == bars.histories


def test_symbols_of_one_calendar_are_still_known_to_have_it(stored: Bars) -> None:
    for histories in (stored.histories[:2], Bars.from_frame(stored.frame(), interval="1m").histories[:2]):
        bars = Bars(histories, "1m", "d", "test", "none")
        assert same_calendar(bars.histories)
        assert same_calendar(bars.between(START + 20 * MINUTE, START + 31 * DAY * MINUTE).histories)
        assert not same_calendar(stored.between(START + 20 * MINUTE, START + 50 * MINUTE).histories)


def test_a_symbol_without_a_bar_keeps_its_place_and_does_not_lengthen_the_span(stored: Bars) -> None:
    start = START + 62 * DAY * MINUTE
    part = _assert_part(stored, start, start + 20 * MINUTE)
    assert [history.rows for history in part.histories] == [20, 20, 0]
    assert part.span == (start, start + 20 * MINUTE)
    assert not gather(part).present[2].any()
    assert part.frame()["symbol"].unique().sort().to_list() == ["A", "B"]


def test_bars_in_memory_are_cut_without_a_copy(stored: Bars) -> None:
    bars = Bars.from_frame(stored.frame(), interval="1m")
    part = _assert_part(bars, START + 10 * MINUTE, START + 31 * DAY * MINUTE + 44)
    whole, cut = (b.histories[0].chunks[0].open().columns.close for b in (bars, part))
    assert np.shares_memory(whole, cut)
    assert len(pickle.dumps(bars.between(START, START + MINUTE))) < 10_000


def test_prices_keep_the_adjustment_of_the_whole() -> None:
    days = np.arange("2020-01-01", "2020-01-07", dtype="datetime64[D]")
    close = [100.0, 102.0, 104.0, 53.0, 54.0, 55.0]  # a split of 2 on the fourth day
    frame = {"time": days, "open": close, "high": close, "low": close, "close": close, "volume": [1.0] * 6}
    split, paid = Action(date(2020, 1, 4), "split", 2.0), Action(date(2020, 1, 2), "dividend", 3.0)
    gone = Action(date(2020, 1, 6), "delist", 55.0)
    bars = Bars.from_frame(frame, interval="1d", actions={"ASSET": [split, paid, gone]}, adjust="split")
    start, third, end = (int(days[i].astype("datetime64[ns]").astype(np.int64)) for i in (0, 3, 5))
    before = bars.between(start, third)
    assert gather(before).ohlcv[0, 3].tolist() == [50.0, 51.0, 52.0]  # 100 / 2, 102 / 2, 104 / 2
    assert before.actions()["value"].tolist() == [1.5]  # the dividend, a share of the end of the history; no end
    assert len(bars.between(start, 2**62).actions()) == len(bars.actions()) == 2
    assert len(bars.between(third, end).actions()) == 0
    raw = Bars.from_frame(frame, interval="1d", actions={"ASSET": [split, paid, gone]}, adjust="none")
    assert raw.between(third - 86_400 * 10**9, 2**62).actions()["value"].tolist() == [2.0, 55.0]


def test_nothing_is_refused(stored: Bars) -> None:
    with pytest.raises(NoDataError, match=r"no bar closes from 2020-01-01 .* the bars reach from 2020-01-01"):
        stored.between(START + 300 * MINUTE, START + 400 * MINUTE)
    with pytest.raises(NoDataError, match="ends after it starts"):
        stored.between(START + 5, START + 5)
