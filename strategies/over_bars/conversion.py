"""Columns of the order model along the rows of a block: currency rates, funding, scores, last bars of sessions."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.blocks import BarBlock
from lockstep.data.extra import ExtraColumns
from lockstep.data.instrument import Instrument
from lockstep.errors import BacktestError
from lockstep.strategies.over_bars.order_model import constant_rate

Floats = npt.NDArray[np.float64]


class Rates:
    """Account currency per unit of each symbol's currency, as known at each close."""

    def __init__(self, given: Mapping[str, Any], currency: str, instruments: Sequence[Instrument]) -> None:
        """Take rates by currency: numbers or frames (see ``ExtraColumns``)."""
        self._constant = np.ones(len(instruments))
        self._columns: list[tuple[int, ExtraColumns]] = []
        for s, instrument in enumerate(instruments):
            if instrument.currency == currency:
                continue
            value = given[instrument.currency]
            constant = constant_rate(instrument.currency, value)
            if constant is not None:
                self._constant[s] = constant
            else:
                named = {instrument.currency: value}
                self._columns.append((s, ExtraColumns([instrument.currency], named, [instrument.symbol])))

    def at(self, block: BarBlock) -> Floats:
        """Return float64[symbols, n]; nan before the first rate is known."""
        out = np.repeat(self._constant[:, None], len(block.close_time_ns), axis=1)
        for s, column in self._columns:
            found = column.at(block.close_time_ns)[0, :, 0]
            bad = np.flatnonzero((found <= 0.0) | np.isinf(found))
            if len(bad):
                raise BacktestError(f"a currency rate must be above zero and finite, found {found[bad[0]]!r}")
            out[s] = found
        return out


class Funding:
    """Payments of perpetual contracts: each falls on the first row that closes at or after its time."""

    def __init__(self, given: Mapping[str, Any], symbols: Sequence[str]) -> None:
        """Take a frame with ``time`` and ``rate`` for each symbol that has any."""
        self._events = [self._read(symbol, given[symbol]) if symbol in given else None for symbol in symbols]
        self._done = np.zeros(len(symbols), np.int64)

    @staticmethod
    def _read(symbol: str, frame: Any) -> ExtraColumns:
        named = {"known_at": _field(symbol, frame, "time"), "value": _field(symbol, frame, "rate")}
        column = ExtraColumns([symbol], {symbol: named}, [symbol])
        if not np.isfinite(column.series(0, 0)[1]).all():
            raise BacktestError(f"funding rates of {symbol!r} must be finite numbers")
        return column

    def at(self, block: BarBlock) -> Floats:
        """Return float64[symbols, n]; nan where nothing is paid. Payments between two closes add up."""
        out = np.full((len(self._events), len(block.close_time_ns)), np.nan)
        for s, events in enumerate(self._events):
            if events is None:
                continue
            times, values = events.series(0, 0)
            start = int(self._done[s])
            stop = int(np.searchsorted(times, block.close_time_ns[-1], side="right"))
            rows = np.searchsorted(block.close_time_ns, times[start:stop], side="left")
            # What fell due before the first row found no position.
            for row, rate in zip(rows, values[start:stop], strict=True):
                out[s, row] = rate if np.isnan(out[s, row]) else out[s, row] + rate
            self._done[s] = stop
        return out


def _field(symbol: str, frame: Any, name: str) -> Any:
    if not (hasattr(frame, "columns") or isinstance(frame, Mapping)):
        raise BacktestError(f"funding of {symbol!r} must be a frame with 'time' and 'rate', found {frame!r}")
    if name not in (frame.columns if hasattr(frame, "columns") else frame):
        raise BacktestError(f"funding of {symbol!r} must have the fields 'time' and 'rate', it lacks {name!r}")
    return frame[name]


def last_of_session(block: BarBlock, following: BarBlock | None) -> npt.NDArray[np.bool_]:
    """Return bool[symbols, n]: is the bar that closes at a row its symbol's last one of the session?

    That is the exchange's timetable, known in advance; here it shows in the next bar's session, in this block or the
    next. A symbol that rests for longer than that within a session is taken to trade again in it.
    """
    out = np.zeros(block.present.shape, np.bool_)
    for s in range(len(out)):
        rows = np.flatnonzero(block.present[s])
        if not len(rows):
            continue
        sessions = block.session[rows]
        out[s, rows[:-1]] = sessions[1:] != sessions[:-1]
        later = np.flatnonzero(following.present[s]) if following is not None else rows[:0]
        after = following.session[later[0] if len(later) else -1] if following is not None else None
        out[s, rows[-1]] = after is None or after != sessions[-1]
    return out
