"""The underwater chart: how far below its high equity stood, with the worst stretches shaded."""

from typing import TYPE_CHECKING

import polars as pl

from lockstep.analytics.plots.lines import draw_line
from lockstep.analytics.plots.style import LOSS, canvas
from lockstep.analytics.plots.underwater import drawdowns, underwater
from lockstep.analytics.view import RunView, wall_time

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SHADED = 3


def drawdown(view: RunView) -> "Figure":
    """Return drawdown over time; the three deepest stretches are shaded from their high to their recovery."""
    figure = canvas(view, "Drawdown")
    draw_drawdown(figure, view)
    return figure


def draw_drawdown(figure: "Figure", view: RunView, row: int = 1) -> None:
    """Draw into a row of a figure."""
    times, equity = view.equity["time"], view.equity["equity"].to_numpy()
    depth = pl.Series(underwater(equity, view.initial_equity))
    options = {"line": {"color": LOSS, "width": 1.2}, "fill": "tozeroy", "showlegend": False}
    draw_line(figure, view, times, depth, "Drawdown", row=row, hover=".2%", **options)
    worst = drawdowns(times, equity, view.initial_equity, SHADED)
    for peak, recovery in worst.select("peak_time", "recovery_time").iter_rows():
        ends = wall_time(pl.Series([peak, recovery or times[-1]], dtype=times.dtype), view.zone).to_numpy()
        figure.add_vrect(
            x0=ends[0], x1=ends[1], fillcolor=LOSS, opacity=0.12, line_width=0, layer="below", row=row, col=1
        )
    figure.update_yaxes(tickformat=".0%", rangemode="tozero", row=row, col=1)
