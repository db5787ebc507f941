"""Splits are applied as by hand, and sessions count days of the exchange."""

from datetime import date
from pathlib import Path

import numpy as np
from tests.data.helpers import gather

from lockstep.data import Action, Bars, Instrument, Store
from lockstep.data.append import Addition
from lockstep.data.calendars import session_times
from lockstep.data.columns import Columns

DAYS = np.array([(date(2020, 8, day) - date(1970, 1, 1)).days for day in (26, 27, 28, 31)])


def daily(close: list[float], volume: list[float]) -> Columns:
    sessions = session_times(Instrument.us_equity("X"), DAYS[: len(close)])
    price = np.array(close)
    return Columns(sessions.open_time, sessions.close_time, price, price + 1, price - 1, price, np.array(volume))


def store_with(path: Path, actions: list[Action], rows: int = 4) -> Store:
    store = Store(path)
    columns = daily([400.0, 408.0, 416.0, 104.0][:rows], [10.0, 20.0, 30.0, 160.0][:rows])
    store.append("d", "1d", {"X": Addition(Instrument.us_equity("X"), columns, tuple(actions))}, source="test")
    return store


def test_a_split_divides_prices_and_multiplies_volumes_before_its_ex_date(tmp_path: Path) -> None:
    """Four for one on 2020-08-31: 400 / 4 = 100, 10 x 4 = 40; the ex date itself is already in new shares."""
    store = store_with(tmp_path, [Action(date(2020, 8, 31), "split", 4.0), Action(date(2020, 8, 28), "dividend", 0.8)])
    block = gather(store.bars("X"))
    assert block.ohlcv[0, 0].tolist() == [100.0, 102.0, 104.0, 104.0]
    assert block.ohlcv[0, 1].tolist() == [100.25, 102.25, 104.25, 105.0]
    assert block.ohlcv[0, 4].tolist() == [40.0, 80.0, 120.0, 160.0]
    assert gather(store.bars("X", adjust="none")).ohlcv[0, 3].tolist() == [400.0, 408.0, 416.0, 104.0]
    assert store.bars("X").frame()["close"].to_list() == [100.0, 102.0, 104.0, 104.0]


def test_two_splits_multiply(tmp_path: Path) -> None:
    """A 2:1 on the 27th and a 4:1 on the 31st: the 26th is divided by 8, the 27th and 28th by 4."""
    store = store_with(tmp_path, [Action(date(2020, 8, 31), "split", 4.0), Action(date(2020, 8, 27), "split", 2.0)])
    for size in (1, 2, 3, 8192):
        assert gather(store.bars("X"), size).ohlcv[0, 3].tolist() == [50.0, 102.0, 104.0, 104.0]


def test_a_split_after_the_last_stored_bar_is_never_applied(tmp_path: Path) -> None:
    store = store_with(tmp_path, [Action(date(2020, 8, 31), "split", 4.0)], rows=3)
    assert gather(store.bars("X")).ohlcv[0, 3].tolist() == [400.0, 408.0, 416.0]


def test_the_end_of_the_span_does_not_change_prices(tmp_path: Path) -> None:
    """Both runs see the split that is stored, so the prefix of the longer run equals the shorter one."""
    store = store_with(tmp_path, [Action(date(2020, 8, 31), "split", 4.0)])
    assert gather(store.bars("X", end="2020-08-27")).ohlcv[0, 3].tolist() == [100.0, 102.0]
    assert gather(store.bars("X", start="2020-08-28", end="2020-08-30")).ohlcv[0, 3].tolist() == [104.0]


def test_sessions_are_days_in_the_exchanges_zone() -> None:
    """20:30 in New York is already the next day in UTC: 2020-01-02 20:30 EST = 2020-01-03 01:30 UTC."""
    frame = {
        "time": ["2020-01-02 20:30", "2020-01-02 20:31"],
        **{name: [1.0, 1.0] for name in ("open", "high", "low", "close")},
    }
    bars = Bars.from_frame(frame, instruments=Instrument("ASSET", time_zone="America/New_York"))
    assert gather(bars).session.tolist() == [18_263, 18_263]  # 2020-01-02
    assert bars.frame()["session"].to_list() == [date(2020, 1, 2)] * 2


def test_an_evening_open_belongs_to_the_next_session() -> None:
    """A future's session of 2020-01-03 opens on 2020-01-02 at 17:00 in Chicago."""
    future = Instrument("ES", "future", "CMES", "America/Chicago", "17:00", "16:00", tick=0.25, multiplier=50.0)
    times = ["2020-01-02 15:00", "2020-01-02 17:00", "2020-01-03 09:00"]
    frame = {"time": times, **{name: [1.0] * 3 for name in ("open", "high", "low", "close")}}
    bars = Bars.from_frame(frame, interval="1h", symbols="ES", instruments=future)
    assert bars.frame()["session"].to_list() == [date(2020, 1, 2), date(2020, 1, 3), date(2020, 1, 3)]


def test_rows_of_several_zones_never_go_back_to_an_earlier_session() -> None:
    """Tokyo's 2020-01-03 begins while New York still trades its 2020-01-02."""
    new_york = Instrument("NY", time_zone="America/New_York")
    tokyo = Instrument("TK", time_zone="Asia/Tokyo")
    prices = {name: [1.0, 1.0] for name in ("open", "high", "low", "close")}
    frames = {
        "NY": {"time": ["2020-01-02T22:00Z", "2020-01-03T03:00Z"], **prices},
        "TK": {"time": ["2020-01-03T00:00Z", "2020-01-03T01:00Z"], **prices},
    }
    bars = Bars.from_frame(frames, interval="1h", instruments=[new_york, tokyo])
    assert gather(bars).session.tolist() == [18_263, 18_264, 18_264, 18_264]
    assert gather(bars, 1).session.tolist() == [18_263, 18_264, 18_264, 18_264]
