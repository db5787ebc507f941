"""The door between a tick run and the risk check: what is asked, and the compiled guard that is called by its address.

A strategy is compiled with this little piece alone; the check stands in `guard.py`, compiled once for all strategies.
A run whose ``guard`` is 0 has none.
"""

from enum import IntEnum

import numpy as np
from numba import carray

from lockstep.kernels._jit import kernel
from lockstep.kernels.address import pointer
from lockstep.kernels.book.tables import int64
from lockstep.kernels.ticks.call import call_address
from lockstep.kernels.ticks.tables import Run


class Question(IntEnum):
    """What a guard is called for."""

    VALUE = 0
    """The strategy acts: take in prices, the day, and what the account is worth."""
    SUBMIT = 1
    """May the order in ``row`` leave?"""
    REPLACE = 2
    """May the order in ``row`` be given another price or size?"""
    REPORT = 3
    """A report was heard, the one behind the last of those under way: book it."""
    ADOPT = 4
    """A venue has the order in ``row``, whatever is thought of it here: book it."""
    FLOW = 5
    """Cash came or went without a trade, the flow written last; the position has changed by ``lots``."""


class Sweep(IntEnum):
    """What a lane has still to cancel."""

    NOTHING = 0
    OPENING = 1
    """What may open its position, or turn it."""
    ALL = 2


GUARD = np.dtype(
    [
        ("question", np.int64),  # Question
        ("row", np.int64),  # of own orders
        ("tick", np.int64),
        ("trigger", np.int64),
        ("lots", np.int64),
        ("run_address", np.int64),  # the TICK_RUN that it guards; 0 before it has begun
        ("tiers_address", np.int64),
        ("tier_count", np.int64),
        ("next_day_ns", np.int64),  # end of the session, by the strategy's clock
        ("session", np.int64),  # its number: the UTC day on which it ends
        ("cash", np.float64),  # after the fills that were heard of
        ("middle", np.float64),  # price, the latest heard
        ("value", np.float64),  # cash and position, when last valued
        ("sweep", np.int64),  # Sweep
        ("hours_address", np.int64),  # int64[hours_count, 2]: when the symbol's hours begin and end
        ("hours_count", np.int64),  # 0: around the clock
        ("hours_next", np.int64),  # those that run now or come next
        ("disabled", np.int64),  # 1: nothing that is asked passes, and nothing is written of it
    ],
    align=True,
)
"""One lane's guard: what it is asked, and what its strategy knows of cash and prices. One row for each lane."""

TIER = np.dtype(
    [
        ("limits_address", np.int64),  # RISK_LIMITS[1]
        ("account_address", np.int64),  # RISK_ACCOUNT[1]
        ("symbols_address", np.int64),  # RISK_SYMBOL[symbol_count]
        ("symbol_count", np.int64),
        ("symbol", np.int64),  # the lane's row
        ("guards_address", np.int64),  # GUARD[guard_count]: lanes that share the account
        ("guard_count", np.int64),
        ("own_tier", np.int64),  # which of a lane's tiers this is
        ("crowded", np.int64),  # 1: other lanes of the account trade the symbol too
    ],
    align=True,
)
"""An account that an order is held against: the session's, shared by its lanes, and a lane's own."""


@kernel
def ask(r: Run, question: int, row: int, tick: int, trigger: int, lots: int) -> int:
    """Put a question to the guard of a run that has one; return a RiskCode, 0 for passed."""
    g = carray(pointer(r.guard_address), 1, GUARD)[0]
    g.question, g.row, g.tick, g.trigger, g.lots = question, row, tick, trigger, lots
    return int64(call_address(r.guard, r.self_address))


@kernel
def tell(r: Run, question: int) -> None:
    """Let the guard of a run that has one take something in."""
    ask(r, question, 0, 0, 0, 0)
