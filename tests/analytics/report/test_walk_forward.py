"""The page on a walk-forward."""

from pathlib import Path

import polars as pl
import pytest
from tests.analytics.plots.search.datasets import walk
from tests.analytics.report.browser import needs_chromium, open_page
from tests.analytics.report.test_page import Elements

from lockstep.analytics.plots.search import Windows
from lockstep.analytics.report.walk_forward import kept_share, render_walk_forward, write_walk_forward


def test_it_says_what_became_of_the_choices() -> None:
    text = render_walk_forward(walk(6), provenance={"data_hash": "<abc>"})
    words = " ".join(Elements(text).words)
    # Medians 1.4 and 0.4 of the five windows that have both scores: 29 %.
    assert (
        "Out of sample the Sharpe ratio was above 0 in 3 of 5 windows, its median 29% of that in training; "
        "the tests one after the other came to +50.00 %."
    ) in words
    for part in ("fast 6, slow 54", "2012-07-03", "data hash", "<abc>", "6 windows"):
        assert part in words, part
    assert 'class="judgement confident"' in text


@pytest.mark.parametrize(("tests", "kind"), [([-1.0, -1.0, 2.0], "chance"), ([None, None, None], "none")])
def test_a_walk_that_loses_warns(tests: list[float | None], kind: str) -> None:
    scores = pl.Series("test_score", tests, dtype=pl.Float64)
    windows = Windows(frame=walk(3).frame.with_columns(scores), equity=walk(3).equity)
    assert f'class="judgement {kind}"' in render_walk_forward(windows)


def test_nothing_promised_keeps_no_share() -> None:
    frame = walk(4).frame.with_columns(train_score=-1.0)
    assert kept_share(Windows(frame=frame)) is None
    assert kept_share(Windows(frame=frame[:0])) is None


def test_it_is_written_whole(tmp_path: Path) -> None:
    written = write_walk_forward(walk(3), tmp_path / "walk.html")
    assert written.read_text(encoding="utf-8") == render_walk_forward(walk(3))


@needs_chromium
@pytest.mark.parametrize("count", [0, 1, 6, 150])
def test_it_is_drawn_without_a_complaint(tmp_path: Path, count: int) -> None:
    page = tmp_path / "walk.html"
    made = walk(max(count, 1), source="synthetic")
    page.write_text(render_walk_forward(made if count else Windows(frame=made.frame[:0], source="synthetic")))
    opened = open_page(page, tmp_path / "profile")
    assert opened.console == []
    for key in ("stitched", "timeline", "outside"):
        drawn = opened.dom.partition(f'id="chart-{key}"')[2].partition("</figure>")[0]
        assert 'class="main-svg"' in drawn, key
        assert "SYNTHETIC DATA" in drawn, key
