"""How orders turn into fills and what they cost: the run's settings, checked once."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from lockstep.errors import BacktestError
from lockstep.kernels.account import RULES, FillAt, Rebalance
from lockstep.kernels.sizing import Instruction
from lockstep.strategies.over_bars.checks import number

FILL = {"next_open": FillAt.NEXT_OPEN, "same_close": FillAt.SAME_CLOSE}
REBALANCE = {"on_change": Rebalance.ON_CHANGE, "every_bar": Rebalance.EVERY_BAR, "band": Rebalance.BAND}
DIRECTION = {"both": (1, 1), "long": (1, 0), "short": (0, 1)}


@dataclass(frozen=True, slots=True)
class Execution:
    """Settings of a run; see docs/execution.md.

    Raises ``BacktestError`` for a word that is not among the choices or a cost that is negative or not finite.
    """

    fill: Literal["next_open", "same_close"] = "next_open"
    """At which price an order decided at a bar's close is filled."""
    rebalance: Literal["on_change", "every_bar", "band"] = "on_change"
    """When a target leads to an order."""
    band: float = 0.0
    """With ``rebalance="band"``: the distance from the target, as a weight, that is left alone."""
    commission: float = 0.0
    """Fee as a share of the traded value: 0.001 is ten basis points."""
    per_share: float = 0.0
    """Fee in currency per unit."""
    per_order: float = 0.0
    """Fee in currency per order that trades."""
    slippage_bps: float = 0.0
    """Basis points lost against the fill price."""
    fractional: bool = False
    """Trade fractions of a unit; else whole lots of each instrument."""
    direction: Literal["both", "long", "short"] = "both"
    close_at_end: bool = False
    """Close all positions at the last bar (at its open under next open, at its close under same close)."""

    def __post_init__(self) -> None:
        for name, choices in (("fill", FILL), ("rebalance", REBALANCE), ("direction", DIRECTION)):
            value = getattr(self, name)
            if not isinstance(value, str) or value not in choices:
                raise BacktestError(f"{name} must be one of {', '.join(choices)}, found {value!r}")
        for name in ("band", "commission", "per_share", "per_order", "slippage_bps"):
            value = number(name, getattr(self, name))
            if not (math.isfinite(value) and value >= 0.0):
                raise BacktestError(f"{name} must be zero or more and finite, found {value!r}")
            object.__setattr__(self, name, value)
        for name in ("fractional", "close_at_end"):
            value = getattr(self, name)
            if not isinstance(value, bool):
                raise BacktestError(f"{name} must be True or False, found {value!r}")
        if self.commission >= 1.0 or self.slippage_bps >= 10_000:
            raise BacktestError("commission must be below 1 (all of the value) and slippage_bps below 10,000")

    def rules(self, kind: Instruction, end_ns: int) -> "np.ndarray[Any, np.dtype[np.void]]":
        """Return the engine's record of these settings; ``end_ns`` is the close time of the last row."""
        rules = np.zeros(1, RULES)
        rules["percent"], rules["per_share"], rules["per_order"] = self.commission, self.per_share, self.per_order
        rules["slippage"] = self.slippage_bps / 10_000
        rules["long"], rules["short"] = DIRECTION[self.direction]
        rules["kind"], rules["fill_at"], rules["rebalance"] = kind, FILL[self.fill], REBALANCE[self.rebalance]
        rules["band"] = self.band
        rules["close_at_ns"] = end_ns if self.close_at_end else -1
        return rules

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return asdict(self)
