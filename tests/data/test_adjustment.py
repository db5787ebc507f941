"""Adjusted prices: by hand, and against the sample's own adjusted closes."""

from datetime import date
from math import log
from typing import Any

import numpy as np
import pytest
from tests.data.helpers import gather

from lockstep.data import Action, Bars, Store
from lockstep.data.adjustment import Adjust
from lockstep.data.sample import Quotes, install_real, read_quotes
from lockstep.errors import ActionsError
from lockstep.kernels.actions import ActionKind


def day(number: int) -> date:
    return date(2020, 1, number)


def bars(close: list[float], actions: list[Action], adjust: Adjust) -> Bars:
    """Daily bars from 1 January 2020; all four prices are the close, the volume is 100."""
    frame: dict[str, Any] = {"time": [day(1 + at) for at in range(len(close))], "volume": [100.0] * len(close)}
    frame |= dict.fromkeys(("open", "high", "low", "close"), close)
    return Bars.from_frame(frame, symbols="A", interval="1d", actions={"A": actions}, adjust=adjust)


def values(close: list[float], actions: list[Action], adjust: Adjust = "total") -> tuple[list[float], list[float]]:
    block = gather(bars(close, actions, adjust))
    return block.ohlcv[0, 3].tolist(), block.ohlcv[0, 4].tolist()


def test_a_dividend_lowers_what_came_before_it() -> None:
    """2 of 100: times 0.98; nobody's number of shares changes."""
    close, volume = values([50.0, 100.0, 99.0], [Action(day(3), "dividend", 2.0)])
    assert close == pytest.approx([49.0, 98.0, 99.0], rel=1e-15)
    assert volume == [100.0, 100.0, 100.0]
    assert values([50.0, 100.0, 99.0], [Action(day(3), "dividend", 2.0)], "split")[0] == [50.0, 100.0, 99.0]


def test_a_dividend_and_a_split_of_one_day() -> None:
    """Two for one and 1 per new share: the close of 100 is 50 in new shares, less 2 %; volumes follow the split."""
    actions = [Action(day(3), "dividend", 1.0), Action(day(3), "split", 2.0)]
    close, volume = values([100.0, 100.0, 49.0], actions)
    assert close == pytest.approx([49.0, 49.0, 49.0], rel=1e-15)
    assert volume == [200.0, 200.0, 100.0]


def test_a_split_between_the_last_close_and_a_dividend() -> None:
    """The split's day has no bar: the dividend on the 3rd is per new share, the close on the 1st in old ones."""
    frame = {"time": [day(1), day(3)]} | {key: [100.0, 49.0] for key in ("open", "high", "low", "close")}
    actions = {"ASSET": [Action(day(2), "split", 2.0), Action(day(3), "dividend", 1.0)]}
    made = Bars.from_frame(frame, interval="1d", actions=actions, adjust="total")
    assert gather(made).ohlcv[0, 3].tolist() == pytest.approx([49.0, 49.0], rel=1e-15)


def test_dividends_multiply() -> None:
    """10 % on the 2nd, 20 % on the 3rd: the 1st is worth 0.9 x 0.8 of itself."""
    close, _ = values([10.0, 10.0, 10.0], [Action(day(2), "dividend", 1.0), Action(day(3), "dividend", 2.0)])
    assert close == pytest.approx([7.2, 8.0, 10.0], rel=1e-15)


def test_what_lies_outside_the_history_changes_nothing() -> None:
    actions = [Action(date(2019, 12, 1), "dividend", 1.0), Action(date(2020, 2, 1), "dividend", 1.0)]
    assert values([10.0, 11.0], actions)[0] == [10.0, 11.0]
    assert values([10.0, 11.0], [Action(day(1), "dividend", 1.0)])[0] == [10.0, 11.0]


def test_a_dividend_as_large_as_the_price_is_refused() -> None:
    with pytest.raises(
        ActionsError, match=r"A: the dividend of 10.0 on 2020-01-02 is not below the close before, 10.0"
    ):
        values([10.0, 1.0], [Action(day(2), "dividend", 10.0)])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    result = Store(tmp_path_factory.mktemp("sample"))
    install_real(result)
    return result


@pytest.fixture(scope="module")
def quotes() -> dict[str, Quotes]:
    return {found.symbol: found for found in read_quotes()}


def held(store: Store, symbol: str, adjust: Adjust) -> float:
    """Total return of one share, each dividend buying shares at the ex date's close: the rule of the set's source."""
    read = store.bars(symbol, adjust=adjust)
    frame, shares = read.frame(), 1.0
    opens, close = frame["open_time"].cast(int).to_numpy(), frame["close"].to_numpy()
    for action in read.actions():
        (row,) = np.flatnonzero(opens == action["time_ns"])
        shares *= action["value"] if action["kind"] == ActionKind.SPLIT else 1 + action["value"] / close[row]
    return float(shares * close[-1] / close[0])


@pytest.mark.parametrize("adjust", ["none", "split"])
@pytest.mark.parametrize("symbol", ["IBM", "MSFT", "AAPL"])
def test_dividends_applied_to_a_position_give_the_total_return_of_the_adjusted_closes(
    store: Store, quotes: dict[str, Quotes], symbol: str, adjust: Adjust
) -> None:
    """2000-03-01 to 2013-03-01.

    Tolerance: the adjusted closes are printed with twelve decimals, so each end is off by up to 5e-13 of itself; each
    action adds a division, an addition and a product, rounded to 2^-53 each, on both sides. Amounts are as declared, to
    a hundredth of a cent; were one off by half of that, the return would be by 5e-5 / 200 = 2.5e-7: a million times
    what is allowed here.
    """
    adjusted = quotes[symbol].values[5]
    count = len(store.bars(symbol, adjust=adjust).actions())
    tolerance = 5e-13 / adjusted[0] + 5e-13 / adjusted[-1] + (6 * count + 4) * 2.0**-53
    assert tolerance < 2e-13
    assert held(store, symbol, adjust) == pytest.approx(adjusted[-1] / adjusted[0], rel=tolerance)


@pytest.mark.parametrize("symbol", ["IBM", "MSFT", "AAPL"])
def test_total_differs_from_the_adjusted_closes_by_where_dividends_are_reinvested(
    store: Store, quotes: dict[str, Quotes], symbol: str
) -> None:
    """The source reinvests at the ex date's close c, 'total' at the close before less the dividend, p - d.

    So log returns differ, dividend by dividend, by log(1 + d / c) - log(p / (p - d)), and by nothing else.
    """
    found = quotes[symbol]
    total = store.bars(symbol, adjust="total").frame()["close"].to_numpy()
    close, expected = found.values[3], 0.0
    splits = {
        action.ex_date: action.value for action in store.actions("sample-daily", symbol) if action.kind == "split"
    }
    for action in store.actions("sample-daily", symbol):
        if action.kind != "dividend" or action.value is None:
            continue
        at = found.days.index(action.ex_date)
        before = close[at - 1] / (splits.get(action.ex_date) or 1.0)
        expected += log(1 + action.value / close[at]) - log(before / (before - action.value))
    adjusted = found.values[5]
    assert log(adjusted[-1] / adjusted[0]) - log(total[-1] / total[0]) == pytest.approx(expected, abs=1e-12)


def test_total_prices_do_not_depend_on_the_span(store: Store) -> None:
    whole = store.bars("MSFT", adjust="total").frame()
    for start, end in (("2001-01-01", "2004-12-31"), ("2004-11-15", "2004-11-16"), (None, "2000-03-01")):
        part = store.bars("MSFT", adjust="total", start=start, end=end).frame()
        assert (
            part["close"].to_list()
            == whole.filter(whole["session"].is_in(part["session"].to_list()))["close"].to_list()
        )
