"""How long messages took, read off the records of orders and requests.

No message overtakes an earlier one about the same order, in a simulator as on a line: one that may have waited for its
predecessor says nothing about its own delay, and is left out.
"""

import numpy as np
import numpy.typing as npt

from lockstep.kernels.ticks.tables import Action, OrderState

_NONE = -(1 << 62)
"""Before all times, by no more than int64 holds."""

Records = npt.NDArray[np.void]
Integers = npt.NDArray[np.int64]


def submit_delays(orders: Records) -> Integers:
    """Return the delays of TICK_ORDER[n] on their way to the exchange: nothing goes before a submission."""
    sent = orders[orders["arrived_ns"] > 0]
    return np.asarray(sent["arrived_ns"] - sent["sent_ns"])


def request_delays(requests: Records, action: Action) -> Integers:
    """Return the delays of REQUEST[n] of one kind, of those sent when all before about the order had arrived."""
    r = requests[np.lexsort((requests["sent_ns"], requests["order"]))]
    follows = np.zeros(len(r), bool)
    follows[1:] = r["order"][1:] == r["order"][:-1]
    # None overtakes another, so that the one right before arrived last.
    before = np.where(follows, np.roll(r["arrived_ns"], 1), _NONE)
    free = r[(r["kind"] == action) & (before <= r["sent_ns"])]
    return np.asarray(free["arrived_ns"] - free["sent_ns"])


def report_delays(orders: Records, fills: Records, requests: Records | None = None) -> Integers:
    """Return how long the exchange's word of each order's end took to the strategy.

    Of ends that came so long after any report before them about the same order that it must have been heard: after more
    than the longest delay of all.
    """
    heard = orders[(orders["heard_ns"] > 0) & (orders["arrived_ns"] > 0)]
    delays = np.asarray(heard["heard_ns"] - heard["ended_ns"])
    if not len(heard):
        return delays
    before = _report_before(heard, fills, requests)
    sure: Integers = delays[heard["ended_ns"] - before > delays.max()]
    return sure


def _report_before(orders: Records, fills: Records, requests: Records | None) -> Integers:
    """Return when the exchange sent the last report before that of an order's end; _NONE for none."""
    # An order that rests is acknowledged as it arrives.
    before = np.where(orders["ended_ns"] > orders["arrived_ns"], orders["arrived_ns"], _NONE)
    rows = {int(order): k for k, order in enumerate(orders["id"])}
    last: dict[int, int] = {}
    for fill in fills[np.isin(fills["order"], orders["id"])]:
        row = rows[int(fill["order"])]
        if row in last:
            before[row] = max(before[row], last[row])
        last[row] = int(fill["time_ns"])
    for row, time_ns in last.items():
        if orders["state"][row] != OrderState.FILLED:  # the last fill of a filled order is its end
            before[row] = max(before[row], time_ns)
    for request in () if requests is None else requests[np.isin(requests["order"], orders["id"])]:
        row = rows[int(request["order"])]
        if request["kind"] == Action.REPLACE and request["arrived_ns"] <= orders["ended_ns"][row]:
            before[row] = max(before[row], int(request["arrived_ns"]))
    return before
