"""A metric over one parameter, a line for each symbol or policy."""

from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from lockstep.analytics.plots.search.choose import best_and_even
from lockstep.analytics.plots.search.look import numeric, picture, star
from lockstep.analytics.plots.search.searched import Floats, Searched, word
from lockstep.analytics.plots.style import EQUITY, SERIES, label
from lockstep.analytics.plots.thin import thin

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

LINES = 9


def set_line(search: Searched) -> "Figure":
    """Return the metric over the only parameter. Of more than nine symbols (and policies), the best and some others."""
    from plotly.graph_objects import Scatter

    name = search.parameters[0]
    rows = search.scores.reshape(-1, search.scores.shape[-1])
    shown = _shown(rows, search.lowest)
    notes = (search.verdict, "" if len(shown) == len(rows) else f"{len(shown)} of {len(rows):,} lines drawn")
    figure = picture(search, f"{search.title} by {name}", notes, height=460)
    order = np.argsort(search.values(name), kind="stable")
    values = search.values(name)[order]
    for row, colour in zip(shown, cycle((EQUITY, *SERIES)), strict=False):
        # Without thinning each value; of very many the extremes of each piece stay.
        places = thin(rows[row][order])
        figure.add_trace(
            Scatter(
                x=numeric(values[places]),
                y=rows[row][order][places],
                mode="lines+markers" if len(places) <= 120 else "lines",
                name=label(_run(search, int(row))) or search.title,
                line={"color": colour, "width": 1.6},
                marker={"size": 5},
                showlegend=len(rows) > 1,
                hovertemplate=f"{label(name)} %{{x}}<br><b>%{{y:{search.format}}}</b>",
            )
        )
    if search.winner is not None:
        best = search.column(name, np.array([search.winner]))
        y, hover = [search.scores.flat[search.winner]], f"{search.verdict}<extra></extra>"
        mark = {"mode": "markers", "name": "winner", "marker": star(), "showlegend": False}
        figure.add_trace(Scatter(x=numeric(best), y=y, hovertemplate=hover, **mark))
    figure.update_xaxes(title_text=label(name))
    return figure.update_yaxes(title_text=search.title, tickformat=search.ticks)


def _shown(rows: Floats, lowest: bool) -> list[int]:
    best = np.full(len(rows), np.nan)
    known = np.isfinite(rows).any(axis=1)
    best[known] = np.nanmin(rows[known], axis=1) if lowest else np.nanmax(rows[known], axis=1)
    return [int(row) for row in best_and_even(best, LINES, lowest=lowest)]


def _run(search: Searched, row: int) -> str:
    """Return which policy and symbol a line is of."""
    shape = [search.dataset.sizes[name] for name in search.runs]
    places = np.unravel_index(row, shape) if shape else ()
    pairs = zip(search.runs, places, strict=True)
    return ", ".join(word(search.values(name)[place]) for name, place in pairs if search.dataset.sizes[name] > 1)
