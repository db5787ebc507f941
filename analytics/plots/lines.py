"""One line of a chart over time, thinned for display."""

from typing import TYPE_CHECKING, Any

import polars as pl

from lockstep.analytics.plots.thin import thin
from lockstep.analytics.view import RunView, wall_time

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def draw_line(
    figure: "Figure",
    view: RunView,
    times: pl.Series,
    values: pl.Series,
    name: str,
    *,
    row: int = 1,
    hover: str = ",.2f",
    **options: Any,
) -> None:
    """Draw values over times; rows without a value are left out. ``hover`` is the number's d3 format."""
    from plotly.graph_objects import Scatter

    known = pl.DataFrame({"time": times, "value": values.cast(pl.Float64)}).drop_nulls().drop_nans()
    shown = known[thin(known["value"].to_numpy())]
    trace = Scatter(
        x=wall_time(shown["time"], view.zone).to_numpy(),
        y=shown["value"].to_numpy(),
        name=name,
        mode="lines",
        hovertemplate="%{x}<br><b>%{y:" + hover + "}</b>",
        **options,
    )
    figure.add_trace(trace, row=row, col=1)
