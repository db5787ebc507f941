"""Profit, position and the market's middle over the time of a tick run."""

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from lockstep.analytics.plots.style import EQUITY, GROSS, NEUTRAL, Marked, dress
from lockstep.analytics.plots.thin import thin
from lockstep.data.instrument import Instrument

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Records = npt.NDArray[np.void]


class Traded(Marked, Protocol):
    """A history, or the result of a run over it."""

    @property
    def instrument(self) -> Instrument:
        """What was traded."""


def account_chart(view: Traded, samples: Records, initial: float) -> "Figure":
    """Return profit, position and middle of SAMPLE[n], one above the other; ``initial`` is the cash at the start."""
    from plotly.graph_objects import Scatter
    from plotly.subplots import make_subplots

    figure: Any = make_subplots(rows=3, cols=1, shared_xaxes=True, vertical_spacing=0.05, row_heights=[0.5, 0.25, 0.25])
    dress(figure, view, "Account", 560)
    instrument = view.instrument
    rows = (
        ("profit", samples["equity"] - initial, EQUITY, "linear"),
        ("position", samples["position"] * instrument.lot, GROSS, "hv"),
        ("middle", samples["middle"] * instrument.tick, NEUTRAL, "hv"),
    )
    times = np.ascontiguousarray(samples["time_ns"]).view("datetime64[ns]")
    for row, (name, values, colour, shape) in enumerate(rows, start=1):
        kept = thin(np.asarray(values, np.float64))
        line = {"width": 1.5, "color": colour, "shape": shape}
        figure.add_trace(Scatter(x=times[kept], y=values[kept], mode="lines", line=line, name=name), row=row, col=1)
        figure.update_yaxes(title_text=name, row=row, col=1)
    figure.update_layout(showlegend=False).update_yaxes(automargin=True, tickformat=",.6~f")
    return figure
