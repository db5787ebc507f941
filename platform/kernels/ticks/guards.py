"""The risk records of an account and of the lanes that trade in it, and who names whom by address.

One account may be shared by many lanes, each a tick run over one instrument; they run in one thread. A lane may have
limits of its own beside those of the account: then it has an account of its own too, in which its cash is all there is.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.kernels.risk.anew import begin_anew, deposit
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.kernels.risk.tables import (
    RISK_ACCOUNT,
    RISK_LIMITS,
    RISK_SYMBOL,
    new_risk_account,
    new_risk_symbols,
    no_limits,
)
from lockstep.kernels.ticks.call import address_of
from lockstep.kernels.ticks.guard import guard
from lockstep.kernels.ticks.guarded import GUARD, TIER

Array = npt.NDArray[Any]
_PLACES = ("run_address", "tiers_address", "hours_address")
TYPES: dict[str, np.dtype[Any]] = {
    "limits": RISK_LIMITS, "account": RISK_ACCOUNT, "symbols": RISK_SYMBOL, "rows": GUARD, "own_limits": RISK_LIMITS,
    "own_accounts": RISK_ACCOUNT, "own_symbols": RISK_SYMBOL,
}  # fmt: skip
"""Of the records that are all there is to know, by their names here."""


class Guarded(NamedTuple):
    """A lane, as its guard must know it."""

    symbol: str
    """Lanes of one symbol share its position and exposure in the account."""
    cash: float
    tick_size: float
    lot_size: float
    multiplier: float = 1.0
    limits: RiskLimits | None = None
    """Of the lane alone."""
    short_available: float | None = None
    """Units that can be borrowed, None for any number."""
    rate: float = 1.0
    """Account currency for one unit of the instrument's; nan where it is not known: nothing can be opened."""


class Guards:
    """The guards of some lanes.

    ``limits`` are those of the account, None for none: what is sent is checked all the same, and the kill switch holds.
    Records may be written to between two things that a run does: ``limits``, ``account`` and ``symbols`` are the
    account's, RISK_LIMITS[1], RISK_ACCOUNT[1] and RISK_SYMBOL[n] in the order of ``names``.
    """

    def __init__(self, lanes: Sequence[Guarded], limits: RiskLimits | None = None) -> None:
        self.names = tuple(dict.fromkeys(lane.symbol for lane in lanes))
        self.lanes = tuple(lanes)
        self.limits = no_limits() if limits is None else limits.record()
        self.account = new_risk_account(math.fsum(lane.cash for lane in lanes))
        self.symbols = new_risk_symbols(len(self.names))
        for lane in lanes:
            _describe(self.symbols[self.names.index(lane.symbol) :][:1], lane)
        self.rows = np.zeros(len(lanes), GUARD)
        self.rows["cash"] = self.rows["value"] = [lane.cash for lane in lanes]
        self.rows["middle"] = math.nan
        self.own_limits = np.zeros(len(lanes), RISK_LIMITS)
        self.own_accounts = np.zeros(len(lanes), RISK_ACCOUNT)
        self.own_symbols = new_risk_symbols(len(lanes))
        for k in range(len(lanes)):
            self._begin_own(k)
        self._hours: dict[int, Array] = {}
        self._join()

    def _begin_own(self, k: int) -> None:
        """Let a lane's account of its own begin."""
        lane, part = self.lanes[k], slice(k, k + 1)
        self.own_limits[part] = no_limits() if lane.limits is None else lane.limits.record()
        self.own_accounts[part] = new_risk_account(lane.cash)
        _describe(self.own_symbols[part], lane)

    def add(self, lane: Guarded) -> None:
        """Take in one more lane, with its cash. Records lie elsewhere after that: each run is to ``begin`` again."""
        self.lanes = (*self.lanes, lane)
        if lane.symbol not in self.names:
            self.names = (*self.names, lane.symbol)
            self.symbols = np.concatenate([self.symbols, new_risk_symbols(1)])
            _describe(self.symbols[-1:], lane)
        self.rows = np.concatenate([self.rows, np.zeros(1, GUARD)])
        self.rows["cash"][-1] = self.rows["value"][-1] = lane.cash
        self.rows["middle"][-1] = math.nan
        self.own_limits = np.concatenate([self.own_limits, np.zeros(1, RISK_LIMITS)])
        self.own_accounts = np.concatenate([self.own_accounts, np.zeros(1, RISK_ACCOUNT)])
        self.own_symbols = np.concatenate([self.own_symbols, new_risk_symbols(1)])
        self._begin_own(len(self.lanes) - 1)
        deposit(self.account, lane.cash)
        self._join()

    def _join(self) -> None:
        """Name the records to each other."""
        self._tiers = np.zeros((len(self.lanes), 2), TIER)
        for k, lane in enumerate(self.lanes):
            shared, own = self._tiers[k]
            _fill(shared, self.limits, self.account, self.symbols, self.rows)
            shared["symbol"] = self.names.index(lane.symbol)
            shared["crowded"] = sum(each.symbol == lane.symbol for each in self.lanes) > 1
            part = slice(k, k + 1)
            _fill(own, self.own_limits[part], self.own_accounts[part], self.own_symbols[part], self.rows[part])
            own["own_tier"] = 1
            self.rows[k]["tiers_address"] = self._tiers[k].ctypes.data
            self.rows[k]["tier_count"] = 1 if lane.limits is None else 2

    @property
    def address(self) -> int:
        """Of the compiled check."""
        return address_of(guard)

    def begin(self, lane: int, run_address: int) -> int:
        """Take a lane's run in; return the address of its GUARD."""
        self.rows["run_address"][lane] = run_address
        return int(self.rows[lane : lane + 1].ctypes.data)

    def set_hours(self, lane: int, hours: Array) -> None:
        """Say when a lane's symbol trades: int64[n, 2] ns by the strategy's clock, ascending; closed at all else."""
        self._hours = {**self._hours, lane: np.ascontiguousarray(hours if len(hours) else [[0, 0]], np.int64)}
        row = self.rows[lane]
        row["hours_address"], row["hours_count"] = self._hours[lane].ctypes.data, len(self._hours[lane])
        row["hours_next"] = 0

    def copy(self) -> "Guards":
        """Return the same records once more, of which no run has begun."""
        other = Guards.__new__(Guards)
        vars(other).update(vars(self))
        for name in TYPES:
            setattr(other, name, getattr(self, name).copy())
        other.rows["run_address"] = 0
        other._join()
        return other

    def set_limits(self, limits: RiskLimits | None) -> None:
        """Hold what is sent from now on against other limits of the account."""
        self.limits[:] = no_limits() if limits is None else limits.record()

    def set_own_limits(self, lane: int, limits: RiskLimits) -> None:
        """Hold what a lane that has limits of its own sends from now on against others."""
        self.own_limits[lane : lane + 1] = limits.record()

    def parts(self) -> dict[str, Array]:
        """Return all there is to know, but where it lies in memory; some of it is what runs write to."""
        return {name: getattr(self, name) for name in TYPES} | {"rows": _nameless(self.rows)}

    def resume(self, parts: Mapping[str, Array]) -> None:
        """Stand as others stood whose ``parts`` these are: those of the same lanes."""
        for name in TYPES:
            mine = getattr(self, name)
            places = {place: mine[place].copy() for place in _PLACES} if name == "rows" else {}
            mine[:] = parts[name]
            for place, addresses in places.items():
                mine[place] = addresses

    def split(self, symbol: str, ratio: float) -> None:
        """Restate prices and what can be borrowed of a symbol in new units; positions follow with each lane's own."""
        shared = [k for k, name in enumerate(self.names) if name == symbol]
        own = [k for k, lane in enumerate(self.lanes) if lane.symbol == symbol]
        self.rows["middle"][own] /= ratio
        for rows, which in ((self.symbols, shared), (self.own_symbols, own)):
            for name in ("mark", "last_price"):
                rows[name][which] /= ratio
            for name in ("short_available", "last_quantity"):
                rows[name][which] *= ratio

    def begin_anew(self, cash: Sequence[float], positions: Sequence[float], prices: Sequence[float]) -> None:
        """Let accounts begin anew with each lane's cash and signed units, worth ``prices``; no order works.

        What operators have set stays: limits, kill switch, restrictions, and a trading state that no loss has set.
        """
        values = [
            each + held * price * lane.multiplier if held else each
            for lane, each, held, price in zip(self.lanes, cash, positions, prices, strict=True)
        ]
        self.rows["cash"], self.rows["value"] = cash, values
        self.rows["middle"], self.rows["next_day_ns"], self.rows["session"] = math.nan, 0, 0
        held_of = [math.fsum(held for lane, held in zip(self.lanes, positions, strict=True) if lane.symbol == name)
                   for name in self.names]  # fmt: skip
        begin_anew(self.account, self.symbols, math.fsum(values), held_of)
        for k, (value, held) in enumerate(zip(values, positions, strict=True)):
            begin_anew(self.own_accounts[k : k + 1], self.own_symbols[k : k + 1], value, [held])

    def known(self, lane: int) -> bytes:
        """Return all that decides what the lane may send, but where it lies in memory."""
        row = _nameless(self.rows[lane : lane + 1])
        parts: list[Array] = [row, self.limits, self.account, self.symbols]
        if self.lanes[lane].limits is not None:
            parts += [self.own_limits[lane], self.own_accounts[lane], self.own_symbols[lane]]
        return b"".join(part.tobytes() for part in parts)


def _fill(tier: Any, limits: Array, account: Array, symbols: Array, guards: Array) -> None:
    arrays = {"limits": limits, "account": account, "symbols": symbols, "guards": guards}
    for name, array in arrays.items():
        tier[f"{name}_address"] = array.ctypes.data
    tier["symbol_count"], tier["guard_count"] = len(symbols), len(guards)


def _nameless(rows: Array) -> Array:
    rows = rows.copy()
    for name in _PLACES:
        rows[name] = 0
    return rows


def _describe(row: Array, lane: Guarded) -> None:
    row["tick"], row["lot"], row["multiplier"], row["rate"] = lane.tick_size, lane.lot_size, lane.multiplier, lane.rate
    if lane.short_available is not None:
        row["short_available"] = lane.short_available
