"""Orders as people write them become requests in ticks and lots; what a tick run can't do is refused."""

import math
from typing import Any, NamedTuple

from lockstep.data.instrument import Instrument
from lockstep.errors import OrderError
from lockstep.kernels.book.tables import ASK, BID, MOST_LOTS, MOST_TICKS
from lockstep.kernels.order_terms import NO_TICK, Force, OrderFlag, OrderType, Prevention
from lockstep.strategies.orders import PREVENTIONS, Order, Replace, expires_ns
from lockstep.strategies.over_ticks.steps import Steps
from lockstep.strategies.over_ticks.trails import trail_of

POSSIBLE = {
    "size": (("units",), "work the units out from the latest quote"),
    "type": (
        ("market", "limit", "stop", "stop_limit", "trailing_stop"),
        "watch on_quote or on_trade and send it then",
    ),
    "tif": (("gtc", "day", "gtd", "ioc", "fok"), "say the moment at which it ends with gtd and expires"),
}
"""Field of an order -> what it may be over ticks, and what else to do."""
_ALONE = ("stop_loss", "take_profit", "group", "parent")
_TYPES = {kind.name.lower(): kind for kind in OrderType}
_PREVENTIONS = {name: Prevention[name.upper()] for name in PREVENTIONS}
_STOPS = (OrderType.STOP, OrderType.STOP_LIMIT)
_FORCES = {"gtc": Force.GTC, "day": Force.DAY, "ioc": Force.IOC, "fok": Force.FOK, "gtd": Force.GTD}


class Wire(NamedTuple):
    """An order as the desk takes it."""

    side: int
    order_type: int
    tick: int
    lots: int
    force: int
    flags: int
    expiry_ns: int
    trigger: int
    """Of a trailing stop its distance."""
    prevention: int = Prevention.NEWEST
    display: int = 0


class Units:
    """What ticks and lots of an instrument are worth."""

    def __init__(self, instrument: Instrument) -> None:
        self.symbol, self.multiplier = instrument.symbol, instrument.multiplier
        self.price, self.size = Steps(instrument.tick), Steps(instrument.lot)

    def wire(self, order: Order) -> Wire:
        """Return an order in ticks and lots; raises ``OrderError`` for one that ticks can't serve."""
        self.check_symbol(order.symbol)
        _check_possible(order)
        market = order.type == "market"
        flags = (OrderFlag.POST_ONLY if order.post_only else 0) | (OrderFlag.REDUCE_ONLY if order.reduce_only else 0)
        kind = _TYPES[order.type]
        force = Force.IOC if market and order.tif != "fok" else _FORCES[order.tif]
        tick = 0 if order.limit is None else self.tick(order.limit)
        side = BID if order.quantity > 0 else ASK
        display = 0 if order.display is None else self.lots(order.display)
        return Wire(
            side, kind, tick, self.lots(order.quantity), force, int(flags), expires_ns(order.expires),
            self._trigger(order), _PREVENTIONS[order.prevention], display,
        )  # fmt: skip

    def _trigger(self, order: Order) -> int:
        if order.trail is not None:
            return trail_of(*order.trail, self.price)
        return 0 if order.stop is None else self.tick(order.stop)

    def new_trigger(self, change: Replace, order_type: int, trail: str) -> int:
        """Return the trigger, or distance of the kind ``trail``, that a stop is to have; NO_TICK for what it has.

        Raises ``OrderError`` as ``wire`` does.
        """
        if order_type == OrderType.TRAILING_STOP:
            if change.stop is not None:
                raise OrderError(f"order {change.tag} follows the market: give its trail or quantity, found a stop")
            return NO_TICK if change.trail is None else trail_of(trail, change.trail, self.price)
        if change.trail is not None:
            raise OrderError(f"order {change.tag} is no trailing stop and has no trail to replace")
        if change.stop is None:
            return NO_TICK
        if order_type not in _STOPS:
            raise OrderError(f"order {change.tag} is no stop and has no trigger to replace: give its limit or quantity")
        return self.tick(change.stop)

    def changed(self, change: Replace, side: int, tick: int, lots: int) -> tuple[int, int]:
        """Return tick and lots of an order after a replacement; raises ``OrderError`` as ``wire`` does."""
        if change.quantity is not None:
            if (change.quantity > 0) != (side == BID):
                raise OrderError(
                    f"replacing order {change.tag} can't turn its side: expected a quantity"
                    f" {'above' if side == BID else 'below'} zero, found {change.quantity!r}: cancel it, send another"
                )
            lots = self.lots(change.quantity)
        return (tick if change.limit is None else self.tick(change.limit)), lots

    def check_symbol(self, symbol: str) -> None:
        """Raise ``OrderError`` for another symbol than that of the history."""
        if symbol != self.symbol:
            raise OrderError(f"nothing is known of {symbol!r}: traded over these ticks is {self.symbol}")

    def tick(self, price: float) -> int:
        """Return a price in ticks."""
        tick = self.price.count(price)
        if tick is None or abs(tick) > MOST_TICKS:
            raise OrderError(
                f"a price must be a multiple of the tick {self.price.step}, found {price!r}: the nearest is"
                f" {self.price.nearest(price)!r}"
            )
        return tick

    def lots(self, quantity: float) -> int:
        """Return the size of a signed quantity in lots."""
        size = abs(quantity)
        lots = self.size.count(size) if math.isfinite(size) else None
        if not lots or lots > MOST_LOTS:
            raise OrderError(
                f"a quantity must be whole lots of {self.size.step}, from one up, found {quantity!r}:"
                " round it to a multiple"
            )
        return lots


def _check_possible(order: Order) -> None:
    for name, (possible, cure) in POSSIBLE.items():
        found: Any = getattr(order, name)
        if found not in possible:
            raise OrderError(f"over ticks an order's {name} must be {' or '.join(possible)}, found {found!r}: {cure}")
    for name in _ALONE:
        if getattr(order, name) is not None:
            raise OrderError(
                f"over ticks an order stands alone, found {name} {getattr(order, name)!r}: send what depends on it"
                " when on_fill tells of it"
            )
