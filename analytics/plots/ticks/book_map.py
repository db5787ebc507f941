"""The book over time as a heat map, with own orders and fills in it."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lockstep.analytics.plots.style import GAIN, LOSS, canvas, label
from lockstep.analytics.ticks.market import Moments, market_at
from lockstep.data.ticks.ticks import Ticks

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

COLUMNS = 600
LEVELS = 15
MOST_ORDERS = 2_000
"""Own orders drawn at most: more would hide the book."""
BEST = "#1e293b"
"""Best prices, dark enough to stand out of the sizes."""
LARGE, SMALL = 11, 5
MANY_FILLS = 200
"""Marks are large up to so many fills: beyond, they would hide the book."""
MOST_ROWS = 400
"""Rows of the map at most; where prices went through more ticks, each row is the sum over some."""
OUTSIDE = 0.002
"""Share of the levels at either end that may lie outside of the map."""

Records = npt.NDArray[np.void]


def book_map(
    ticks: Ticks, fills: Records | None = None, orders: Records | None = None, *, start_ns: int | None = None,
    end_ns: int | None = None, columns: int = COLUMNS, levels: int = LEVELS,
) -> "Figure":  # fmt: skip
    """Return a heat map of displayed sizes (darker is larger), best prices, TICK_ORDER[n] as lines, fills as marks.

    Without fills and orders it is a picture of the book alone.
    """
    first, last = ticks.span
    times = np.linspace(start_ns or first, end_ns or last, columns).astype(np.int64)
    moments = market_at(ticks, times, levels)
    figure = canvas(ticks, f"Order book of {ticks.symbol}", height=560)
    _draw_sizes(figure, ticks, times, moments)
    _draw_best(figure, ticks, times, moments)
    if orders is not None:
        _draw_orders(figure, ticks, orders, times)
    if fills is not None:
        _draw_fills(figure, ticks, fills, times)
    figure.update_yaxes(title_text="price", tickformat=",.6~f")
    return figure


def _when(times: npt.NDArray[np.int64]) -> npt.NDArray[np.datetime64]:
    return np.ascontiguousarray(times).view("datetime64[ns]")


def _draw_sizes(figure: "Figure", ticks: Ticks, times: npt.NDArray[np.int64], moments: Moments) -> None:
    from plotly.graph_objects import Heatmap

    tick, lots, size = moments.depth[..., 0], moments.depth[..., 1], ticks.instrument.tick
    shown = tick[lots > 0]
    if not len(shown):
        return
    # Single orders far from the market must not squeeze it into a line.
    low, high = (int(edge) for edge in np.quantile(shown, [OUTSIDE, 1.0 - OUTSIDE]))
    step = (high - low) // MOST_ROWS + 1
    # A picture needs no more digits, and they are most of its page.
    sizes = np.zeros(((high - low) // step + 1, len(times)), np.float32)
    column = np.broadcast_to(np.arange(len(times))[:, None, None], tick.shape)
    seen = (lots > 0) & (tick >= low) & (tick <= high)
    np.add.at(sizes, ((tick[seen] - low) // step, column[seen]), lots[seen] * ticks.instrument.lot)
    sizes[sizes == 0.0] = np.nan
    prices = (low + np.arange(len(sizes)) * step + (step - 1) / 2) * size
    figure.add_trace(
        Heatmap(
            x=_when(times), y=prices, z=np.log10(sizes), customdata=sizes,
            colorscale="Blues", colorbar=_scale(sizes), name="size",
            hovertemplate="%{x}<br>%{y:,.6~f}: <b>%{customdata:,.6~f}</b><extra></extra>",
        )
    )  # fmt: skip
    figure.update_yaxes(range=[(low - 1) * size, (high + 1) * size])


def _scale(sizes: npt.NDArray[np.float32]) -> dict[str, Any]:
    """Return the key to the colours: sizes at whole powers of ten, at the ends where there are none."""
    low, high = (float(np.log10(end)) for end in (np.nanmin(sizes), np.nanmax(sizes)))
    powers = np.arange(np.ceil(low), np.floor(high) + 1.0)
    at = powers if len(powers) > 1 else np.unique([low, high])
    words = [f"{size:,.4g}" for size in 10.0**at]
    return {"title": {"text": "size"}, "thickness": 12, "outlinewidth": 0, "tickvals": at, "ticktext": words}


def _draw_best(figure: "Figure", ticks: Ticks, times: npt.NDArray[np.int64], moments: Moments) -> None:
    from plotly.graph_objects import Scatter

    for side, name in (("bid", "best bid"), ("ask", "best ask")):
        price = np.where(moments.rows[f"{side}_lots"] > 0, moments.rows[side] * ticks.instrument.tick, np.nan)
        line = {"width": 1.5, "color": BEST, "shape": "hv"}
        figure.add_trace(Scatter(x=_when(times), y=price, mode="lines", line=line, name=name))


def _draw_orders(figure: "Figure", ticks: Ticks, orders: Records, times: npt.NDArray[np.int64]) -> None:
    """Draw each order that rested from its arrival to its end; one trace a side, with gaps between orders."""
    from plotly.graph_objects import Scatter

    within = (orders["ended_ns"] >= times[0]) & (orders["arrived_ns"] <= times[-1]) & (orders["arrived_ns"] > 0)
    # Who took all or nothing has no place in the book, and at the market no price.
    rested = orders[within & (orders["ended_ns"] > orders["arrived_ns"])][-MOST_ORDERS:]
    for side, name, colour in ((0, "own bids", GAIN), (1, "own asks", LOSS)):
        mine = rested[rested["side"] == side]
        gap = np.full(len(mine), np.datetime64("NaT", "ns"))
        stay = (np.clip(mine[name], times[0], times[-1]) for name in ("arrived_ns", "ended_ns"))
        x = np.column_stack([*map(_when, stay), gap]).ravel()
        y = np.repeat(mine["tick"] * ticks.instrument.tick, 3)
        figure.add_trace(Scatter(x=x, y=y, mode="lines", line={"width": 2, "color": colour}, name=label(name)))


def _draw_fills(figure: "Figure", ticks: Ticks, fills: Records, times: npt.NDArray[np.int64]) -> None:
    from plotly.graph_objects import Scatter

    seen = fills[(fills["time_ns"] >= times[0]) & (fills["time_ns"] <= times[-1])]
    size = LARGE if len(seen) <= MANY_FILLS else SMALL
    marks = ((0, "bought", "triangle-up", GAIN), (1, "sold", "triangle-down", LOSS))
    for side, name, symbol, colour in marks:
        mine = seen[seen["side"] == side]
        marker: dict[str, Any] = {
            "symbol": symbol,
            "size": size,
            "color": colour,
            "line": {"width": 1, "color": "white"},
        }
        figure.add_trace(
            Scatter(
                x=_when(mine["time_ns"]), y=mine["tick"] * ticks.instrument.tick, mode="markers", marker=marker,
                name=name, customdata=np.column_stack([mine["lots"] * ticks.instrument.lot, mine["ahead_at_entry"]]),
                hovertemplate="%{x}<br><b>" + name + " %{customdata[0]:,.6~f}</b> at %{y:,.6~f}<br>"
                "%{customdata[1]:,.1f} lots were ahead<extra></extra>",
            )
        )  # fmt: skip
