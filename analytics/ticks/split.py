"""Where the money came from: the spread, the position as the market moved, and fees."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Records = npt.NDArray[np.void]


@dataclass(frozen=True)
class Split:
    """Where the money came from, in currency; the parts add up to the profit at the last middle."""

    spread: float
    """fills against the middle at the fill"""
    inventory: float
    """the position, as the middle moved"""
    fees: float
    """paid, as a loss: negative; rebates positive"""
    financing: float = 0.0
    """what short positions were charged for borrowing: negative"""

    @property
    def total(self) -> float:
        """The profit."""
        return self.spread + self.inventory + self.fees + self.financing


def split(
    fills: Records, *, last_middle: float, tick: float, lot: float, multiplier: float, financing: float = 0.0
) -> Split:  # fmt: skip
    """Split the profit of TICK_FILL[n], marked at ``last_middle`` (ticks), into spread, inventory, fees, financing."""
    if not len(fills):
        return Split(0.0, 0.0, 0.0)
    sign = np.where(fills["side"] == 0, 1.0, -1.0)
    unit = tick * lot * multiplier
    spread = sign * fills["lots"] * (fills["middle"] - fills["tick"]) * unit
    moves = np.diff(np.append(fills["middle"], last_middle))
    inventory = fills["position"] * moves * unit
    return Split(float(spread.sum()), float(inventory.sum()), 0.0 - float(fills["fee"].sum()), financing)
