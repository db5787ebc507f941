"""The heat map: its slices, that controls choose exactly one, the winner, empty cells, lines and points."""

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.analytics.plots.search.datasets import grid, listed, nothing

from lockstep.analytics.plots.search import heat_map
from lockstep.analytics.plots.search.look import WINNER
from lockstep.analytics.plots.style import SYNTHETIC_MARK

if TYPE_CHECKING:
    import xarray as xr

GATES = {"visible": True, "opacity": 1.0, "xaxis": "x", "yaxis": "y"}


def press(traces: list[dict[str, Any]], step: Any) -> None:
    """What plotly does with a control's step: the method update sets each attribute of each named trace."""
    assert step.method == "update"
    change, _, numbers = step.args
    for name, values in change.items():
        for number, value in zip(numbers, values, strict=True):
            traces[number][name] = value


def seen(traces: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [
        trace
        for trace in traces
        if trace["type"] == kind and all(trace.get(name, value) == value for name, value in GATES.items())
    ]


def controls(figure: Any) -> list[tuple[str, Any]]:
    lists = [(menu.name, menu.buttons) for menu in figure.layout.updatemenus]
    return lists + [(slider.currentvalue.prefix[:-2], slider.steps) for slider in figure.layout.sliders]


@pytest.mark.parametrize(
    "data",
    [grid(4, 5), grid(3, 5, 2, where=True), grid(4, 5, 3, 2, runs={"policy": ["a", "b"], "symbol": ["X", "Y"]})],
    ids=["symbols", "three parameters", "four, symbols and policies"],
)
def test_controls_choose_exactly_one_slice(data: "xr.Dataset") -> None:
    figure = heat_map(data)
    traces = [{**trace.to_plotly_json()} for trace in figure.data]
    offered = controls(figure)
    further = ("policy", "symbol", "stop", "take")
    assert [name for name, _ in offered] == [name for name in further if data.sizes.get(name, 1) > 1]
    for places in itertools.product(*(range(len(steps)) for _, steps in offered)):
        # In turned order too: no control may depend on another.
        for (_, steps), place in reversed(list(zip(offered, places, strict=True))):
            press(traces, steps[place])
        at = {name: place for (name, _), place in zip(offered, places, strict=True)}
        expected = data["sharpe"].isel(at).transpose("slow", "fast")
        found = seen(traces, "heatmap")
        assert len(found) == 1
        across = [str(value) for value in data["fast"].values]
        table = np.asarray(found[0]["z"] if list(found[0]["x"]) == across else np.transpose(found[0]["z"]))
        np.testing.assert_allclose(table, expected, rtol=1e-6)


def test_the_picture_opens_at_the_winner_which_is_marked() -> None:
    data = grid(4, 5, 3, seed=3)
    figure = heat_map(data)
    traces = [trace.to_plotly_json() for trace in figure.data]
    shown = seen(traces, "heatmap")
    marks = [trace for trace in seen(traces, "scatter") if trace["name"] == "winner"]
    assert len(shown) == len(marks) == 1
    assert np.nanmax(shown[0]["z"]) == pytest.approx(float(data["sharpe"].max()), rel=1e-6)
    column, row = list(shown[0]["x"]).index(marks[0]["x"][0]), list(shown[0]["y"]).index(marks[0]["y"][0])
    assert shown[0]["z"][row, column] == np.nanmax(shown[0]["z"])
    assert marks[0]["marker"]["color"] == WINNER
    assert figure.layout.title.subtitle.text.startswith("winner ")


def test_empty_cells_are_gaps_over_a_grey_ground_and_say_why() -> None:
    figure = heat_map(grid(4, 5, where=True), x="fast", y="slow")
    trace = figure.data[0]
    assert np.isnan(trace.z[0]).all()
    assert trace.text[0][0] == "left out by a condition"
    assert trace.text[4][0].startswith("Sharpe ratio ")
    ground = figure.layout.shapes[0]
    assert (ground.x0, ground.x1, ground.y0, ground.y1) == (-0.5, 3.5, -0.5, 4.5)
    assert ground.layer == "below"


def test_a_symbol_without_a_value_keeps_its_axes() -> None:
    data = grid(4, 5)
    data["sharpe"][1] = np.nan
    places = heat_map(data, x="fast", y="slow").data[-1]
    assert set(places.x) == {"1", "2", "3", "4"}
    assert set(places.y) == {"1", "2", "3", "4", "5"}
    assert (places.visible, places.opacity, places.hoverinfo) == (None, 0.0, "skip")


def test_a_ruined_set_does_not_wash_out_the_others() -> None:
    data = grid(20, 20, runs={"portfolio": ["all"]})
    data["sharpe"][0, 3, 3] = -1e9
    axis = heat_map(data).layout.coloraxis
    assert axis.cmin > -4
    assert axis.cmax == float(data["sharpe"].max())


def test_one_parameter_is_a_line_for_each_symbol() -> None:
    figure = heat_map(grid(12))
    assert [trace.name for trace in figure.data] == ["AAPL", "MSFT", "winner"]
    assert len(figure.data[0].x) == 12
    many = heat_map(grid(5, runs={"symbol": [f"S{n}" for n in range(40)]}))
    assert len(many.data) == 10
    assert "9 of 40 lines drawn" in many.layout.title.subtitle.text


def test_a_list_of_sets_is_points() -> None:
    data = listed(300)
    figure = heat_map(data)
    assert [trace.type for trace in figure.data] == ["scatter", "scatter"]
    assert len(figure.data[0].x) == 600
    # The best is drawn last, over the others.
    assert figure.data[0].marker.color[-1] == float(data["sharpe"].max())
    assert "stop" in figure.data[0].text[0]
    kept = heat_map(data, x="slow", y="stop", at={"symbol": "MSFT", "fast": 3})
    wanted = int((data["fast"] == 3).sum())
    assert len(kept.data[0].x) == wanted > 0


def test_many_sets_are_thinned_with_a_note() -> None:
    figure = heat_map(listed(900, runs={"symbol": [f"S{n}" for n in range(10)]}))
    assert len(figure.data[0].x) == 4000
    assert "4,000 of 9,000 sets with a value drawn" in figure.layout.title.subtitle.text


def test_a_million_cells_make_a_small_picture() -> None:
    figure = heat_map(grid(1000, 1000, runs={"portfolio": ["all"]}))
    assert figure.data[0].z.shape == (200, 200)
    assert "each cell is the best of 5 values" in figure.layout.title.subtitle.text
    assert len(figure.to_json()) < 2_000_000


@pytest.mark.parametrize("sizes", [(4,), (4, 3), (4, 3, 2), (3, 3, 2, 2), (3, 2, 2, 2, 2), (2, 2, 2, 2, 2, 2)])
def test_one_to_six_parameters(sizes: tuple[int, ...]) -> None:
    figure = heat_map(grid(*sizes))
    assert figure.to_json()
    held = figure.layout.title.subtitle.text.count(" held at ")
    # Two sides, four controls (one for the symbol), and the rest.
    assert held == max(len(sizes) - 5, 0)


def test_nothing_to_see_is_said() -> None:
    for data in (nothing(), nothing().isel(slow=[0])):
        figure = heat_map(data)
        assert not figure.data
        assert figure.layout.annotations[0].text == "No set has a Sharpe ratio"


def test_names_stay_text_and_synthetic_data_is_marked() -> None:
    data = grid(3, 3, runs={"symbol": ["<b>X</b>", "Y"]}, source="synthetic")
    figure = heat_map(data)
    assert any(SYNTHETIC_MARK in (note.text or "") for note in figure.layout.annotations)
    assert "<b>X" not in figure.layout.title.subtitle.text + figure.layout.updatemenus[0].buttons[0].label
