"""Parallel coordinates: a line a set, through its parameters and its metrics."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lockstep.analytics.plots.search.choose import best_and_even, chosen_text
from lockstep.analytics.plots.search.look import colours, picture, say_nothing
from lockstep.analytics.plots.search.searched import Searched, format_of, metrics_of, searched, title_of, word
from lockstep.analytics.plots.style import label

if TYPE_CHECKING:
    import xarray as xr
    from plotly.graph_objects import Figure

LINES = 2000
SHOWN = ("sharpe", "total_return", "max_drawdown", "win_rate", "trades")
"""Metrics beside the parameters, as far as the search has them."""

_NAMED = 14


def parallel_coordinates(
    dataset: "xr.Dataset",
    metric: str = "sharpe",
    *,
    metrics: Sequence[str] | None = None,
    lowest: bool = False,
    lines: int = LINES,
) -> "Figure":
    """Return parameters and metrics as parallel axes, a line for each set, coloured by ``metric``.

    Drag along an axis to keep the lines that pass there. ``metrics``: axes beside the parameters. Of more than
    ``lines`` sets the best half and an even choice of the others are drawn; sets without a value in one of the axes
    are left out. Raises SearchViewError for unknown metrics.
    """
    search = searched(dataset, metric, lowest=lowest)
    names = _metrics(dataset, metric, metrics)
    columns = {name: searched(dataset, name).scores.ravel() for name in names}
    known = np.logical_and.reduce([np.isfinite(column) for column in columns.values()])
    cells = best_and_even(np.where(known, search.scores.ravel(), np.nan), lines, lowest=lowest)
    without = int(np.count_nonzero(np.isfinite(search.scores.ravel()) & ~known))
    left_out = f"{without:,} sets without a value on one of the axes left out" if without else ""
    notes = (search.verdict, chosen_text(len(cells), int(known.sum())), left_out)
    figure = picture(search, f"{search.title}: parameters and metrics of each set", notes, height=500)
    if not len(cells):
        return say_nothing(figure, f"No set has a {search.title}")
    # The best drawn last, over the others.
    scores = search.scores.flat[cells]
    cells = cells[np.argsort(-scores if lowest else scores, kind="stable")]
    _draw(figure, search, cells, {name: column[cells] for name, column in columns.items()})
    return figure


def _metrics(dataset: "xr.Dataset", metric: str, asked: Sequence[str] | None) -> list[str]:
    """Return the metric that colours and then the others, those without any value left out unless asked for."""
    if asked is not None:
        return list(dict.fromkeys((metric, *asked)))
    known = [name for name in SHOWN if name in metrics_of(dataset) and np.isfinite(dataset[name].values).any()]
    return list(dict.fromkeys((metric, *known)))


def _draw(
    figure: "Figure", search: Searched, cells: npt.NDArray[np.intp], columns: dict[str, npt.NDArray[np.float64]]
) -> None:
    from plotly.graph_objects import Parcoords

    told = [name for name in search.runs if search.dataset.sizes[name] > 1]
    axes = [_named(search, name, cells) for name in (*told, *search.parameters)]
    axes += [
        {"label": label(title_of(name)), "values": column, "tickformat": format_of(name)}
        for name, column in columns.items()
    ]
    line = {"color": search.scores.flat[cells], "coloraxis": "coloraxis"}
    figure.add_trace(Parcoords(dimensions=axes, line=line, labelangle=-18, labelside="top"))
    # Names of axes stand slanted above them, the mark of synthetic data above those.
    figure.update_annotations(yshift=80, selector={"name": "synthetic"})
    figure.update_layout(coloraxis=colours(search, search.title), margin={"t": 170, "l": 70, "r": 40})


def _named(search: Searched, name: str, cells: npt.NDArray[np.intp]) -> dict[str, Any]:
    """Return one axis: numbers on their scale, anything else and short lists of values each with its own name."""
    values = search.column(name, cells)
    every = np.unique(search.values(name))
    if values.dtype.kind not in "fiu":
        places = np.searchsorted(every, values)
        return {"label": label(name), "values": places, **_ticks(np.arange(len(every)), every)}
    if len(every) > _NAMED:
        return {"label": label(name), "values": values}
    return {"label": label(name), "values": values, **_ticks(every, every)}


def _ticks(places: npt.NDArray[Any], values: npt.NDArray[Any]) -> dict[str, Any]:
    step = -(-len(values) // 40)
    return {"tickvals": places[::step], "ticktext": [label(word(value)) for value in values[::step]]}
