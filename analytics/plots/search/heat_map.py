"""A metric over two parameters, with a slider or a list for each further dimension."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lockstep.analytics.plots.search.controls import FLAT, add_controls, gated
from lockstep.analytics.plots.search.look import EMPTY, colours, picture, say_nothing, star, ticks
from lockstep.analytics.plots.search.searched import Searched, held_text, searched
from lockstep.analytics.plots.search.set_line import set_line
from lockstep.analytics.plots.search.set_scatter import set_scatter
from lockstep.analytics.plots.search.slices import Slices, slices_of
from lockstep.analytics.plots.style import label

if TYPE_CHECKING:
    import xarray as xr
    from plotly.graph_objects import Figure

STATUS = ("no value", "left out by a condition", "refused by the strategy", "failed", "not run", "ruined", "given up")
"""What ``status`` of a cell without a value means, by its number."""

TOLD = 40_000
"""Of so many cells at most each empty one tells why it is empty."""


def heat_map(
    dataset: "xr.Dataset",
    metric: str = "sharpe",
    *,
    x: str | None = None,
    y: str | None = None,
    at: Mapping[str, Any] | None = None,
    lowest: bool = False,
) -> "Figure":
    """Return the metric as colour over two parameters (those with the most values unless ``x`` and ``y`` say others).

    Every further parameter has a slider and symbols and policies a list, up to four in all; they start at the winner,
    which is marked. ``at``, such as ``{"stop": 0.02}``, holds dimensions still; without a control they are held at
    the winner. Cells without a value stay grey and tell why. With one parameter the picture is a line, of a list of
    sets points. ``lowest``: the lowest value wins. Raises SearchViewError for names and values there are none of.
    """
    search = searched(dataset, metric, lowest=lowest)
    if len(search.parameters) == 1:
        return set_line(search)
    if search.sparse:
        return set_scatter(search, x, y, at)
    if search.winner is None:
        return say_nothing(picture(search, f"{search.title} over the parameters"), f"No set has a {search.title}")
    return _grid(search, slices_of(search, x, y, at))


def _grid(search: Searched, slices: Slices) -> "Figure":
    across, up = slices.across, slices.up
    notes = (search.verdict, held_text(slices.held), *(label(note) for note in slices.notes))
    figure = picture(search, f"{search.title} by {across.name} and {up.name}", notes, height=560)
    states = list(slices.states())
    for state in states:
        figure.add_trace(_slice(search, slices, state))
    if slices.winner is not None:
        figure.add_trace(_mark(search, slices))
        states.append(slices.start)
    figure.add_trace(_every_place(slices))
    width, height = len(across.texts), len(up.texts)
    figure.add_shape(
        type="rect", x0=-0.5, x1=width - 0.5, y0=-0.5, y1=height - 0.5, fillcolor=EMPTY, line_width=0, layer="below"
    )
    figure.update_layout(coloraxis=colours(search, search.title), showlegend=False)
    figure.update_xaxes(title_text=label(across.name), range=[-0.5, width - 0.5], **ticks(across.texts))
    figure.update_yaxes(title_text=label(up.name), range=[-0.5, height - 0.5], **ticks(up.texts))
    add_controls(figure, FLAT, slices.controls, states)
    return figure


def _every_place(slices: Slices) -> Any:
    """Return unseen points at each place of both sides: plotly drops a slice without values, and its places with it."""
    from plotly.graph_objects import Scatter

    x, y = slices.across.texts, slices.up.texts
    across, up = (*x, *(x[:1] * len(y))), (*(y[:1] * len(x)), *y)
    return Scatter(x=across, y=up, mode="markers", opacity=0.0, hoverinfo="skip", name="places")


def _slice(search: Searched, slices: Slices, state: tuple[int, ...]) -> Any:
    from plotly.graph_objects import Heatmap

    values = slices.values[state]
    across, up = slices.across, slices.up
    told = slices.values.size <= TOLD
    gap = 1 if max(values.shape) <= 60 else 0
    shown = "%{text}" if told else "%{z:" + search.format + "}"
    return Heatmap(
        z=values.astype(np.float32),
        x=across.texts,
        y=up.texts,
        text=_texts(search, slices, state) if told else None,
        coloraxis="coloraxis",
        xgap=gap,
        ygap=gap,
        hovertemplate=f"{_named(across.name, 'x')}<br>{_named(up.name, 'y')}<br><b>{shown}</b><extra></extra>",
        **gated(FLAT, slices.controls, state),
    )


def _named(name: str, letter: str) -> str:
    return f"{label(name)} %{{{letter}}}"


def _texts(search: Searched, slices: Slices, state: tuple[int, ...]) -> npt.NDArray[np.object_]:
    """Return each cell's value as text, or why it has none."""
    values = slices.values[state]
    status = np.zeros(values.shape, np.int8) if slices.status is None else slices.status[state]
    known = np.isfinite(values)
    texts: npt.NDArray[np.object_] = np.array(STATUS, object)[np.clip(status, 0, len(STATUS) - 1)]
    texts[known] = [f"{search.title} {value:{search.format}}" for value in values[known]]
    return texts


def _mark(search: Searched, slices: Slices) -> Any:
    from plotly.graph_objects import Scatter

    x, y = slices.winner or (0, 0)
    return Scatter(
        x=[slices.across.texts[x]],
        y=[slices.up.texts[y]],
        mode="markers",
        name="winner",
        marker=star(),
        hovertemplate=f"{search.verdict}<extra></extra>",
        **gated(FLAT, slices.controls, slices.start),
    )
