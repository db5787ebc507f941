"""The history that is cut and poisoned: one set of arrays, and every form in which code may ask for it."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.bars import Bars
from lockstep.data.blocks import BarBlock
from lockstep.data.columns import Columns
from lockstep.data.memory import memory_history
from lockstep.errors import VerifyError
from lockstep.kernels.bar import NEVER

if TYPE_CHECKING:
    import polars as pl

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
PRICES = ("open", "high", "low", "close", "volume")


class Market(NamedTuple):
    """S symbols over n rows of their merged calendar."""

    bars: Bars
    """Where instruments, interval and the rest of the facts come from."""
    open_time: Integers
    """int64[S, n] ns UTC, 0 where a symbol has no bar."""
    close_time: Integers
    """int64[n] ns UTC, strictly ascending."""
    session: Integers
    """int64[n], as drivers have it."""
    present: npt.NDArray[np.bool_]
    """bool[S, n]"""
    ohlcv: Floats
    """float64[S, 5, n], nan where a symbol has no bar."""
    extra: Floats
    """float64[S, n, C]: columns that were given as data, as known at each row."""
    extra_names: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Rows of the merged calendar."""
        return len(self.close_time)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Names of the symbols."""
        return self.bars.symbols

    def part(self, start: int, stop: int) -> "Market":
        """Return rows [start, stop) as if nothing else existed."""
        rows = slice(start, stop)
        return self._replace(
            open_time=self.open_time[:, rows], close_time=self.close_time[rows], session=self.session[rows],
            present=self.present[:, rows], ohlcv=self.ohlcv[:, :, rows], extra=self.extra[:, rows],
        )  # fmt: skip

    def block(self) -> BarBlock:
        """Return all rows as one block, for a compiled loop; opens, which only fills read, are left out."""
        shape = self.present.shape
        return BarBlock(
            np.ascontiguousarray(self.close_time), np.ascontiguousarray(self.session),
            np.ascontiguousarray(self.present), np.ascontiguousarray(self.ohlcv),
            np.full(shape, NEVER), np.full(shape, np.nan),
        )  # fmt: skip

    def as_bars(self) -> Bars:
        """Return the rows as ``Bars`` in memory; a symbol without a bar has an empty history."""
        now = int(self.close_time[-1])
        histories = tuple(
            memory_history(history, self._columns(s), now) for s, history in enumerate(self.bars.histories)
        )
        return Bars(histories, self.bars.interval, self.bars.dataset, self.bars.source, self.bars.adjust)

    def _columns(self, s: int) -> Columns:
        there = self.present[s]
        values = np.ascontiguousarray(self.ohlcv[s][:, there])
        return Columns(self.open_time[s, there], self.close_time[there], *values)

    def frame(self) -> "pl.DataFrame":
        """Return all bars as ``Bars.frame`` does: symbol by symbol, in time order."""
        return self.as_bars().frame()


def read_market(bars: Bars, limit: int) -> Market:
    """Load the last ``limit`` rows of bars; 0 means all.

    Raises ``VerifyError`` when fewer than three rows are left: nothing can be cut off them.
    """
    blocks = [BarBlock._make(array.copy() for array in block) for block in bars.blocks()]
    close_time = np.concatenate([block.close_time_ns for block in blocks])
    present = np.concatenate([block.present for block in blocks], axis=1)
    opened = np.zeros(present.shape, np.int64)
    for s, history in enumerate(bars.histories):
        opened[s, present[s]] = np.concatenate([chunk.open().columns.open_time for chunk in history.chunks])
    market = Market(
        bars, opened, close_time, np.concatenate([block.session for block in blocks]), present,
        np.concatenate([block.ohlcv for block in blocks], axis=2), np.empty((*present.shape, 0)), (),
    )  # fmt: skip
    if market.rows < 3:
        raise VerifyError(f"at least three bars are needed to look for look-ahead, found {market.rows}")
    return market.part(max(market.rows - limit, 0), market.rows) if limit else market


def as_pandas(frame: "pl.DataFrame", several: bool) -> Any:
    """Return bars as a pandas frame, indexed by close time in UTC; with a column ``symbol`` where there are several."""
    import pandas as pd

    columns = {name: frame[name].to_numpy() for name in PRICES}
    index = pd.DatetimeIndex(frame["close_time"].to_numpy(), name="close_time", tz="UTC")
    made = pd.DataFrame(columns, index=index)
    made.insert(0, "open_time", pd.DatetimeIndex(frame["open_time"].to_numpy(), tz="UTC"))
    made.insert(1, "session", pd.DatetimeIndex(frame["session"].to_numpy().astype("M8[s]")))
    if several:
        made.insert(0, "symbol", frame["symbol"].to_list())
    return made
