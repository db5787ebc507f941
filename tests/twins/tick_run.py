"""A tick run in plain Python: what comes next is the least of all that could, sorted afresh each time.

Written from docs/execution.md, section "Ticks". The strategy is a script: rows of (moment, what to ask for), some of
them at prices relative to the book that the strategy has heard of by then.
"""

import math
from dataclasses import dataclass, field
from typing import Any

from tests.twins.tick_exchange import (
    CANCELED,
    CONTINUOUS,
    EXECUTE,
    EXPIRED,
    FILLED,
    HIDDEN,
    LAST,
    PHASE,
    REJECTED,
    RESTING,
    SENT,
    TRADE,
    TRAILING_STOP,
    TRIGGERED,
    WAITING,
    Own,
)
from tests.twins.tick_levels import Levels
from tests.twins.tick_orders import Orders

SUBMIT, CANCEL, REPLACE = range(3)
ABSOLUTE, OF_BID, OF_ASK = range(3)
FILL = 100
EXPIRY, MARKET_EVENT, STOP_DUE, REQUEST, REPORT, FEED, TIMER, SAMPLE = range(8)
MASK = (1 << 64) - 1


@dataclass
class Ask:
    """A row of the script. ``order`` numbers orders by when they were sent, from 1."""

    time: int
    action: int
    order: int = 0
    side: int = 0
    relative: int = ABSOLUTE
    tick: int = 0
    lots: int = 0
    flags: int = 0
    force: int = 0
    expiry: int = 0
    type: int = 0
    trigger: int | None = None  # away from the tick; of a trailing stop its distance
    prevention: int = 1
    display: int = 0


@dataclass
class Known:
    """What the strategy knows of an order."""

    state: int
    tick: int
    remaining: int
    asked: int = 0
    why: int = 0
    last_request: int = 0
    last_report: int = 0


@dataclass
class Settings:
    """How the run goes."""

    book: str = "L2"
    apart: bool = False
    feed: int = 0
    entry: int = 0
    cancel: int = 0
    replace: int = 0
    report: int = 0
    jitter: int = 0
    feed_jitter: int = 0
    seed: int = 0
    recorded_requests: list[Any] = field(default_factory=list)
    recorded_cancels: list[Any] = field(default_factory=list)
    recorded_replaces: list[Any] = field(default_factory=list)
    recorded_reports: list[Any] = field(default_factory=list)
    on_feed: bool = False
    on_report: bool = False
    model: int = 0
    power: float = 1.0
    maker_fee: float = 0.0
    taker_fee: float = 0.0
    lot_fee: float = 0.0
    tick_size: float = 1.0
    lot_size: float = 1.0
    sample: int = 0
    day_ends: list[int] = field(default_factory=list)


def uniform(seed, draw):
    """SplitMix64's number at one place, in (0, 1]."""
    z = (seed + draw * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return (((z ^ (z >> 31)) >> 11) + 1) / (1 << 53)


def off_table(table, time):
    """Interpolate [(time, delay)] at a moment; the ends hold outside."""
    earlier = [row for row in table if row[0] <= time]
    later = [row for row in table if row[0] > time]
    if not earlier or not later:
        return (later[0] if later else earlier[-1])[1]
    (t0, d0), (t1, d1) = earlier[-1], later[0]
    return int(d0 + (time - t0) / (t1 - t0) * (d1 - d0))


class TickRun:
    """One run; ``events`` are (time, received, kind, side, flags, tick, lots, id)."""

    def __init__(self, events, script, settings: Settings, cash=0.0):
        self.events, self.script, self.s = events, script, settings
        kind = Orders if settings.book == "L3" else Levels
        told: Any = {
            "filled": self.filled,
            "told": self.told,
            "answered": self.answered,
            "model": settings.model,
            "power": settings.power,
        }
        self.exchange, self.seen = kind(**told), kind(*[lambda *_: None] * 3)
        self.exchange.day_ends = settings.day_ends
        self.cash, self.draws, self.sent, self.messages = cash, 0, 0, 0
        self.known_position = 0
        self.orders: dict[int, Own] = {}
        self.known: dict[int, Known] = {}
        self.requests: list[Any] = []
        self.reports: list[Any] = []
        self.fills: list[Any] = []
        self.closed: list[Any] = []
        self.log: list[Any] = []
        self.samples: list[Any] = []
        self.last_middle = math.nan
        self.now: Any = -math.inf
        self.done, self.heard, self.asked = 0, 0, 0
        self.crossed = 0
        self.wake = events[0][0] if events else None
        self.next_sample = events[0][0] if events and settings.sample else None
        self.moments = self.feed_moments()

    def heard_at(self):
        """Return when each event is heard: none before one that was sent earlier, none before it happens."""
        times, latest = [], -math.inf
        chances: dict[int, int] = {}  # by where its run of events received at one moment begins
        came = [max(received, time) for time, received, *_ in self.events]
        for k, (time, *_) in enumerate(self.events):
            chances[k] = chances[k - 1] if k and came[k] == came[k - 1] else self.chance_of_feed(k)
            latest = max(latest, came[k] + self.s.feed + chances[k] if self.s.apart else time)
            times.append(latest)
        return times

    def chance_of_feed(self, k):
        """Draw for the moment of receipt that begins with event k."""
        return int(-math.log(uniform(self.s.seed ^ 0x5F356495, k + 1)) * self.s.feed_jitter)

    def feed_moments(self):
        self.hearing = self.heard_at()
        whole = {t for t, e in zip(self.hearing, self.events, strict=True) if e[4] & LAST}
        return sorted(whole) if self.s.on_feed else []

    # what comes next
    def candidates(self):
        if self.done < len(self.events):
            yield self.events[self.done][0], MARKET_EVENT
        if self.requests:
            yield min(self.requests)[0], REQUEST
        for o in [*self.exchange.resting, *self.exchange.waiting]:
            if o.expiry is not None:
                yield o.expiry, EXPIRY
        if any(o.reached for o in self.exchange.waiting):
            yield self.now, STOP_DUE
        if self.reports:
            yield min(self.reports)[0], REPORT
        if self.moments:
            yield self.moments[0], FEED
        if self.wake is not None:
            yield self.wake, TIMER
        if self.next_sample is not None:
            yield self.next_sample, SAMPLE

    def run(self):
        while True:
            coming = min((c for c in self.candidates() if not self.is_over(c)), default=None)
            if coming is None:
                return self
            self.now, what = coming
            (
                self.expire,
                self.market,
                self.release,
                self.serve,
                self.hear_report,
                self.on_feed,
                self.on_timer,
                self.take_sample,
            )[what]()

    def is_over(self, coming):
        """The exchange stops with the last event; the strategy once it has heard of all of them."""
        if self.done < len(self.events):
            return False
        time, what = coming
        return time > (self.hearing[-1] if what in (REPORT, FEED, TIMER) else self.events[-1][0])

    def release(self):
        self.exchange.release()

    def market(self):
        _, _, kind, side, flags, tick, lots, order_id = self.events[self.done]
        self.exchange.apply(kind, side, flags, tick, lots, order_id)
        if kind in (TRADE, HIDDEN, EXECUTE):
            self.exchange.traded(tick)
        elif kind == PHASE:
            self.exchange.look()
        self.done += 1
        bids, asks = self.exchange.ticks(0), self.exchange.ticks(1)
        whole = flags & LAST and self.exchange.phase == CONTINUOUS
        self.crossed += bool(whole and bids and asks and bids[0] >= asks[0])

    def expire(self):
        self.exchange.expire(self.now)

    # messages
    def jitter(self):
        if not self.s.jitter:
            return 0
        self.draws += 1
        return int(-math.log(uniform(self.s.seed, self.draws)) * self.s.jitter)

    def request(self, order_id, action, tick, trigger, lots):
        base = (self.s.entry, self.s.cancel, self.s.replace)[action]
        s = self.s
        table = (s.recorded_requests, s.recorded_cancels, s.recorded_replaces)[action]
        delay = off_table(table, self.now) if table else base + self.jitter()
        known = self.known[order_id]
        known.last_request = max(known.last_request, self.now + delay)
        self.requests.append((known.last_request, self.number(), order_id, action, tick, trigger, lots))

    def number(self):
        self.messages += 1
        return self.messages

    def report(self, o, kind, lots, answers=0, why=0):
        delay = off_table(self.s.recorded_reports, self.now) if self.s.recorded_reports else (
            self.s.report + self.jitter()
        )  # fmt: skip
        known = self.known[o.id]
        known.last_report = max(known.last_report, self.now + delay)
        self.reports.append((known.last_report, self.number(), o.id, kind, o.tick, lots, o.remaining, answers, why))

    def told(self, o, kind):
        o.ended = self.now if kind in (CANCELED, REJECTED, EXPIRED) else None
        self.report(o, kind, 0)

    def answered(self, o, why):
        self.report(o, o.state, 0, 1, why)

    def filled(self, o, lots, tick, maker):
        signed = lots if o.side == 0 else -lots
        value = lots * self.s.lot_size * tick * self.s.tick_size
        fee = (self.s.maker_fee if maker else self.s.taker_fee) * value + self.s.lot_fee * lots
        self.cash -= signed * self.s.lot_size * tick * self.s.tick_size + fee
        o.ended = self.now if not o.remaining else o.ended
        self.fills.append((o.id, self.now, o.side, tick, lots, int(maker), self.exchange.position, fee))
        self.report(o, FILL, lots)

    def serve(self):
        message = min(self.requests)
        self.requests.remove(message)
        _, _, order_id, action, tick, trigger, lots = message
        o = self.orders[order_id]
        if o.ended is not None:
            self.report(o, o.state, 0)
        elif action == SUBMIT:
            self.exchange.enter(o, self.now)
        elif action == CANCEL:
            self.exchange.cancel(o)
        else:
            self.exchange.replace(o, trigger, tick, lots, self.now)

    def hear_report(self):
        message = min(self.reports)
        self.reports.remove(message)
        _, _, order_id, kind, tick, lots, remaining, answers, why = message
        known, o = self.known[order_id], self.orders[order_id]
        if known.state in (SENT, RESTING, WAITING):
            if kind == FILL:
                known.remaining = remaining
                self.known_position += lots if o.side == 0 else -lots
                if remaining == 0:
                    self.close(o, known, FILLED)
            elif kind == TRIGGERED:
                known.state, known.remaining = SENT, remaining
            elif kind in (RESTING, WAITING):
                known.asked -= answers
                known.why = why
                known.state, known.tick, known.remaining = kind, tick, remaining
            elif kind in (CANCELED, REJECTED, EXPIRED):
                self.close(o, known, kind)
        if self.s.on_report:
            self.act()

    def close(self, o, known, state):
        known.state = state
        self.closed.append((o.id, state, o.why, o.side, o.tick, o.lots, o.filled, o.ended, self.now, o.ahead_at_entry))

    # the strategy
    def on_feed(self):
        self.moments.pop(0)
        self.act()

    def on_timer(self):
        self.act()

    def act(self):
        if self.wake is not None and self.wake <= self.now:
            self.wake = None
        while self.heard < len(self.events) and self.hearing[self.heard] <= self.now:
            if not self.s.apart and self.heard >= self.done:
                break
            _, _, kind, side, flags, tick, lots, order_id = self.events[self.heard]
            self.seen.apply(kind, side, flags, tick, lots, order_id)
            self.heard += 1
        best = [self.seen.ticks(side) for side in (0, 1)]
        bid, ask = (ticks[0] if ticks else None for ticks in best)
        knows = [
            ((k.state == RESTING) + 3 * (k.state == WAITING), k.remaining, k.tick, k.why)
            for k in self.known.values()
            if k.state in (SENT, RESTING, WAITING)
        ]
        lots = [self.seen.lots_free(side, ticks[0]) if ticks else 0 for side, ticks in enumerate(best)]
        summary = sum((2 * r + 1) * (3 * n + t) + 7 * w for r, n, t, w in knows)
        self.log.append((self.now, bid, ask, *lots, self.known_position, len(knows), summary))
        while self.asked < len(self.script) and self.script[self.asked].time <= self.now:
            self.ask(self.script[self.asked], bid, ask)
            self.asked += 1
        if self.asked < len(self.script):
            self.wake = self.script[self.asked].time

    def ask(self, a, bid, ask):
        base = (0, bid, ask)[a.relative]
        if base is None:
            return
        tick = base + a.tick
        if a.action == SUBMIT:
            self.sent += 1
            o = Own(self.sent, a.side, tick, a.lots, a.type, a.flags, a.force, a.expiry, tick + (a.trigger or 0))
            o.prevention, o.display = a.prevention, a.display
            if a.type == TRAILING_STOP:
                o.trigger, o.trail = None, a.trigger or 0
            self.orders[o.id] = o
            self.known[o.id] = Known(SENT, tick, a.lots, last_request=self.now, last_report=self.now)
            self.request(o.id, SUBMIT, tick, None, a.lots)
        elif a.order in self.known:
            known = self.known[a.order]
            if known.state in (SENT, RESTING, WAITING) and known.asked == 0:
                known.asked += 1
                base = 0 if self.orders[a.order].type == TRAILING_STOP else tick
                self.request(a.order, a.action, tick, None if a.trigger is None else base + a.trigger, a.lots)

    def take_sample(self):
        bid, ask = (ticks[0] if ticks else None for ticks in map(self.exchange.ticks, (0, 1)))
        known = [t for t in (bid, ask) if t is not None]
        middle = sum(known) / len(known) if known else self.last_middle
        self.last_middle = middle
        units = self.exchange.position * self.s.lot_size
        self.samples.append((self.now, self.cash + (units * middle * self.s.tick_size if units else 0.0)))
        following = self.now + self.s.sample
        if self.done < len(self.events):
            while following < self.events[self.done][0]:
                following += self.s.sample
        self.next_sample = following
