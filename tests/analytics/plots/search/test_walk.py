"""Pictures of a walk-forward's windows."""

import polars as pl
import pytest
from tests.analytics.plots.search.datasets import walk

from lockstep.analytics.plots.search import Windows, stitched_equity, timeline, window_scores
from lockstep.analytics.plots.search.window_scores import summary
from lockstep.errors import SearchViewError


@pytest.mark.parametrize("zone", [False, True])
def test_each_window_has_a_bar_for_training_and_one_for_its_test(zone: bool) -> None:
    windows = walk(6, zone=zone)
    figure = timeline(windows)
    train, test = figure.data
    assert list(train.y) == list(test.y) == [str(number) for number in range(1, 7)]
    # 730 days of 86,400,000 ms each, and 180.
    assert set(train.x) == {730 * 86_400_000}
    assert set(test.x) == {180 * 86_400_000}
    # 180 + 731 days after 2010-01-04.
    assert str(test.base[0])[:10] == "2012-07-03"
    words = [note.text for note in figure.layout.annotations]
    assert words[0] == "fast 1, slow 9   1.100 → <b>-0.350</b>"
    assert words[2].endswith("<b>–</b>")
    # The row's place, not its number: plotly would take a number for a place.
    assert [note.y for note in figure.layout.annotations] == list(range(6))


def test_windows_in_pieces_have_several_bars() -> None:
    windows = walk(3)
    pieces = Windows(frame=pl.concat([windows.frame, windows.frame[:1]]))
    figure = timeline(pieces)
    assert list(figure.data[0].y) == ["1", "2", "3", "1"]
    assert len(figure.layout.annotations) == 3
    assert len(pieces.each) == 3


def test_many_windows_are_thinned() -> None:
    figure = timeline(walk(300))
    assert len(figure.data[0].y) == 120
    assert figure.layout.title.subtitle.text == "120 of 300 windows drawn"
    assert not figure.layout.annotations


def test_scores_lie_beside_one_another() -> None:
    figure = window_scores(walk(6))
    ties, before, after = figure.data
    assert list(before.y) == pytest.approx([1.1, 1.2, 1.4, 1.5, 1.6])
    assert list(after.y) == pytest.approx([-0.35, -0.1, 0.4, 0.65, 0.9])
    assert len(ties.y) == 15
    # The medians of those five, and three of the tests are above 0.
    assert summary(walk(6)) == "median 1.400 and 0.400; above 0 out of sample in 3 of 5 windows"
    assert len(window_scores(walk(99)).data) == 2


def test_the_equity_is_stitched() -> None:
    figure = stitched_equity(walk(6))
    assert figure.layout.title.subtitle.text == "+50.0% from first to last"
    assert (figure.data[0].y[0], figure.data[0].y[-1]) == (100.0, 150.0)
    assert len(figure.layout.shapes) == 3
    assert len(stitched_equity(walk(50)).data[0].y) <= 4000


def test_nothing_to_see_is_said() -> None:
    empty = Windows(frame=walk(3).frame[:0])
    for draw, text in (
        (timeline, "No windows"),
        (window_scores, "No window has a score in training and in its test"),
        (stitched_equity, "No equity out of sample"),
    ):
        assert [note.text for note in draw(empty).layout.annotations] == [text]
    unscored = Windows(frame=walk(3).frame.with_columns(train_score=pl.lit(None), test_score=pl.lit(float("nan"))))
    assert unscored.scored.is_empty()
    assert timeline(unscored).layout.annotations[0].text == "fast 1, slow 9   – → <b>–</b>"


def test_what_is_missing_is_named() -> None:
    with pytest.raises(SearchViewError, match=r"frame must have the columns .*; test_score is missing"):
        Windows(frame=walk(2).frame.drop("test_score"))
    with pytest.raises(SearchViewError, match="equity is missing"):
        Windows(frame=walk(2).frame, equity=pl.DataFrame({"time": []}))
    with pytest.raises(SearchViewError, match="train_score must be numbers, found String"):
        Windows(frame=walk(2).frame.with_columns(train_score=pl.lit("1")))
