"""The heat map of monthly returns."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lockstep.analytics.plots.periods import monthly_returns, yearly_returns
from lockstep.analytics.plots.style import GAIN, LOSS, canvas
from lockstep.analytics.view import RunView

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def monthly(view: RunView) -> "Figure":
    """Return a map with a row for each year, a column for each month, and the year's total at the right."""
    figure = canvas(view, "Monthly returns", height=120 + 34 * len(yearly_returns(view)))
    draw_monthly(figure, view)
    return figure


def draw_monthly(figure: "Figure", view: RunView, row: int = 1) -> None:
    """Draw into a row of a figure. Colours end at the largest month, so that years don't wash months out."""
    from plotly.graph_objects import Heatmap

    years, table = month_table(view)
    limit = float(np.nanmax(np.abs(table[:, :12]), initial=0.0)) or 0.01
    texts = [["" if np.isnan(value) else f"{value:+.1%}" for value in line] for line in table]
    trace = Heatmap(
        x=[*MONTHS, "Year"],
        y=[str(year) for year in years],
        z=table,
        text=texts,
        texttemplate="%{text}",
        hovertemplate="%{x} %{y}<br><b>%{z:.2%}</b><extra></extra>",
        colorscale=[[0.0, LOSS], [0.5, "#eef1f5"], [1.0, GAIN]],
        zmin=-limit,
        zmax=limit,
        xgap=2,
        ygap=2,
        showscale=False,
    )
    figure.add_trace(trace, row=row, col=1)
    figure.update_xaxes(type="category", side="bottom", showgrid=False, row=row, col=1)
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False, row=row, col=1)


def month_table(view: RunView) -> tuple[list[int], npt.NDArray[np.float64]]:
    """Return the years, and float64[years, 13]: the returns of the months and of the year; NaN for none."""
    totals = yearly_returns(view)
    years = totals["year"].to_list()
    table = np.full((len(years), 13), np.nan)
    for year, month, value in monthly_returns(view).drop_nulls().iter_rows():
        table[years.index(year), month - 1] = value
    table[:, 12] = totals["return"].cast(float).fill_null(np.nan).to_numpy()
    return years, table
