"""Bars: an immutable view of some symbols' history, read block by block."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lockstep.data.actions import Action
from lockstep.data.adjustment import Adjust
from lockstep.data.blocks import BarBlock, blocks, copy_adjusted
from lockstep.data.cut import cut
from lockstep.data.events import action_events
from lockstep.data.history import History, same_calendar
from lockstep.data.instrument import Instrument
from lockstep.data.merge import count_rows
from lockstep.data.rules import show_time
from lockstep.errors import DataError

if TYPE_CHECKING:
    import polars as pl

BLOCK_ROWS = 16384


@dataclass(frozen=True, eq=False, repr=False)
class Bars:
    """The bars of one or more symbols over a span: what `Store.bars` gives and `backtest` takes.

    Nothing is read until blocks or a frame are asked for. `source` is 'synthetic' when the rows were generated;
    `adjust` is 'split', 'none' or 'total'; the prices of 'total' are none that anybody could trade at.
    """

    histories: tuple[History, ...]
    interval: str
    dataset: str
    source: str
    adjust: Adjust

    def __post_init__(self) -> None:
        if not self.histories:
            raise DataError("bars need at least one symbol")

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        symbols: str | Sequence[str] | None = None,
        interval: str | None = None,
        instruments: Instrument | Sequence[Instrument] | Mapping[str, Instrument] | None = None,
        calendar: str | None = None,
        source: str = "memory",
        actions: Mapping[str, Sequence[Action]] | None = None,
        adjust: Adjust = "none",
        **reading: Any,
    ) -> "Bars":
        """Take bars from a polars or pandas frame, a dict of columns, or a dict of those by symbol.

        Columns are guessed as in the importers and checked by the same rules. `symbols` names the one symbol of a
        frame without a symbol column ('ASSET' otherwise), or picks symbols. Without `instruments` or `calendar`
        each symbol trades around the clock in UTC and a date is a whole UTC day. With `actions` by symbol the prices
        are as traded, and `adjust` says what to do as in `Store.bars`. `reading` takes `time_zone`,
        `columns`, `time_format` and `label` as `Store.import_frame` does.

        Raises BadRowsError for rows that break a rule, BadFileError for missing columns.
        """
        from lockstep.data.memory import bars_from_frame

        return bars_from_frame(frame, symbols, interval, instruments, calendar, source, actions, adjust, reading)

    def __repr__(self) -> str:
        first, last = self.span
        days = f"{show_time(first)[:10]} to {show_time(last - 1)[:10]}"
        origin = f"{self.dataset}: {self.source}; adjust={self.adjust}"
        return f"Bars({', '.join(self.symbols)}; {self.interval}; {days}; {origin})"

    @property
    def symbols(self) -> tuple[str, ...]:
        """Names in the order asked for; the first axis of a block."""
        return tuple(history.instrument.symbol for history in self.histories)

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """What is known about each symbol, in the same order."""
        return tuple(history.instrument for history in self.histories)

    @property
    def synthetic(self) -> bool:
        """True when the rows were generated: no price in them was ever paid."""
        return self.source == "synthetic"

    @property
    def span(self) -> tuple[int, int]:
        """First open and last close among all symbols, ns UTC."""
        firsts, lasts = zip(*((h.first_open_ns, h.last_close_ns) for h in self.histories), strict=True)
        return min(firsts), max(lasts)

    @cached_property
    def rows(self) -> int:
        """Rows of the merged calendar, exact. Reads the close times once where the calendars differ."""
        return self.histories[0].rows if same_calendar(self.histories) else count_rows(self.histories)

    @cached_property
    def data_hash(self) -> str:
        """SHA-256 (hex) over the content's checksums, the span, the instruments and the actions."""
        parts = [
            {
                "instrument": history.instrument.to_dict(),
                "chunks": [chunk.key for chunk in history.chunks],
                "adjustment": [column.tolist() for column in history.adjustment],
                "actions": [action.to_dict() for action in history.actions],
            }
            for history in self.histories
        ]
        text = json.dumps({"interval": self.interval, "adjust": self.adjust, "symbols": parts}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def blocks(self, size: int = BLOCK_ROWS) -> Iterator[BarBlock]:
        """Walk through the merged calendar in blocks of at most `size` rows.

        Blocks end early where a file ends; their values don't depend on `size`. Raises CorruptStoreError when a file
        is not what the manifest says.
        """
        if size < 1:
            raise DataError(f"block size is {size}, but must be at least 1")
        return blocks(self.histories, size)

    def between(self, start_ns: int, end_ns: int) -> "Bars":
        """Return the bars that close after `start_ns` and not after `end_ns` (ns UTC), without copying them.

        Parts that follow one another share no bar and lose none. Every price is the very one that the whole has: a
        split after the part still divides the prices in it, as a sweep over a part and one over the whole must see the
        same bars (`Store.bars` with an end also applies every split that is stored). All prices before a split
        are divided alike, so no return tells of it; a rule that looks at the price level itself
        sees the level of the whole. Symbols keep their places, also one without a bar in the part.

        Sessions are numbered by day as in the whole; where exchanges in several zones take turns, start a part
        where a session starts. Raises NoDataError when no bar is left.
        """
        return replace(self, histories=cut(self.histories, start_ns, end_ns))

    def resample(self, interval: str) -> "Bars":
        """Put the bars together to longer ones: '5m', '1h', '1d', '1w'. Each is known at its close only.

        Parts of a day are counted from the session's open and end with the session, early closes of the exchange's
        calendar included; days and weeks hold what lies within sessions. Missing bars change no close, and a last bar
        whose end the data does not reach is left out. Prices keep the adjustment of these bars.

        Raises DataError for a length that is no multiple of these bars, and when no bar is complete.
        """
        from lockstep.data.resample import resample

        longer = resample(self, interval)
        if not any(history.rows for history in longer.histories):
            raise DataError(f"no bar of {interval} is complete by {show_time(self.span[1])}: give a longer history")
        return longer

    def actions(self) -> npt.NDArray[np.void]:
        """Give the corporate actions that these bars' prices don't contain, in the order in which they apply.

        ACTION[k], a structured array (see `lockstep.kernels.actions`) sorted by time, for an engine that applies
        them to positions: splits and dividends with adjust='none'; dividends, per share of the end of the history,
        with 'split'; with every adjustment changes of name and delistings. Splits, dividends and changes of name
        take effect at the open of the symbol's first bar on or after their day, a delisting at the close of its
        last day of trading. What comes after the last stored bar is never among them.
        """
        return action_events(self.histories, self.span[1])

    def frame(self) -> "pl.DataFrame":
        """All bars as one polars frame, symbol by symbol in time order; prices are adjusted as `adjust` says.

        Columns: symbol, open_time, close_time (Datetime ns UTC), session (Date, in the exchange's zone), open, high,
        low, close, volume.
        """
        import polars as pl

        return pl.concat([_symbol_frame(history) for history in self.histories])


def _symbol_frame(history: History) -> "pl.DataFrame":
    import polars as pl

    instrument, pieces = history.instrument, []
    for chunk in history.chunks:
        columns = chunk.open().columns
        values = np.empty((5, columns.rows), np.float64)
        copy_adjusted(columns, history.adjustment, values)
        days = instrument.zone.session_days(columns.open_time, instrument.session_shift_ns)
        times = {"open_time": columns.open_time, "close_time": columns.close_time}
        data = {name: pl.Series(time).cast(pl.Datetime("ns", "UTC")) for name, time in times.items()}
        data["session"] = pl.Series(days.astype(np.int32)).cast(pl.Date)
        data |= {
            name: pl.Series(row) for name, row in zip(("open", "high", "low", "close", "volume"), values, strict=True)
        }
        pieces.append(pl.DataFrame({"symbol": pl.repeat(instrument.symbol, columns.rows, eager=True)} | data))
    return pl.concat(pieces)
