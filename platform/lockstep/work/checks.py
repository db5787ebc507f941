"""Requests for jobs, looked at before they are taken: what is wrong with one is said to whoever asks, at once."""

from collections.abc import Callable
from typing import Any

from lockstep.work import backtests, searches
from lockstep.work.desk import Desk

CHECKS: dict[str, Callable[[dict[str, Any]], None]] = {
    "backtest": backtests.check,
    "sweep": searches.check_sweep,
    "walk_forward": searches.check_walk_forward,
}


def check(body: dict[str, Any], _desk: Desk) -> dict[str, Any]:
    """Raise what is wrong with the ``request`` for a job of a ``kind``, as far as that is soon known."""
    CHECKS[body["kind"]](body["request"])
    return {}
