"""What the check is asked, and what it answers."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from lockstep.kernels._jit import kernel

NEVER = np.iinfo(np.int64).max
"""The end of an order that has none."""

NO_ID = -1
"""The client id of an order whose own is known to be unique: a bracket's later leg, whose id lies behind others."""


class OrderClass(IntEnum):
    """How an order reaches its price: all that the check needs to know of its type."""

    MARKET = 0
    """At whatever price, now or at an open or close."""
    LIMIT = 1
    """At its limit price or better."""
    STOP = 2
    """As a market order once its trigger is reached: stop, trailing stop, market-if-touched."""
    STOP_LIMIT = 3
    """As a limit order once its trigger is reached."""


class Proposal(NamedTuple):
    """An order before it leaves, or a replacement of one that works."""

    quantity: float
    """Signed units; of a replacement the units to be left, not counting what was filled before."""
    kind: int
    """OrderClass"""
    price: float
    """Limit price; nan for none."""
    trigger: float
    """Trigger price; nan for none."""
    reduce_only: bool
    """Does the venue (or the simulated one) cut each fill to the position of that moment?"""
    client_id: int
    """Ids only go up; ``NO_ID`` is not compared, and a replacement may keep its own."""
    time_ns: int
    """Now."""
    expires_ns: int
    """End of a GTD order; ``NEVER`` for none."""
    replaces: float
    """Signed units left of the order that this one takes the place of; 0 for a new order."""


class Verdict(NamedTuple):
    """The check's answer; docs/risk.md says for each code what the three numbers are."""

    code: int
    """RiskCode"""
    limit: float
    """What is allowed."""
    current: float
    """What stands already."""
    attempted: float
    """What the order would make of it."""


@kernel
def own_price(price: float, trigger: float) -> float:
    """Return the price an order names itself: its limit, else its trigger, else nan."""
    return trigger if price != price else price
