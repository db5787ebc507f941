"""Plots of a run: each takes a `RunView` and returns a plotly figure."""

from lockstep.analytics.plots.bands_chart import bands, fan, intervals
from lockstep.analytics.plots.combined import figure
from lockstep.analytics.plots.distribution_chart import distribution
from lockstep.analytics.plots.drawdown_chart import drawdown
from lockstep.analytics.plots.equity_chart import equity, strategies
from lockstep.analytics.plots.exposure_chart import exposure
from lockstep.analytics.plots.monthly_chart import monthly
from lockstep.analytics.plots.price_chart import price
from lockstep.analytics.plots.sharpe_chart import sharpe
from lockstep.analytics.plots.trades_chart import trades

__all__ = [
    "bands",
    "distribution",
    "drawdown",
    "equity",
    "exposure",
    "fan",
    "figure",
    "intervals",
    "monthly",
    "price",
    "sharpe",
    "strategies",
    "trades",
]
