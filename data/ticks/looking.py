"""Looking at a book without trading in it: best prices over time, and all levels at a moment."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lockstep.data.rules import show_time
from lockstep.data.span import When, parse_span
from lockstep.data.ticks.opening import replayed
from lockstep.data.ticks.tracker import read_only
from lockstep.errors import NoDataError
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.frame import Book
from lockstep.kernels.book.sampling import MOMENT, TAPE, sample_block, sample_rest
from lockstep.kernels.book.tables import ASK, BID

if TYPE_CHECKING:
    import polars as pl

    from lockstep.data.ticks.ticks import Ticks

_WINDOW = 1 << 16
_SIDES = ("bid", "ask")
_BEST = ("bid", "bid_lots", "ask", "ask_lots")


def quotes(ticks: "Ticks") -> "pl.DataFrame":
    """See `Ticks.quotes`."""
    import polars as pl

    found = list(_bests(ticks))
    times = np.concatenate([times for times, _ in found])
    rows, facts = np.concatenate([rows for _, rows in found]), ticks.instrument
    new = _differs(rows)
    rows = rows[new]
    columns = {name: pl.Series(np.ascontiguousarray(rows[name])) for name in _BEST}
    frame = pl.DataFrame({"time": pl.Series(times[new]).cast(pl.Datetime("ns", "UTC")), **columns})
    prices = [pl.when(pl.col(f"{side}_lots") > 0).then(pl.col(side) * facts.tick).alias(side) for side in _SIDES]
    sizes = [(pl.col(f"{side}_lots") * facts.lot).alias(f"{side}_size") for side in _SIDES]
    shown = frame.select("time", *prices, *sizes)
    return shown.select(
        "time", "bid", "bid_size", "ask", "ask_size", (0.5 * (pl.col("bid") + pl.col("ask"))).alias("middle")
    )


def _bests(ticks: "Ticks") -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.void]]]:
    """Give times and the MOMENT after all events of each, where best prices may have changed, stretch by stretch."""
    book, tape, times = None, np.zeros(1, TAPE), np.zeros(0, np.int64)
    for given in ticks.blocks():
        block = read_only(given)
        if book is None:
            book = Book(int(np.median(block.tick[:10_000])) - _WINDOW // 2, window=_WINDOW, slots=ticks.slots)
        # The last moment of a block may go on in the next one.
        times = np.unique(np.append(times, block.time_ns))
        rows, depth = np.zeros(len(times), MOMENT), np.zeros((len(times), 2, 0, 2), np.int64)
        event, code = 0, int(Code.OK)
        while event < len(block.kind):
            event, code = sample_block(book.row, tape, block, event, times, rows, depth)
            if code != Code.OK:
                book.grow(Code(code))
        done, tape["done"] = int(tape["done"][0]), 0
        yield from _changed(times[:done], rows[:done])
        times = times[done:]
    assert book is not None  # a history has at least one event
    rows = np.zeros(len(times), MOMENT)
    sample_rest(book.row, tape, rows, np.zeros((len(times), 2, 0, 2), np.int64))
    yield times, rows


def _differs(rows: npt.NDArray[np.void]) -> npt.NDArray[np.bool_]:
    """Mark rows that are not as the one before."""
    return np.append(True, np.any([rows[name][1:] != rows[name][:-1] for name in _BEST], axis=0))


def _changed(
    times: npt.NDArray[np.int64], rows: npt.NDArray[np.void]
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.void]]]:
    """Leave out what is as the moment before, so that a long history takes no more memory than its quotes."""
    if len(rows):
        new = _differs(rows)
        yield times[new], rows[new]


def book_at(ticks: "Ticks", when: When) -> "pl.DataFrame":
    """See `Ticks.book_at`."""
    import polars as pl

    time_ns = _moment(ticks, when)
    first, last = ticks.span
    if not first <= time_ns:
        raise NoDataError(
            f"no book of {ticks.symbol} at {show_time(time_ns)}: the ticks reach from {show_time(first)} to"
            f" {show_time(last)} (UTC)"
        )
    book = replayed(ticks.parts, ticks.level, time_ns + 1).book
    sides = [(name, book.depth(code)) for name, code in (("bid", BID), ("ask", ASK))] if book else []
    levels = [(name, at + 1, *row) for name, depth in sides for at, row in enumerate(depth.tolist())]
    schema = {"side": pl.String, "level": pl.Int64, "tick": pl.Int64, "lots": pl.Int64, "orders": pl.Int64}
    frame = pl.DataFrame(levels, schema=schema, orient="row")
    return frame.select(
        "side", "level", (pl.col("tick") * ticks.instrument.tick).alias("price"),
        (pl.col("lots") * ticks.instrument.lot).alias("size"),
        *(["orders"] if ticks.level == "L3" else []), "tick", "lots",
    )  # fmt: skip


def _moment(ticks: "Ticks", when: When) -> int:
    bound = parse_span(when, None).start
    if bound is None:
        return ticks.span[1]
    if bound.day is not None:
        return ticks.instrument.day_start_ns(bound.day)
    assert bound.time_ns is not None  # a bound is a day or a moment
    return bound.time_ns
