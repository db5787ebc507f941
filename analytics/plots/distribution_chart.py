"""How returns were distributed."""

from typing import TYPE_CHECKING

import numpy as np

from lockstep.analytics.plots.periods import daily_returns
from lockstep.analytics.plots.style import GAIN, LOSS, NEUTRAL, canvas, say
from lockstep.analytics.view import RunView

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MOST_BINS = 80


def distribution(view: RunView) -> "Figure":
    """Return the histogram of daily returns, with their mean and their 5 % quantile."""
    from plotly.graph_objects import Bar

    figure = canvas(view, "Distribution of daily returns")
    values = daily_returns(view)["return"].drop_nulls().drop_nans().to_numpy()
    if len(values) < 2 or not np.ptp(values):
        say(figure, "Fewer than two different daily returns")
        return figure
    bins = min(len(np.histogram_bin_edges(values, "auto")) - 1, MOST_BINS)
    counts, edges = np.histogram(values, max(bins, 5))
    middles = (edges[1:] + edges[:-1]) / 2
    trace = Bar(
        x=middles,
        y=counts,
        width=np.diff(edges) * 0.94,
        marker={"color": np.where(middles < 0, LOSS, GAIN).tolist()},
        customdata=np.column_stack((edges[:-1], edges[1:])),
        hovertemplate="%{customdata[0]:.2%} to %{customdata[1]:.2%}<br><b>%{y} days</b><extra></extra>",
        showlegend=False,
    )
    figure.add_trace(trace)
    _line(figure, float(values.mean()), "mean", "top right")
    _line(figure, float(np.quantile(values, 0.05)), "5 % quantile", "top left")
    figure.update_xaxes(tickformat=".1%", title_text="daily return")
    figure.update_yaxes(title_text="days")
    return figure


def _line(figure: "Figure", x: float, name: str, position: str) -> None:
    text = f"{name} {x:.3%}"
    line = {"line_dash": "dash", "line_color": NEUTRAL, "line_width": 1.2}
    figure.add_vline(x=x, annotation_text=text, annotation_position=position, **line)
