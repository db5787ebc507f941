"""Trades: what each returned, by how long it was held."""

from typing import TYPE_CHECKING

import polars as pl

from lockstep.analytics.plots.style import GAIN, LOSS, NEUTRAL, canvas, label, say
from lockstep.analytics.plots.thin import spread
from lockstep.analytics.view import RunView, wall_time

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

POINTS = 4000
"""Of more trades, the half with the largest profits and losses and an even choice of the rest are drawn."""

_HOVER = "%{text}<br>%{customdata:,.0f} bars, <b>%{y:.2%}</b>, %{meta}<extra></extra>"


def trades(view: RunView) -> "Figure":
    """Return each trade's return over the bars it was held, winners, losers and open ones apart."""
    figure = canvas(view, "Trades by duration")
    shown = choose(view.trades, POINTS)
    if shown.is_empty():
        say(figure, "No trades")
        return figure
    is_open = pl.col("open")
    won = pl.col("pnl") > 0
    _draw(figure, view, shown.filter(~is_open & won), "Won", GAIN, "circle")
    _draw(figure, view, shown.filter(~is_open & ~won), "Lost", LOSS, "circle")
    _draw(figure, view, shown.filter(is_open), "Open at the end", NEUTRAL, "circle-open")
    figure.add_hline(y=0, line_width=1, line_color=NEUTRAL)
    figure.update_xaxes(title_text=_axis_title(len(shown), len(view.trades)))
    figure.update_yaxes(tickformat=".1%", title_text="return")
    return figure


def choose(trades: pl.DataFrame, limit: int) -> pl.DataFrame:
    """Return at most ``limit`` trades in order: the largest by |profit| and an even choice of the rest."""
    if len(trades) <= limit:
        return trades
    ranked = trades.with_row_index("row").sort(pl.col("pnl").abs(), descending=True, nulls_last=True)
    largest, rest = ranked.head(limit // 2), ranked.slice(limit // 2).sort("row")
    even = rest[spread(len(rest), limit - limit // 2)]
    return pl.concat([largest, even]).sort("row").drop("row")


def _draw(figure: "Figure", view: RunView, part: pl.DataFrame, name: str, colour: str, shape: str) -> None:
    from plotly.graph_objects import Scatter

    if part.is_empty():
        return
    trace = Scatter(
        x=part["bars"].to_numpy(),
        y=part["return"].cast(pl.Float64).to_numpy(),
        customdata=part["bars"].to_numpy(),
        text=_texts(part, view),
        meta=name.lower(),
        mode="markers",
        name=name,
        marker={"color": colour, "size": 7, "opacity": 0.7, "symbol": shape},
        hovertemplate=_HOVER,
    )
    figure.add_trace(trace)


def _texts(part: pl.DataFrame, view: RunView) -> list[str]:
    entries = wall_time(part["entry_time"], view.zone).dt.strftime("%Y-%m-%d %H:%M")
    rows = zip(part["direction"], part["symbol"], part["strategy"], entries, part["pnl"], strict=True)
    return [
        f"{label(side)} {label(symbol)}, {label(strategy)}<br>entered {entry}<br>profit {pnl or 0.0:,.2f}"
        for side, symbol, strategy, entry, pnl in rows
    ]


def _axis_title(shown: int, count: int) -> str:
    return "bars held" if shown == count else f"bars held ({shown:,} of {count:,} trades drawn)"
