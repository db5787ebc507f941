"""Columns of text from CSV become rows of events: trades, quotes, levels and pictures of a book, whoever wrote them."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.decimals import Grid, Int64Array, Steps
from lockstep.data.ticks.findings import Findings, Trouble
from lockstep.data.ticks.lines import Lines
from lockstep.data.ticks.rows import UNTIMED, Rows, mark_last
from lockstep.kernels.book.events import EventFlag, EventKind
from lockstep.kernels.book.tables import ASK, BID

if TYPE_CHECKING:
    import polars as pl

BoolArray = npt.NDArray[np.bool_]
_SNAP = np.uint8(EventFlag.SNAPSHOT)


class Texts(NamedTuple):
    """Some lines of one symbol: `frame` with a column of text for each field, `spot` int64[n] their places."""

    frame: "pl.DataFrame"
    spot: Int64Array

    def pick(self, which: BoolArray) -> "Texts":
        """Return some lines."""
        return Texts(self.frame.filter(which), self.spot[which])

    def whole(self, name: str) -> Int64Array:
        """Return a column of whole numbers, int64[n]; UNTIMED where a field is none."""
        import polars as pl

        return self.frame[name].str.strip_chars().cast(pl.Int64, strict=False).fill_null(UNTIMED).to_numpy()

    def number(self, name: str) -> Int64Array:
        """Return a column of ids, int64[n]; 0 where a field is no number, as many venues' are."""
        found = self.whole(name)
        return np.where(found == UNTIMED, 0, found)

    def is_any(self, name: str, *values: str) -> BoolArray:
        """Mark lines whose field is one of `values`, whatever the case: bool[n]."""
        return self.frame[name].str.strip_chars().str.to_lowercase().is_in(values).fill_null(False).to_numpy()

    def text(self, name: str) -> bytes:
        """Return a column one field a line."""
        column = self.frame[name].fill_null("").str.replace_all("\n", "?", literal=True)
        return str(column.str.join("\n").item()).encode()

    def prices(self, name: str, grid: Grid) -> Steps:
        """Return a column in ticks."""
        return grid.prices.count_lines(self.text(name), len(self.spot))

    def sizes(self, name: str, grid: Grid) -> Steps:
        """Return a column in lots."""
        return grid.sizes.count_lines(self.text(name), len(self.spot))


class Stamps(NamedTuple):
    """When lines happened and were received, int64[n] in ns UTC, UNTIMED where a file does not tell."""

    time_ns: Int64Array
    received_ns: Int64Array


class Border(NamedTuple):
    """What a conversion needs beside the lines."""

    grid: Grid
    lines: Lines
    findings: Findings

    def untimed(self, texts: Texts, time_ns: Int64Array) -> BoolArray:
        """Mark lines without a time, with a finding for each: bool[n]."""
        bad: BoolArray = time_ns == UNTIMED
        self.findings.add_rows(
            Trouble.UNREADABLE, bad, self.lines.places(texts.spot), lambda _row: "the time is no number, or missing"
        )
        return bad

    def good(self, texts: Texts, ticks: Steps, lots: Steps, names: tuple[str, str]) -> BoolArray:
        """Mark lines whose price and size, columns `names`, are on the grid, with a finding for each other: bool[n]."""
        price, size = (texts.frame[name] for name in names)
        place = self.lines.places(texts.spot)
        bad = self.grid.check(ticks, lots, place, self.findings, lambda row: price[row], lambda row: size[row])
        return np.logical_not(bad)


def sides(bids: npt.NDArray[np.bool_], asks: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    """Return int8[n] sides from marks of lines: bid, ask, or -1."""
    return np.where(bids, BID, np.where(asks, ASK, -1)).astype(np.int8)


def trades(
    texts: Texts, stamps: Stamps, side: npt.NDArray[np.int8], price: str, size: str, number: Int64Array, border: Border
) -> Rows:
    """Make a TRADE of each line; `price` and `size` name columns, `side` int8[n] is the one that was hit."""
    ticks, lots = texts.prices(price, border.grid), texts.sizes(size, border.grid)
    good = border.good(texts, ticks, lots, (price, size)) & ~border.untimed(texts, stamps.time_ns)
    kind = np.full(len(side), EventKind.TRADE, np.uint8)
    flags = np.full(len(side), EventFlag.LAST, np.uint8)
    none = np.zeros(len(side), np.int64)
    return Rows(*stamps, kind, side, flags, ticks.values, lots.values, number, none, texts.spot).pick(good)


def quotes(texts: Texts, stamps: Stamps, names: tuple[str, str, str, str], number: Int64Array, border: Border) -> Rows:
    """Make two QUOTEs of each line; `names` are the columns of bid, its size, ask and its size; empty is 0."""
    rows = []
    untimed = border.untimed(texts, stamps.time_ns)
    for side, price, size in ((BID, names[0], names[1]), (ASK, names[2], names[3])):
        filled = _or_zero(_or_zero(texts, price), size)
        ticks, lots = filled.prices(price, border.grid), filled.sizes(size, border.grid)
        good = border.good(filled, ticks, lots, (price, size)) & ~untimed
        kind, sides = np.full(len(good), EventKind.QUOTE, np.uint8), np.full(len(good), side, np.int8)
        flags, none = np.zeros(len(good), np.uint8), np.zeros(len(good), np.int64)
        rows.append(Rows(*stamps, kind, sides, flags, ticks.values, lots.values, none, number, texts.spot).pick(good))
    both = Rows._make(np.concatenate(columns) for columns in zip(*rows, strict=True))
    both = both.pick(np.argsort(both.spot, kind="stable"))
    return mark_last(both, both.spot)


def _or_zero(texts: Texts, name: str) -> Texts:
    import polars as pl

    filled = pl.when(pl.col(name).fill_null("") == "").then(pl.lit("0")).otherwise(pl.col(name)).alias(name)
    return texts._replace(frame=texts.frame.with_columns(filled))


def levels(
    texts: Texts, stamps: Stamps, side: npt.NDArray[np.int8], names: tuple[str, str], number: Int64Array,
    snapshot: BoolArray, starts: BoolArray, group: Int64Array, border: Border,
) -> Rows:  # fmt: skip
    """Make a SET of each line, and a CLEAR before each that `starts` a snapshot.

    `names` are the columns of price and size, `snapshot` bool[n] marks lines of pictures, `group` int64[n] is the same
    number for lines of one message: after its last the book is whole again.
    """
    ticks, lots = texts.prices(names[0], border.grid), texts.sizes(names[1], border.grid)
    good = border.good(texts, ticks, lots, names) & ~border.untimed(texts, stamps.time_ns)
    kind = np.full(len(side), EventKind.SET, np.uint8)
    flags = np.where(snapshot, _SNAP, np.uint8(0))
    none = np.zeros(len(side), np.int64)
    rows = Rows(*stamps, kind, side, flags, ticks.values, lots.values, none, number, texts.spot)
    timed = stamps.time_ns != UNTIMED
    order = np.concatenate([np.flatnonzero(starts & timed), np.flatnonzero(good)])
    clears = int((starts & timed).sum())
    rows = rows.pick(order)
    rows.kind[:clears], rows.side[:clears], rows.tick[:clears], rows.lots[:clears] = EventKind.CLEAR, -1, 0, 0
    sequence = np.argsort(order, kind="stable")  # a CLEAR and the line that it stands before have one place
    return mark_last(rows.pick(sequence), group[order][sequence])


_SIDE_SHIFT = 48
_MIDDLE = 1 << 47
"""Ticks lie within 2**47 of zero."""


class Picture(NamedTuple):
    """All levels of a book that a file shows, int64[n] keys and lots; a key is side and tick, the keys ascend."""

    key: Int64Array
    lots: Int64Array


def pictures(
    texts: Texts, stamps: Stamps, depth: list[tuple[int, str, str]], before: Picture | None, border: Border
) -> tuple[Rows, Picture | None]:
    """Make SETs of what differs from line to line, where each line shows the best levels; return the last picture too.

    `depth` lists (side, price column, size column); empty fields are no level. The first line ever is a snapshot.
    """
    good = ~border.untimed(texts, stamps.time_ns)
    columns = []
    for side, price, size in depth:
        filled = (texts.frame[price].fill_null("") != "").to_numpy()
        some = texts.pick(filled)
        ticks, lots = some.prices(price, border.grid), some.sizes(size, border.grid)
        line = np.flatnonzero(filled)
        fine = border.good(some, ticks, lots, (price, size)) & good[line] & (lots.values > 0)
        columns.append((line[fine], np.full(int(fine.sum()), side), ticks.values[fine], lots.values[fine]))
    line, side_of, tick, lot = (np.concatenate(column) for column in zip(*columns, strict=True))
    key = (side_of << _SIDE_SHIFT) + tick + _MIDDLE
    return _differences(texts, stamps, np.flatnonzero(good), line, key, lot, before)


def _differences(
    texts: Texts, stamps: Stamps, kept: Int64Array, line: Int64Array, key: Int64Array, lots: Int64Array,
    before: Picture | None,
) -> tuple[Rows, Picture | None]:  # fmt: skip
    """Compare each picture with the one before; lines count among those `kept`."""
    if not len(kept):
        return _set_rows(texts, stamps, kept, np.zeros((0, 3), np.int64), False), before
    changes, first = [], before is None
    picture = before or Picture(np.zeros(0, np.int64), np.zeros(0, np.int64))
    order = np.lexsort((key, line))
    line, key, lots = line[order], key[order], lots[order]
    bounds = np.searchsorted(line, kept), np.searchsorted(line, kept, side="right")
    for row, start, stop in zip(kept.tolist(), *(bound.tolist() for bound in bounds), strict=True):
        shown = Picture(key[start:stop], lots[start:stop])
        changes += [(row, *change) for change in _changed(picture, shown)]
        picture = shown
    table = np.array(changes, np.int64).reshape(-1, 3)
    return _set_rows(texts, stamps, kept, table, first), picture


def _changed(old: Picture, new: Picture) -> list[tuple[int, int]]:
    """Return (key, lots) of levels that are gone, new or of another size."""
    gone = old.key[~np.isin(old.key, new.key, assume_unique=True)]
    at = np.searchsorted(old.key, new.key)
    at[at == len(old.key)] = 0
    same = (old.key[at] == new.key) & (old.lots[at] == new.lots) if len(old.key) else np.zeros(len(new.key), np.bool_)
    fresh = zip(new.key[~same].tolist(), new.lots[~same].tolist(), strict=True)
    return [*((key, 0) for key in gone.tolist()), *fresh]


def _set_rows(texts: Texts, stamps: Stamps, kept: Int64Array, changes: Int64Array, first: bool) -> Rows:
    """Make SETs of (line, key, lots), int64[n, 3]; a CLEAR before them where the first line is a snapshot."""
    line, key, lots = changes.T
    if first and len(kept):
        line, key, lots = (np.append(head, column) for head, column in ((kept[0], line), (_MIDDLE, key), (0, lots)))
    kind = np.full(len(line), EventKind.SET, np.uint8)
    side = (key >> _SIDE_SHIFT).astype(np.int8)
    flags = np.zeros(len(line), np.uint8)
    if first and len(kept):
        kind[0], side[0] = EventKind.CLEAR, -1
        flags[line == kept[0]] = _SNAP
    none = np.zeros(len(line), np.int64)
    tick = (key & ((1 << _SIDE_SHIFT) - 1)) - _MIDDLE
    times, received = stamps.time_ns[line], stamps.received_ns[line]
    return mark_last(Rows(times, received, kind, side, flags, tick, lots, none, none, texts.spot[line]), line)
