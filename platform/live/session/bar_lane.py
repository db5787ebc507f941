"""A strategy over bars beside a source: one account over all its symbols, moved by each row of bars that is whole.

On paper orders fill as in a backtest over the same bars, because the account and its kernels are the same.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.data.recordings.tape_layout import Input
from lockstep.data.recordings.terms import BarTerms, LaneTerms
from lockstep.strategies.over_bars.built import Building
from lockstep.strategies.over_bars.controls import BarControls
from lockstep.strategies.over_bars.gather import LONG_AGO, Gathering, Row
from lockstep.strategies.over_bars.growing import put
from lockstep.strategies.over_bars.rows import Content
from lockstep.strategies.over_bars.saved import gathering_parts, resume_gathering
from lockstep.strategies.over_bars.trader import Trader
from lockstep.strategies.over_ticks.controls import BEGIN, MODE_CHANGE, meant

Records = npt.NDArray[np.void]
PATIENCE_SECONDS = 5.0
"""A strategy that has not come back after so long is halted: the others wait meanwhile."""
_BAR, _CLOSE = int(Input.BAR), 3


class BarLane:
    """A strategy over the bars of some symbols. ``places`` are their rows by their numbers on the tape."""

    def __init__(
        self, terms: LaneTerms, bars: BarTerms, places: dict[int, int], controls: BarControls, start_ns: int, *,
        begins: bool = True,
    ) -> None:  # fmt: skip
        """Make a lane that begins, or one that is to ``resume``."""
        self.name, self.start_cash = terms.name, terms.cash
        self.instruments: tuple[Instrument, ...] = bars.traded()
        self.instrument = self.instruments[0]
        self.symbols = tuple(instrument.symbol for instrument in self.instruments)
        self._places = places
        self._bars = bars
        self._gathering = Gathering(self.symbols)
        """Of bars that are given: the source's, or those of a history before ticks."""
        self._building: Building | None = None
        """Of bars that are built, from the first event of ticks on."""
        self._refused: list[str] = []
        self.closes = [math.nan] * len(self.symbols)
        """The latest close of each symbol."""
        self.row_ns = LONG_AGO
        """When the latest row closed."""
        self._ended_ns = start_ns
        self.trader = Trader(terms, controls.guards, controls.limits, patience_s=PATIENCE_SECONDS, begins=begins)

    def take(self, record: Records) -> bool:
        """Take a record of the tape about one of the symbols; return whether something was written."""
        s = self._places[int(record["symbol"][0])]
        if record["input"][0] == _BAR:
            row, refused = self._gathering.take(record, s)
            if refused:
                self._refused.append(refused)
            return self._advance(row) or bool(refused)
        if not self._bars.built:
            return False
        if self._building is None:
            self._building = Building(self.instruments, self._bars.interval, int(record["received_ns"][0]))
        return self._advance(self._building.take(record, s))

    def pass_time(self, time_ns: int) -> bool:
        """Take that it is later: bars that are built close. Returns as ``take`` does."""
        return self._building is not None and self._advance(self._building.pass_time(time_ns))

    def obey(self, kind: str, content: Mapping[str, Any], time_ns: int) -> bool:
        """Let a command have its effect on orders and positions; return as ``take`` does."""
        if not self.trader.between.obey(kind, content, self.name):
            return False
        self._ended_ns = time_ns
        if not self._under_way:
            self.trader.act(time_ns)
        return True

    def hear_of(self, command: tuple[str, Any, int]) -> bool:
        """Let the strategy know of a command (kind, content, moment) that has had its effect; return as ``take``."""
        kind, content, _ = command
        if kind == BEGIN and meant(kind, content, self.name):
            self.trader.renew(content["lanes"][self.name])
            return True
        if kind == MODE_CHANGE:
            self.trader.between.tell(content)
        return False

    @property
    def _under_way(self) -> bool:
        """Is there an open that the row to come still has to take?"""
        return self._gathering.under_way or (self._building is not None and self._building.under_way)

    @property
    def works(self) -> bool:
        """May something that was ordered still trade?"""
        return self.trader.between.waits or self.counts["waiting"] > 0

    def _advance(self, row: Row | None) -> bool:
        if row is None:
            return False
        self.row_ns = self._ended_ns = int(row.block.close_time_ns[0])
        for s in np.flatnonzero(row.block.present[:, 0]).tolist():
            self.closes[s] = float(row.block.ohlcv[s, _CLOSE, 0])
        self.trader.advance(row.block, row.last)
        self.trader.act(self.row_ns)
        return True

    def rows(self) -> Iterator[tuple[str, Content]]:
        """Give what was written since the last call, as kinds and contents of the journal's rows."""
        for why in self._refused:
            yield "event_refused", {"why": why}
        self._refused.clear()
        yield from self.trader.rows(self._when)

    def _when(self, _row: int) -> int:
        """Orders that were written since the last call ended in the latest row, or by a command behind it."""
        return self._ended_ns

    def parts(self) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays that the lane remembers, to be copied before it moves."""
        parts = self.trader.parts() | gathering_parts(self._gathering)
        return parts if self._building is None else parts | {"building": self._building.states}

    def values(self, *, told: bool = True) -> dict[str, Any]:
        """Return what else it remembers; raises ``SnapshotError`` for a strategy that can't tell its state."""
        built, given = self._building, self._gathering
        return {
            "trader": self.trader.values(told=told), "closes": self.closes, "row_ns": self.row_ns,
            "ended_ns": self._ended_ns, "row_began": given.began, "row_last_ns": given.last_ns,
            "built": None if built is None else {"start_ns": built.start_ns, "session": built.session},
        }  # fmt: skip

    def resume(self, values: Mapping[str, Any], parts: Mapping[str, npt.NDArray[Any]]) -> None:
        """Go on where the lane stood whose ``values`` and ``parts`` these are, instead of beginning."""
        self.trader.resume(values["trader"], parts)
        self.closes, self.row_ns, self._ended_ns = list(values["closes"]), values["row_ns"], values["ended_ns"]
        resume_gathering(self._gathering, parts, began=values["row_began"], last_ns=values["row_last_ns"])
        built = values["built"]
        if built is not None:
            self._building = Building(self.instruments, self._bars.interval, built["start_ns"])
            self._building.session = built["session"]
            put(self._building.states, parts, "building")

    def close(self) -> None:
        """End: nothing more is taken."""
        self.trader.close()

    def positions(self) -> dict[str, float]:
        """Return the units held of each symbol, negative for short."""
        return {symbol: self.trader.position(s) for s, symbol in enumerate(self.symbols)}

    @property
    def fingerprint(self) -> str:
        """A hash over all that the lane knows."""
        return self.trader.fingerprint

    def average_price(self, s: int) -> float:
        """Return what a unit held of a symbol has cost, in the instrument's prices."""
        return self.trader.average_cost(s) / self.instruments[s].multiplier

    @property
    def realised(self) -> float:
        """Profit of what was closed, fees left out."""
        return self.trader.realised

    @property
    def fees(self) -> float:
        """Paid so far."""
        return self.trader.fees

    @property
    def cash(self) -> float:
        """In account currency."""
        return self.trader.cash

    @property
    def equity(self) -> float:
        """After the latest row."""
        return self.trader.equity

    @property
    def counts(self) -> dict[str, int]:
        """How many orders were made, how many still wait or rest, and how many fills there were."""
        return self.trader.counts

    @property
    def ruined(self) -> bool:
        """Has the account lost all it had? Then nothing more is traded."""
        return bool(self.trader.account.ended)
