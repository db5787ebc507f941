"""Surface, parallel coordinates and the distribution of scores."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from tests.analytics.plots.search.datasets import grid, listed, nothing

from lockstep.analytics.plots.search import parallel_coordinates, score_distribution, surface
from lockstep.errors import SearchViewError

REPORT: Any = SimpleNamespace(chance_sharpe=2.5, needed_sharpe=3.5)


def test_a_surface_for_each_slice_and_one_is_seen() -> None:
    data = grid(4, 5, 3)
    figure = surface(data)
    surfaces = [trace for trace in figure.data if trace.type == "surface"]
    assert len(surfaces) == 6
    seen = [trace for trace in surfaces if trace.visible is not False and trace.hidesurface is not True]
    assert len(seen) == 1
    assert np.nanmax(seen[0].z) == pytest.approx(float(data["sharpe"].max()), rel=1e-6)
    mark = figure.data[-1]
    assert mark.type == "scatter3d"
    assert mark.z[0] == float(data["sharpe"].max())


def test_a_symbol_without_a_value_is_no_surface() -> None:
    data = grid(4, 5)
    data["sharpe"][1] = np.nan
    assert [trace.type for trace in surface(data).data] == ["surface", "scatter3d", "scatter3d"]


def test_surfaces_of_lists_lines_and_nothing() -> None:
    assert surface(listed(50)).data[0].type == "scatter3d"
    assert surface(grid(5)).layout.annotations[0].text == "A surface needs two parameters"
    assert surface(nothing()).layout.annotations[0].text == "No set has a Sharpe ratio"


def test_parallel_axes_are_parameters_and_metrics_thinned() -> None:
    data = grid(20, 30, 5, where=True)
    figure = parallel_coordinates(data)
    trace = figure.data[0]
    names = [axis.label for axis in trace.dimensions]
    assert names == ["symbol", "fast", "slow", "stop", "Sharpe ratio", "Total return", "Max drawdown", "Trades"]
    assert {len(axis["values"]) for axis in trace.dimensions} == {2000}
    count = int(np.isfinite(data["sharpe"]).sum())
    assert f"2,000 of {count:,} sets drawn" in figure.layout.title.subtitle.text
    # The best is drawn last, and each line goes through one cell's values.
    last = {axis.label: axis["values"][-1] for axis in trace.dimensions}
    best = data["sharpe"].where(data["sharpe"] == data["sharpe"].max(), drop=True)
    assert last["Sharpe ratio"] == best.item()
    assert (last["fast"], last["slow"], last["stop"]) == tuple(best[name].item() for name in ("fast", "slow", "stop"))
    assert trace.dimensions[0].ticktext[last["symbol"]] == best["symbol"].item()


def test_parallel_axes_can_be_chosen() -> None:
    trace = parallel_coordinates(grid(3, 4), "total_return", metrics=["trades"], lines=10).data[0]
    assert [axis.label for axis in trace.dimensions][-2:] == ["Total return", "Trades"]
    assert len(trace.line.color) == 10
    with pytest.raises(SearchViewError, match="found 'tradez'"):
        parallel_coordinates(grid(3, 4), metrics=["tradez"])


def test_sets_without_one_of_the_values_are_left_out() -> None:
    data = grid(3, 4)
    data["trades"][0] = np.nan
    figure = parallel_coordinates(data)
    assert len(figure.data[0].line.color) == 12
    assert figure.layout.title.subtitle.text.endswith("; 12 sets without a value on one of the axes left out")
    data["max_drawdown"][:] = np.nan
    assert "Max drawdown" not in [axis.label for axis in parallel_coordinates(data).data[0].dimensions]
    assert not parallel_coordinates(nothing()).data


def test_the_scores_are_counted_and_winner_and_luck_marked() -> None:
    data = grid(20, 30)
    figure = score_distribution(data, "sharpe", REPORT)
    assert sum(figure.data[0].y) == 1200
    lines = sorted(shape.x0 for shape in figure.layout.shapes)
    assert lines == sorted([float(data["sharpe"].max()), 2.5, 3.5])
    # The outermost is the longest, so that no line crosses another's words.
    longest = max(figure.layout.shapes, key=lambda shape: shape.x0)
    assert longest.y1 == 1.0
    texts = [note.text for note in figure.layout.annotations]
    assert any("pure luck, on average 2.50" in text for text in texts)


def test_luck_is_marked_for_the_sharpe_ratio_only() -> None:
    assert len(score_distribution(grid(9, 9), "total_return", REPORT).layout.shapes) == 1


@pytest.mark.parametrize("lowest", [False, True])
def test_a_long_losing_tail_is_counted_in_the_last_bar(lowest: bool) -> None:
    data = grid(30, 30, runs={"portfolio": ["all"]})
    data["sharpe"][0, 0, 0] = 1e9 if lowest else -1e9
    figure = score_distribution(data, lowest=lowest)
    assert sum(figure.data[0].y) == 900
    assert max(np.abs(figure.data[0].x)) < 100
    assert "1 sets lie beyond" in figure.layout.title.subtitle.text


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_equal_scores_are_one_bar(value: float) -> None:
    data = grid(3, 3)
    data["sharpe"][:] = value
    assert max(score_distribution(data).data[0].y) == 18
    assert score_distribution(nothing()).layout.annotations[0].text == "No set has a Sharpe ratio"
