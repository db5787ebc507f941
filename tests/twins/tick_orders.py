"""The exchange of a tick run beside histories of single orders (L3), in plain Python."""

from tests.twins.tick_exchange import (
    ADD,
    CLEAR,
    DELETE,
    EXECUTE,
    HIDDEN,
    MODIFY,
    PHASE,
    REDUCE,
    SNAPSHOT,
    TRADE,
    Exchange,
    Market,
    Own,
)


class Orders(Exchange):
    """L3: queues of orders, own ones among them where they joined."""

    def __init__(self, *args, **settings):
        super().__init__(*args, **settings)
        self.queues: dict[tuple[int, int], list[Market | Own]] = {}

    def lots_free(self, side, tick):
        return sum(m.lots - m.taken for m in self.queues.get((side, tick), []) if isinstance(m, Market))

    def ticks(self, side):
        held = [t for (s, t), queue in self.queues.items() if s == side and any(isinstance(m, Market) for m in queue)]
        return sorted(held, reverse=side == 0)

    def take(self, side, tick, lots):
        for m in self.queues.get((side, tick), []):
            if isinstance(m, Market):
                got = min(lots, m.lots - m.taken)
                m.taken += got
                lots -= got

    def joined(self, order):
        order.hidden = 0
        self.queues.setdefault((order.side, order.tick), []).append(order)

    def joined_again(self, order):
        self.left(order)
        self.joined(order)

    def left(self, order):
        for queue in self.queues.values():
            if order in queue:
                queue.remove(order)

    def ahead(self, o):
        queue = self.queues[o.side, o.tick]
        return sum(m.lots - m.taken for m in queue[: queue.index(o)] if isinstance(m, Market))

    def find(self, order_id):
        for key, queue in self.queues.items():
            for m in queue:
                if isinstance(m, Market) and m.id == order_id:
                    return key, queue, m
        raise KeyError(order_id)

    def apply(self, kind, side, flags, tick, lots, order_id):
        if kind == ADD:
            self.add(side, flags, tick, Market(order_id, lots))
        elif kind == CLEAR:
            self.clear(side)
        elif kind == PHASE:
            self.phase = lots
            self.meet(0)
            self.meet(1)
        elif kind in (TRADE, HIDDEN) and side in (0, 1):
            self.trade_through(side, tick, lots)
            self.settle()
        elif kind in (REDUCE, DELETE, EXECUTE, MODIFY):
            self.change(kind, tick, lots, order_id)

    def add(self, side, flags, tick, market):
        queue = self.queues.setdefault((side, tick), [])
        waiting = [o for o in queue if isinstance(o, Own) and o.hidden > 0]
        if flags & SNAPSHOT and waiting:
            queue.insert(queue.index(waiting[0]), market)
            for o in waiting:
                o.hidden = max(o.hidden - market.lots, 0)
        else:
            queue.append(market)
        self.meet(side)

    def clear(self, side):
        for (s, _), queue in self.queues.items():
            if side in (-1, s):
                for o in queue:
                    if isinstance(o, Own):
                        o.hidden += self.ahead(o)
                queue[:] = [o for o in queue if isinstance(o, Own)]

    def change(self, kind, tick, lots, order_id):
        (side, at), queue, m = self.find(order_id)
        if kind == EXECUTE:
            left = self.trade_through(side, at, lots)
            for o in [o for o in queue[: queue.index(m)] if isinstance(o, Own)]:
                left -= self.fill(o, min(left, self.portion(o)), at, True)
            self.settle()
        if kind in (EXECUTE, REDUCE):
            self.shrink(queue, m, lots)
        elif kind == DELETE:
            queue.remove(m)
        elif tick == at and lots <= m.lots:
            self.shrink(queue, m, m.lots - lots)
        else:
            queue.remove(m)
            m.lots, m.taken = lots, min(m.taken, lots)
            self.queues.setdefault((side, tick), []).append(m)
            self.meet(side)

    def shrink(self, queue, m, lots):
        m.lots -= lots
        m.taken = max(m.taken - lots, 0)
        if m.lots == 0:
            queue.remove(m)
