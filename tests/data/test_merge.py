"""Merged calendars equal a full outer join made by polars, whatever the block size and however files are cut."""

import itertools
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.data.helpers import MINUTE, START, addition, at_minutes, gather, minutes

from lockstep.data import Action, Bars, Instrument, Store
from lockstep.data.append import Addition
from lockstep.data.columns import Columns
from lockstep.data.history import History, MemoryChunk
from lockstep.data.merge import count_rows, merge
from lockstep.kernels.bar import NEVER

calendars = st.lists(st.sets(st.integers(0, 60), min_size=1).map(sorted), min_size=1, max_size=4)


def cut(columns: Columns, pieces: int) -> tuple[MemoryChunk, ...]:
    """The same bars as several chunks, as files would cut them."""
    edges = np.unique(np.linspace(0, columns.rows, pieces + 1).astype(int))
    parts = [columns.cut(int(a), int(b)) for a, b in itertools.pairwise(edges)]
    return tuple(MemoryChunk(part, str(part.open_time[0]), f"{part.open_time.tolist()}") for part in parts)


def bars_of(places: list[list[int]], pieces: list[int]) -> Bars:
    histories = []
    for number, (place, count) in enumerate(zip(places, pieces, strict=False)):
        columns = at_minutes(place, 100.0 * (number + 1))
        ends = int(columns.open_time[0]), int(columns.close_time[-1])
        histories.append(History(Instrument(f"S{number}"), cut(columns, count), *ends))
    return Bars(tuple(histories), "1m", "memory", "test", "none")


def joined(places: list[list[int]]) -> pl.DataFrame:
    """The naive twin: one full outer join after the other."""
    result: pl.DataFrame | None = None
    for number, place in enumerate(places):
        columns = at_minutes(place, 100.0 * (number + 1))
        frame = pl.DataFrame(
            {"t": columns.close_time, f"close{number}": columns.close, f"volume{number}": columns.volume}
        )
        result = frame if result is None else result.join(frame, on="t", how="full", coalesce=True)
    assert result is not None
    return result.sort("t")


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(places=calendars, pieces=st.lists(st.integers(1, 5), min_size=4, max_size=4), size=st.integers(1, 70))
def test_blocks_equal_a_full_outer_join(places: list[list[int]], pieces: list[int], size: int) -> None:
    bars, twin = bars_of(places, pieces), joined(places)
    block = gather(bars, size)
    np.testing.assert_array_equal(block.close_time_ns, twin["t"].to_numpy())
    assert bars.rows == count_rows(bars.histories, size) == twin.height
    for number in range(len(places)):
        close, volume = (twin[f"{name}{number}"] for name in ("close", "volume"))
        np.testing.assert_array_equal(block.present[number], close.is_not_null().to_numpy())
        np.testing.assert_array_equal(block.ohlcv[number, 3], close.fill_null(np.nan).to_numpy())
        np.testing.assert_array_equal(block.ohlcv[number, 4], volume.fill_null(np.nan).to_numpy())


@given(places=calendars, size=st.integers(1, 70))
def test_no_stretch_is_longer_than_asked_and_times_rise_across_them(places: list[list[int]], size: int) -> None:
    before = -1
    for stretch in merge(bars_of(places, [3, 1, 2, 5]).histories, size):
        assert 0 < len(stretch.times) <= size
        assert before < stretch.times[0]
        assert np.all(np.diff(stretch.times) > 0)
        before = stretch.times[-1]


@pytest.mark.parametrize("size", [1, 7, 1000, 8192, 100_000])
def test_values_do_not_depend_on_the_block_size(tmp_path: Path, size: int) -> None:
    store = Store(tmp_path)
    gaps = np.flatnonzero(np.random.default_rng(1).random(2000) < 0.7)
    parts = {"A": minutes(1500), "B": at_minutes(gaps), "C": minutes(300, start=1200)}
    store.append("d", "1m", {name: addition(name, part) for name, part in parts.items()}, source="test")
    bars = store.bars(["A", "B", "C"])
    for expected, found in zip(gather(bars), gather(bars, size), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_blocks_are_contiguous_and_use_two_sets_of_buffers_in_turn() -> None:
    seen = []
    for block in bars_of([list(range(50)), list(range(25, 60))], [3, 1]).blocks(16):
        assert all(field.flags.c_contiguous and field.flags.writeable for field in block)
        seen.append(block.ohlcv.ctypes.data)
    assert len(seen) > 2
    assert len(set(seen)) == 2
    assert all(before != after for before, after in itertools.pairwise(seen))


def spanning(draw: st.DrawFn) -> Columns:
    """Bars of any length and distance, in minutes after START."""
    edges = sorted(draw(st.sets(st.integers(0, 60), min_size=2, max_size=40)))
    starts = draw(st.lists(st.booleans(), min_size=len(edges) - 1, max_size=len(edges) - 1))
    pairs = [pair for pair, kept in zip(itertools.pairwise(edges), starts, strict=True) if kept]
    opens, closes = np.array(pairs or [(edges[0], edges[1])], np.int64).T
    price = 100.0 + opens
    return Columns(START + opens * MINUTE, START + closes * MINUTE, price, price + 1, price, price + 1, price)


@given(
    parts=st.lists(st.composite(spanning)(), min_size=1, max_size=4), pieces=st.integers(1, 4), size=st.integers(1, 70)
)
def test_a_bar_opens_in_the_row_whose_time_its_open_lies_in(parts: list[Columns], pieces: int, size: int) -> None:
    """An hourly bar opens many minutes before its own row; a naive search over all rows finds the one it opens in."""
    histories = tuple(
        History(Instrument(f"S{n}"), cut(part, pieces), int(part.open_time[0]), int(part.close_time[-1]))
        for n, part in enumerate(parts)
    )
    block = gather(Bars(histories, "1m", "memory", "test", "none"), size)
    rows = block.close_time_ns.tolist()
    for number, part in enumerate(parts):
        expected = {}
        for time, price in zip(part.open_time.tolist(), part.open.tolist(), strict=True):
            expected[next(row for row, close in enumerate(rows) if close > time)] = (time, price)
        opens = np.flatnonzero(block.opening_ns[number] != NEVER).tolist()
        assert {t: (int(block.opening_ns[number, t]), float(block.opening[number, t])) for t in opens} == expected
        assert np.flatnonzero(~np.isnan(block.opening[number])).tolist() == opens


def test_an_open_ahead_of_its_row_is_adjusted_for_splits(tmp_path: Path) -> None:
    """A day of 400 before a 4:1 split beside its last hour: it opens at 100, a row before it closes."""
    day = 24 * 60 * MINUTE
    opens, old, new = np.array([START, START + day]), np.array([400.0, 100.0]), np.array([404.0, 101.0])
    whole = Columns(opens, opens + day, old, new, old, old, np.ones(2))
    store = Store(tmp_path)
    split = Action(date(2020, 1, 2), "split", 4.0)
    parts = {"A": Addition(Instrument("A"), whole, (split,)), "B": addition("B", at_minutes([0, 1439]))}
    store.append("d", "1d", parts, source="test")
    block = gather(store.bars(["A", "B"]))
    assert block.opening[0].tolist()[0::2] == [100.0, 100.0]
    assert np.isnan(block.opening[0, 1])
