"""What an account over bars is asked for between two rows: to close its positions, or to go on under another mode.

Orders given so trade as others do, at the next open or as the settings say. While a bar is under way whose open has
passed they wait for its row: nothing fills at a price that was there before it was asked for.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from lockstep.strategies.event import ModeChange
from lockstep.strategies.lifting import lifted
from lockstep.strategies.over_bars.event_account import EventAccount
from lockstep.strategies.over_bars.guards import BarGuards
from lockstep.strategies.over_bars.subaccount import Floats, Given
from lockstep.strategies.over_ticks.controls import CLOSE, MODE_CHANGE, cancels, meant

DUE = np.dtype([("units", np.float64), ("closes", np.int64)])
"""Of a symbol: signed units that are to be traded, and whether its position is to be closed."""


class Between:
    """Serves the commands of one account. ``lots`` are the symbols', 0 for fractions of any size."""

    def __init__(
        self, account: Any, symbols: tuple[str, ...], lots: Floats, guards: BarGuards, *, asked: bool
    ) -> None:  # fmt: skip
        self._account, self._symbols, self._lots, self._guards, self._asked = account, symbols, lots, guards, asked
        self.due = np.zeros(len(symbols), DUE)
        """DUE[symbols]: what waits for the end of a row."""
        self._before = np.zeros(len(symbols))

    @property
    def waits(self) -> bool:
        """Is something to be ordered once no bar is under way?"""
        return bool(self.due["closes"].any() or self.due["units"].any())

    def obey(self, kind: str, content: Mapping[str, Any], name: str) -> bool:
        """Let a command have its effect on the lane with a name; return whether it has one on such lanes."""
        if not meant(kind, content, name):
            return False
        if cancels(kind, content, name):
            self._account.cancel_all()
            self.due[:] = 0
        elif kind == CLOSE:
            self.due["closes"] = 0 if content.get("done") else self._account.units != 0.0
        elif kind == MODE_CHANGE:
            self._change(content["lanes"][name]["cash"], aligns=content["position"] == "align")
        else:
            return False
        return True

    def _change(self, cash: float, *, aligns: bool) -> None:
        self._before = self._account.units.copy()
        self._account.begin_anew(cash)
        self.due["closes"], self.due["units"] = 0, self._before if aligns else 0.0

    def tell(self, content: Mapping[str, Any]) -> None:
        """Let a strategy that is not compiled know of another mode; raises whatever it raises."""
        if isinstance(self._account, EventAccount):
            self._account.tell_modes(
                [
                    ModeChange(symbol, str(content["to"]), 0.0, before)
                    for symbol, before in zip(self._symbols, self._before.tolist(), strict=True)
                ]
            )

    def act(self, time_ns: int) -> None:
        """Order what waits; to be called where no bar is under way. Closing passes kill switch and losses."""
        closes = [order for s in np.flatnonzero(self.due["closes"]).tolist() for order in self._closing(s)]
        with lifted([self._guards.account], [self._guards.limits]):
            self._give(closes, time_ns)
        units = self.due["units"]
        self._give([Given(s, float(units[s]), False) for s in np.flatnonzero(units).tolist()], time_ns)
        self.due[:] = 0

    def _give(self, orders: list[Given], time_ns: int) -> None:
        if orders:
            self._account.give(orders, time_ns)

    def _closing(self, s: int) -> Iterator[Given]:
        """Give orders that close a position, none larger than the limits let it be."""
        held = float(self._account.units[s])
        left, most = abs(held), self._largest(s, abs(held))
        while left > 0.0:
            units = min(left, most)
            left = left - units if left - units > 1e-12 * abs(held) else 0.0
            yield Given(s, math.copysign(units, -held), True)

    def _largest(self, s: int, held: float) -> float:
        limits, most = self._guards.limits[0], held
        if not self._asked:
            return most
        unit = float(self._account.known()["stands"]["mark"][s])
        for limit, each in ((limits["max_order_size"], 1.0), (limits["max_order_notional"], unit)):
            if limit >= 0.0 and each > 0.0:
                most = min(most, float(limit) / each)
        lot = float(self._lots[s]) or held
        return max(math.floor(most / lot * (1.0 + 1e-12)) * lot, lot) if most < held else held
