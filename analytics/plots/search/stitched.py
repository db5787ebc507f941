"""The equity of the tests, one after the other: nothing of it was seen when its parameters were chosen."""

from typing import TYPE_CHECKING

import polars as pl

from lockstep.analytics.plots.search.look import picture, say_nothing
from lockstep.analytics.plots.search.windows import Windows
from lockstep.analytics.plots.style import EQUITY, NEUTRAL
from lockstep.analytics.plots.thin import thin

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SHADED = 60
"""With more windows than this their tests are not told apart by shading."""


def stitched_equity(windows: Windows) -> "Figure":
    """Return the stitched equity out of sample; every second test is shaded."""
    from plotly.graph_objects import Scatter

    known = windows.equity.with_columns(pl.col("equity").cast(pl.Float64)).drop_nulls().drop_nans("equity")
    if known.is_empty():
        return say_nothing(picture(windows, "Equity out of sample"), "No equity out of sample")
    equity = known["equity"]
    note = "" if windows.gained is None else f"{windows.gained:+.1%} from first to last"
    figure = picture(windows, "Equity out of sample", (note,), height=400)
    shown = known[thin(equity.to_numpy())]
    figure.add_trace(
        Scatter(
            x=shown["time"].cast(pl.Datetime("ms")).to_numpy(),
            y=shown["equity"].to_numpy(),
            mode="lines",
            name="Equity out of sample",
            line={"color": EQUITY, "width": 1.8},
            showlegend=False,
            hovertemplate="%{x}<br><b>%{y:,.2f}</b><extra></extra>",
        )
    )
    _shade(figure, windows)
    return figure.update_xaxes(type="date").update_layout(margin_b=36)


def _shade(figure: "Figure", windows: Windows) -> None:
    tests = windows.frame.select(pl.col("test_start", "test_end").cast(pl.Datetime("ms"))).drop_nulls()
    if len(tests) > SHADED:
        return
    for start, end in tests.sort("test_start")[1::2].iter_rows():
        figure.add_vrect(x0=start, x1=end, fillcolor=NEUTRAL, opacity=0.10, line_width=0, layer="below")
