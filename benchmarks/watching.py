"""An order kernel that looks and does nothing: what a run alone costs and keeps."""

from typing import Any

from benchmarks.quoting import Nothing, Quoter

from lockstep.kernels.ticks.desk import Desk, best_bid, now, wake_at


class Watcher(Quoter):
    """Look at the market by the timer and send nothing: a run without records of orders."""

    title = "Watcher"

    @staticmethod
    def act(state: Nothing, desk: Desk, params: Any) -> Nothing:
        """Look, and ask to be woken again."""
        wake_at(desk, now(desk) + params.interval_ms * 1_000_000)
        return Nothing(state.none + best_bid(desk) % 2)
