"""Exits that every position of a run gets when a target opens it."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lockstep.errors import BacktestError
from lockstep.kernels.orders.terms import Trail
from lockstep.strategies.over_bars.checks import number

TRAILS = {"amount": Trail.AMOUNT, "percent": Trail.PERCENT, "atr": Trail.ATR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exits:
    """Stop loss, take profit and trailing stop; whichever trades first ends the others.

    Raises ``BacktestError`` for distances that can't be.
    """

    stop_loss: float | None = None
    """Share of the entry price: 0.05 gives up a long position five percent below, a short one as far above."""
    take_profit: float | None = None
    """Share of the entry price."""
    trailing: tuple[str, float] | None = None
    """(amount | percent | atr, distance): from the best price since the entry; percent as a share, 0.05."""

    def __post_init__(self) -> None:
        if self.stop_loss is None and self.take_profit is None and self.trailing is None:
            raise BacktestError("Exits() has none: give stop_loss, take_profit or trailing")
        for name in ("stop_loss", "take_profit"):
            value = getattr(self, name)
            if value is not None and not 0.0 < number(name, value) < math.inf:
                raise BacktestError(f"{name} must be a share of the entry price above zero, found {value!r}")
        if self.stop_loss is not None and self.stop_loss >= 1.0:
            raise BacktestError(
                f"stop_loss is a share of the entry price below 1 (0.05: five percent), found {self.stop_loss!r}"
            )
        if self.trailing is not None:
            _check_trail(self.trailing)

    def write(self, policy: Any) -> None:
        """Write these exits into a POLICY row."""
        policy["stop_loss"] = np.nan if self.stop_loss is None else self.stop_loss
        policy["take_profit"] = np.nan if self.take_profit is None else self.take_profit
        if self.trailing is not None:
            policy["trail_kind"], policy["trail"] = TRAILS[self.trailing[0]], self.trailing[1]

    def to_dict(self) -> dict[str, Any]:
        """Return the exits as plain values."""
        return asdict(self) | {"trailing": None if self.trailing is None else list(self.trailing)}


def _check_trail(trail: Any) -> None:
    if not (isinstance(trail, (tuple, list)) and len(trail) == 2 and isinstance(trail[0], str) and trail[0] in TRAILS):
        raise BacktestError(f"trailing must be a pair like ('percent', 0.05) of {', '.join(TRAILS)}, found {trail!r}")
    distance = number("trailing's distance", trail[1])
    if not 0.0 < distance < (1.0 if trail[0] == "percent" else math.inf):
        raise BacktestError(f"trailing's distance must be above zero (a percent below 1), found {trail[1]!r}")
