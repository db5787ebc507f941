"""A metric over two parameters of sets that are no grid: points, coloured by the metric."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lockstep.analytics.plots.search.choose import best_and_even, chosen_text
from lockstep.analytics.plots.search.look import colours, numeric, picture, star
from lockstep.analytics.plots.search.searched import Searched, word
from lockstep.analytics.plots.style import label
from lockstep.errors import SearchViewError

if TYPE_CHECKING:
    import numpy.typing as npt
    from plotly.graph_objects import Figure

POINTS = 4000


def set_scatter(
    search: Searched, x: str | None = None, y: str | None = None, at: Mapping[str, Any] | None = None
) -> "Figure":
    """Return the sets of all symbols and policies as points over two parameters, the best drawn last.

    ``at`` keeps the sets, symbols and policies with these values only. Each point tells its other parameters.
    """
    from plotly.graph_objects import Scatter

    across, up = sides(search, x, y)
    cells = drawn(search, at or {}, POINTS)
    total = int(np.isfinite(search.scores).sum())
    kept = ", ".join(f"only {label(name)} {label(word(value))}" for name, value in (at or {}).items())
    notes = (search.verdict, kept, chosen_text(len(cells), total, "sets with a value"))
    figure = picture(search, f"{search.title} by {across} and {up}", notes, height=560)
    marker = {"color": search.scores.flat[cells], "coloraxis": "coloraxis", "size": 8 if len(cells) < 800 else 6}
    figure.add_trace(
        Scatter(
            x=numeric(search.column(across, cells)),
            y=numeric(search.column(up, cells)),
            mode="markers",
            marker=marker,
            text=hovers(search, cells),
            hovertemplate="%{text}<extra></extra>",
        )
    )
    if search.winner is not None and search.winner in cells:
        one = np.array([search.winner])
        place = {"x": numeric(search.column(across, one)), "y": numeric(search.column(up, one))}
        hover = f"{search.verdict}<extra></extra>"
        figure.add_trace(Scatter(**place, mode="markers", name="winner", marker=star(), hovertemplate=hover))
    figure.update_layout(coloraxis=colours(search, search.title), showlegend=False)
    return figure.update_xaxes(title_text=label(across)).update_yaxes(title_text=label(up))


def sides(search: Searched, x: str | None, y: str | None) -> tuple[str, str]:
    """Return the parameters of the two sides: the first two unless given."""
    for name in (x, y):
        if name is not None and name not in search.parameters:
            raise SearchViewError(f"expected one of the parameters {', '.join(search.parameters)}, found {name!r}")
    rest = [name for name in search.parameters if name not in (x, y)]
    return x or rest.pop(0), y or rest.pop(0)


def drawn(search: Searched, at: Mapping[str, Any], limit: int) -> "npt.NDArray[np.intp]":
    """Return the flattened cells to draw, the worst first, so that the best lie on top."""
    scores = search.scores.ravel()
    if at:
        every = np.arange(scores.size)
        for name, value in at.items():
            if name not in (*search.runs, *search.parameters):
                known = ", ".join((*search.runs, *search.parameters))
                raise SearchViewError(f"at: expected names among {known}, found {name!r}")
            scores = np.where(search.column(name, every) == value, scores, np.nan)
    cells = best_and_even(scores, limit, lowest=search.lowest)
    order = np.argsort(scores[cells], kind="stable")
    return cells[order[::-1] if search.lowest else order]


def hovers(search: Searched, cells: "npt.NDArray[np.intp]") -> list[str]:
    """Return what each cell tells: its symbol, its parameters and its score."""
    told = [name for name in search.runs if search.dataset.sizes[name] > 1]
    columns = {name: search.column(name, cells) for name in (*told, *search.parameters)}
    lines = [
        "<br>".join(f"{label(name)} {label(word(value))}" for name, value in zip(columns, row, strict=True))
        for row in zip(*columns.values(), strict=True)
    ]
    scores = search.scores.flat[cells]
    return [f"{line}<br><b>{search.title} {one:{search.format}}</b>" for line, one in zip(lines, scores, strict=True)]
