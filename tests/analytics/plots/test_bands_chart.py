"""The fan and the intervals show every rung and lose no extreme."""

import numpy as np
import pytest
from tests.analytics.ladders import NAMES, with_bands
from tests.analytics.views import random_view, small_view

from lockstep.analytics import plots
from lockstep.analytics.plots.bands_chart import NOTHING, PIECES


def test_the_fan_holds_the_envelope_each_rung_and_the_reference() -> None:
    view = with_bands(random_view(300))
    assert view.bands is not None
    high, low, *rungs, reference = plots.fan(view).data
    np.testing.assert_array_equal(high.y, view.bands.envelope["high"].to_numpy())
    np.testing.assert_array_equal(low.y, view.bands.envelope["low"].to_numpy())
    assert low.fill == "tonexty"
    assert [trace.name for trace in rungs] == [NAMES[1], "&lt;b&gt;late&lt;/b&gt;", NAMES[3]]
    np.testing.assert_array_equal(reference.y, view.equity["equity"].to_numpy())


def test_a_long_envelope_is_thinned_and_keeps_its_extremes() -> None:
    view = with_bands(random_view(9000))
    assert view.bands is not None
    high, low, *_ = plots.fan(view).data
    assert len(high.x) == len(low.x) <= PIECES
    assert max(high.y) == view.bands.envelope["high"].max()
    assert min(low.y) == view.bands.envelope["low"].min()


def test_each_metric_has_its_bar_its_dots_and_the_reference() -> None:
    view = with_bands(random_view(60))
    assert view.bands is not None
    traces = plots.intervals(view).data
    assert len(traces) == 3 * len(view.bands.intervals)
    for number, interval in enumerate(view.bands.intervals[:-1]):
        bar, dots, mark = traces[3 * number : 3 * number + 3]
        values = list(interval.values.values())
        assert list(bar.x) == [min(values), max(values)]
        assert list(dots.x) == values
        assert list(mark.x) == values[:1]
        assert set(bar.y) == {interval.title}
    assert len(traces[-2].x) == 0  # no rung has a value


@pytest.mark.parametrize("chart", [plots.fan, plots.intervals, plots.bands])
def test_odd_runs_are_drawn_and_a_run_without_bands_says_so(chart: object) -> None:
    assert callable(chart)
    chart(with_bands(small_view([100.0]))).to_json()
    texts = [annotation.text for annotation in chart(random_view(20)).layout.annotations]
    assert NOTHING in texts
