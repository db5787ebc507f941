"""Pictures of trading on ticks."""

from lockstep.analytics.plots.ticks.account_chart import account_chart
from lockstep.analytics.plots.ticks.book_map import book_map
from lockstep.analytics.plots.ticks.latency_chart import latency_chart
from lockstep.analytics.plots.ticks.markout_chart import markout_chart
from lockstep.analytics.plots.ticks.queue_chart import queue_chart

__all__ = ["account_chart", "book_map", "latency_chart", "markout_chart", "queue_chart"]
