"""Equity against the benchmark, and each strategy's own profit and loss."""

from itertools import cycle
from typing import TYPE_CHECKING

from lockstep.analytics.plots.lines import draw_line
from lockstep.analytics.plots.style import BENCHMARK, EQUITY, SERIES, canvas, label, money, say
from lockstep.analytics.view import RunView

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def equity(view: RunView) -> "Figure":
    """Return equity over time, and the benchmark's scaled to start with the same money."""
    figure = canvas(view, "Equity")
    draw_equity(figure, view)
    return figure


def draw_equity(figure: "Figure", view: RunView, row: int = 1) -> None:
    """Draw into a row of a figure."""
    times = view.equity["time"]
    known = view.equity["benchmark"].drop_nulls().drop_nans()
    if len(known) and known[0] > 0:
        benchmark = view.equity["benchmark"] * (view.initial_equity / known[0])
        line = {"color": BENCHMARK, "width": 1.3}
        draw_line(figure, view, times, benchmark, "Benchmark", row=row, line=line)
    line = {"color": EQUITY, "width": 1.8}
    draw_line(figure, view, times, view.equity["equity"], "Equity", row=row, line=line)
    figure.update_yaxes(title_text=money(view), row=row, col=1)


def strategies(view: RunView) -> "Figure":
    """Return each strategy's profit and loss over time: its own equity less what it began with."""
    figure = canvas(view, "Profit and loss by strategy")
    if not view.strategies:
        say(figure, "The run has no accounts of single strategies")
    for (name, frame), colour in zip(view.strategies.items(), cycle(SERIES), strict=False):
        gained = frame["equity"] - (frame["equity"][0] if len(frame) else 0.0)
        line = {"color": colour, "width": 1.5}
        draw_line(figure, view, frame["time"], gained, label(name), line=line)
    figure.update_yaxes(title_text=money(view))
    return figure
