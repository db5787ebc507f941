"""The real sample: five shares as they traded, and the actions that explain their adjusted closes."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from tests.data.helpers import gather

from lockstep.data import Action, Store
from lockstep.data.actions import derive_actions
from lockstep.data.sample import REAL, install_real, read_quotes, sample_actions
from lockstep.errors import DataError


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    result = Store(tmp_path_factory.mktemp("sample"))
    install_real(result)
    return result


def test_rows_and_spans(store: Store) -> None:
    """Rows and first days as the source's documentation and ../shared/reference give them."""
    (dataset,) = store.datasets()
    assert dataset.rows == {"AAPL": 3270, "FB": 196, "GOOG": 2148, "IBM": 3270, "MSFT": 3270}
    assert store.bars("GOOG").frame()["session"][0] == date(2004, 8, 19)
    assert store.bars("AAPL").frame()["session"][0] == date(2000, 3, 1)
    assert store.bars("FB").frame()["session"][-1] == date(2013, 3, 1)
    assert not dataset.synthetic
    assert "public domain" in dataset.source


def splits(store: Store, symbol: str) -> list[Action]:
    return [action for action in store.actions(REAL, symbol) if action.kind == "split"]


def test_the_three_splits_and_no_other(store: Store) -> None:
    assert splits(store, "AAPL") == [
        Action(date(2000, 6, 21), "split", 2.0),
        Action(date(2005, 2, 28), "split", 2.0),
    ]
    assert splits(store, "MSFT") == [Action(date(2003, 2, 18), "split", 2.0)]
    assert [splits(store, symbol) for symbol in ("IBM", "GOOG", "FB")] == [[], [], []]


def test_apples_fall_of_2000_09_29_is_real(store: Store) -> None:
    """53.50 to 25.75 overnight on a profit warning: -51.9 %, as close to a half as a split, and none."""
    frame = store.bars("AAPL", start="2000-09-28", end="2000-09-29", adjust="none").frame()
    before, after = frame["close"]
    assert after / before - 1 == pytest.approx(-0.519, abs=0.001)
    assert not [action for action in store.actions(REAL, "AAPL") if action.ex_date == date(2000, 9, 29)]


def test_google_has_no_actions_although_its_factor_is_not_one(store: Store) -> None:
    """Its adjusted close is halved by the split of 2014, after the last bar, which no factor of ours knows."""
    assert store.actions(REAL, "GOOG") == []
    frame = store.bars("GOOG").frame()
    assert frame["close"][-1] == 806.19


def test_dividends_are_the_declared_ones(store: Store) -> None:
    """As the companies declared them: Apple 2.65 a quarter; Microsoft's special 3.00 with the quarter's 0.08; IBM."""
    apple = [action for action in store.actions(REAL, "AAPL") if action.kind == "dividend"]
    assert apple == [Action(day, "dividend", 2.65) for day in (date(2012, 8, 9), date(2012, 11, 7), date(2013, 2, 7))]
    microsoft = {action.ex_date: action.value for action in store.actions(REAL, "MSFT") if action.kind == "dividend"}
    assert microsoft[date(2004, 11, 15)] == 3.08
    assert microsoft[date(2003, 2, 19)] == 0.08
    assert microsoft[date(2013, 2, 19)] == 0.23
    ibm = [action.value for action in store.actions(REAL, "IBM")]
    assert len(ibm) == 52
    assert ibm[-4:] == [0.85, 0.85, 0.85, 0.85]


def test_actions_and_raw_closes_give_the_sources_adjusted_closes_back() -> None:
    """The way round: factors rebuilt from our actions reproduce each adjusted close, up to what comes after 2013."""
    for quotes in read_quotes():
        close, adjusted = quotes.values[3], quotes.values[5]
        step = dict.fromkeys(quotes.days, 1.0)
        for action in sample_actions(quotes):
            at = quotes.days.index(action.ex_date)
            assert action.value is not None
            step[action.ex_date] *= action.value if action.kind == "split" else 1 + action.value / close[at]
        factor = np.cumprod([1.0, *(step[day] for _, day in pairwise(quotes.days))])
        rebuilt = close * factor * (adjusted[0] / close[0])
        np.testing.assert_allclose(rebuilt, adjusted, rtol=2e-9)


def test_daily_bars_open_and_close_with_the_exchange(store: Store) -> None:
    """2012-07-03 closed at 13:00 New York time (17:00 UTC), the day before at 16:00."""
    times = store.bars("IBM", start="2012-07-02", end="2012-07-03").frame()["close_time"]
    assert [str(time)[11:16] for time in times] == ["20:00", "17:00"]


def test_installing_again_changes_nothing(store: Store) -> None:
    before = (store.path / REAL / "manifest.json").read_bytes()
    install_real(store)
    assert (store.path / REAL / "manifest.json").read_bytes() == before


def test_split_adjusted_prices_are_in_todays_shares(store: Store) -> None:
    """AAPL closed at 130.31 on 2000-03-01 with two splits to come: / 4."""
    raw, adjusted = (gather(store.bars("AAPL", end="2000-03-01", adjust=how)) for how in ("none", "split"))
    assert raw.ohlcv[0, 3].tolist() == [130.31]
    assert adjusted.ohlcv[0, 3].tolist() == [130.31 / 4]
    assert adjusted.ohlcv[0, 4].tolist() == [9616100.0 * 4]


DAYS = [date(2020, 1, 1), date(2020, 1, 2), date(2020, 1, 3)]


def test_a_reverse_split_is_found() -> None:
    """One for ten: the price is ten times higher, the factor a tenth."""
    found = derive_actions(DAYS, np.array([1.0, 1.1, 11.0]), np.array([10.0, 11.0, 11.0]))
    assert found == [Action(DAYS[2], "split", 0.1)]


def test_a_large_dividend_is_no_split() -> None:
    """A factor of 1.25 without the price moving that way is cash: 0.25 x 80."""
    found = derive_actions(DAYS, np.array([100.0, 100.0, 160.0]), np.array([80.0, 80.0, 160.0]))
    assert found == [Action(DAYS[2], "dividend", 40.0)]


def test_rounding_is_no_action() -> None:
    close = np.array([10.0, 11.0, 12.0])
    assert derive_actions(DAYS, close, close * (1 + np.array([0, 4e-7, -4e-7]))) == []


def test_a_falling_factor_without_a_split_is_refused() -> None:
    with pytest.raises(DataError, match="on 2020-01-03 the adjustment factor falls by 3"):
        derive_actions(DAYS, np.array([10.0, 10.0, 10.0]), np.array([10.0, 10.0, 9.7]))
