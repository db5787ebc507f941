"""How much was in the market."""

from typing import TYPE_CHECKING

import polars as pl

from lockstep.analytics.plots.lines import draw_line
from lockstep.analytics.plots.style import GROSS, NET, canvas
from lockstep.analytics.view import RunView

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def exposure(view: RunView) -> "Figure":
    """Return gross and net position value as fractions of equity over time."""
    figure = canvas(view, "Exposure")
    draw_exposure(figure, view)
    return figure


def draw_exposure(figure: "Figure", view: RunView, row: int = 1) -> None:
    """Draw into a row of a figure; rows without equity left are not drawn."""
    for column, colour in (("gross", GROSS), ("net", NET)):
        share = view.equity.select(pl.when(pl.col("equity") > 0).then(pl.col(column) / pl.col("equity"))).to_series()
        options = {
            "line": {"color": colour, "width": 1.2, "shape": "hv"},
            "fill": "tozeroy" if column == "gross" else "none",
        }
        draw_line(figure, view, view.equity["time"], share, column.capitalize(), row=row, hover=".1%", **options)
    figure.update_yaxes(tickformat=".0%", row=row, col=1)
