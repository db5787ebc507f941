"""What book_replay.py runs in a process of its own."""

import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from benchmarks.harness import ROOT
from tests.kernels.book.blocks import block
from tests.kernels.book.commands import Command, OrderFlow
from tests.kernels.book.lobster import as_events, messages
from tests.twins.book import OK, OrderBook

from lockstep.data.ticks.execution import TickExecution
from lockstep.kernels.book.codes import NEEDS_ROOM, Code
from lockstep.kernels.book.events import EventFlag, EventKind, TickBlock
from lockstep.kernels.book.frame import Book
from lockstep.kernels.book.resolve import resolve
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.vector.ticks.drive import Driven

AAPL = ROOT.parent / "shared/data/lobster/AAPL_2012-06-21_34200000_37800000_message_50.csv.gz"
MESSAGES = 91_997
WIDE = 1 << 16


class Nothing(NamedTuple):
    """The state of a strategy that remembers nothing."""

    unused: int


class Idle(OrderKernel):
    """Looks after every event, and does nothing."""

    @staticmethod
    def init(params: Any) -> Nothing:  # noqa: ARG004 - a fixed signature
        """Return no state."""
        return Nothing(0)

    @staticmethod
    def act(state: Nothing, desk: Any, params: Any) -> Nothing:  # noqa: ARG004 - likewise
        """Do nothing."""
        return state


class Asleep(Idle):
    """Looks once, at the start."""

    on_feed = False


def replays(repeats: int) -> dict[str, Any]:
    """Time every way of replaying the messages; seconds of processor time each."""
    events, source = history()
    base = int(np.median(events.tick)) - WIDE // 2
    slots, most = resolved(events, base)
    by_id = events._replace(slot=np.full(len(events.slot), -1, np.int32))
    tiny = base + WIDE // 2 - 32
    ways: dict[str, tuple[TickBlock, dict[str, int], bool]] = {
        "slots": (slots, {"base": base, "slots": most}, False),
        "watched": (slots, {"base": base, "slots": most}, True),
        "table": (by_id, {"base": base, "slots": most, "entries": 2 << most.bit_length()}, False),
        "growing": (by_id, {"base": base, "slots": 16, "entries": 32}, False),
        "narrow": (slots, {"base": tiny, "window": 64, "slots": most, "far_room": 1024}, False),
    }
    values: dict[str, Any] = {"events": len(events.kind), "orders": most, "source": source}
    hashes = set[int]()
    for name, (feed, sizes, watch) in ways.items():
        values[name] = [seconds(feed, sizes, watch, hashes) for _ in range(repeats + 1)][1:]
    values["single"] = [single(slots, {"base": base, "slots": most}, hashes) for _ in range(max(repeats // 6, 3))]
    for name, strategy in (("asleep", Asleep()), ("idle", Idle())):
        values[name] = [driven(slots, strategy, most, hashes) for _ in range(repeats + 1)][1:]
    return values | {"hash": f"{min(hashes):#018x}", "same": len(hashes) == 1}


def history() -> tuple[TickBlock, str]:
    """Return the messages, every one whole by itself, and where they are from."""
    if AAPL.exists():
        events, source = as_events(messages(Path(AAPL))), "AAPL, LOBSTER's sample"
    else:
        events, source = seeded(MESSAGES), "seeded flow"
    events.flags[:] = EventFlag.LAST
    return events, source


def seeded(count: int) -> TickBlock:
    """Return a flow of good events about some 400 orders, by id."""
    twin, commands = OrderBook(by_slot=False), list[Command]()
    flow = OrderFlow(1, twin, crowd=400)
    while len(commands) < count:
        command = flow.next()
        if command.kind in range(1, 6) and twin.apply(*command) == OK:
            commands.append(command)
    return block(commands)


def resolved(events: TickBlock, base: int) -> tuple[TickBlock, int]:
    """Return the events with slots, those of unknown orders made none, and how many slots there are."""
    book = Book(base, window=WIDE, slots=16, entries=32)
    slots, codes = np.zeros(len(events.kind), np.int32), np.zeros(len(events.kind), np.int64)
    event = 0
    while (event := resolve(book.row, events, event, False, slots, codes)) < len(events.kind):
        assert codes[event] in NEEDS_ROOM
        book.grow(Code(codes[event]))
    kind: npt.NDArray[np.uint8] = np.where(codes == Code.OK, events.kind, EventKind.NONE).astype(np.uint8)
    events.kind[:] = kind
    return events._replace(kind=kind, slot=slots), int(book.row["next_slot"][0])


def seconds(events: TickBlock, sizes: dict[str, int], watch: bool, hashes: set[int]) -> float:
    """Return the processor time of a replay into an empty book; the book's memory is there before."""
    book = Book(**{"window": WIDE, **sizes})
    for array in (book.levels, book.nodes, book.far, book.entries, book.bits):
        array[:] = array.copy()
    start = time.process_time()
    book.replay(events, strict=False, watch_crossing=watch)
    passed = time.process_time() - start
    assert book.digest == book.recount()
    hashes.add(book.digest)
    return passed


def single(events: TickBlock, sizes: dict[str, int], hashes: set[int]) -> float:
    """Return seconds per event of `Book.apply`, the loop that calls it included."""
    columns = (events.kind, events.side, events.tick, events.lots, events.id, events.slot)
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    book = Book(**{"window": WIDE, **sizes})
    apply = book.apply
    start = time.process_time()
    for kind, side, tick, lots, order_id, slot in rows:
        apply(kind, side, tick, lots, order_id, slot)
    passed = time.process_time() - start
    hashes.add(book.digest)
    return passed / len(rows)


def driven(events: TickBlock, strategy: OrderKernel, slots: int, hashes: set[int]) -> float:
    """Return the processor time of a whole tick run over the events: `advance`, with a strategy that does nothing."""
    run = Driven(
        iter([events]), strategy, TickExecution(), slots=slots, cash=0.0, tick_size=0.01, lot_size=1.0, multiplier=1.0
    )
    start = time.process_time()
    frame = run.drive()
    passed = time.process_time() - start
    hashes.add(frame.book.digest)
    return passed
