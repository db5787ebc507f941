"""Reference books in plain Python: dictionaries, lists and whole numbers of any size.

Written from docs/books.md, apart from the kernels: a queue is a list, the state hash is summed by its formula, and
nothing has a capacity. Codes are those that the document names.
"""

from dataclasses import dataclass
from typing import Any

OK, UNKNOWN_ORDER, DUPLICATE_ORDER, BAD_SIZE, BAD_SIDE = 0, 3, 4, 5, 6
UNKNOWN_KIND, BAD_PRICE, BAD_SLOT, OTHER_FEED = 9, 12, 13, 14
NONE, ADD, REDUCE, DELETE, EXECUTE, MODIFY, SET, CLEAR, QUOTE, TRADE, HIDDEN, PHASE = range(12)
MOST_LOTS, MOST_TICKS = 2**62, 2**60
WORD = 2**64


@dataclass
class Order:
    """An order that rests."""

    id: int
    side: int
    tick: int
    lots: int
    rank: int


def order_hash(o: Order) -> int:
    """Return what an order adds to the state hash."""
    mixed = (o.id * 0x9E3779B97F4A7C15 + o.rank * 0xC2B2AE3D27D4EB4F) % WORD
    mixed ^= ((2 * o.tick + o.side) * 0x165667B19E3779F9 + o.lots * 0xD6E8FEB86659FD93) % WORD
    mixed ^= mixed >> 32
    mixed = mixed * 0xBF58476D1CE4E5B9 % WORD
    return mixed ^ (mixed >> 29)


class OrderBook:
    """L3: orders by key (their slot, or their id), and per side and price the list of keys in the queue."""

    def __init__(self, *, by_slot: bool) -> None:
        self.by_slot = by_slot
        self.orders: dict[int, Order] = {}
        self.queues: tuple[dict[int, list[int]], dict[int, list[int]]] = ({}, {})
        self.rank = 0
        self.hash = 0
        self.phase = 2

    def apply(self, kind: int, side: int, tick: int, lots: int, order_id: int, slot: int) -> int:
        """Apply one event; return a code. Nothing changes unless it is OK."""
        key = slot if self.by_slot else order_id
        if kind == ADD:
            return self.add(key, order_id, side, tick, lots)
        if kind in (REDUCE, EXECUTE, DELETE, MODIFY):
            if key not in self.orders:
                return UNKNOWN_ORDER
            if kind == DELETE:
                return self.reduce(key, self.orders[key].lots)
            return self.modify(key, tick, lots) if kind == MODIFY else self.reduce(key, lots)
        if kind == CLEAR:
            return self.clear(side)
        if kind == PHASE:
            return self.change_phase(lots)
        if kind in (SET, QUOTE):
            return OTHER_FEED
        return OK if kind in (NONE, TRADE, HIDDEN) else UNKNOWN_KIND

    def add(self, key: int, order_id: int, side: int, tick: int, lots: int) -> int:
        code = unfit(side, tick, lots)
        if code != OK:
            return code
        if self.by_slot and not 0 <= key < 2**31 - 1:
            return BAD_SLOT
        if key in self.orders:
            return DUPLICATE_ORDER
        if self.displayed(side, tick) + lots > MOST_LOTS:
            return BAD_SIZE
        self.join(key, order_id, side, tick, lots)
        return OK

    def reduce(self, key: int, lots: int) -> int:
        o = self.orders[key]
        if not 0 < lots <= o.lots:
            return BAD_SIZE
        if lots == o.lots:
            self.leave(key)
        else:
            self.hash = (self.hash - order_hash(o)) % WORD
            o.lots -= lots
            self.hash = (self.hash + order_hash(o)) % WORD
        return OK

    def modify(self, key: int, tick: int, lots: int) -> int:
        o = self.orders[key]
        code = unfit(o.side, tick, lots)
        if code != OK:
            return code
        if tick == o.tick and lots <= o.lots:
            return self.reduce(key, o.lots - lots) if lots < o.lots else OK
        others = self.displayed(o.side, tick) - (o.lots if tick == o.tick else 0)
        if others + lots > MOST_LOTS:
            return BAD_SIZE
        self.leave(key)
        self.join(key, o.id, o.side, tick, lots)
        return OK

    def clear(self, side: int) -> int:
        if side not in (-1, 0, 1):
            return BAD_SIDE
        for key in [k for k, o in self.orders.items() if side in (-1, o.side)]:
            self.leave(key)
        return OK

    def change_phase(self, phase: int) -> int:
        if phase not in range(4):
            return UNKNOWN_KIND
        self.phase = phase
        return OK

    def join(self, key: int, order_id: int, side: int, tick: int, lots: int) -> None:
        self.rank += 1
        o = self.orders[key] = Order(order_id, side, tick, lots, self.rank)
        self.queues[side].setdefault(tick, []).append(key)
        self.hash = (self.hash + order_hash(o)) % WORD

    def leave(self, key: int) -> None:
        o = self.orders.pop(key)
        self.hash = (self.hash - order_hash(o)) % WORD
        queue = self.queues[o.side][o.tick]
        queue.remove(key)
        if not queue:
            del self.queues[o.side][o.tick]

    def displayed(self, side: int, tick: int) -> int:
        return sum(self.orders[key].lots for key in self.queues[side].get(tick, []))

    def depth(self, side: int) -> list[list[int]]:
        """Return [tick, lots, orders] of all levels, the best first."""
        ticks = sorted(self.queues[side], reverse=side == 0)
        return [[tick, self.displayed(side, tick), len(self.queues[side][tick])] for tick in ticks]

    def recount(self) -> int:
        """Return the state hash, summed over all that rests."""
        return sum(map(order_hash, self.orders.values())) % WORD


class LevelBook:
    """L2 and L1: displayed lots by side and price."""

    def __init__(self) -> None:
        self.lots: tuple[dict[int, int], dict[int, int]] = ({}, {})

    def apply(self, kind: int, side: int, tick: int, lots: int, *_: Any) -> int:
        """Apply one event; return a code."""
        if kind == CLEAR:
            return self.clear(side)
        if lots < 0 or lots > MOST_LOTS:
            return BAD_SIZE
        if side not in (0, 1):
            return BAD_SIDE
        if abs(tick) > MOST_TICKS:
            return BAD_PRICE
        if kind == QUOTE:
            self.lots[side].clear()
        if lots:
            self.lots[side][tick] = lots
        else:
            self.lots[side].pop(tick, None)
        return OK

    def clear(self, side: int) -> int:
        if side not in (-1, 0, 1):
            return BAD_SIDE
        for each in (0, 1):
            if side in (-1, each):
                self.lots[each].clear()
        return OK

    def depth(self, side: int) -> list[list[int]]:
        """Return [tick, lots, 1] of all levels, the best first."""
        return [[tick, self.lots[side][tick], 1] for tick in sorted(self.lots[side], reverse=side == 0)]


def unfit(side: int, tick: int, lots: int) -> int:
    """Return what is wrong with an order that no book could hold."""
    if not 0 < lots <= MOST_LOTS:
        return BAD_SIZE
    if side not in (0, 1):
        return BAD_SIDE
    return BAD_PRICE if abs(tick) > MOST_TICKS else OK
