"""Generated bars follow the exchange's clock, keep all rules, and are the same everywhere."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from lockstep.data import Store
from lockstep.data.columns import Columns
from lockstep.data.rules import find_problems
from lockstep.data.sample import SYNTHETIC, install_real, install_synthetic
from lockstep.data.synthetic import minute_bars
from lockstep.errors import AmbiguousDatasetError


@pytest.fixture(scope="module")
def bars() -> dict[str, Columns]:
    return minute_bars()


def digest(columns: Columns) -> str:
    return hashlib.sha256(b"".join(column.tobytes() for column in columns)).hexdigest()


def test_sessions_are_those_of_2023(bars: dict[str, Columns]) -> None:
    """250 sessions; July 3 and November 24 closed at 13:00, three hours early: 248 x 390 + 2 x 210 minutes."""
    assert {name: columns.rows for name, columns in bars.items()} == dict.fromkeys(
        ("AAPL", "GOOGL", "MSFT"), 248 * 390 + 2 * 210
    )


def test_all_rules_hold_and_prices_are_cents(bars: dict[str, Columns]) -> None:
    for columns in bars.values():
        assert not find_problems(columns).bad.any()
        np.testing.assert_array_equal(np.rint(columns.close * 100) / 100, columns.close)
        assert (columns.volume > 0).all()


def test_the_default_seed_gives_these_very_bars(bars: dict[str, Columns]) -> None:
    """Pinned: another machine or NumPy that gave others would break every published synthetic result."""
    assert digest(bars["AAPL"])[:16] == "3e83a91c8a5c9ac4"


def test_another_seed_gives_other_bars_at_the_same_times(bars: dict[str, Columns]) -> None:
    other = minute_bars(seed=8)["AAPL"]
    assert digest(other) != digest(bars["AAPL"])
    np.testing.assert_array_equal(other.close_time, bars["AAPL"].close_time)


def test_they_look_like_a_market(bars: dict[str, Columns]) -> None:
    """A session's volatility near the 1.25 % asked for (and 2 shares move together), more at the open than at noon."""
    returns = {name: np.diff(np.log(columns.close)) for name, columns in bars.items()}
    daily = returns["AAPL"].std() * np.sqrt(390)
    assert 0.008 < daily < 0.02
    assert np.corrcoef(returns["AAPL"], returns["MSFT"])[0, 1] > 0.3
    first = bars["AAPL"].volume[: 390 * 100].reshape(100, 390)
    assert first[:, :15].mean() > 1.5 * first[:, 180:210].mean()


def test_the_store_marks_them_synthetic_and_keeps_them_apart(tmp_path: Path) -> None:
    store = Store(tmp_path)
    install_real(store)
    install_synthetic(store)
    assert {dataset.name: dataset.synthetic for dataset in store.datasets()} == {
        "sample-daily": False,
        SYNTHETIC: True,
    }
    found = store.bars(["AAPL", "MSFT"], start="2023-01-01")
    assert (found.dataset, found.source, found.synthetic, found.interval) == (
        SYNTHETIC,
        "synthetic",
        True,
        "1m",
    )
    assert store.bars("AAPL", interval="1d").source != "synthetic"
    with pytest.raises(AmbiguousDatasetError, match="synthetic-minute \\(1m, synthetic\\)"):
        store.bars("AAPL")
