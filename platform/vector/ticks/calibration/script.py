"""Orders as they were sent, sent again: an order kernel that follows a script."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.kernels.order_terms import NEVER, NO_TICK, Force, OrderFlag, OrderType, Prevention
from lockstep.kernels.ticks.desk import cancel, now, order_at, replace_stop, submit, wake_at
from lockstep.kernels.ticks.tables import Action, OrderState
from lockstep.strategies.order_kernel import OrderKernel

PER_ACT = 32

Floats = npt.NDArray[np.float64]
Records = npt.NDArray[np.void]

TERMS = ("side", "type", "trigger", "tick", "lots", "force", "flags", "expiry_ns", "prevention", "display")
_CHANGED = ("tick", "lots", "trigger")
_LONGEST_NS = 1 << 53
"""Up to which a float64 counts every nanosecond."""
_UNTIL = (Force.GTD, Force.DAY)


class Script(NamedTuple):
    """What to do and when; one row of each array an instruction, ascending by time."""

    next: int
    start_ns: int
    when: Floats
    """float64[n] ns since ``start_ns``: exact for a hundred days"""
    what: Floats
    """Action"""
    order: Floats
    """which order, from 0 up in the order of submission"""
    side: Floats
    type: Floats
    trigger: Floats
    """ticks, of a trailing stop its distance; NO_TICK: a replacement leaves it as it is"""
    tick: Floats
    lots: Floats
    force: Floats
    flags: Floats
    expiry_ns: Floats
    """since ``start_ns``, of GTD orders"""
    prevention: Floats
    display: Floats
    rows: Floats
    """float64[orders]: where each order went"""


class Scripted(OrderKernel):
    """Sends, replaces and cancels orders at given times, and nothing else."""

    on_feed = False

    @staticmethod
    def init(_params: Any) -> Script:
        """Return a script with nothing in it: the one to follow is handed to the run."""
        empty = np.zeros(1)
        return Script(0, 0, *(empty.copy() for _ in range(14)))

    @staticmethod
    def act(state: Script, desk: Any, _params: Any) -> Script:
        """Do what is due, and wake when something is again."""
        k, done = state.next, 0
        moment = now(desk) - state.start_ns
        while k < state.when.size and state.when[k] <= moment and done < PER_ACT:
            order, action = int(state.order[k]), int(state.what[k])
            tick, lots = int(state.tick[k]), int(state.lots[k])
            if action == Action.SUBMIT:
                state.rows[order] = submit(
                    desk,
                    int(state.side[k]),
                    int(state.type[k]),
                    tick,
                    lots,
                    int(state.force[k]),
                    int(state.flags[k]),
                    state.start_ns + int(state.expiry_ns[k]),
                    int(state.trigger[k]),
                    int(state.prevention[k]),
                    int(state.display[k]),
                )
            elif order_at(desk, int(state.rows[order])).id == order + 1:  # its row may have another order by now
                if action == Action.REPLACE:
                    replace_stop(desk, int(state.rows[order]), int(state.trigger[k]), tick, lots)
                else:
                    cancel(desk, int(state.rows[order]))
            k += 1
            done += 1
        following = state.start_ns + int(state.when[k]) if k < state.when.size else NEVER
        wake_at(desk, max(following, now(desk)))
        return Script(
            k, state.start_ns, state.when, state.what, state.order, state.side, state.type, state.trigger, state.tick,
            state.lots, state.force, state.flags, state.expiry_ns, state.prevention, state.display, state.rows,
        )  # fmt: skip


def script_of(orders: Records, requests: Records | None = None) -> Script:
    """Return the script that sends TICK_ORDER[n] (ascending by arrival) again, each when it arrived.

    It cancels those that were canceled, when the exchange ended them, and replaces those that REQUEST[m] says were
    replaced; without requests orders are sent with the terms that they had in the end. Those that run out do so by
    themselves: an order ends before what happens in the market at that moment, which no request could bring about.
    """
    start, rows = int(orders["arrived_ns"].min()), np.arange(len(orders))
    ended = np.flatnonzero(orders["state"] == OrderState.CANCELED)
    first, changed, changes = _terms(orders, requests)
    first["expiry_ns"] = np.where(first["force"] == Force.GTD, first["expiry_ns"] - start, 0)
    what = np.repeat([Action.SUBMIT, Action.REPLACE, Action.CANCEL], [len(rows), len(changed), len(ended)])
    which = np.concatenate([rows, changed, ended])
    when = np.concatenate([orders["arrived_ns"], changes["arrived_ns"], orders["ended_ns"][ended]]) - start
    parts = {name: first[name][which] for name in TERMS}
    for name in _CHANGED:
        parts[name][len(rows) : len(rows) + len(changed)] = changes[name]
    # Submissions keep their order, so that the engine's ids count them; what is asked of an order comes behind.
    order = np.lexsort((what != Action.SUBMIT, when))
    told = {name: parts[name][order].astype(np.float64) for name in TERMS}
    when, what, which = (column[order].astype(np.float64) for column in (when, what, which))
    return Script(0, start, when, what, which, **told, rows=np.zeros(len(rows)))


def _terms(orders: Records, requests: Records | None) -> tuple[Records, npt.NDArray[np.intp], Records]:
    """Return the orders with their first terms, the rows that were replaced, and the requests that did it."""
    first = orders.copy()
    first["trigger"] = np.where(first["type"] == OrderType.TRAILING_STOP, first["trail"], first["trigger"])
    # What ended an order is in the script: that there was nothing left to reduce.
    first["flags"] &= ~OrderFlag.REDUCE_ONLY
    first["prevention"][first["prevention"] == Prevention.NONE] = Prevention.NEWEST  # not told: no order has it
    _give_ends(first)
    if requests is None or not len(requests) or not len(orders):
        return first, np.zeros(0, np.intp), orders[:0]
    sorter = np.argsort(orders["id"])
    at = np.searchsorted(orders["id"], requests["order"], sorter=sorter)
    at = sorter[np.minimum(at, len(orders) - 1)]
    requests = requests.copy()
    requests["trigger"] = np.where(requests["trail"] != 0, requests["trail"], requests["trigger"])
    known = orders["id"][at] == requests["order"]
    sent = known & (requests["kind"] == Action.SUBMIT)
    for name in _CHANGED:
        told = sent & (requests[name] != NO_TICK)
        first[name][at[told]] = requests[name][told]
    in_time = known & (requests["kind"] == Action.REPLACE) & (requests["arrived_ns"] <= orders["ended_ns"][at])
    return first, at[in_time], requests[in_time]


def _give_ends(first: Records) -> None:
    """Let orders run out when they did, or would have: a DAY order's end is known, and so is a GTD order's."""
    ran_out = first["state"] == OrderState.EXPIRED
    first["expiry_ns"][ran_out] = first["ended_ns"][ran_out]
    known = np.isin(first["force"], _UNTIL) & (first["expiry_ns"] > 0) & (first["expiry_ns"] < NEVER)
    near = first["expiry_ns"] - first["arrived_ns"].min(initial=NEVER) < _LONGEST_NS
    first["force"][np.isin(first["force"], _UNTIL)] = Force.GTC
    first["force"][(known & near) | ran_out] = Force.GTD
