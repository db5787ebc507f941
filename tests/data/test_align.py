"""Finer bars fit the coarse ones they refine, and say at which of their rows a coarse bar is known."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.data.helpers import MINUTE, START, addition, at_minutes, gather, minutes

from lockstep.data import Action, Bars, Instrument, Store, align
from lockstep.data.adjustment import Adjust
from lockstep.data.append import Addition
from lockstep.data.columns import Columns
from lockstep.data.sample import install_synthetic
from lockstep.errors import DisagreementError


def together(columns: Columns, length: int) -> Columns:
    """Bars of `length` minutes, by hand; a bar without minutes is left out."""
    place = (columns.open_time - START) // (length * MINUTE)
    groups = [columns.pick(place == number) for number in np.unique(place)]
    opens = START + np.unique(place) * length * MINUTE
    rows = [(g.open[0], g.high.max(), g.low.min(), g.close[-1], g.volume.sum()) for g in groups]
    return Columns(opens, opens + length * MINUTE, *np.array(rows).T.copy())


def pair(path: Path, fine: dict[str, Columns], coarse: dict[str, Columns]) -> tuple[Bars, Bars]:
    """Bars of 5m and of 1m, as traded."""
    store = Store(path)
    store.append("fine", "1m", {name: addition(name, part) for name, part in fine.items()}, source="test")
    store.append("coarse", "5m", {name: addition(name, part) for name, part in coarse.items()}, source="test")
    return store.bars(list(coarse), "5m", adjust="none"), store.bars(list(fine), "1m", adjust="none")


def test_each_fifth_minute_closes_a_bar(tmp_path: Path) -> None:
    fine = minutes(15)
    rows = align(*pair(tmp_path, {"A": fine}, {"A": together(fine, 5)}))
    assert rows.dtype == np.int64
    assert rows.tolist() == [-1, -1, -1, -1, 0, -1, -1, -1, -1, 1, -1, -1, -1, -1, 2]


def test_the_last_minutes_may_be_missing(tmp_path: Path) -> None:
    """Minutes 3 and 4 had no trade: the bar is known after minute 2, before minute 5 opens."""
    fine = at_minutes([0, 1, 2, 5, 9])
    assert align(*pair(tmp_path, {"A": fine}, {"A": together(fine, 5)})).tolist() == [-1, -1, 0, -1, 1]


def test_symbols_with_other_minutes(tmp_path: Path) -> None:
    """A lacks minute 4 and B minutes 0 to 4: rows are the union, 0 to 9, and so are the coarse ones."""
    one, other = at_minutes([0, 1, 2, 3, 5, 9]), minutes(5, start=5)
    coarse = {"A": together(one, 5), "B": together(other, 5)}
    rows = align(*pair(tmp_path, {"A": one, "B": other}, coarse))
    assert rows.tolist() == [-1, -1, -1, 0, -1, -1, -1, -1, 1]


def test_days_of_an_exchange_and_its_minutes(tmp_path: Path) -> None:
    """The generated minutes of 2023, put together to days: 250 sessions, each known with its last minute."""
    store = Store(tmp_path)
    install_synthetic(store)
    fine = store.bars(["AAPL", "MSFT"], "1m", start="2023-06-30", end="2023-07-05")
    coarse = fine.resample("1d")
    rows = align(coarse, fine)
    known = np.flatnonzero(rows >= 0)
    assert known.tolist() == [389, 389 + 210, 389 + 210 + 390]
    np.testing.assert_array_equal(gather(fine).close_time_ns[known], gather(coarse).close_time_ns)
    assert rows[known].tolist() == [0, 1, 2]


def changed(columns: Columns, name: str, row: int, by: float) -> Columns:
    values = np.array(getattr(columns, name))
    values[row] *= by
    return columns._replace(**{name: values})


@pytest.mark.parametrize(("name", "row", "by"), [("high", 7, 1.01), ("low", 3, 0.99), ("high", 14, 1.00011)])
def test_a_price_outside_of_the_coarse_bar_is_the_first_named(tmp_path: Path, name: str, row: int, by: float) -> None:
    fine = minutes(20)
    coarse = together(fine, 5)
    fine = changed(changed(fine, name, row, by), name, 17, by)
    bars = pair(tmp_path, {"A": fine}, {"A": coarse})
    first = f"2020-01-01 00:{row:02}:00Z to 2020-01-01 00:{row + 1:02}:00Z"
    with pytest.raises(DisagreementError, match=rf"A: the finer bar from {first}, low .* leaves the range of the bar"):
        align(*bars)
    assert len(align(*bars, tolerance=0.011)) == 20


def test_rounding_is_no_disagreement(tmp_path: Path) -> None:
    fine = changed(minutes(10), "high", 4, 1 + 9e-7)
    assert align(*pair(tmp_path, {"A": fine}, {"A": together(minutes(10), 5)})).max() == 1


@pytest.mark.parametrize(
    ("fine", "coarse", "words"),
    [
        (minutes(10), together(minutes(15), 5), "the bar from 2020-01-01 00:10:00Z .* holds no finer bar: read both"),
        (at_minutes([0, 10]), together(minutes(15), 5), "the bar from 2020-01-01 00:05:00Z .* holds no finer bar"),
        (minutes(15), together(minutes(10), 5), "finer bar from 2020-01-01 00:10:00Z .* lies within no coarse bar"),
        (minutes(15), together(minutes(10, 5), 5), "finer bar from 2020-01-01 00:00:00Z .* lies within no coarse bar"),
        (at_minutes([0, 5, 10]), together(at_minutes([0, 10]), 5), "00:05:00Z to .* lies within no coarse bar"),
    ],
)
def test_another_span_is_refused(tmp_path: Path, fine: Columns, coarse: Columns, words: str) -> None:
    with pytest.raises(DisagreementError, match=words):
        align(*pair(tmp_path, {"A": fine}, {"A": coarse}))


def test_a_finer_bar_over_the_edge_is_refused() -> None:
    def bars(opens: list[int], closes: list[int], interval: str) -> Bars:
        stamps = {"open_time": opens, "close_time": closes}
        frame: dict[str, Any] = {
            name: np.array([START + at * MINUTE for at in times]).astype("M8[ns]") for name, times in stamps.items()
        }
        frame |= {name: [1.0] * len(opens) for name in ("open", "high", "low", "close")}
        return Bars.from_frame(frame, interval=interval)

    coarse = bars([0, 5], [5, 10], "5m")
    assert align(coarse, bars([0, 3, 6], [3, 5, 9], "3m")).tolist() == [-1, 0, 1]
    with pytest.raises(DisagreementError, match="00:03:00Z to 2020-01-01 00:06:00Z lies within no coarse bar"):
        align(coarse, bars([0, 3, 6], [3, 6, 9], "3m"))


def test_what_can_not_be_compared_is_refused(tmp_path: Path) -> None:
    fine = minutes(10)
    both = {"A": together(fine, 5), "B": together(fine, 5)}
    coarse, finer = pair(tmp_path, {"A": fine, "B": fine}, both)
    with pytest.raises(DisagreementError, match="the symbols are A, B and B, A: read the same in one order"):
        align(coarse, Store(tmp_path).bars(["B", "A"], "1m", adjust="none"))
    with pytest.raises(DisagreementError, match="bars of 5m are not finer than those of 1m"):
        align(finer, coarse)
    with pytest.raises(DisagreementError, match="adjust is 'none' and 'split'"):
        align(coarse, Store(tmp_path).bars(["A", "B"], "1m"))
    Store(tmp_path / "s").append("s", "1m", {"A": addition("A", fine), "B": addition("B", fine)}, source="t",
                                 synthetic=True)  # fmt: skip
    with pytest.raises(DisagreementError, match="the 5m bars are real, those of 1m synthetic: they are never mixed"):
        align(coarse, Store(tmp_path / "s").bars(["A", "B"], adjust="none"))


def test_actions_must_be_known_to_both(tmp_path: Path) -> None:
    """A split known to one dataset alone would fill at other prices than were decided on."""
    day = 24 * 60
    fine = minutes(2 * day)
    store = Store(tmp_path)
    store.append("fine", "1m", {"A": Addition(Instrument("A"), fine)}, source="test")
    store.append("coarse", "5m", {"A": Addition(Instrument("A"), together(fine, 5))}, source="test")
    paid = Action(date(2020, 1, 2), "dividend", 0.5)
    store.add_actions({"A": [paid, Action(date(2020, 1, 2), "split", 2.0)]}, "coarse")
    with pytest.raises(DisagreementError, match=r"of the 5m bars, .*value=0.5\), are not those of the 1m bars, none"):
        align(store.bars("A", "5m"), store.bars("A", "1m"))
    store.add_actions({"A": [paid]}, "fine")
    with pytest.raises(DisagreementError, match="leaves the range of the bar"):
        align(store.bars("A", "5m"), store.bars("A", "1m"))
    store.add_actions({"A": [Action(date(2020, 1, 2), "split", 2.0)]}, "fine")
    kinds: tuple[Adjust, ...] = ("none", "split", "total")
    for adjust in kinds:
        rows = align(store.bars("A", "5m", adjust=adjust), store.bars("A", "1m", adjust=adjust))
        assert np.count_nonzero(rows >= 0) == 2 * day // 5


def test_closes_without_a_finer_bar_between_them_are_refused(tmp_path: Path) -> None:
    """A's bar closes at minute 5, B's at minute 6, and neither has a minute from 3 on."""
    one, other = minutes(3), at_minutes([1, 2])
    late = together(other, 5)
    late = late._replace(open_time=late.open_time + MINUTE, close_time=late.close_time + MINUTE)
    with pytest.raises(DisagreementError, match=r"close at 2020-01-01 00:05:00Z and .* 00:06:00Z, and no bar of 1m"):
        align(*pair(tmp_path, {"A": one, "B": other}, {"A": together(one, 5), "B": late}))
