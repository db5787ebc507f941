"""The columns of a table of ticks: found by name, read as times, whole ticks and lots, sides and actions."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.findings import Findings, Place, Trouble
from lockstep.data.ticks.units import from_floats, off_step
from lockstep.data.times import localise, read_times
from lockstep.data.zone import Zone
from lockstep.errors import BadFileError
from lockstep.kernels.book.events import EventKind
from lockstep.kernels.book.tables import ASK, BID

if TYPE_CHECKING:
    import polars as pl

Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
TableKind = Literal["quotes", "trades", "depth", "orders"]

NEEDED: dict[TableKind, tuple[str, ...]] = {
    "quotes": ("time", "bid", "ask"),
    "trades": ("time", "price", "size"),
    "depth": ("time", "side", "price", "size"),
    "orders": ("time", "action", "id", "side", "price", "size"),
}
OPTIONAL: dict[TableKind, tuple[str, ...]] = {
    "quotes": ("bid_size", "ask_size"), "trades": ("side", "id"), "depth": ("snapshot",), "orders": ()
}  # fmt: skip
ALL_KINDS = ("symbol", "received", "sequence")
_ALSO: dict[str, tuple[str, ...]] = {
    "time": ("timestamp", "ts", "datetime", "date_time", "exchange_time", "ts_event"),
    "received": ("local_timestamp", "received_time", "local_time", "ts_recv"),
    "symbol": ("ticker", "instrument", "sym"),
    "sequence": ("seq", "sequence_number"),
    "bid": ("bid_price", "best_bid", "bid_px"), "bid_size": ("bid_qty", "bid_volume", "bid_amount", "bid_sz"),
    "ask": ("ask_price", "best_ask", "ask_px", "offer"), "ask_size": ("ask_qty", "ask_volume", "ask_amount", "ask_sz"),
    "price": ("px",), "size": ("qty", "quantity", "amount", "volume", "shares"),
    "id": ("order_id", "trade_id", "orderid"), "action": ("type", "event"), "snapshot": ("is_snapshot",),
}  # fmt: skip
_SIDES = {"b": BID, "bid": BID, "buy": BID, "1": BID, "a": ASK, "ask": ASK, "s": ASK, "sell": ASK, "-1": ASK}
_ACTIONS = {
    "add": EventKind.ADD, "a": EventKind.ADD, "new": EventKind.ADD,
    "cancel": EventKind.REDUCE, "reduce": EventKind.REDUCE, "x": EventKind.REDUCE,
    "delete": EventKind.DELETE, "d": EventKind.DELETE,
    "execute": EventKind.EXECUTE, "e": EventKind.EXECUTE, "trade": EventKind.EXECUTE, "fill": EventKind.EXECUTE,
    "modify": EventKind.MODIFY, "m": EventKind.MODIFY,
}  # fmt: skip


def named(
    kind: TableKind, given: Sequence[str], mapping: Mapping[str, str], where: str
) -> dict[str, str]:  # fmt: skip
    """Find our columns among those given: {theirs: ours}, by the mapping, the same name or one that is common.

    Raises BadFileError naming what is missing.
    """
    ours = (*NEEDED[kind], *OPTIONAL[kind], *ALL_KINDS)
    unknown = sorted((set(mapping) - set(ours)) | (set(mapping.values()) - set(given)))
    if unknown:
        raise BadFileError(
            f"{where}: columns {unknown} are unknown; of {kind} there are {', '.join(ours)}, and the table has"
            f" {', '.join(given)}"
        )
    by_lower = {name.lower(): name for name in reversed(given)}
    found: dict[str, str] = {}
    for name in ours:
        theirs = mapping.get(name) or next((by_lower[n] for n in (name, *_ALSO.get(name, ())) if n in by_lower), None)
        if theirs is not None:
            found[theirs] = name
    missing = [name for name in NEEDED[kind] if name not in found.values()]
    if missing:
        raise BadFileError(
            f"{where}: no column for {', '.join(missing)} of {kind} among {', '.join(given)}: name it by"
            f" columns={{{missing[0]!r}: ...}} (--column {missing[0]}=...)"
        )
    return found


class Columns:
    """One symbol's rows of a stretch, read column by column; `bad` marks those that can't be read or counted.

    Each trouble goes into the findings with its place, once a row.
    """

    def __init__(self, frame: "pl.DataFrame", instrument: Instrument, findings: Findings, place: Place) -> None:
        self._frame, self._instrument, self._findings, self._place = frame, instrument, findings, place
        self.symbol = instrument.symbol
        self.bad: BoolArray = np.zeros(frame.height, np.bool_)

    def has(self, name: str) -> bool:
        """Whether the table has the column."""
        return name in self._frame.columns

    def times(self, name: str, zone: Zone, time_format: str | None) -> Int64Array:
        """Read times as ns UTC."""
        times = localise(read_times(self._frame[name], time_format), zone)
        self.mark(Trouble.UNREADABLE, times.bad, times.reason)
        return times.ns

    def ticks(self, name: str, *, empty: bool = False) -> Int64Array:
        """Read prices in ticks; `empty` ones are 0 where that is allowed."""
        return self._steps(name, self._instrument.tick, Trouble.OFF_TICK, "tick", empty)

    def lots(self, name: str, *, empty: bool = False) -> Int64Array:
        """Read sizes in lots; `empty` ones are 0 where that is allowed."""
        return self._steps(name, self._instrument.lot, Trouble.OFF_LOT, "lot", empty)

    def whole(self, name: str) -> Int64Array:
        """Read whole numbers."""
        import polars as pl

        values = self._frame[name].cast(pl.Int64, strict=False)
        self.mark(Trouble.UNREADABLE, values.is_null().to_numpy(), self._said(name, "a whole number"))
        return values.fill_null(0).to_numpy()

    def sides(self, name: str) -> Int64Array:
        """Read sides: bid, buy, b or 1 and ask, sell, a, s or -1."""
        return self._words(name, _SIDES, "a side such as 'bid' or 'ask', 'buy' or 'sell'")

    def actions(self, name: str) -> Int64Array:
        """Read what happened to an order as EventKind."""
        return self._words(name, _ACTIONS, "add, cancel, delete, execute or modify")

    def true(self, name: str) -> BoolArray:
        """Read flags."""
        import polars as pl

        text = self._frame[name].cast(pl.String).str.to_lowercase()
        return text.is_in(["true", "1", "t", "yes"]).fill_null(False).to_numpy()

    def _steps(self, name: str, step: float, trouble: Trouble, word: str, empty: bool) -> Int64Array:
        import polars as pl

        column = self._frame[name]
        if column.dtype == pl.String:
            column = column.str.strip_chars()
        values = column.cast(pl.Float64, strict=False)
        absent = self._frame[name].is_null().to_numpy() & empty
        found = values.fill_null(np.nan).to_numpy()
        self.mark(Trouble.UNREADABLE, ~np.isfinite(found) & ~absent, self._said(name, "a number"))
        steps, off = from_floats(np.where(np.isfinite(found), found, 0.0), step)
        symbol = self._instrument.symbol
        self.mark(
            trouble, off,
            lambda row: off_step(name, f"{found[row]:.10g}", symbol, word, step),
        )  # fmt: skip
        return steps

    def _words(self, name: str, known: Mapping[str, int], expected: str) -> Int64Array:
        import polars as pl

        text = self._frame[name].cast(pl.String).str.strip_chars().str.to_lowercase()
        codes = text.replace_strict(known, default=None, return_dtype=pl.Int64)
        self.mark(Trouble.UNREADABLE, codes.is_null().to_numpy(), self._said(name, expected))
        return codes.fill_null(0).to_numpy()

    def _said(self, name: str, expected: str) -> Callable[[int], str]:
        return lambda row: f"column {name} holds {self._frame[name][row]!r}: expected {expected}"

    def mark(self, trouble: Trouble, bad: BoolArray, what: Callable[[int], str]) -> None:
        """Mark rows as bad, with a finding for each that was not yet."""
        self._findings.add_rows(trouble, bad & ~self.bad, self._place, what)
        self.bad |= bad
