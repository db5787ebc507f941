"""A run under several fill policies: the fan of its equity, and an interval for each headline metric."""

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lockstep.analytics.bands import BandsView, IntervalView
from lockstep.analytics.plots.lines import draw_line
from lockstep.analytics.plots.style import EQUITY, NEUTRAL, canvas, dress, label, money, say
from lockstep.analytics.plots.thin import spread
from lockstep.analytics.view import RunView, wall_time

if TYPE_CHECKING:
    import polars as pl
    from plotly.graph_objects import Figure

Floats = npt.NDArray[np.float64]
ENVELOPE = "rgba(59, 130, 246, 0.16)"
RUNG = "rgba(148, 160, 178, 0.65)"
BAR = "rgba(59, 130, 246, 0.30)"
NOTHING = "The run was not tried under other fill policies"
PIECES = 1500
"""So many points of the envelope are drawn at most: of each piece the lowest and the highest value."""
_FAN_HEIGHT = 380
_ROW_HEIGHT = 52
_FORMATS = {"fraction": ".1%", "currency": ",.0f", "count": ",.0f", "ratio": ".2f", "days": ".1f"}


def fan(view: RunView) -> "Figure":
    """Return the reference's equity over the envelope of all rungs, each rung as a thin line."""
    figure = canvas(view, "Equity under other fill policies")
    draw_fan(figure, view)
    return figure


def intervals(view: RunView) -> "Figure":
    """Return one row per headline metric: its interval, each rung as a dot, the reference as a line."""
    from plotly.subplots import make_subplots

    rows = view.bands.intervals if view.bands else ()
    figure = make_subplots(rows=max(len(rows), 1), cols=1, vertical_spacing=0.45 / max(len(rows), 2))
    dress(figure, view, "Intervals of metrics", 120 + round(1.3 * _ROW_HEIGHT) * max(len(rows), 3))
    draw_intervals(figure, view)
    return figure


def bands(view: RunView) -> "Figure":
    """Return the fan and the intervals in one figure: what `Bands.plot()` shows."""
    from plotly.subplots import make_subplots

    count = max(len(view.bands.intervals) if view.bands else 0, 1)
    heights = (_FAN_HEIGHT, *(_ROW_HEIGHT for _ in range(count)))
    total = sum(heights)
    figure = make_subplots(rows=1 + count, cols=1, row_heights=heights, vertical_spacing=0.22 / (count + 1))
    dress(figure, view, f"{view.title} under other fill policies", round(total * 1.28) + 104)
    draw_fan(figure, view)
    draw_intervals(figure, view, 2)
    return figure


def draw_fan(figure: "Figure", view: RunView, row: int = 1) -> None:
    """Draw into a row of a figure."""
    from plotly.graph_objects import Scatter

    found = view.bands
    if found is None:
        say(figure, NOTHING, row)
        return
    times, low, high = _envelope(found)
    clock = wall_time(times, view.zone).to_numpy()
    edge = {"mode": "lines", "line": {"width": 0, "color": EQUITY}, "hoverinfo": "skip", "legendgroup": "envelope"}
    figure.add_trace(Scatter(x=clock, y=high, showlegend=False, **edge), row=row, col=1)
    figure.add_trace(
        Scatter(x=clock, y=low, name="All rungs", fill="tonexty", fillcolor=ENVELOPE, **edge), row=row, col=1
    )
    for name, frame in found.lines.items():
        thin = {"color": RUNG, "width": 0.8}
        draw_line(figure, view, frame["time"], frame["equity"], label(name), row=row, line=thin, showlegend=False)
    line = {"color": EQUITY, "width": 2.0}
    draw_line(figure, view, found.envelope["time"], found.envelope["reference"], "As given", row=row, line=line)
    figure.update_yaxes(title_text=money(view), row=row, col=1)


def _envelope(found: BandsView) -> "tuple[pl.Series, Floats, Floats]":
    """Return times, lowest and highest equity: of each piece of a long run its lowest and its highest."""
    low, high = (found.envelope[name].to_numpy() for name in ("low", "high"))
    starts = spread(len(low), PIECES)
    if len(starts) == len(low):
        return found.envelope["time"], low, high
    return found.envelope["time"][starts], np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)


def draw_intervals(figure: "Figure", view: RunView, first: int = 1) -> None:
    """Draw into rows of a figure, from ``first`` on."""
    if view.bands is None:
        say(figure, NOTHING, first)
        return
    for row, interval in enumerate(view.bands.intervals, first):
        _draw_interval(figure, interval, row)


def _draw_interval(figure: "Figure", one: IntervalView, row: int) -> None:
    from plotly.graph_objects import Scatter

    known = {rung: value for rung, value in one.values.items() if math.isfinite(value)}
    title = label(one.title)
    low, high = min(known.values(), default=math.nan), max(known.values(), default=math.nan)
    reference = next(iter(one.values.values()), math.nan)
    common = {"showlegend": False}
    bar = {"mode": "lines", "line": {"color": BAR, "width": 14}, "hoverinfo": "skip"}
    figure.add_trace(Scatter(x=[low, high], y=[title, title], **bar, **common), row=row, col=1)
    dots = Scatter(
        x=list(known.values()),
        y=[title] * len(known),
        customdata=[label(rung) for rung in known],
        mode="markers",
        marker={"color": NEUTRAL, "size": 6, "opacity": 0.8},
        hovertemplate="%{customdata}<br><b>%{x:" + _FORMATS.get(one.unit, ",.2f") + "}</b><extra></extra>",
        **common,
    )
    figure.add_trace(dots, row=row, col=1)
    mark = {"color": EQUITY, "symbol": "line-ns-open", "size": 18, "line": {"width": 2.5}}
    said = f"as given<br><b>{label(one.reference)}</b><extra></extra>"
    figure.add_trace(
        Scatter(x=[reference], y=[title], mode="markers", marker=mark, hovertemplate=said, **common), row=row, col=1
    )
    figure.update_yaxes(automargin=True, showgrid=False, zeroline=False, row=row, col=1)
    span = (high - low) or abs(reference) or 1.0
    limits = [low - 0.06 * span, high + 0.06 * span] if known else None
    figure.update_xaxes(
        tickformat=_FORMATS.get(one.unit, ",.2f"),
        range=limits,
        nticks=7,
        automargin=True,
        zeroline=True,
        row=row,
        col=1,
    )
