"""Twenty-five thousand random orders of 32 lanes that share an account never pass a limit.

The oracle is plain Python over what is true at the exchange and under way, of which the guard hears late: it adds up
what each order may still trade, and tries the worst.
"""

import random

import numpy as np

from lockstep.kernels.book.events import EventFlag, EventKind
from lockstep.kernels.book.frame import Book
from lockstep.kernels.layout import Packed
from lockstep.kernels.order_terms import NO_TICK, Force, OrderFlag, OrderType, Prevention
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.frame import Frame
from lockstep.kernels.ticks.guards import Guarded, Guards
from lockstep.kernels.ticks.inbound import go_on, take_event
from lockstep.kernels.ticks.inbound_record import INBOUND
from lockstep.kernels.ticks.outside import ask_cancel, ask_replace, send_order
from lockstep.kernels.ticks.tables import Action, OrderState

LANES, SYMBOLS, ORDERS, P = 32, 4, 25_000, 10_000
LIMITS = RiskLimits(
    max_position_size=60, max_order_size=12, max_gross_exposure=150 * P, max_open_orders=90, max_symbol_open_orders=30,
    max_order_rate=1000, order_rate_window=1e-4, prevent_self_trade=False,
)  # fmt: skip
WINDOW_NS = 100_000
ALIVE = (OrderState.SENT, OrderState.RESTING, OrderState.WAITING)


def lane_of(k, guards):
    nothing = Packed(np.zeros(0), np.zeros(0, np.int64), np.zeros(0), np.zeros((0, 3), np.int64))
    late = {"entry_ns": 40, "cancel_ns": 30, "replace_ns": 50, "report_ns": 60}
    frame = Frame(
        Book(P - 64, window=128, slots=0), None, 0, nothing, nothing, 1e9, feed_ns=0, queue_model=1, power=1.0,
        intent_room=1 << 10, **late,
    )  # fmt: skip
    frame.watch(guards, k)
    frame.listen()
    return frame


class Market:
    """Events of one lane's book, one at a time."""

    def __init__(self, frame, chance):
        self.frame, self.chance, self.record, self.now = frame, chance, np.zeros(1, INBOUND), 0

    def event(self, now, kind, side, tick, lots):
        record = self.record[0]
        record["received_ns"], record["kind"], record["side"], record["tick"] = now, kind, side, tick
        record["lots"], record["slot"], record["flags"] = lots, -1, EventFlag.LAST
        stop, _ = take_event(self.frame.run, self.record)
        while stop != Stop.EVENTS:
            self.frame.grow(Stop(stop))
            stop, _ = go_on(self.frame.run)

    def quotes(self, now):
        for side, tick in ((0, P - 3), (1, P + 3)):
            self.event(now, EventKind.SET, side, tick, 5)

    def moves(self, now):
        side = self.chance.randrange(2)
        tick = P - self.chance.randrange(4) if side == 0 else P + self.chance.randrange(4)
        self.event(now, EventKind.TRADE, side, tick, self.chance.randrange(1, 9))


class Truth:
    """What a lane's orders may still trade, as they are at the exchange or on their way there."""

    def __init__(self, frame):
        self.frame = frame
        self.position = self.buys = self.sells = self.count = 0

    def look(self):
        frame, own, run = self.frame, self.frame.own, self.frame.run[0]
        asked = {}
        for k in range(int(run["request_count"])):
            message = frame.requests[k]
            if message["kind"] == Action.REPLACE:
                asked[int(message["id"])] = int(message["lots"])
        used, left = int(run["own_used"]), [0, 0]
        self.count = 0
        for row, state in enumerate(own["state"][:used].tolist()):
            if state in ALIVE:
                self.count += 1
                order = own[row]
                more = asked.get(int(order["id"]), 0) - int(order["filled"])
                left[order["side"]] += max(int(order["remaining"]), more)
        self.position, (self.buys, self.sells) = int(run["exchange_position"]), left


def test_random_orders_never_pass_a_limit():
    chance = random.Random(7)
    guards = Guards([Guarded(f"S{k % SYMBOLS}", 1e9, 1.0, 1.0) for k in range(LANES)], LIMITS)
    frames = [lane_of(k, guards) for k in range(LANES)]
    markets, truths = [Market(frame, chance) for frame in frames], [Truth(frame) for frame in frames]
    now, sent_at, passed, filled = 0, [], 0, 0
    for market in markets:
        now += 1
        market.quotes(now)
    for _ in range(ORDERS):
        now += chance.randrange(1, 40)
        k = chance.randrange(LANES)
        frame = frames[k]
        if chance.random() < 0.5:
            markets[k].moves(now)
        frame.run["now_ns"] = max(now, int(frame.run["now_ns"][0]))
        frame.run["acts"] += 1
        before = int(frame.run["intent_count"][0])
        _asks(frame, chance)
        intents = frame.intents[before : int(frame.run["intent_count"][0])]
        leaving = [intent for intent in intents.tolist() if intent[1] != Action.CANCEL]
        truths[k].look()
        if leaving:
            passed += 1
            sent_at.append(now)
            assert len(leaving) == 1
            assert leaving[0][1] == Action.REPLACE or leaving[0][4] <= LIMITS.max_order_size
            _hold(truths, k % SYMBOLS)
            recent = LIMITS.max_order_rate or 0
            assert len(sent_at) <= recent or now - sent_at[-1 - recent] >= WINDOW_NS
        if int(frame.run["intent_count"][0]) > 900:
            frame.run["intent_count"] = 0
        if int(frame.run["decline_count"][0]) > 200:
            frame.run["decline_count"] = 0
        filled = max(filled, int(frame.run["fill_count"][0]))
    assert passed > 2_500  # and many more were refused
    assert filled > 100


def _asks(frame, chance):
    """Submit, replace or cancel; whatever the run knows of its orders."""
    run, own = frame.run, frame.own
    used = int(run["own_used"][0])
    draw = chance.random()
    if used and draw < 0.3:
        row = chance.randrange(used)
        order = int(own["id"][row])
        if draw < 0.12:
            ask_replace(run, row, order, NO_TICK, P + chance.randrange(-6, 7), chance.randrange(0, 14))
        else:
            ask_cancel(run, row, order)
        return
    kind = OrderType.MARKET if draw > 0.95 else OrderType.TRAILING_STOP if draw < 0.32 else OrderType.LIMIT
    force = Force.IOC if kind == OrderType.MARKET else Force.GTC
    flags = OrderFlag.REDUCE_ONLY if draw > 0.9 else 0
    tick = P + chance.randrange(-8, 9) if kind == OrderType.LIMIT else 0
    trail = chance.randrange(1, 6) if kind == OrderType.TRAILING_STOP else 0
    row, _ = send_order(
        run, chance.randrange(2), kind, tick, chance.randrange(1, 15), force, flags, 0, trail, Prevention.NEWEST, 0
    )
    if row < 0:
        frame.grow(Stop.ROWS)


def _hold(truths, symbol):
    """No order in which what works could fill passes a limit."""
    reaches = []
    for s in range(SYMBOLS):
        lanes = truths[s::SYMBOLS]
        position = sum(lane.position for lane in lanes)
        long, short = position + sum(lane.buys for lane in lanes), sum(lane.sells for lane in lanes) - position
        reaches.append(max(long, short, 0))
        if s == symbol:
            assert max(long, short) <= (LIMITS.max_position_size or 0)
            assert sum(lane.count for lane in lanes) <= (LIMITS.max_symbol_open_orders or 0)
    # Worth what a lane knows of the price: no book is more than four ticks away from P.
    assert sum(reaches) * (P - 4) <= (LIMITS.max_gross_exposure or 0)
    assert sum(lane.count for lane in truths) <= (LIMITS.max_open_orders or 0)
