"""The exchange of a tick run beside histories of level totals (L1, L2), in plain Python."""

import math

from tests.twins.tick_exchange import CLEAR, HIDDEN, PHASE, QUOTE, SET, TRADE, Exchange, share_behind


class Levels(Exchange):
    """L1 and L2: only sums are known."""

    def __init__(self, *args, **settings):
        super().__init__(*args, **settings)
        self.shown: dict[tuple[int, int], int] = {}
        self.taken: dict[tuple[int, int], int] = {}
        self.quotes = False

    def lots_free(self, side, tick):
        return max(self.shown.get((side, tick), 0) - self.taken.get((side, tick), 0), 0)

    def ticks(self, side):
        return sorted((t for s, t in self.shown if s == side), reverse=side == 0)

    def take(self, side, tick, lots):
        self.taken[side, tick] = self.taken.get((side, tick), 0) + lots

    def joined(self, order):
        best = self.ticks(order.side)
        unknown = self.quotes and best and order.tick != best[0] and self.reaches(1 - order.side, order.tick, best[0])
        order.estimate = math.inf if unknown else self.lots_free(order.side, order.tick)
        order.traded = 0.0

    def joined_again(self, order):
        came, traded = order.ahead_at_entry, order.traded
        self.joined(order)
        order.ahead_at_entry, order.traded = came, traded
        paid_back = self.taken.get((order.side, order.tick), 0)
        behind = [o.estimate for o in self.resting if (o.side, o.tick) == (order.side, order.tick) and o is not order]
        order.estimate = max([order.estimate - max(traded - paid_back, 0), 0, *behind])

    def left(self, order):
        pass

    def ahead(self, o):
        return o.estimate

    def apply(self, kind, side, flags, tick, lots, order_id):
        if kind == SET:
            self.set(side, tick, lots)
        elif kind == QUOTE:
            self.quote(side, tick, lots)
        elif kind == CLEAR:
            for key in [key for key in self.shown if side in (-1, key[0])]:
                del self.shown[key]
        elif kind == PHASE:
            self.phase = lots
            self.meet(0)
            self.meet(1)
        elif kind in (TRADE, HIDDEN) and side in (0, 1):
            self.trade(side, tick, lots, kind == TRADE)

    def quote(self, side, tick, lots):
        self.quotes = True
        before = self.shown.get((side, tick), 0) if lots else 0
        for s, t in list(self.shown):
            if s == side and (not lots or t != tick):
                del self.shown[s, t]
                if not lots or self.reaches(1 - side, tick, t):
                    self.taken.pop((s, t), None)  # better than the quote: gone, not out of sight
        if lots:
            self.shown[side, tick] = before
            self.change(side, tick, before, lots)
        for o in self.resting:
            if o.side == side and (not lots or (o.tick != tick and self.reaches(1 - side, tick, o.tick))):
                o.estimate = o.traded = 0.0
        if lots > before:
            self.meet(side)

    def set(self, side, tick, lots):
        before = self.shown.get((side, tick), 0)
        self.change(side, tick, before, lots)
        if lots > before:
            self.meet(side)

    def change(self, side, tick, before, lots):
        key = side, tick
        taken = self.taken.get(key, 0)
        free = max(before - taken, 0)
        self.taken[key] = min(max(taken - max(before - lots, 0), 0), lots)
        self.shown[key] = lots
        now = self.lots_free(side, tick)
        if not lots:
            del self.shown[key]
        first = 0.0
        for o in [o for o in self.resting if (o.side, o.tick) == key]:
            o.estimate = first = max(self.came_forward(o, free, now, max(o.traded - taken, 0)), first)
            o.traded = 0.0

    def came_forward(self, o, before, now, traded):
        canceled = before - traded - now
        if self.model == 0 or canceled <= 0:
            return min(o.estimate, now)
        behind = max(before - traded - o.estimate, 0)
        from_behind = min(share_behind(self.model, self.power, o.estimate, behind) * canceled, behind)
        return min(max(o.estimate - (canceled - from_behind), 0), now)

    def trade(self, side, tick, lots, displayed):
        left = self.trade_through(side, tick, lots)
        if displayed:
            for o in [o for o in self.mine(side) if o.tick == tick]:
                paid_back = min(max(self.taken.get((side, tick), 0) - o.traded, 0), lots)
                reach = left - paid_back - o.estimate
                o.traded += lots
                o.estimate = max(o.estimate - (lots - paid_back), 0)
                left -= self.fill(o, min(math.floor(max(reach, 0)), self.portion(o)), tick, True)
        self.settle()
