"""Seeded random events for books: mostly what feeds send, and now and then what must be refused."""

from random import Random
from typing import NamedTuple

from tests.twins.book import OrderBook

from lockstep.kernels.book.events import EventKind

WILD = (-(2**63), -(2**62), -(2**60) - 1, -1, 0, 2**31 - 1, 2**60 + 1, 2**62 + 1, 2**63 - 1)
"""Numbers that no sensible event has, up to the ends of int64."""


class Command(NamedTuple):
    """The arguments of `Book.apply`."""

    kind: int
    side: int
    tick: int
    lots: int
    order_id: int = 0
    slot: int = -1


class OrderFlow:
    """L3 events about the orders that rest in a reference book at that moment.

    Prices lie within ``reach`` ticks of a middle that wanders; one in thirty lies up to a hundred times as far off.
    About ``crowd`` orders rest. One event in fifty is made bad in one of its numbers.
    """

    def __init__(self, seed: int, book: OrderBook, *, reach: int = 40, crowd: int = 150) -> None:
        self.random = Random(seed)
        self.book = book
        self.reach, self.crowd = reach, crowd
        self.middle = self.random.randrange(-1000, 1000)
        self.ids = 0

    def next(self) -> Command:
        """Return the next event; the reference book must have seen those before."""
        draw, live = self.random.random(), self.book.orders
        self.middle += self.random.choice((-1, 0, 0, 1))
        if draw < 0.0002:
            return Command(EventKind.CLEAR, self.random.choice((-1, 0, 1)), 0, 0)
        if draw < 0.001:
            return Command(EventKind.PHASE, -1, 0, self.random.randrange(4))
        command = self._add() if not live or draw < self._share_of_adds() else self._change()
        return self._spoilt(command) if self.random.random() < 0.02 else command

    def _share_of_adds(self) -> float:
        return 0.6 if len(self.book.orders) < self.crowd else 0.25

    def _tick(self) -> int:
        reach = self.reach * (100 if self.random.random() < 1 / 30 else 1)
        return self.middle + self.random.randrange(-reach, reach + 1)

    def _add(self) -> Command:
        self.ids += 1
        # Ids come in runs and from far apart, so that the table of ids sees neighbours and collisions.
        order_id = self.ids if self.random.random() < 0.5 else self.random.getrandbits(63) - 2**62
        side, lots = self.random.randrange(2), self.random.randrange(1, 500)
        return Command(EventKind.ADD, side, self._tick(), lots, order_id, self._free_slot())

    def _free_slot(self) -> int:
        if not self.book.by_slot:
            return -1
        while True:
            slot = self.random.randrange(2 * len(self.book.orders) + 2)
            if slot not in self.book.orders:
                return slot

    def _change(self) -> Command:
        key = self._victim()
        o = self.book.orders[key]
        slot = key if self.book.by_slot else -1
        kind = self.random.choice(
            (EventKind.REDUCE, EventKind.DELETE, EventKind.DELETE, EventKind.EXECUTE, EventKind.EXECUTE,
             EventKind.MODIFY)
        )  # fmt: skip
        lots = self.random.randrange(1, o.lots + 1) if self.random.random() < 0.6 else o.lots
        if kind == EventKind.MODIFY:
            tick = o.tick if self.random.random() < 0.6 else self._tick()
            return Command(kind, o.side, tick, self.random.randrange(1, 2 * o.lots + 1), o.id, slot)
        return Command(kind, o.side, o.tick, lots, o.id, slot)

    def _victim(self) -> int:
        """Return the key of the first in a best queue, or of any order."""
        side = self.random.randrange(2)
        queues = self.book.queues[side]
        if queues and self.random.random() < 0.3:
            return queues[max(queues) if side == 0 else min(queues)][0]
        return self.random.choice(list(self.book.orders))

    def _spoilt(self, c: Command) -> Command:
        wild, live = self.random.choice(WILD), [o.id for o in self.book.orders.values()] or [0]
        taken = self.random.choice(list(self.book.orders) or [0]) if self.book.by_slot else c.slot
        return self.random.choice(
            (
                c._replace(kind=self.random.choice((-1, 12, 99, wild, EventKind.SET, EventKind.QUOTE))),
                c._replace(side=self.random.choice((-1, 2, 3, wild))),
                c._replace(tick=wild),
                c._replace(lots=wild),
                c._replace(order_id=self.random.choice(live), slot=taken),
                c._replace(order_id=wild, slot=wild if self.book.by_slot else c.slot),
            )
        )


class LevelFlow:
    """L2 events (SET, CLEAR) or, with ``quotes``, L1 events, some of them bad."""

    def __init__(self, seed: int, *, quotes: bool, reach: int = 40) -> None:
        self.random = Random(seed)
        self.quotes, self.reach = quotes, reach
        self.middle = self.random.randrange(-1000, 1000)

    def next(self) -> Command:
        """Return the next event."""
        draw, side = self.random.random(), self.random.randrange(2)
        if draw < 0.003:
            return Command(EventKind.CLEAR, self.random.choice((-1, 0, 1, 2)), 0, 0)
        self.middle += self.random.choice((-1, 0, 0, 1))
        reach = self.reach * (100 if draw < 0.04 else 1)
        tick = self.middle + self.random.randrange(-reach, reach + 1)
        lots = 0 if self.random.random() < 0.4 else self.random.randrange(1, 500)
        command = Command(EventKind.QUOTE if self.quotes else EventKind.SET, side, tick, lots)
        if draw > 0.98:
            wild = self.random.choice(WILD)
            name = self.random.choice(("side", "tick", "lots"))
            return command._replace(**{name: wild})
        return command
