"""Implementation shortfall: what it cost to turn a decision into a position.

Source: A. Perold, "The implementation shortfall: paper versus reality" (1988). On paper all is traded at the middle
of the moment of decision, at once and for nothing; reality falls short of it by what fills paid against that middle, by
what the market moved for the part that was never traded, and by fees.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lockstep.analytics.ticks.market import market_at
from lockstep.data.ticks.ticks import Ticks

Records = npt.NDArray[np.void]


@dataclass(frozen=True)
class Shortfall:
    """What a decision to trade cost, in currency; positive hurts."""

    trading: float
    """fills against the middle at the decision"""
    opportunity: float
    """what was not filled, by the middle at the end against that at the decision"""
    fees: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.trading + self.opportunity + self.fees


def shortfall(ticks: Ticks, fills: Records, *, quantity: float, decided_ns: int, ended_ns: int) -> Shortfall:
    """Return what it cost to trade ``quantity`` units (negative to sell), decided and given up at these times.

    Of TICK_FILL[n] those from decision to end count. nan where the book had no two sides at one of the moments and it
    matters.
    """
    instrument = ticks.instrument
    decided, ended = market_at(ticks, [decided_ns, ended_ns]).middle * instrument.tick
    fills = fills[(fills["time_ns"] >= decided_ns) & (fills["time_ns"] <= ended_ns)]
    signed = np.where(fills["side"] == 0, 1.0, -1.0) * fills["lots"] * instrument.lot
    left = quantity - float(signed.sum())
    # A rest of less than half a lot is what sums of fractions leave.
    moved = left * float(ended - decided) if abs(left) > 0.5 * instrument.lot else 0.0
    paid = float((signed * (fills["tick"] * instrument.tick - decided)).sum())
    return Shortfall(paid * instrument.multiplier, moved * instrument.multiplier, float(fills["fee"].sum()))
