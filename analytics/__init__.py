"""Readers: metrics, plots and reports of results."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lockstep.analytics.metrics.series import metrics_from_equity
    from lockstep.analytics.plots.ticks import account_chart, book_map, latency_chart, markout_chart, queue_chart

__all__ = [
    "account_chart",
    "book_map",
    "latency_chart",
    "markout_chart",
    "metrics_from_equity",
    "queue_chart",
]

_TICKS = "lockstep.analytics.plots.ticks"
_HOME = {
    **dict.fromkeys(("account_chart", "book_map", "latency_chart", "markout_chart", "queue_chart"), _TICKS),
    "metrics_from_equity": "lockstep.analytics.metrics.series",
}
"""Name -> the package it comes from, loaded when it is asked for."""

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"lockstep.analytics has no name {name!r}; it has {', '.join(__all__)}")
        value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value
