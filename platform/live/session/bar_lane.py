"""A strategy over bars beside a source: one account over all its symbols, moved by each row of bars that is whole.

On paper orders fill as in a backtest over the same bars, because the account and its kernels are the same.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.data.recordings.tape_layout import Input
from lockstep.data.recordings.terms import BarTerms, LaneTerms
from lockstep.errors import StalledError
from lockstep.strategies.over_bars.built import Building
from lockstep.strategies.over_bars.controls import BarControls
from lockstep.strategies.over_bars.gather import LONG_AGO, Gathering, Row
from lockstep.strategies.over_bars.rows import Content
from lockstep.strategies.over_bars.trader import Trader

Records = npt.NDArray[np.void]
PATIENCE_SECONDS = 5.0
"""A strategy that has not come back after so long is halted: the others wait meanwhile."""
_BAR, _CLOSE = int(Input.BAR), 3


class BarLane:
    """A strategy over the bars of some symbols. ``places`` are their rows by their numbers on the tape."""

    def __init__(
        self, terms: LaneTerms, bars: BarTerms, places: dict[int, int], controls: BarControls, start_ns: int
    ) -> None:
        self.name, self.start_cash = terms.name, terms.cash
        self.instruments: tuple[Instrument, ...] = bars.traded()
        self.instrument = self.instruments[0]
        self.symbols = tuple(instrument.symbol for instrument in self.instruments)
        self._places = places
        self._gathering = None if bars.built else Gathering(self.symbols)
        self._building = Building(self.instruments, bars.interval, start_ns) if bars.built else None
        self._refused: list[str] = []
        self.closes = [math.nan] * len(self.symbols)
        """The latest close of each symbol."""
        self.row_ns = LONG_AGO
        """When the latest row closed."""
        self._ended_ns = start_ns
        try:
            self.trader = Trader(terms, controls.guards, controls.limits, patience_s=PATIENCE_SECONDS)
        except TimeoutError as error:
            raise _stalled() from error

    def take(self, record: Records) -> bool:
        """Take a record of the tape about one of the symbols; return whether something was written."""
        s = self._places[int(record["symbol"][0])]
        if self._building is not None:
            row = self._building.take(record, s)
        elif self._gathering is not None and record["input"][0] == _BAR:
            row, refused = self._gathering.take(record, s)
            if refused:
                self._refused.append(refused)
        else:
            return False
        return self._advance(row) or bool(self._refused)

    def pass_time(self, time_ns: int) -> bool:
        """Take that it is later: bars that are built close. Returns as ``take`` does."""
        return self._building is not None and self._advance(self._building.pass_time(time_ns))

    def cancel_all(self, time_ns: int) -> bool:
        """End all orders that wait or rest; they end at this moment."""
        self.trader.cancel_all()
        self._ended_ns = time_ns
        return True

    def _advance(self, row: Row | None) -> bool:
        if row is None:
            return False
        self.row_ns = self._ended_ns = int(row.block.close_time_ns[0])
        for s in np.flatnonzero(row.block.present[:, 0]).tolist():
            self.closes[s] = float(row.block.ohlcv[s, _CLOSE, 0])
        try:
            self.trader.advance(row.block, row.last)
        except TimeoutError as error:
            raise _stalled() from error
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

    def close(self) -> None:
        """End: nothing more is taken."""
        try:
            self.trader.close()
        except TimeoutError as error:
            raise _stalled() from error

    def positions(self) -> dict[str, float]:
        """Return the units held of each symbol, negative for short."""
        return {symbol: self.trader.position(s) for s, symbol in enumerate(self.symbols)}

    @property
    def fingerprint(self) -> str:
        """A hash over all that the lane knows."""
        return self.trader.fingerprint

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


def _stalled() -> Any:
    return StalledError(f"it did not come back within {PATIENCE_SECONDS:g} s")
