"""The exchange of a tick run in plain Python: queues are lists, and lots ahead are sums over what stands before.

Written from docs/execution.md, section "Ticks", apart from the kernels: no places, ranks, counters or caches.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

ADD, REDUCE, DELETE, EXECUTE, MODIFY, SET, CLEAR, QUOTE, TRADE, HIDDEN, PHASE = range(1, 12)
CONTINUOUS = 2
LAST, SNAPSHOT = 1, 2
POST_ONLY, REDUCE_ONLY = 1, 2
LIMIT, MARKET, STOP, STOP_LIMIT, TRAILING_STOP = range(5)
STOPS = (STOP, STOP_LIMIT, TRAILING_STOP)
BILLION = 10**9
GTC, DAY, GTD, IOC, FOK = range(5)
SENT, RESTING, FILLED, CANCELED, REJECTED, EXPIRED, WAITING = range(1, 8)
TRIGGERED = 101
REQUESTED, NOT_FILLED, SELF_TRADE, NOTHING_TO_REDUCE, WOULD_TRADE, NOT_ENOUGH, WRONG_PHASE = range(1, 8)
BAD_TYPE, BAD_FORCE, BAD_FLAGS, BAD_PREVENTION, BAD_SIZE, BAD_DISPLAY, BAD_TICK, OVER = 15, 16, 17, 18, 19, 20, 21, 23
NEWEST, OLDEST, BOTH, DECREMENT = range(1, 5)


@dataclass
class Market:
    """An order of the history; ``taken`` of its lots went to own orders, though history still shows them."""

    id: int
    lots: int
    taken: int = 0


@dataclass(eq=False)
class Own:
    """An own order."""

    id: int
    side: int
    tick: int
    lots: int
    type: int = LIMIT
    flags: int = 0
    force: int = GTC
    expiry: int | None = 0
    trigger: Any = 0  # None: a trailing stop that no trade has been seen by
    trail: int = 0  # of a trailing stop: ticks, below 0 billionths of the price
    best: int | None = None  # of a trailing stop: the best trade since it began to wait
    prevention: int = NEWEST
    display: int = 0
    shown: int = 0  # of an iceberg's portion
    refilled: bool = False  # a new portion is to join the end of the queue
    reached: bool = False
    state: int = SENT
    why: int = 0
    filled: int = 0
    ended: int | None = None  # at the exchange
    ahead_at_entry: float = 0.0
    estimate: float = 0.0  # lots ahead, where only sums are known
    traded: float = 0.0  # at its price since the level last changed
    hidden: int = 0  # lots that were ahead when the book was cleared, and are not back yet
    remaining: int = field(init=False)

    def __post_init__(self) -> None:
        self.remaining = self.lots


def share_behind(model, power, ahead, behind):
    """Say which share of canceled lots stood behind an order."""
    if behind <= 0:
        return 0.0
    if ahead <= 0:
        return 1.0
    whole = ahead + behind
    return {
        1: lambda: behind**power / (behind**power + ahead**power),
        2: lambda: math.log(1 + behind) / (math.log(1 + behind) + math.log(1 + ahead)),
        3: lambda: (behind / whole) ** power,
        4: lambda: math.log(1 + behind) / math.log(1 + whole),
        5: lambda: 1 - (ahead / whole) ** power,
    }[model]()


class Exchange(ABC):
    """History with own orders beside it.

    ``filled(order, lots, tick, maker)``, ``told(order, kind)`` and ``answered(order, why)`` are called.
    """

    def __init__(self, filled, told, answered, model=0, power=1.0):
        self.filled, self.told, self.answered, self.model, self.power = filled, told, answered, model, power
        self.resting: list[Own] = []
        self.position, self.phase = 0, CONTINUOUS
        self.waiting: list[Own] = []  # stops, in the order of their coming
        self.last: int | None = None  # price of the latest trade
        self.day_ends: list[int] = []

    # what the two kinds of book differ in
    @abstractmethod
    def lots_free(self, side, tick):
        """Return the lots at a price that own orders have not taken."""

    @abstractmethod
    def ticks(self, side):
        """List the prices of a side, the best first."""

    @abstractmethod
    def take(self, side, tick, lots):
        """Let an own order take lots that are displayed at a price."""

    @abstractmethod
    def apply(self, kind, side, flags, tick, lots, order_id):
        """Let an event of the history happen."""

    @abstractmethod
    def joined(self, order):
        """Be told that an own order begins to rest."""

    @abstractmethod
    def joined_again(self, order):
        """Be told that an iceberg shows another portion, behind all."""

    @abstractmethod
    def left(self, order):
        """Be told that an own order rests no longer."""

    # own orders
    def mine(self, side):
        """List own orders of a side by priority."""
        sign = -1 if side == 0 else 1
        own = [o for o in self.resting if o.side == side]
        return sorted(own, key=lambda o: (sign * o.tick, self.resting.index(o)))

    def may_trade(self, o):
        if not o.flags & REDUCE_ONLY:
            return o.remaining
        return min(o.remaining, max(-self.position if o.side == 0 else self.position, 0))

    def fill(self, o, lots, tick, maker):
        if lots <= 0:
            return 0
        o.remaining -= lots
        o.filled += lots
        self.position += lots if o.side == 0 else -lots
        if o.remaining == 0:
            o.state = FILLED
        if maker and o.display:
            self.use_portions(o, lots)
        self.traded(tick)
        self.filled(o, lots, tick, maker)
        return lots

    def use_portions(self, o, lots):
        while lots:
            part = min(lots, o.shown)
            o.shown -= part
            lots -= part
            if not o.shown and o.remaining:
                o.shown, o.refilled = min(o.display, o.remaining + lots), True
            elif not o.shown:
                break

    def portion(self, o):
        return min(o.shown, self.may_trade(o)) if o.display else self.may_trade(o)

    def settle(self):
        """After fills: the filled stop resting, and so do reduce-only orders with nothing to reduce."""
        for o in list(self.resting):
            if o.remaining == 0:
                self.withdraw(o)
            elif self.may_trade(o) == 0:
                self.end(o, CANCELED, NOTHING_TO_REDUCE)
            elif o.refilled:
                self.resting.remove(o)
                self.resting.append(o)
                self.joined_again(o)
                o.refilled = False

    def withdraw(self, o):
        if o in self.resting:
            self.resting.remove(o)
            self.left(o)

    def end(self, o, state, why):
        self.withdraw(o)
        if o in self.waiting:
            self.waiting.remove(o)
        o.state, o.why = state, why
        self.told(o, state)

    def reaches(self, side, limit, tick):
        """Say whether an order of ``side`` at ``limit`` (None: any price) may trade at ``tick``."""
        return limit is None or (tick <= limit if side == 0 else tick >= limit)

    def before_own(self, side, tick):
        """Say whether a price comes before the first own order on the other side."""
        other = [o.tick for o in self.resting if o.side != side]
        return not other or (tick < min(other) if side == 0 else tick > max(other))

    def for_sale(self, o, past_own=False):
        """List (tick, lots) that an arriving order may take, best first; ``past_own`` as if no own order was there."""
        limit = o.tick if o.type in (LIMIT, STOP_LIMIT) else None
        found = []
        for tick in self.ticks(1 - o.side):
            if not self.reaches(o.side, limit, tick) or not (past_own or self.before_own(o.side, tick)):
                break
            found.append((tick, self.lots_free(1 - o.side, tick)))
        return [(tick, lots) for tick, lots in found if lots > 0]

    def refused(self, o, now):
        """Return why an order may not enter, 0 for nothing."""
        if o.flags & POST_ONLY and not self.may_stay(o):
            return BAD_FLAGS
        if o.prevention not in (NEWEST, OLDEST, BOTH, DECREMENT):
            return BAD_PREVENTION
        if o.remaining < 1:
            return BAD_SIZE
        if o.display < 0 or (o.display and (not self.may_stay(o) or math.ceil(o.remaining / o.display) > 1000)):
            return BAD_DISPLAY
        if o.type == TRAILING_STOP and not self.is_trail(o.trail):
            return BAD_TICK
        if self.phase != CONTINUOUS:
            return WRONG_PHASE
        if o.expiry is not None and o.expiry <= now:
            return OVER
        return 0 if o.type in STOPS else self.hindered(o)

    def end_of(self, o, now):
        """Say when an order ends by the clock, None for never."""
        if o.type == MARKET or o.force not in (DAY, GTD):
            return None
        if o.force == GTD:
            return o.expiry
        return min((end for end in self.day_ends if end > now), default=None)

    def may_stay(self, o):
        return o.type in (LIMIT, STOP_LIMIT) and o.force not in (IOC, FOK)

    def hindered(self, o):
        """Return why an order can't come in as the book stands, 0 for nothing."""
        wanted = self.may_trade(o)
        if wanted == 0:
            return NOTHING_TO_REDUCE
        there = self.for_sale(o)
        if o.flags & POST_ONLY and (there or self.meets_own(o)):
            return WOULD_TRADE
        if o.force == FOK and sum(lots for _, lots in self.for_sale(o, o.prevention == OLDEST)) < wanted:
            return NOT_ENOUGH
        return 0

    def meets_own(self, o):
        if o.type in (LIMIT, STOP_LIMIT):
            return not self.before_own(o.side, o.tick)
        return any(p.side != o.side for p in self.resting)

    # stops
    def reaches_stop(self, o, tick):
        if o.trigger is None:
            return False
        return tick >= o.trigger if o.side == 0 else tick <= o.trigger

    def is_trail(self, trail):
        return trail > 0 or -BILLION < trail < 0

    def follow(self, o, tick):
        """Let a trailing stop stand behind the best trade that it has seen."""
        if tick is not None:
            o.best = tick if o.best is None else (min if o.side == 0 else max)(o.best, tick)
        if o.best is not None:
            part = Fraction(abs(o.best) * -o.trail, BILLION)
            distance = o.trail if o.trail > 0 else max(math.ceil(part), 1)
            o.trigger = o.best + distance if o.side == 0 else o.best - distance

    def traded(self, tick):
        """Remember a trade and mark the stops that it reaches."""
        self.last = tick
        self.look()

    def look(self):
        """In continuous trading mark the stops that the latest trade reaches, and let the others follow it."""
        for o in self.waiting:
            if self.phase != CONTINUOUS or self.last is None or o.reached:
                continue
            if self.reaches_stop(o, self.last):
                o.reached = True
            elif o.type == TRAILING_STOP:
                self.follow(o, self.last)

    def wait(self, o):
        if o in self.waiting:
            self.waiting.remove(o)
        self.waiting.append(o)
        o.state, o.reached = WAITING, False
        self.look()

    def release(self):
        """Let the next stop come in: buys first, the lowest trigger first, then sells, the highest first."""
        due = [o for o in self.waiting if o.reached]
        if self.phase != CONTINUOUS:
            for o in due:
                o.reached = False
            return
        o = min(due, key=lambda o: (o.side, o.trigger if o.side == 0 else -o.trigger))
        self.waiting.remove(o)
        o.state = SENT
        self.told(o, TRIGGERED)
        why = self.hindered(o)
        if why:
            self.end(o, CANCELED, why)
        else:
            self.come_in(o)
            if o.state == RESTING:
                self.told(o, RESTING)

    def enter(self, o, now):
        o.expiry = self.end_of(o, now)
        why = self.refused(o, now)
        if why:
            self.end(o, REJECTED, why)
            return
        if o.type in STOPS:
            self.wait(o)
            self.told(o, WAITING)
            return
        self.come_in(o)
        if o.state == RESTING:
            self.told(o, RESTING)

    def come_in(self, o):
        o.remaining = self.may_trade(o)
        o.lots = o.filled + o.remaining
        while True:
            for tick, lots in self.for_sale(o):
                got = min(lots, o.remaining)
                if got:
                    self.take(1 - o.side, tick, got)
                    self.fill(o, got, tick, False)
            self.settle()
            if o.remaining == 0:
                return
            if not self.meets_own(o):
                break
            self.prevent(o, self.mine(1 - o.side)[0])
            if o.state == CANCELED:
                return
        if not self.may_stay(o):
            self.end(o, CANCELED, NOT_FILLED)
        else:
            o.state = RESTING
            o.shown = min(o.display, o.remaining)
            self.resting.append(o)
            self.joined(o)
            o.ahead_at_entry = self.ahead(o)

    def prevent(self, o, resting):
        """``o`` comes to an own order that rests: it says what becomes of the two."""
        if o.prevention == DECREMENT:
            lots = min(o.remaining, resting.remaining)
            for one in (resting, o):
                if one.remaining == lots:
                    self.end(one, CANCELED, SELF_TRADE)
                    continue
                one.remaining -= lots
                one.lots -= lots
                one.shown = min(one.shown, one.remaining)
                if one is resting:
                    self.told(one, RESTING)
        if o.prevention in (OLDEST, BOTH):
            self.end(resting, CANCELED, SELF_TRADE)
        if o.prevention in (NEWEST, BOTH):
            self.end(o, CANCELED, SELF_TRADE)

    @abstractmethod
    def ahead(self, o):
        """Return the lots before an own order."""

    def cancel(self, o):
        if o.state not in (RESTING, WAITING):
            self.answered(o, 0)
        else:
            self.end(o, CANCELED, REQUESTED)

    def replace(self, o, trigger, tick, lots, now):
        if o.state == WAITING:
            self.change_stop(o, trigger, tick, lots)
        elif o.state != RESTING:
            self.answered(o, 0)
        elif 0 < lots <= o.filled:
            self.end(o, CANCELED, REQUESTED)
        else:
            self.change_to(o, tick, lots)

    def wrong_size(self, o, lots):
        if lots < 1:
            return BAD_SIZE
        return BAD_DISPLAY if o.display and math.ceil(lots / o.display) > 1000 else 0

    def change_stop(self, o, trigger, tick, lots):
        trails = o.type == TRAILING_STOP
        was = o.trail if trails else o.trigger
        trigger = was if trigger is None else trigger
        why = self.wrong_size(o, lots)
        if not why and trails and not self.is_trail(trigger):
            why = BAD_TICK
        why = why or (WRONG_PHASE if self.phase != CONTINUOUS else 0)
        if not why:
            anew = trigger != was or lots > o.remaining
            o.lots, o.remaining = lots, lots
            if trails:
                o.trail = trigger
                self.follow(o, None)
            else:
                o.trigger = trigger
            o.tick = tick if o.type == STOP_LIMIT else o.tick
            if anew:
                self.wait(o)
        self.answered(o, why)

    def change_to(self, o, tick, lots):
        was = o.tick, o.lots, o.remaining
        stays = tick == o.tick and lots <= o.lots
        o.tick, o.lots, o.remaining = tick, lots, lots - o.filled
        why = self.wrong_size(o, lots) or (
            WRONG_PHASE if self.phase != CONTINUOUS else 0 if stays else self.hindered(o)
        )
        if why:
            o.tick, o.lots, o.remaining = was
            self.answered(o, why)
        elif stays:
            o.shown = min(o.shown, o.remaining)
            self.answered(o, 0)
        else:
            self.withdraw(o)
            o.state = SENT
            self.come_in(o)
            if o.state == RESTING:
                self.answered(o, 0)

    def expire(self, now):
        for o in sorted([*self.resting, *self.waiting], key=lambda o: o.id):
            if o.expiry is not None and o.expiry <= now:
                self.end(o, EXPIRED, OVER)

    def meet(self, side):
        """Let own orders trade with what ``side`` displays at prices that reach them."""
        if self.phase != CONTINUOUS:
            return
        for o in self.mine(1 - side):
            got = 0
            for tick in self.ticks(side):
                if self.reaches(o.side, o.tick, tick):
                    part = min(self.lots_free(side, tick), self.may_trade(o) - got)
                    self.take(side, tick, part)
                    got += part
            self.fill(o, got, o.tick, True)
        self.settle()

    def trade_through(self, side, tick, lots):
        """Give a trade to own orders at better prices; return the lots left."""
        left = lots
        for o in self.mine(side):
            if o.tick != tick and self.reaches(1 - side, tick, o.tick):
                left -= self.fill(o, min(left, self.may_trade(o)), o.tick, True)
        return left
