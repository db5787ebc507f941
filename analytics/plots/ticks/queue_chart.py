"""What a place in the queue is worth: how much of the orders was filled, by the lots that were ahead."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lockstep.analytics.plots.style import EQUITY, canvas, say
from lockstep.data.ticks.ticks import Ticks

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

GROUPS = 8


def queue_chart(ticks: Ticks, orders: npt.NDArray[np.void]) -> "Figure":
    """Return the share filled of TICK_ORDER[n] that rested, in groups by their lots ahead at entry.

    Groups are of equally many but for orders with as much ahead, which stay together.
    """
    from plotly.graph_objects import Bar

    figure = canvas(ticks, "What a place in the queue is worth", height=380)
    rested = orders[(orders["arrived_ns"] > 0) & (orders["ended_ns"] > orders["arrived_ns"])]
    rested = rested[np.isfinite(rested["ahead_at_entry"])]
    if not len(rested):
        say(figure, "No order rested")
        return figure
    groups = _groups(rested[np.argsort(rested["ahead_at_entry"], kind="stable")])
    lot = ticks.instrument.lot
    edges = [(g["ahead_at_entry"][0] * lot, g["ahead_at_entry"][-1] * lot) for g in groups]
    figure.add_trace(
        Bar(
            x=[f"{low:,.6g}" if low == high else f"{low:,.6g} to {high:,.6g}" for low, high in edges],
            y=[float(g["filled"].sum() / g["lots"].sum()) for g in groups], marker_color=EQUITY, name="share filled",
            customdata=[len(g) for g in groups],
            hovertemplate="%{x} ahead<br><b>%{y:.1%}</b> of %{customdata} orders filled<extra></extra>",
        )
    )  # fmt: skip
    figure.update_yaxes(title_text="share filled", tickformat=".0%", rangemode="tozero")
    figure.update_xaxes(title_text="units ahead at entry", type="category")
    return figure


def _groups(rested: npt.NDArray[np.void]) -> list[npt.NDArray[np.void]]:
    ahead = rested["ahead_at_entry"]
    wished = np.flatnonzero(np.diff(np.arange(len(rested)) * GROUPS // len(rested))) + 1
    starts = np.unique(np.searchsorted(ahead, ahead[wished]))
    return np.split(rested, starts[starts > 0])
