"""A symbol's price with what was bought and sold."""

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from lockstep.analytics.plots.style import EQUITY, FALLING, GAIN, LOSS, RISING, canvas, label, say
from lockstep.analytics.plots.thin import spread, thin
from lockstep.analytics.view import RunView, wall_time

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

CANDLES = 600
"""Up to so many bars are drawn as candles; more would be too narrow to read, and are drawn as a line."""

MARKERS = 500
"""So many buys and so many sells of a symbol are marked at most, evenly spread over all of them."""

_FEW = 150

_FILL_HOVER = (
    "%{x}<br><b>%{meta} %{customdata[0]:,.6~f}</b> at %{y:,.6~f}<br>"
    "fee %{customdata[1]:,.2f}, realised %{customdata[2]:,.2f}<br>%{text}<extra></extra>"
)


def price(view: RunView, symbol: str | None = None) -> "Figure":
    """Return one symbol's prices with its fills; without ``symbol`` the one with most fills.

    Candles up to 600 bars, else the closes as a line. Hovering over a mark shows quantity, price, fee,
    realised profit and strategy.
    """
    chosen = symbol if symbol is not None else next(iter(view.traded_symbols), "")
    figure = canvas(view, f"Price and fills: {chosen}" if chosen else "Price and fills", height=520)
    draw_price(figure, view, chosen)
    return figure


def draw_price(figure: "Figure", view: RunView, symbol: str, row: int = 1, *, visible: bool = True) -> int:
    """Draw into a row of a figure and return the number of traces: 0, and a sentence, without bars."""
    bars = view.bars.filter(pl.col("symbol") == symbol)
    if bars.is_empty():
        say(figure, "No prices to show", row)
        return 0
    _draw_bars(figure, view, bars, symbol, row, visible)
    fills = view.fills.filter(pl.col("symbol") == symbol)
    _draw_fills(figure, view, fills.filter(pl.col("quantity") > 0), "Buy", row, visible)
    _draw_fills(figure, view, fills.filter(pl.col("quantity") < 0), "Sell", row, visible)
    figure.update_xaxes(rangeslider_visible=False, row=row, col=1)
    return 3


def _draw_bars(figure: "Figure", view: RunView, bars: pl.DataFrame, symbol: str, row: int, visible: bool) -> None:
    from plotly.graph_objects import Candlestick, Scatter

    common = {"name": label(symbol), "visible": visible}
    if len(bars) <= CANDLES:
        # Grey, so that the coloured marks of the fills stand out.
        prices = {column: bars[column].to_numpy() for column in ("open", "high", "low", "close")}
        colours = {
            f"{way}creasing": {"line": {"color": colour, "width": 1}, "fillcolor": colour}
            for way, colour in (("in", RISING), ("de", FALLING))
        }
        trace = Candlestick(x=_times(bars["close_time"], view), **prices, **colours, **common)
    else:
        shown = bars[thin(bars["close"].to_numpy())]
        trace = Scatter(
            x=_times(shown["close_time"], view),
            y=shown["close"].to_numpy(),
            line={"color": EQUITY, "width": 1.2},
            hovertemplate="%{x}<br>%{y:,.6~f}",
            **common,
        )
    figure.add_trace(trace, row=row, col=1)


def _draw_fills(figure: "Figure", view: RunView, fills: pl.DataFrame, side: str, row: int, visible: bool) -> None:
    from plotly.graph_objects import Scatter

    shown = fills[spread(len(fills), MARKERS)]
    numbers = (shown["quantity"].abs(), shown["fee"], shown["realised"])
    trace = Scatter(
        x=_times(shown["time"], view),
        y=shown["price"].to_numpy(),
        customdata=np.column_stack([column.cast(pl.Float64).to_numpy() for column in numbers]),
        text=[label(strategy) for strategy in shown["strategy"].to_list()],
        meta=side,
        mode="markers",
        name=side if len(shown) == len(fills) else f"{side} ({len(shown):,} of {len(fills):,} marked)",
        visible=visible,
        marker={
            "symbol": "triangle-up" if side == "Buy" else "triangle-down",
            "size": 10 if len(shown) <= _FEW else 6,
            "opacity": 0.9,
            "color": GAIN if side == "Buy" else LOSS,
        },
        hovertemplate=_FILL_HOVER,
    )
    figure.add_trace(trace, row=row, col=1)


def _times(times: pl.Series, view: RunView) -> "np.ndarray[tuple[int], np.dtype[np.datetime64]]":
    return wall_time(times, view.zone).to_numpy()
