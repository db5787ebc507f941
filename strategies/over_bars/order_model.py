"""All that a run of the full order model is told beside its strategy, checked once and turned into records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.data.interval import DAY_NS, interval_ns
from lockstep.errors import BacktestError
from lockstep.kernels.orders.impact import Impact
from lockstep.kernels.orders.slippage import Slippage
from lockstep.kernels.orders.tables import CONTRACT
from lockstep.kernels.orders.terms import Trail
from lockstep.kernels.orders.world import POLICY
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.kernels.sizing import Instruction
from lockstep.strategies.over_bars.checks import number
from lockstep.strategies.over_bars.execution import DIRECTION, FILL, REBALANCE, Execution
from lockstep.strategies.over_bars.exits import Exits
from lockstep.strategies.over_bars.facts import Facts
from lockstep.strategies.over_bars.margin import Brokerage
from lockstep.strategies.over_bars.market import Market

Records = npt.NDArray[np.void]
UNFUNDED = ("future", "perpetual")
"""Kinds of instruments whose value is not paid for: only a margin account trades them."""
TRADING_DAY_NS = 6.5 * 3_600e9


@dataclass(frozen=True, kw_only=True)
class OrderModel:
    """The settings of the full order model; everything left out is as in the simple one."""

    market: Market = field(default_factory=Market)
    brokerage: Brokerage = field(default_factory=Brokerage)
    exits: Exits | None = None
    limits: RiskLimits | None = None
    actions: bool = False
    """Apply corporate actions to positions."""
    rates: Mapping[str, Any] | None = None
    """Currency -> account currency per unit: a number, or a frame with known_at and value."""
    funding: Mapping[str, Any] | None = None
    """Symbol -> frame with time and rate: what longs pay shorts at that time, as a share of the position's value."""
    scores: Any = None
    """float[rows, symbols] for sequence='score'."""

    def check(self, bars: Facts, execution: Execution) -> None:
        """Refuse what can't be run on these bars; raises ``BacktestError``."""
        if execution.fill == "same_close" and self.market.latency:
            raise BacktestError(
                "an order with latency can't fill at the very close it is decided at: set fill='next_open'"
            )
        if execution.slippage_bps and self.market.slippage is not None:
            raise BacktestError("slippage is given twice: leave out slippage_bps or Market's slippage")
        if execution.commission and self.brokerage.tiers:
            raise BacktestError("the share of value is given twice: leave out commission or Brokerage's tiers")
        if (self.scores is not None) != (self.market.sequence == "score"):
            raise BacktestError("scores and Market(sequence='score') go together: give both or neither")
        for instrument in bars.instruments:
            if instrument.kind in UNFUNDED and self.brokerage.account != "margin":
                raise BacktestError(
                    f"{instrument.symbol} is a {instrument.kind}, which only a margin account trades: "
                    "set brokerage=Brokerage(account='margin')"
                )
        currency = self.currency(bars.instruments)
        for instrument in bars.instruments:
            if instrument.currency != currency and instrument.currency not in (self.rates or {}):
                raise BacktestError(
                    f"{instrument.symbol} trades in {instrument.currency} and the account is in {currency}: give its "
                    f"rate as rates={{{instrument.currency!r}: number or frame with known_at and value}}"
                )
        for symbol in self.funding or {}:
            if symbol not in bars.symbols:
                raise BacktestError(f"funding is given for {symbol!r}, but the bars hold {', '.join(bars.symbols)}")

    def currency(self, instruments: Sequence[Instrument]) -> str:
        """Return the account's currency."""
        if self.brokerage.currency is not None:
            return self.brokerage.currency
        found = sorted({instrument.currency for instrument in instruments})
        if len(found) > 1:
            raise BacktestError(
                f"the symbols trade in {', '.join(found)}: say which the account is in, "
                f"Brokerage(currency={found[0]!r})"
            )
        return found[0]

    def policy(self, bars: Facts, execution: Execution, kind: Instruction, end_ns: int, ranges: bool) -> Records:
        """Return the POLICY row of a run; ``ranges``: may an order trail by the average true range?"""
        row = np.zeros(1, POLICY)
        policy: Any = row[0]
        policy["kind"], policy["fill_at"] = kind, FILL[execution.fill]
        policy["rebalance"], policy["band"] = REBALANCE[execution.rebalance], execution.band
        policy["long"], policy["short"] = DIRECTION[execution.direction]
        policy["close_at_ns"] = end_ns if execution.close_at_end else -1
        policy["per_share"], policy["per_order"] = execution.per_share, execution.per_order
        policy["slippage_model"] = Slippage.BPS if execution.slippage_bps else Slippage.NONE
        policy["slippage"] = execution.slippage_bps / 10_000
        self.market.write(policy)
        self.brokerage.write(policy)
        policy["stop_loss"] = policy["take_profit"] = policy["trail"] = np.nan
        if self.exits is not None:
            self.exits.write(policy)
        policy["bars_per_session"] = self.market.bars_per_session or _bars_per_session(bars)
        policy["guarded"] = self.limits is not None
        busy = policy["slippage_model"] == Slippage.VOLATILITY or policy["impact_model"] != Impact.NONE
        policy["watches"] = busy or ranges or np.isfinite(policy["participation"]) or policy["trail_kind"] == Trail.ATR
        policy["plain"] = self._is_plain(bars, policy)
        return row

    def _is_plain(self, bars: Facts, policy: Any) -> bool:
        """Do rows without orders leave everything but values alone?"""
        moves = (
            policy["margin"]
            or policy["settlement"]
            or policy["credit"]
            or policy["debit"]
            or policy["watches"]
            or policy["guarded"]
        )
        same = all(i.multiplier == 1.0 and i.borrow_rate == 0.0 for i in bars.instruments)
        return not moves and same and not self.rates and not self.funding

    def contracts(self, instruments: Sequence[Instrument], execution: Execution) -> Records:
        """Return CONTRACT[symbols]."""
        rows = np.zeros(len(instruments), CONTRACT)
        for row, one in zip(rows, instruments, strict=True):
            row["lot"] = 0.0 if execution.fractional else one.lot
            row["tick"], row["multiplier"] = one.tick, one.multiplier
            row["initial"] = one.initial_margin or 0.0
            row["maintenance"] = one.maintenance_margin or 0.0
            row["shortable"] = np.inf if one.short_available is None else one.short_available
            row["borrow"], row["unfunded"] = one.borrow_rate, one.kind in UNFUNDED
        return rows

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values; columns are named, not copied."""
        return {
            "market": self.market.to_dict(),
            "brokerage": self.brokerage.to_dict(),
            "exits": self.exits.to_dict() if self.exits else None,
            "limits": self.limits.to_mapping() if self.limits else None,
            "actions": self.actions,
            "rates": sorted(self.rates or {}),
            "funding": sorted(self.funding or {}),
        }


def _bars_per_session(bars: Facts) -> float:
    step = interval_ns(bars.interval)
    day = DAY_NS if all(i.session_minutes == (0, 24 * 60) for i in bars.instruments) else TRADING_DAY_NS
    return max(day / step, 1.0)


def constant_rate(name: str, value: Any) -> float | None:
    """Return a rate given as a number, checked; None for anything else."""
    if isinstance(value, (int, float, np.floating, np.integer)) and not isinstance(value, bool):
        found = number(f"rate of {name}", value)
        if not 0.0 < found < np.inf:
            raise BacktestError(f"rate of {name} must be above zero and finite, found {value!r}")
        return found
    return None
