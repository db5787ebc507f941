"""How a metric is distributed over all sets, and what of the winner is luck."""

import math
from typing import TYPE_CHECKING

import numpy as np

from lockstep.analytics.overfitting import OverfittingReport
from lockstep.analytics.plots.search.look import WASHED, WINNER, picture, say_nothing
from lockstep.analytics.plots.search.searched import Floats, Searched, searched
from lockstep.analytics.plots.style import EQUITY, LOSS, NEUTRAL

if TYPE_CHECKING:
    import xarray as xr
    from plotly.graph_objects import Figure

BINS = 80
_WORDS = 0.075
"""Share of the height that a row of words takes."""


def score_distribution(
    dataset: "xr.Dataset", metric: str = "sharpe", report: OverfittingReport | None = None, *, lowest: bool = False
) -> "Figure":
    """Return the number of sets by their score, the winner marked.

    With the search's overfitting report, and for the Sharpe ratio, so are what the best of as many trials without
    skill shows on average, and what it exceeds in 3 of 100 searches. Scores far below all others are counted in the
    picture's first bar, with a note.
    """
    search = searched(dataset, metric, lowest=lowest)
    known = search.scores[np.isfinite(search.scores)]
    if not known.size:
        return say_nothing(picture(search, f"{search.title} of all sets"), f"No set has a {search.title}")
    low, high = _range(search, known)
    outside = int(np.count_nonzero((known < low) | (known > high)))
    far = f"{outside:,} sets lie beyond the {'right' if lowest else 'left'} end" if outside else ""
    title = f"{search.title} of {known.size:,} sets"
    figure = picture(search, title, (search.verdict, far), height=420)
    _bars(figure, search, np.clip(known, low, high), (low, high))
    marks = [(float(known.min() if lowest else known.max()), f"winner {{:{search.format}}}", WINNER)]
    if report is not None and metric == "sharpe":
        marks.append((report.chance_sharpe, "best of pure luck, on average {:.2f}", NEUTRAL))
        marks.append((report.needed_sharpe, "luck exceeds this in 3 of 100 searches {:.2f}", LOSS))
    _mark(figure, marks, -1 if lowest else 1)
    figure.update_xaxes(title_text=search.title, tickformat=search.ticks)
    return figure.update_yaxes(title_text="sets")


def _range(search: Searched, known: Floats) -> tuple[float, float]:
    """Return what is shown: all of it, but the losing tail ends where it is far longer than the rest is wide."""
    low, high = float(known.min()), float(known.max())
    inner_low, inner_high = (float(value) for value in np.quantile(known, (WASHED / 2, 1.0 - WASHED / 2)))
    width = 3.0 * (inner_high - inner_low)
    if search.lowest:
        return low, min(high, inner_high + width) if width else high
    return max(low, inner_low - width) if width else low, high


def _bars(figure: "Figure", search: Searched, values: Floats, ends: tuple[float, float]) -> None:
    from plotly.graph_objects import Bar

    bins = max(5, min(BINS, math.isqrt(values.size) * 2))
    counts, edges = np.histogram(values, bins, ends if ends[0] < ends[1] else None)
    span = "%{customdata[0]:" + search.format + "} to %{customdata[1]:" + search.format + "}"
    figure.add_trace(
        Bar(
            x=(edges[1:] + edges[:-1]) / 2,
            y=counts,
            width=np.diff(edges) * 0.94,
            marker={"color": EQUITY},
            customdata=np.column_stack((edges[:-1], edges[1:])),
            hovertemplate=f"{span}<br><b>%{{y:,}} sets</b><extra></extra>",
            showlegend=False,
        )
    )


def _mark(figure: "Figure", marks: list[tuple[float, str, str]], side: int) -> None:
    """Mark scores by lines, each with words on a row of its own.

    The outermost line is the longest, and words stand on its inner side, so that none crosses another's words.
    """
    known = sorted((mark for mark in marks if math.isfinite(mark[0])), key=lambda mark: -side * mark[0])
    for row, (x, text, colour) in enumerate(known):
        top = 1.0 - _WORDS * row
        line = {"color": colour, "width": 1.8, "dash": "solid" if colour == WINNER else "dash"}
        figure.add_shape(type="line", x0=x, x1=x, y0=0, y1=top, yref="paper", line=line)
        place = {"yref": "paper", "y": top, "yanchor": "top", "xanchor": "right" if side > 0 else "left"}
        font = {"color": colour, "size": 12}
        figure.add_annotation(x=x, text=text.format(x), showarrow=False, font=font, xshift=-5 * side, **place)
    highest = max(figure.data[0].y)
    # Bars end below the words.
    figure.update_yaxes(range=[0, highest / (1.0 - _WORDS * len(known) - 0.02)])
