"""Pictures of trading on ticks."""

from lockstep.analytics.plots.ticks.book_map import book_map
from lockstep.analytics.plots.ticks.latency_chart import latency_chart

__all__ = ["book_map", "latency_chart"]
