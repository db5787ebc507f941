"""What speed is worth: profit and fills over latency."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lockstep.analytics.plots.style import EQUITY, NEUTRAL, Marked, dress

if TYPE_CHECKING:
    import polars as pl
    from plotly.graph_objects import Figure

MILLISECOND_NS = 1_000_000


def latency_chart(view: Marked, curve: "pl.DataFrame") -> "Figure":
    """Return profit and number of fills of a latency curve (columns latency_ns, profit, fills), one above the other.

    Latencies are far apart: the axis is logarithmic, with a latency of 0 to the left of all others.
    """
    from plotly.graph_objects import Scatter
    from plotly.subplots import make_subplots

    figure: Any = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.08)
    dress(figure, view, "What speed is worth", 480)
    latency = curve["latency_ns"].to_numpy() / MILLISECOND_NS
    x = _places(latency)
    for row, (name, colour) in enumerate((("profit", EQUITY), ("fills", NEUTRAL)), start=1):
        trace = Scatter(
            x=x, y=curve[name].to_numpy(), mode="lines+markers", line={"color": colour}, name=name, customdata=latency,
            hovertemplate="%{customdata:,.6~f} ms<br><b>%{y:,.6~f}</b><extra></extra>",
        )  # fmt: skip
        figure.add_trace(trace, row=row, col=1)
        figure.update_yaxes(title_text=name, row=row, col=1)
    figure.update_xaxes(type="log", tickvals=x, ticktext=[f"{each:,.6g}" for each in latency])
    figure.update_xaxes(title_text="latency of requests, reports and feed, ms", row=2, col=1)
    return figure


def _places(latency: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return where latencies stand on a logarithmic axis: those of 0 at a third of the least of the others."""
    above = latency[latency > 0.0]
    return np.where(latency > 0.0, latency, above.min() / 3.0 if len(above) else 1.0)
