"""Orders as they were sent, sent again: an order kernel that follows a script."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.kernels.order_terms import NEVER, Force
from lockstep.kernels.ticks.desk import cancel, now, order_at, submit, wake_at
from lockstep.kernels.ticks.tables import OrderState
from lockstep.strategies.order_kernel import OrderKernel

PER_ACT = 32
SUBMIT, CANCEL = 0.0, 1.0

Floats = npt.NDArray[np.float64]


class Script(NamedTuple):
    """What to do and when; one row of each array an instruction, ascending by time."""

    next: int
    start_ns: int
    when: Floats
    """float64[n] ns since ``start_ns``: exact for a hundred days"""
    what: Floats
    order: Floats
    """which order, from 0 up in the order of submission"""
    side: Floats
    tick: Floats
    lots: Floats
    flags: Floats
    force: Floats
    type: Floats
    rows: Floats
    """float64[orders]: where each order went"""


class Scripted(OrderKernel):
    """Sends and cancels orders at given times, and nothing else."""

    on_feed = False

    @staticmethod
    def init(_params: Any) -> Script:
        """Return a script with nothing in it: the one to follow is handed to the run."""
        empty = np.zeros(1)
        return Script(0, 0, *(empty.copy() for _ in range(10)))

    @staticmethod
    def act(state: Script, desk: Any, _params: Any) -> Script:
        """Do what is due, and wake when something is again."""
        k, done = state.next, 0
        moment = now(desk) - state.start_ns
        while k < state.when.size and state.when[k] <= moment and done < PER_ACT:
            order = int(state.order[k])
            if state.what[k] == SUBMIT:
                state.rows[order] = submit(
                    desk, int(state.side[k]), int(state.type[k]), int(state.tick[k]), int(state.lots[k]),
                    int(state.force[k]), int(state.flags[k]), 0,
                )  # fmt: skip
            elif order_at(desk, int(state.rows[order])).id == order + 1:  # its row may have another order by now
                cancel(desk, int(state.rows[order]))
            k += 1
            done += 1
        following = state.start_ns + int(state.when[k]) if k < state.when.size else NEVER
        wake_at(desk, max(following, now(desk)))
        return Script(
            k, state.start_ns, state.when, state.what, state.order, state.side, state.tick, state.lots, state.flags,
            state.force, state.type, state.rows,
        )  # fmt: skip


def script_of(orders: npt.NDArray[np.void]) -> Script:
    """Return the script that sends TICK_ORDER[n] (ascending by arrival) again, and cancels those that were canceled."""
    n = len(orders)
    start = int(orders["arrived_ns"].min())
    canceled = np.flatnonzero(np.isin(orders["state"], (OrderState.CANCELED, OrderState.EXPIRED)))
    when = np.concatenate([orders["arrived_ns"], orders["ended_ns"][canceled]]) - start
    what = np.concatenate([np.full(n, SUBMIT), np.full(len(canceled), CANCEL)])
    which = np.concatenate([np.arange(n), canceled])
    # Submissions keep their order, so that the engine's ids count them; a cancel comes behind what was sent with it.
    order = np.lexsort((what, when))
    orders = orders.copy()
    orders["force"][orders["force"] == Force.GTD] = Force.GTC  # its end is in the script
    side, tick, lots, flags, force, kind = (
        orders[name][which][order].astype(np.float64) for name in ("side", "tick", "lots", "flags", "force", "type")
    )
    moments, rows = when[order].astype(np.float64), np.zeros(n)
    return Script(
        0, start, moments, what[order], which[order].astype(np.float64), side, tick, lots, flags, force,
        kind, rows,
    )  # fmt: skip
