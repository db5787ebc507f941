"""The generated bars on which strategies are tried."""

import numpy as np

from lockstep.kernels.bar import Bar, Bars
from lockstep.strategies.trial import trial


def test_bars_keep_the_rules_and_have_every_kind_of_stretch() -> None:
    bars = [bar for bar in trial(200, 1, 2).rows(False) if isinstance(bar, Bar)]
    assert len(bars) == 200
    assert all(b.low <= min(b.open, b.close) <= max(b.open, b.close) <= b.high for b in bars)
    steps = np.diff([b.close for b in bars])
    assert (steps > 0).any()
    assert (steps < 0).any()
    assert (steps[105:125] == 0.0).all(), "a stretch without movement"
    assert np.abs(steps).max() > 9.0, "jumps"
    assert bars[0].extra.shape == (2,)
    assert [b.time_ns for b in bars] == sorted({b.time_ns for b in bars})


def test_rows_of_many_symbols_have_gaps() -> None:
    rows = [row for row in trial(100, 3, 0).rows(True) if isinstance(row, Bars)]
    present = np.array([row.present for row in rows])
    assert present.any(axis=0).all()
    assert not present.all(axis=0).any(), "each symbol lacks some bars"
    assert all(np.isnan(row.close[~row.present]).all() for row in rows)


def test_it_is_the_same_each_time() -> None:
    np.testing.assert_array_equal(trial(50, 2, 1).prices, trial(50, 2, 1).prices)
