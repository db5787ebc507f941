"""The account that trades: cash or margin, what money costs, what brokers charge."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from lockstep.errors import BacktestError
from lockstep.kernels.orders.fees import FEE_TIER
from lockstep.strategies.over_bars.checks import number, whole

LONGEST_SETTLEMENT = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Brokerage:
    """Terms of an account; see docs/execution.md. Rates are annual shares: 0.05 is five percent.

    Raises ``BacktestError`` for terms that can't be.
    """

    account: Literal["cash", "margin"] = "cash"
    leverage: float = 1.0
    """Margin accounts: value that may be opened over equity, where an instrument asks for no more margin."""
    maintenance: float = 0.5
    """Share of the initial margin below which everything is liquidated, where an instrument asks for no more."""
    currency: str | None = None
    """Of the account; by default the instruments' own, if they share one."""
    settlement: int = 0
    """Sessions until the proceeds of a sale may be spent: 1 for T+1."""
    credit_rate: float = 0.0
    """Earned on cash."""
    debit_rate: float = 0.0
    """Paid on cash below zero."""
    tiers: tuple[tuple[float, float, float], ...] = ()
    """(value traded in the 30 days before from which it holds, maker, taker): shares, instead of commission."""
    minimum: float = 0.0
    """Currency an order pays at least."""
    maximum: float = 0.0
    """Currency an order pays at most; 0 for no bound."""
    maximum_share: float = 0.0
    """Share of its value an order pays at most; 0 for no bound."""

    def __post_init__(self) -> None:
        if self.account not in ("cash", "margin"):
            raise BacktestError(f"account must be cash or margin, found {self.account!r}")
        if not 1.0 <= number("leverage", self.leverage) < math.inf:
            raise BacktestError(f"leverage must be one or more, found {self.leverage!r}")
        if self.account == "cash" and self.leverage != 1.0:
            raise BacktestError(f"a cash account has no leverage, found {self.leverage!r}: set account='margin'")
        if not 0.0 <= number("maintenance", self.maintenance) <= 1.0:
            raise BacktestError(
                f"maintenance must be a share of the initial margin, 0 to 1, found {self.maintenance!r}"
            )
        if whole("settlement", self.settlement, 0) > LONGEST_SETTLEMENT:
            raise BacktestError(f"settlement must be at most {LONGEST_SETTLEMENT} sessions, found {self.settlement!r}")
        for name in ("credit_rate", "debit_rate", "minimum", "maximum", "maximum_share"):
            if not 0.0 <= number(name, getattr(self, name)) < math.inf:
                raise BacktestError(f"{name} must be zero or more and finite, found {getattr(self, name)!r}")
        if self.maximum and self.maximum < self.minimum:
            raise BacktestError(f"maximum must be at least minimum ({self.minimum}), found {self.maximum}")
        object.__setattr__(self, "tiers", _tiers(self.tiers))

    def write(self, policy: Any) -> None:
        """Write these terms into a POLICY row."""
        policy["margin"], policy["leverage"] = self.account == "margin", self.leverage
        policy["maintenance"], policy["settlement"] = self.maintenance, self.settlement
        policy["credit"], policy["debit"] = self.credit_rate, self.debit_rate
        policy["minimum"], policy["maximum"], policy["maximum_share"] = self.minimum, self.maximum, self.maximum_share

    def fee_tiers(self, commission: float) -> npt.NDArray[np.void]:
        """Return FEE_TIER[n]; ``commission`` is what every fill pays where there are no tiers."""
        return np.array(list(self.tiers) or [(-np.inf, commission, commission)], FEE_TIER)

    def to_dict(self) -> dict[str, Any]:
        """Return the terms as plain values."""
        return asdict(self) | {"tiers": [list(tier) for tier in self.tiers]}


def _tiers(given: Any) -> tuple[tuple[float, float, float], ...]:
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise BacktestError(f"tiers must be a list of (from value, maker, taker), found {given!r}")
    tiers = []
    for one in given:
        if not (isinstance(one, Sequence) and len(one) == 3):
            raise BacktestError(f"a tier must be (from value, maker, taker), found {one!r}")
        start, maker, taker = (number("a tier's number", value) for value in one)
        if not (abs(maker) < 1.0 and abs(taker) < 1.0) or math.isnan(start):
            raise BacktestError(f"a tier's maker and taker must be shares between -1 and 1, found {one!r}")
        tiers.append((start, maker, taker))
    if any(later[0] <= earlier[0] for earlier, later in itertools.pairwise(tiers)):
        raise BacktestError(f"tiers must ascend by the value from which they hold, found {tiers}")
    if tiers and tiers[0][0] > 0.0:
        raise BacktestError(f"the first tier must hold from 0, found {tiers[0][0]:g}")
    return tuple(tiers)
