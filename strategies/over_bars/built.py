"""Bars of the trades of a tape, built as they come by the kernel that builds them of histories."""

from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.blocks import BarBlock
from lockstep.data.instrument import Instrument
from lockstep.data.interval import interval_ns
from lockstep.data.recordings.tape_layout import TAPE
from lockstep.data.ticks.day_ends import DAY_NS, day_ends
from lockstep.kernels.bar import NEVER
from lockstep.kernels.builder import BUILDER, BUILT, Measure, pass_by
from lockstep.strategies.over_bars.gather import LONG_AGO, Row

YEARS_NS = 3650 * DAY_NS
PRICES = ("open", "high", "low", "close")


class Timetable:
    """To which session a bar belongs, and whether it is the last one there, by the clock alone: for ten years."""

    def __init__(self, instrument: Instrument, start_ns: int) -> None:
        self._instrument = instrument
        self._ends = day_ends(instrument, start_ns, start_ns + YEARS_NS)

    def sessions(self, open_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return int64[n] for bars that open then."""
        return self._instrument.zone.session_days(open_ns, self._instrument.session_shift_ns)

    def lasts(self, close_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Return bool[n]: does a session end when these bars close?"""
        places = np.searchsorted(self._ends, close_ns, "left")  # np.isin takes 0.8 ms for one bar
        return np.searchsorted(self._ends, close_ns, "right") > places


class Building:
    """Builds bars of equal length of some symbols' trades; moments are those of receipt."""

    def __init__(self, instruments: tuple[Instrument, ...], interval: str, start_ns: int) -> None:
        count = len(instruments)
        self._steps = [(instrument.tick, instrument.lot) for instrument in instruments]
        self.start_ns = start_ns
        self._timetables = [Timetable(instrument, start_ns) for instrument in instruments]
        self.states = np.zeros(count, BUILDER)
        """BUILDER[symbols]: the bars under way."""
        self.states["measure"], self.states["size"] = Measure.TIME, interval_ns(interval)
        self._built = np.zeros(count, BUILT)
        self._time = np.zeros(1, TAPE)
        self.session = LONG_AGO
        """Of the latest row."""

    def take(self, record: npt.NDArray[np.void], s: int) -> Row | None:
        """Take a market event of TAPE[1] about symbol ``s``; return the row that closed before it, if one did."""
        return self._row() if pass_by(self.states, record, s, self._built) else None

    @property
    def under_way(self) -> bool:
        """Has a bar opened that is not over?"""
        return bool(self.states["trades"].any())

    def pass_time(self, time_ns: int) -> Row | None:
        """Take that it is later; return the row that closed by then, if one did."""
        self._time["received_ns"] = time_ns
        return self.take(self._time, -1)

    def _row(self) -> Row:
        """Bars of one length that are under way close together, so there is but one row."""
        count = len(self._built)
        block = BarBlock(
            np.zeros(1, np.int64), np.zeros(1, np.int64), np.zeros((count, 1), np.bool_),
            np.full((count, 5, 1), np.nan), np.full((count, 1), NEVER), np.full((count, 1), np.nan),
        )  # fmt: skip
        last = np.zeros((count, 1), np.bool_)
        for s in np.flatnonzero(self._built["trades"]).tolist():
            self._put(block, last, s, self._built[s])
        block.session[0] = self.session
        return Row(block, last)

    def _put(self, block: BarBlock, last: npt.NDArray[np.bool_], s: int, built: Any) -> None:
        tick, lot = self._steps[s]
        timetable, opened = self._timetables[s], np.array([built["open_ns"]])
        block.close_time_ns[0] = built["close_ns"]
        block.present[s, 0] = True
        block.ohlcv[s, :, 0] = *(built[name] * tick for name in PRICES), built["lots"] * lot
        block.opening_ns[s, 0], block.opening[s, 0] = opened[0], block.ohlcv[s, 0, 0]
        self.session = max(self.session, int(timetable.sessions(opened)[0]))
        last[s, 0] = timetable.lasts(block.close_time_ns)[0]
