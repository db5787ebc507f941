"""A metric over two parameters in three dimensions."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lockstep.analytics.plots.search.choose import chosen_text
from lockstep.analytics.plots.search.controls import SOLID, add_controls, gated
from lockstep.analytics.plots.search.look import WINNER, colours, numeric, picture, say_nothing
from lockstep.analytics.plots.search.searched import Searched, held_text, searched
from lockstep.analytics.plots.search.set_scatter import drawn, hovers, sides
from lockstep.analytics.plots.search.slices import Axis, Slices, slices_of
from lockstep.analytics.plots.style import label

if TYPE_CHECKING:
    import xarray as xr
    from plotly.graph_objects import Figure

SIDE, SLICES, POINTS = 100, 48, 4000
"""Smaller than a heat map's: each surface is kept by the graphics card."""


def surface(
    dataset: "xr.Dataset",
    metric: str = "sharpe",
    *,
    x: str | None = None,
    y: str | None = None,
    at: Mapping[str, Any] | None = None,
    lowest: bool = False,
) -> "Figure":
    """Return the metric as height over two parameters; holes where it has no value, the winner marked.

    Up to two further dimensions have a slider or a list, the others are held at the winner or by ``at``. Sets that are
    no grid are points. With one parameter there is no surface, and the picture says so. Raises SearchViewError as
    ``heat_map``.
    """
    search = searched(dataset, metric, lowest=lowest)
    if len(search.parameters) == 1:
        return say_nothing(picture(search, f"{search.title} in three dimensions"), "A surface needs two parameters")
    if search.winner is None:
        return say_nothing(picture(search, f"{search.title} in three dimensions"), f"No set has a {search.title}")
    if search.sparse:
        return _points(search, x, y, at or {})
    return _surfaces(search, slices_of(search, x, y, at, controls=len(SOLID), side=SIDE, slices=SLICES))


def _surfaces(search: Searched, slices: Slices) -> "Figure":
    across, up = slices.across, slices.up
    notes = (search.verdict, held_text(slices.held), *(label(note) for note in slices.notes))
    figure = picture(search, f"{search.title} over {across.name} and {up.name}", notes, height=580)
    states = list(slices.states())
    for state in states:
        figure.add_trace(_surface(search, slices, state))
    if slices.winner is not None:
        figure.add_trace(_mark(search, slices))
        states.append(slices.start)
    _scene(figure, search, (across.name, up.name), {"xaxis": _labels(across), "yaxis": _labels(up)})
    add_controls(figure, SOLID, slices.controls, states)
    return figure


def _surface(search: Searched, slices: Slices, state: tuple[int, ...]) -> Any:
    from plotly.graph_objects import Scatter3d, Surface

    values = slices.values[state]
    if not np.isfinite(values).any():
        # A surface of holes alone can't be drawn.
        return Scatter3d(x=[], y=[], z=[], **_of_points(slices, state))
    place = f"{label(slices.across.name)} %{{x}}<br>{label(slices.up.name)} %{{y}}"
    return Surface(
        x=np.arange(values.shape[1]),
        y=np.arange(values.shape[0]),
        z=values.astype(np.float32),
        coloraxis="coloraxis",
        connectgaps=False,
        hovertemplate=f"{place}<br><b>%{{z:{search.format}}}</b><extra></extra>",
        **gated(SOLID, slices.controls, state),
    )


def _mark(search: Searched, slices: Slices) -> Any:
    from plotly.graph_objects import Scatter3d

    x, y = slices.winner or (0, 0)
    return Scatter3d(
        x=[x],
        y=[y],
        z=[search.scores.flat[search.winner or 0]],
        mode="markers",
        name="winner",
        marker={"symbol": "diamond", "size": 7, "color": WINNER, "line": {"color": "#ffffff", "width": 1}},
        hovertemplate=f"{search.verdict}<extra></extra>",
        **_of_points(slices, slices.start),
    )


def _of_points(slices: Slices, state: tuple[int, ...]) -> dict[str, Any]:
    """Return the attributes of points among the surfaces; they have no surface to hide, and plotly ignores that."""
    found = gated(SOLID, slices.controls, state)
    found.pop("hidesurface", None)
    return found


def _labels(axis: Axis) -> dict[str, Any]:
    step = -(-len(axis.texts) // 8)
    places = list(range(0, len(axis.texts), step))
    # Of several values drawn as one the first: both ends are too long to stand beside one another.
    return {"tickvals": places, "ticktext": [label(axis.texts[place].partition(" to ")[0]) for place in places]}


def _scene(figure: "Figure", search: Searched, names: tuple[str, str], axes: Mapping[str, Any]) -> None:
    titles = dict(zip(("xaxis", "yaxis", "zaxis"), (*names, search.title), strict=True))
    scene: dict[str, Any] = {
        axis: {"title": {"text": label(text)}, "backgroundcolor": "rgba(0,0,0,0)", **axes.get(axis, {})}
        for axis, text in titles.items()
    }
    scene["zaxis"]["tickformat"] = search.ticks
    view = {"aspectmode": "manual", "aspectratio": {"x": 1.25, "y": 1.25, "z": 0.75}}
    eye = {"eye": {"x": 1.25, "y": -1.25, "z": 0.8}, "center": {"x": 0, "y": 0, "z": -0.15}}
    figure.update_layout(coloraxis=colours(search, search.title), scene={**scene, **view, "camera": eye})
    figure.update_layout(showlegend=False)


def _points(search: Searched, x: str | None, y: str | None, at: Mapping[str, Any]) -> "Figure":
    from plotly.graph_objects import Scatter3d

    across, up = sides(search, x, y)
    cells = drawn(search, at, POINTS)
    notes = (search.verdict, chosen_text(len(cells), int(np.isfinite(search.scores).sum()), "sets with a value"))
    figure = picture(search, f"{search.title} over {across} and {up}", notes, height=580)
    scores = search.scores.flat[cells]
    figure.add_trace(
        Scatter3d(
            x=numeric(search.column(across, cells)),
            y=numeric(search.column(up, cells)),
            z=scores,
            mode="markers",
            marker={"size": 3, "color": scores, "coloraxis": "coloraxis"},
            text=hovers(search, cells),
            hovertemplate="%{text}<extra></extra>",
        )
    )
    _scene(figure, search, (across, up), {})
    return figure
