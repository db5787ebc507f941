"""Rows of bars out of records of a tape: a row is whole when nothing more closes at its moment."""

import math
from struct import Struct
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.blocks import BarBlock
from lockstep.data.recordings.tape_layout import BAR, BarFlag, BarPart
from lockstep.kernels.bar import NEVER

_OPEN = int(BarPart.OPEN)
_RECORD = Struct("<qqddddiHBBBbB5x")  # BAR: reading its fields one by one takes five times as long
assert _RECORD.size == BAR.itemsize
_LAST, _SESSION_END = int(BarFlag.LAST), int(BarFlag.SESSION_END)
LONG_AGO = np.iinfo(np.int64).min


class Row(NamedTuple):
    """A row that is whole; its arrays hold until the next record is taken."""

    block: BarBlock
    """Of one row."""
    last: npt.NDArray[np.bool_]
    """bool[symbols, 1]: is the bar that closes here its symbol's last of the session?"""


class Gathering:
    """Puts the records of some symbols' bars together. One memory for all rows."""

    def __init__(self, symbols: tuple[str, ...]) -> None:
        self._symbols = symbols
        count = len(symbols)
        self.row = Row(
            BarBlock(
                np.zeros(1, np.int64), np.zeros(1, np.int64), np.zeros((count, 1), np.bool_),
                np.full((count, 5, 1), np.nan), np.full((count, 1), NEVER), np.full((count, 1), np.nan),
            ),
            np.zeros((count, 1), np.bool_),
        )  # fmt: skip
        self.opened = np.full(count, math.nan)
        """The open of each symbol's bar under way."""
        self.last_ns = LONG_AGO
        """When the latest whole row closed."""
        self.began = False
        """Is the row over, so that the next one begins with what comes?"""

    @property
    def under_way(self) -> bool:
        """Has a bar opened since the latest whole row?"""
        return not self.began and bool((self.row.block.opening_ns != NEVER).any())

    def take(self, record: npt.NDArray[np.void], s: int) -> tuple[Row | None, str]:
        """Take BAR[1] about symbol ``s``; return the row that it makes whole, if any, and why it is refused.

        What is refused changes nothing, but that its row is whole all the same.
        """
        if self.began:
            self._begin()
        _, time_ns, price, high, low, volume, session, _, _, _, kind, _, flags = _RECORD.unpack(record.tobytes())
        if kind == _OPEN:
            return None, self._open(s, time_ns, price)
        refused = self._close(s, time_ns, (price, high, low, volume), session, flags)
        whole = flags & _LAST and time_ns > self.last_ns and self.row.block.present.any()
        return (self._whole(time_ns) if whole else None), refused

    def _open(self, s: int, time_ns: int, price: float) -> str:
        if time_ns < self.last_ns:
            return f"{self._symbols[s]}: a bar opens before the latest row: bars come in order of time"
        if not 0.0 < price < math.inf:
            return f"{self._symbols[s]}: a bar can't open at {price!r}"
        block = self.row.block
        block.opening_ns[s, 0], block.opening[s, 0] = time_ns, price
        self.opened[s] = price
        return ""

    def _close(self, s: int, time_ns: int, numbers: tuple[float, float, float, float], session: int, flags: int) -> str:
        if time_ns <= self.last_ns:
            return f"{self._symbols[s]}: a bar closes before or with the latest row: bars come in order of time"
        opened, (price, high, low, volume) = float(self.opened[s]), numbers
        sound = 0.0 < low <= min(opened, price) and max(opened, price) <= high < math.inf and 0.0 <= volume < math.inf
        if math.isnan(opened) or not sound:
            return (
                f"{self._symbols[s]}: a bar can't open at {opened!r}, reach {high!r} and {low!r}, and close at"
                f" {price!r} with volume {volume!r}"
            )
        block = self.row.block
        block.present[s, 0] = True
        block.ohlcv[s, :, 0] = opened, high, low, price, volume
        block.session[0] = session
        self.row.last[s, 0] = bool(flags & _SESSION_END)
        self.opened[s] = math.nan
        return ""

    def _whole(self, time_ns: int) -> Row:
        self.row.block.close_time_ns[0] = self.last_ns = time_ns
        self.began = True
        return self.row

    def _begin(self) -> None:
        block = self.row.block
        block.present[:] = self.row.last[:] = False
        block.ohlcv[:] = block.opening[:] = np.nan
        block.opening_ns[:] = NEVER
        self.began = False
