"""When actions take effect on bars, in which order, and which of them do at all."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.data.helpers import MINUTE, START, addition, gather, minutes

from lockstep.data import Action, Bars, Instrument, Store
from lockstep.data.append import Addition
from lockstep.data.sample import install_real
from lockstep.errors import ActionsError, DataError, NoDataError, UnknownSymbolError
from lockstep.kernels.actions import ACTION, ActionKind

DAY = 24 * 60
SPLIT, DIVIDEND, RENAME, DELIST = ActionKind


def jan(day: int) -> date:
    return date(2020, 1, day)


def at(day: int, minute: int = 0) -> int:
    return START + ((day - 1) * DAY + minute) * MINUTE


def told(actions: npt.NDArray[np.void]) -> list[tuple[Any, ...]]:
    return [tuple(action) for action in actions.tolist()]


def store_with(path: Path, **parts: tuple[int, int, tuple[Action, ...]]) -> Store:
    """Minute bars around the clock from one day of January 2020 to another, both included."""
    store = Store(path)
    additions = {
        name: Addition(Instrument(name), minutes((last - first + 1) * DAY, start=(first - 1) * DAY), actions)
        for name, (first, last, actions) in parts.items()
    }
    store.append("d", "1m", additions, source="test")
    return store


def test_actions_take_effect_at_the_open_of_their_day(tmp_path: Path) -> None:
    actions = (Action(jan(2), "dividend", 0.5), Action(jan(3), "split", 2.0))
    bars = store_with(tmp_path, A=(1, 4, actions), B=(1, 4, (Action(jan(3), "dividend", 1.0),))).bars(
        ["B", "A"], adjust="none"
    )
    found = bars.actions()
    assert found.dtype == ACTION
    assert told(found) == [(at(2), 1, DIVIDEND, 0.5), (at(3), 1, SPLIT, 2.0), (at(3), 0, DIVIDEND, 1.0)]


def test_what_is_in_the_prices_is_not_applied_again(tmp_path: Path) -> None:
    """Before a split of two for one, 0.5 a share is 0.25 for each of the later ones; on its day it is as announced."""
    actions = (Action(jan(2), "dividend", 0.5), Action(jan(3), "split", 2.0), Action(jan(3), "dividend", 0.3))
    store = store_with(tmp_path, A=(1, 4, actions))
    assert told(store.bars("A").actions()) == [(at(2), 0, DIVIDEND, 0.25), (at(3), 0, DIVIDEND, 0.3)]
    assert told(store.bars("A", adjust="total").actions()) == []


def test_a_day_without_bars_takes_effect_at_the_next_open_in_order_of_days(tmp_path: Path) -> None:
    """A pays on the 2nd, in old shares, and splits on the 3rd; its next bar is on the 4th."""
    store = store_with(tmp_path, A=(1, 1, (Action(jan(2), "dividend", 1.0), Action(jan(3), "split", 2.0))))
    store.append("d", "1m", {"A": addition("A", minutes(DAY, start=3 * DAY))}, source="test")
    assert told(store.bars("A", adjust="none").actions()) == [(at(4), 0, DIVIDEND, 1.0), (at(4), 0, SPLIT, 2.0)]


def test_only_what_lies_within_the_span(tmp_path: Path) -> None:
    actions = tuple(Action(jan(day), "dividend", float(day)) for day in range(1, 8))
    store = store_with(tmp_path, A=(2, 5, actions))
    assert [action["value"] for action in store.bars("A").actions()] == [2.0, 3.0, 4.0, 5.0]
    assert [action["value"] for action in store.bars("A", start=jan(3), end=jan(4)).actions()] == [3.0, 4.0]
    late = store.bars("A", start="2020-01-03 12:00")
    assert told(late.actions())[0] == (at(3, 720), 0, DIVIDEND, 3.0)


def test_without_actions_there_are_none(tmp_path: Path) -> None:
    found = store_with(tmp_path, A=(1, 1, ())).bars("A").actions()
    assert (found.dtype, len(found)) == (ACTION, 0)


def test_a_new_name_goes_back_through_the_old_ones(tmp_path: Path) -> None:
    """A traded on the 1st, B on the 2nd, C on the 3rd; the split of C restates what was traded as A."""
    store = store_with(
        tmp_path,
        A=(1, 1, (Action(jan(2), "rename", new_symbol="B"),)),
        B=(2, 2, (Action(jan(2), "dividend", 1.0), Action(jan(3), "rename", new_symbol="C"))),
        C=(3, 3, (Action(jan(3), "split", 2.0),)),
    )
    bars = store.bars("C", adjust="none")
    assert bars.symbols == ("C",)
    assert bars.instruments == (Instrument("C"),)
    assert gather(bars).close_time_ns.tolist() == minutes(3 * DAY).close_time.tolist()
    assert gather(bars).ohlcv[0, 3].tolist() == minutes(3 * DAY).close.tolist()
    expected = [(at(2), DIVIDEND), (at(2), RENAME), (at(3), SPLIT), (at(3), RENAME)]
    assert [(action["time_ns"], action["kind"]) for action in bars.actions()] == expected
    assert np.isnan(bars.actions()["value"][[1, 3]]).all()
    halves = gather(store.bars("C")).ohlcv[0, 3]
    assert halves[: 2 * DAY].tolist() == (minutes(2 * DAY).close / 2).tolist()
    assert next(action["value"] for action in store.bars("C").actions()) == 0.5
    assert store.bars("C", start=jan(1), end=jan(1)).rows == DAY
    assert store.bars("B").rows == 2 * DAY
    with pytest.raises(DataError, match="A is the earlier name of C, whose bars go back through it: leave A out"):
        store.bars(["C", "A"])


def test_the_old_name_ends_with_the_change(tmp_path: Path) -> None:
    store = store_with(tmp_path, A=(1, 1, (Action(jan(2), "rename", new_symbol="B"),)), B=(2, 2, ()))
    assert (store.bars("A").rows, told(store.bars("A").actions())) == (DAY, [])
    with pytest.raises(NoDataError, match="A became B: ask for B"):
        store.bars("A", start=jan(2))


def test_a_delisting_ends_a_position_at_the_last_close(tmp_path: Path) -> None:
    store = store_with(tmp_path, A=(1, 2, (Action(jan(2), "delist", 7.5),)), B=(1, 4, (Action(jan(4), "delist"),)))
    assert told(store.bars("A").actions()) == [(at(3), 0, DELIST, 7.5)]
    both = store.bars(["A", "B"]).actions()
    assert told(both[:1]) == [(at(3), 0, DELIST, 7.5)]
    assert told(both[1:])[0][:3] == (at(5), 1, DELIST)
    assert np.isnan(both["value"][1])


def test_a_delisting_after_a_rest_takes_effect_on_its_day(tmp_path: Path) -> None:
    """A's last bar is on the 2nd, it is taken off on the 4th: nobody can know that on the 2nd."""
    store = store_with(tmp_path, A=(1, 2, (Action(jan(4), "delist", 0.0),)), B=(1, 5, ()))
    assert told(store.bars(["A", "B"]).actions()) == [(at(4), 0, DELIST, 0.0)]
    # Alone, A's last close is the last moment there is: the loss is not lost.
    assert told(store.bars("A").actions()) == [(at(3), 0, DELIST, 0.0)]
    assert told(store.bars(["A", "B"], end=jan(3)).actions()) == []
    assert told(store.bars("A", end=jan(1)).actions()) == []


def test_a_delisting_that_no_bar_reaches_has_not_happened(tmp_path: Path) -> None:
    store = store_with(tmp_path, A=(1, 2, (Action(jan(20), "delist", 0.0),)), B=(1, 4, ()))
    assert told(store.bars(["A", "B"]).actions()) == []


def test_the_hash_knows_what_is_applied_to_positions(tmp_path: Path) -> None:
    store = store_with(tmp_path, A=(1, 2, ()))
    before = store.bars("A").data_hash
    store.add_actions({"A": [Action(jan(2), "dividend", 1.0)]})
    assert store.bars("A").data_hash != before


def test_frames_take_actions_too() -> None:
    frame = {"time": [jan(1), jan(2), jan(3)]} | {key: [8.0, 8.0, 4.0] for key in ("open", "high", "low", "close")}
    given = {"A": [Action(jan(3), "split", 2.0), Action(jan(2), "dividend", 1.0), Action(jan(3), "delist", 4.0)]}
    bars = Bars.from_frame(frame, symbols="A", interval="1d", actions=given)
    assert told(bars.actions()) == [(at(2), 0, DIVIDEND, 1.0), (at(3), 0, SPLIT, 2.0), (at(4), 0, DELIST, 4.0)]
    adjusted = Bars.from_frame(frame, symbols="A", interval="1d", actions=given, adjust="split")
    assert gather(adjusted).ohlcv[0, 3].tolist() == [4.0, 4.0, 4.0]
    assert told(adjusted.actions())[0] == (at(2), 0, DIVIDEND, 0.5)
    with pytest.raises(UnknownSymbolError, match="actions are given for B, but the bars are of A"):
        Bars.from_frame(frame, symbols="A", interval="1d", actions={"B": []})
    with pytest.raises(ActionsError, match="was delisted on 2020-01-01, but has bars up to 2020-01-03"):
        Bars.from_frame(frame, symbols="A", interval="1d", actions={"A": [Action(jan(1), "delist")]})
    with pytest.raises(ActionsError, match="frames know no changes of name"):
        Bars.from_frame(frame, symbols="A", interval="1d", actions={"A": [Action(jan(9), "rename", new_symbol="B")]})
    with pytest.raises(DataError, match="adjust is 'both'"):
        Bars.from_frame(frame, symbols="A", interval="1d", adjust="both")  # type: ignore[arg-type]


@settings(max_examples=100, deadline=None)
@given(
    steps=st.lists(st.tuples(st.floats(0.5, 2.0), st.booleans()), min_size=2, max_size=12),
    splits=st.dictionaries(st.integers(1, 14), st.sampled_from([0.1, 0.5, 1.5, 2.0, 7.0]), max_size=3),
    dividends=st.dictionaries(st.integers(1, 14), st.floats(0.01, 0.5), max_size=4),
)
def test_a_position_is_worth_the_same_whatever_the_adjustment(
    steps: list[tuple[float, bool]], splits: dict[int, float], dividends: dict[int, float]
) -> None:
    """One share held as traded, with its splits and dividends, is cash for cash one held in the last day's shares."""
    closes, days, price = [100.0], [1], 100.0
    for number, (change, traded) in enumerate(steps, 2):
        price *= change / splits.get(number, 1.0)
        if traded or number == len(steps) + 1:
            closes.append(price)
            days.append(number)
    frame = {"time": [jan(day) for day in days]} | dict.fromkeys(("open", "high", "low", "close"), closes)
    given_actions = [Action(jan(day), "split", ratio) for day, ratio in splits.items()]
    given_actions += [Action(jan(day), "dividend", paid) for day, paid in dividends.items()]
    worth = []
    for adjust in ("none", "split"):
        read = Bars.from_frame(frame, symbols="A", interval="1d", actions={"A": given_actions}, adjust=adjust)
        block = gather(read)
        # Bought at the first close, with a value of 100 in either case.
        shares, cash, values = 100.0 / block.ohlcv[0, 3, 0], 0.0, []
        left = [action for action in read.actions() if action["time_ns"] > block.opening_ns[0, 0]]
        for row, opened in enumerate(block.opening_ns[0]):
            while left and left[0]["time_ns"] == opened:
                action = left.pop(0)
                if action["kind"] == SPLIT:
                    shares *= action["value"]
                else:
                    cash += shares * action["value"]
            values.append(cash + shares * block.ohlcv[0, 3, row])
        assert left == []
        worth.append(values)
    np.testing.assert_allclose(worth[0], worth[1], rtol=1e-12)


def test_longer_bars_keep_their_actions(tmp_path: Path) -> None:
    actions = (Action(jan(2), "dividend", 0.5), Action(jan(3), "split", 2.0))
    bars = store_with(tmp_path, A=(1, 4, actions)).bars("A").resample("1d")
    assert told(bars.actions()) == [(at(2), 0, DIVIDEND, 0.25)]


def test_the_sample_pays_at_new_yorks_open(tmp_path: Path) -> None:
    """Microsoft's 3.08 of 2004-11-15: 09:30 in New York is 14:30 UTC."""
    store = Store(tmp_path)
    install_real(store)
    bars = store.bars(["IBM", "MSFT"], start="2004-11-12", end="2004-11-15")
    (paid,) = bars.actions()
    assert np.datetime64(int(paid["time_ns"]), "ns") == np.datetime64("2004-11-15T14:30")
    assert (paid["symbol"], paid["kind"], paid["value"]) == (1, DIVIDEND, 3.08)
