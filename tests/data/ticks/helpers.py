"""Small tick histories, and a reader that gives them, for the tests of ticks."""

from collections.abc import Iterator, Sequence

import numpy as np

from lockstep.data import Instrument
from lockstep.data.ticks import Batch, Findings, Level, Ticks
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventKind, TickBlock
from lockstep.kernels.book.frame import Book

START = 1_700_000_000 * 10**9  # 2023-11-14 22:13:20 UTC
SECOND = 10**9


def block(rows: Sequence[tuple[int, int, int, int, int, int]]) -> TickBlock:
    """Events from (time_ns, kind, side, tick, lots, id), each received 5 ns later and with flag LAST."""
    table = np.array(rows, np.int64).reshape(len(rows), 6)
    time_ns, kind, side, tick, lots, order_id = table.T
    return TickBlock(
        time_ns.copy(), time_ns + 5, kind.astype(np.uint8), side.astype(np.int8), np.ones(len(rows), np.uint8),
        tick.copy(), lots.copy(), order_id.copy(), np.full(len(rows), -1, np.int32),
    )  # fmt: skip


def orders(count: int, step: int = SECOND, seed: int = 1) -> TickBlock:
    """Valid L3 events, one a `step` from START on: orders come, shrink, trade and go on both sides of tick 1000."""
    rng = np.random.default_rng(seed)
    live: dict[int, tuple[int, int, int]] = {}
    rows = []
    for number in range(count):
        time_ns = START + number * step
        if len(live) < 5 or rng.random() < 0.5:
            side, lots, order_id = int(rng.integers(2)), int(rng.integers(1, 50)), number + 1
            tick = 1000 + (1 if side else -1) * int(rng.integers(1, 200))
            live[order_id] = side, tick, lots
            rows.append((time_ns, EventKind.ADD, side, tick, lots, order_id))
            continue
        order_id = list(live)[int(rng.integers(len(live)))]
        side, tick, rest = live.pop(order_id)
        kind = EventKind(int(rng.choice([EventKind.REDUCE, EventKind.DELETE, EventKind.EXECUTE])))
        lots = rest if kind == EventKind.DELETE else int(rng.integers(1, rest + 1))
        rows.append((time_ns, kind, side, tick, lots, order_id))
        if lots < rest:
            live[order_id] = side, tick, rest - lots
    return block(rows)


def levels(count: int, step: int = SECOND, seed: int = 1) -> TickBlock:
    """L2 events: displayed sizes at prices on both sides of tick 1000, and trades."""
    rng = np.random.default_rng(seed)
    side = rng.integers(0, 2, count)
    tick = 1000 + np.where(side == 0, -1, 1) * rng.integers(1, 30, count)
    kind = np.where(rng.random(count) < 0.1, EventKind.TRADE, EventKind.SET)
    lots = rng.integers(0, 9, count) + (kind == EventKind.TRADE)
    rows = zip((START + step * np.arange(count)).tolist(), kind, side, tick, lots, np.zeros(count), strict=True)
    return block(list(rows))


def cut(events: TickBlock, start: int, stop: int) -> TickBlock:
    return TickBlock._make(column[start:stop] for column in events)


class Made:
    """A reader of blocks in memory, given in stretches of `size`."""

    source = "made"
    share = 0.0

    def __init__(
        self, events: TickBlock, level: Level = "L3", size: int = 700, symbols: Sequence[str] = ("X",),
        numbered: bool = False, instrument: Instrument | None = None,
    ) -> None:  # fmt: skip
        self.level, self._events, self._size, self._symbols, self._numbered = level, events, size, symbols, numbered
        self.findings = Findings()
        self.instruments = {name: instrument or Instrument(name) for name in symbols}

    def blocks(self) -> Iterator[Batch]:
        count = len(self._events.kind)
        for start in range(0, count, self._size):
            part = cut(self._events, start, start + self._size)
            numbers = np.arange(start, start + len(part.kind)) if self._numbered else None
            for symbol in self._symbols:
                yield Batch(symbol, part, numbers)


def replayed(ticks: Ticks, size: int = 100) -> Book:
    """The book at the end of a history; every event can be applied."""
    book = Book(900, window=256, slots=ticks.slots)
    for events in ticks.blocks(size):
        done = book.replay(events)
        assert (done.code, done.events) == (Code.OK, len(events.kind))
    return book


def depths(book: Book) -> list[list[list[int]]]:
    return [book.depth(0).tolist(), book.depth(1).tolist()]


def queues(book: Book) -> list[tuple[int, int, int]]:
    """Orders by age: (id, place, lots)."""
    nodes = book.nodes[len(book.levels) :]
    resting = nodes[nodes["lots"] > 0]
    resting = resting[np.argsort(resting["rank"])]
    return list(zip(resting["id"].tolist(), resting["place"].tolist(), resting["lots"].tolist(), strict=True))


def columns(ticks: Ticks, size: int = 1000) -> TickBlock:
    """All events, copied."""
    parts = [[np.array(column) for column in events] for events in ticks.blocks(size)]
    return TickBlock._make(np.concatenate(column) for column in zip(*parts, strict=True))
