"""The shared look of a search's pictures: title and what stands under it, colours of scores, the winner's mark."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lockstep.analytics.plots.search.searched import Searched
from lockstep.analytics.plots.style import Marked, dress

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SCALE = "Viridis"
"""Dark is low and bright is high, also in print and for the colour-blind."""

EMPTY = "rgba(148, 160, 178, 0.28)"
"""What lies under cells without a result."""

WINNER = "#ff2d6f"
WASHED = 0.02
"""Colours end at this quantile on the losing side, so that a few ruined sets don't wash out all the others."""

_TICKS = 16


def picture(view: Marked, title: str, notes: Iterable[str] = (), *, height: int = 520) -> "Figure":
    """Return an empty figure with a title and, under it, what a reader has to know of the picture."""
    from plotly.graph_objects import Figure

    figure = Figure()
    dress(figure, view, title, height)
    told = "; ".join(note for note in notes if note)
    figure.update_layout(title_subtitle={"text": told, "font": {"size": 12}}, margin_t=92, margin_b=58)
    return figure


def say_nothing(figure: "Figure", text: str) -> "Figure":
    """Write in the middle of an empty figure why there is nothing to see."""
    place = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5, "showarrow": False}
    figure.add_annotation(text=text, font={"size": 14, "color": "#94a0b2"}, **place)
    return figure.update_xaxes(visible=False).update_yaxes(visible=False)


def colours(search: Searched, name: str) -> dict[str, Any]:
    """Return the colour axis for scores: the losing end is cut off at a quantile, the other is the winner."""
    known = search.scores[np.isfinite(search.scores)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if search.lowest:
        high = float(np.quantile(known, 1.0 - WASHED)) if known.size else high
    else:
        low = float(np.quantile(known, WASHED)) if known.size else low
    if not low < high:
        low, high = low - 0.5, high + 0.5
    bar = {"title": {"text": name, "side": "right"}, "tickformat": search.ticks, "thickness": 14, "outlinewidth": 0}
    return {"cmin": low, "cmax": high, "colorscale": SCALE, "reversescale": search.lowest, "colorbar": bar}


def star(size: int = 17) -> dict[str, Any]:
    """Return the marker of the winner."""
    return {"symbol": "star", "size": size, "color": WINNER, "line": {"color": "#ffffff", "width": 1.4}}


def ticks(texts: tuple[str, ...]) -> dict[str, Any]:
    """Return an axis with one cell a value, evenly spaced, of which at most sixteen are labelled."""
    step = -(-len(texts) // _TICKS)
    order = {"type": "category", "categoryorder": "array", "categoryarray": texts}
    return {**order, "tickvals": texts[::step], "showgrid": False, "zeroline": False}


def numeric(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return an axis' values as plotly draws them: truths as words, numbers as they are."""
    return values.astype(str) if values.dtype.kind not in "fiu" else values
