"""Where the price went after own fills: makers and takers apart."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lockstep.analytics.plots.style import GAIN, LOSS, canvas, say
from lockstep.analytics.ticks.costs import FillCosts, mean_per_unit
from lockstep.data.ticks.ticks import Ticks

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Floats = npt.NDArray[np.float64]
WIDE = 1.96
"""Standard errors to each side of a mean that hold it in 95 % of cases."""


def markout_chart(ticks: Ticks, fills: npt.NDArray[np.void], costs: FillCosts) -> "Figure":
    """Return the mean gain per unit of TICK_FILL[n] at each horizon, at 0 s half the spread, bars of 95 %.

    Fills of one moment hang together, so that the bars are too short where many are.
    """
    from plotly.graph_objects import Scatter

    figure = canvas(ticks, "What fills gained", height=380)
    if not len(fills):
        say(figure, "No fills")
        return figure
    gains = {0.0: -costs.against_fill, **costs.markouts}
    labels = [f"{horizon:g} s" for horizon in gains]
    maker = fills["maker"] != 0
    for name, chosen, colour in (("as maker", maker, GAIN), ("as taker", ~maker, LOSS)):
        if not chosen.any():
            continue
        means = [mean_per_unit(values[chosen], costs.quantity[chosen]) for values in gains.values()]
        errors = [WIDE * _error(values[chosen], costs.quantity[chosen]) for values in gains.values()]
        bar: Any = {"type": "data", "array": errors, "thickness": 1.2, "width": 6}
        figure.add_trace(
            Scatter(x=labels, y=means, error_y=bar, mode="lines+markers", line={"color": colour, "width": 2}, name=name)
        )
    figure.add_hline(y=0.0, line={"width": 1, "color": "#94a0b2", "dash": "dot"})
    figure.update_layout(showlegend=True).update_yaxes(title_text="gain per unit")
    figure.update_xaxes(title_text="after the fill", type="category")
    return figure


def _error(values: Floats, quantity: Floats) -> float:
    """Return the standard error of a mean weighted by quantity, nan for fewer than two values."""
    known = np.isfinite(values)
    weight = np.abs(quantity[known])
    if len(weight) < 2:
        return float("nan")
    off = values[known] - mean_per_unit(values, quantity)
    return float(np.sqrt(((weight * off) ** 2).sum()) / weight.sum())
