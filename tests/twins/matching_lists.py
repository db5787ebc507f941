"""What a reference exchange keeps: orders, and the lists of an instrument, searched anew for every question."""

from dataclasses import dataclass, field
from functools import lru_cache

from tests.twins.book import Order as Resting
from tests.twins.book import order_hash

from lockstep.kernels.book.events import Phase
from lockstep.kernels.order_terms import Force, OrderFlag, OrderType

NO_TICK = -(1 << 62)


@lru_cache(maxsize=1 << 16)
def mixed(order_id: int, side: int, tick: int, lots: int, rank: int) -> int:
    """What an order adds to the state hash."""
    return order_hash(Resting(order_id, side, tick, lots, rank))


@dataclass(eq=False)
class Order:
    """An order that rests, waits or comes in."""

    id: int
    owner: int
    side: int
    type: int
    force: int
    flags: int
    tick: int
    trigger: int
    left: int
    display: int
    expiry: int
    prevention: int
    entered: int
    filled: int = 0
    shown: int = 0
    rank: int = 0

    @property
    def price(self) -> int:
        """The price its reports give."""
        return NO_TICK if self.type == OrderType.MARKET else self.tick

    @property
    def rests(self) -> bool:
        """May what is left of it stay?"""
        return self.type in (OrderType.LIMIT, OrderType.STOP_LIMIT) and self.force not in (Force.IOC, Force.FOK)

    @property
    def stop(self) -> bool:
        """Does it wait for a trigger?"""
        return self.type in (OrderType.STOP, OrderType.STOP_LIMIT)

    def has(self, flag: OrderFlag) -> bool:
        """Is a flag set?"""
        return bool(self.flags & flag)


@dataclass(eq=False)
class Market:
    """An instrument: all its orders in two lists."""

    reference: int | None
    phase: int = Phase.CLOSED
    last: int | None = None
    prices: list[int] = field(default_factory=list)
    book: list[Order] = field(default_factory=list)
    stops: list[Order] = field(default_factory=list)
    rank: int = 0
    stop_rank: int = 0

    def side(self, side: int) -> list[Order]:
        """The orders of a side, the first to trade first."""
        sign = 1 if side == 1 else -1
        return sorted((o for o in self.book if o.side == side), key=lambda o: (sign * o.tick, o.rank))

    def due(self) -> Order | None:
        """The stop to be triggered next."""
        prices = [*self.prices, *([] if self.last is None else [self.last])]
        if not prices:
            return None
        buys = [o for o in self.stops if o.side == 0 and o.trigger <= max(prices)]
        sells = [o for o in self.stops if o.side == 1 and o.trigger >= min(prices)]
        if buys:
            return min(buys, key=lambda o: (o.trigger, o.rank))
        return min(sells, key=lambda o: (-o.trigger, o.rank), default=None)

    def uncross(self) -> tuple[int, int, int]:
        """Price, lots and surplus of an auction: every price is tried, the reference decides among equals."""
        bids, asks = [o for o in self.book if o.side == 0], [o for o in self.book if o.side == 1]
        if not bids or not asks or max(o.tick for o in bids) < min(o.tick for o in asks):
            return NO_TICK, 0, 0
        tried = []
        for price in range(min(o.tick for o in asks), max(o.tick for o in bids) + 1):
            demand = sum(o.left for o in bids if o.tick >= price)
            supply = sum(o.left for o in asks if o.tick <= price)
            tried.append((-min(demand, supply), abs(demand - supply), price, demand - supply))
        best = min(t[:2] for t in tried)
        equal = {t[2]: t[3] for t in tried if t[:2] == best}
        reference = self.reference if self.last is None else self.last
        if reference is None:
            price = (min(equal) + max(equal)) // 2
        else:
            price = min(equal, key=lambda p: abs(p - reference))
        return price, -best[0], equal[price]
