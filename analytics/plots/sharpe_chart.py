"""The Sharpe ratio over a moving window of days."""

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from lockstep.analytics.plots.lines import draw_line
from lockstep.analytics.plots.periods import daily_returns
from lockstep.analytics.plots.style import EQUITY, NEUTRAL, canvas, say
from lockstep.analytics.view import RunView

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

WINDOW = 126
SHORTEST = 21


def sharpe(view: RunView, window: int | None = None) -> "Figure":
    """Return the rolling Sharpe ratio of daily returns, annualised.

    The window is half a year, 126 days, or a quarter of the run when that is shorter, but at least 21 days.
    """
    daily = daily_returns(view)
    days = window or max(SHORTEST, min(WINDOW, len(daily) // 4))
    figure = canvas(view, f"Rolling Sharpe ratio, {days} days")
    if len(daily) <= days:
        say(figure, f"Fewer than {days + 1} days")
        return figure
    draw_line(
        figure,
        view,
        daily["time"],
        rolling_sharpe(daily["return"], days, view.days_per_year, view.risk_free),
        "Sharpe",
        line={"color": EQUITY, "width": 1.5},
        showlegend=False,
    )
    figure.add_hline(y=0, line_width=1, line_color=NEUTRAL)
    return figure


def rolling_sharpe(returns: pl.Series, window: int, days_per_year: float, risk_free: float = 0.0) -> pl.Series:
    """Return sqrt(days a year) x mean / standard deviation (ddof 1) of the window's excess returns.

    Null before the first full window, and where the returns of a window are all alike.
    """
    excess = returns - ((1.0 + risk_free) ** (1.0 / days_per_year) - 1.0)
    mean, spread = excess.rolling_mean(window), excess.rolling_std(window, ddof=1)
    # Returns that are all alike leave rounding dust, not exactly zero.
    moved = returns.rolling_max(window) > returns.rolling_min(window)
    ratio = mean / spread * float(np.sqrt(days_per_year))
    return pl.select(pl.when(moved & (spread > 0)).then(ratio)).to_series()
