"""Orders as people write them: checked when they are made, the same in backtest, paper and live."""

import itertools
import math
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any, Literal

from lockstep.errors import OrderError
from lockstep.kernels.orders.terms import Flag, OrderType, TimeInForce, Trail
from lockstep.kernels.sizing import Instruction

TYPES = {
    "market": OrderType.MARKET,
    "limit": OrderType.LIMIT,
    "stop": OrderType.STOP,
    "stop_limit": OrderType.STOP_LIMIT,
    "trailing_stop": OrderType.TRAILING_STOP,
    "market_if_touched": OrderType.MARKET_IF_TOUCHED,
}
TIMES = {tif.name.lower(): tif for tif in TimeInForce}
TRAILS = {trail.name.lower(): trail for trail in Trail if trail != Trail.NONE}
SIZES = {
    "units": Instruction.AMOUNT,
    "value": Instruction.VALUE,
    "percent": Instruction.PERCENT,
    "risk": Instruction.RISK,
    "target_units": Instruction.TARGET_UNITS,
    "target_value": Instruction.TARGET_VALUE,
    "target_weight": Instruction.TARGET_WEIGHT,
}
NEEDS = {"limit": ("limit",), "stop": ("stop",), "stop_limit": ("stop", "limit"), "market_if_touched": ("stop",)}
"""Type -> the prices it needs; any other price is one too many."""

PREVENTIONS = ("newest", "oldest", "both", "decrement")
"""What happens where an order meets an own one, by which of them ends."""

MOST_TAGS = 2**63
LAST_S = 9_200_000_000
"""Seconds since 1970 up to which a moment has nanoseconds: into 2261."""

_tags = itertools.count(1)


def use_tags_after(tag: int) -> None:
    """Give orders that are made from now on tags above this one: those up to it belong to orders of before."""
    global _tags
    _tags = itertools.count(max(next(_tags), tag + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order.

    ``quantity`` is signed: above zero buys. What it counts is ``size``: units, currency (value), a share of what all
    the cash buys (percent), the share of equity that its ``stop_loss`` gives up (risk), or a target. Raises
    ``OrderError`` for an order that contradicts itself.
    """

    symbol: str
    quantity: float
    size: Literal["units", "value", "percent", "risk", "target_units", "target_value", "target_weight"] = "units"
    type: Literal["market", "limit", "stop", "stop_limit", "trailing_stop", "market_if_touched"] = "market"
    limit: float | None = None
    stop: float | None = None
    """Where a stop triggers, or the level of market-if-touched."""
    trail: tuple[str, float] | None = None
    """(amount | percent | atr, distance) of a trailing stop."""
    tif: Literal["gtc", "day", "gtd", "ioc", "fok", "opg", "cls"] = "gtc"
    expires: Any = None
    """For gtd: a datetime with its zone."""
    post_only: bool = False
    reduce_only: bool = False
    stop_loss: float | None = None
    """Share of the entry price: the position it opens gets a stop there, and ``take_profit`` a limit."""
    take_profit: float | None = None
    group: int | None = None
    """Orders with one number cancel one another."""
    parent: int | None = None
    """Tag of the order whose fill makes this one live."""
    display: float | None = None
    """Over ticks: units that an iceberg shows at a time, None for all."""
    prevention: Literal["newest", "oldest", "both", "decrement"] = "newest"
    """Over ticks: which of them ends where it meets an own order."""
    tag: int = field(default_factory=lambda: next(_tags))
    """Its number for cancels and replacements; unique among working orders."""

    def __post_init__(self) -> None:
        _check_words(self)
        _check_numbers(self)
        _check_prices(self)
        _check_conditions(self)

    @property
    def side(self) -> str:
        """``buy`` or ``sell``."""
        return "buy" if self.quantity > 0 else "sell"

    @property
    def flags(self) -> int:
        """Bits of ``Flag``."""
        return (Flag.POST_ONLY if self.post_only else 0) | (Flag.REDUCE_ONLY if self.reduce_only else 0)


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel a working order."""

    symbol: str
    tag: int

    def __post_init__(self) -> None:
        _check_name(self.symbol, self.tag)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """Give a working order another quantity (in all, signed), limit, stop or trailing distance."""

    symbol: str
    tag: int
    quantity: float | None = None
    limit: float | None = None
    stop: float | None = None
    trail: float | None = None

    def __post_init__(self) -> None:
        _check_name(self.symbol, self.tag)
        given = {n: getattr(self, n) for n in ("quantity", "limit", "stop", "trail") if getattr(self, n) is not None}
        if not given:
            raise OrderError(f"replacing order {self.tag} changes nothing: give quantity, limit, stop or trail")
        for name, value in given.items():
            if not _is_number(value) or not math.isfinite(value) or (name != "quantity" and value <= 0) or not value:
                raise OrderError(
                    f"replacing order {self.tag}: {name} must be a finite number, not zero, found {value!r}"
                )


Request = Order | Cancel | Replace


def _check_name(symbol: Any, tag: Any) -> None:
    if not isinstance(symbol, str) or not symbol:
        raise OrderError(f"a cancel or replacement needs the order's symbol, found {symbol!r}")
    if isinstance(tag, bool) or not isinstance(tag, int) or not 0 <= tag < MOST_TAGS:
        raise OrderError(f"a cancel or replacement needs the order's tag, a whole number from 0, found {tag!r}")


def bracket(entry: Order, *, stop: float, limit: float) -> tuple[Order, Order, Order]:
    """Return an entry with a stop and a limit at these prices that close what it opens, one cancelling the other.

    Raises ``OrderError`` for levels on the wrong sides: a long entry has its stop below its limit, a short one above.
    """
    buys = entry.quantity > 0
    if not (_is_number(stop) and _is_number(limit)):
        raise OrderError(f"a bracket's stop and limit must be prices, found {stop!r} and {limit!r}")
    if entry.size != "units":
        raise OrderError(f"a bracket's entry must say its units, found size {entry.size!r}: its exits need the number")
    if (stop < limit) != buys:
        raise OrderError(
            f"a bracket around a {entry.side} must have its stop {'below' if buys else 'above'} its limit, found stop "
            f"{stop} and limit {limit}"
        )
    price = entry.limit if entry.limit is not None else entry.stop
    if price is not None and not min(stop, limit) < price < max(stop, limit):
        raise OrderError(f"a bracket's entry at {price} must lie between its stop {stop} and its limit {limit}")
    group = next(_tags)
    common: dict[str, Any] = {
        "symbol": entry.symbol, "quantity": -entry.quantity, "reduce_only": True, "parent": entry.tag, "group": group,
    }  # fmt: skip
    return entry, Order(type="stop", stop=stop, **common), Order(type="limit", limit=limit, **common)


def one_cancels_other(*orders: Order) -> tuple[Order, ...]:
    """Return the orders as a group of which one cancels the others."""
    if len(orders) < 2:
        raise OrderError(f"one cancels the other needs two orders or more, found {len(orders)}")
    group = next(_tags)
    return tuple(replace(order, group=group) for order in orders)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _check_words(order: Order) -> None:
    for name, choices in (("size", SIZES), ("type", TYPES), ("tif", TIMES), ("prevention", PREVENTIONS)):
        value = getattr(order, name)
        if not isinstance(value, str) or value not in choices:
            raise OrderError(f"an order's {name} must be one of {', '.join(choices)}, found {value!r}")
    symbol: Any = order.symbol  # what people give, whatever its type says
    if not isinstance(symbol, str) or not symbol:
        raise OrderError(f"an order's symbol must be a name, found {symbol!r}")
    for name in ("tag", "group", "parent"):
        value = getattr(order, name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < MOST_TAGS):
            raise OrderError(f"an order's {name} must be a whole number from 0, found {value!r}")


def _check_numbers(order: Order) -> None:
    quantity = order.quantity
    may_be_all = order.size in ("units", "percent") and order.type == "market"
    if not _is_number(quantity) or math.isnan(quantity) or (math.isinf(quantity) and not may_be_all):
        raise OrderError(f"an order's quantity must be a finite number, found {quantity!r}")
    if order.size == "risk" and (order.stop_loss is None or abs(quantity) >= 1.0):
        raise OrderError(f"a size by risk is a share of equity below 1 and needs a stop_loss, found {quantity!r}")
    if quantity == 0 and not order.size.startswith("target"):
        raise OrderError("an order for nothing: quantity is 0")
    for name in ("limit", "stop", "stop_loss", "take_profit", "display"):
        value = getattr(order, name)
        if value is not None and not (_is_number(value) and 0.0 < value < math.inf):
            raise OrderError(f"an order's {name} must be above zero and finite, found {value!r}")
    trail: Any = order.trail
    if trail is not None:
        pair: Any = trail if isinstance(trail, (tuple, list)) and len(trail) == 2 else ("", None)
        kind, distance = pair
        if not isinstance(kind, str) or kind not in TRAILS or not _is_number(distance) or not 0.0 < distance < math.inf:
            raise OrderError(
                f"an order's trail must be a pair like ('percent', 0.05) of {', '.join(TRAILS)}, found {trail!r}"
            )
        if kind == "percent" and distance >= 1.0:
            raise no_share(distance)


def no_share(distance: float) -> OrderError:
    """Return the error of a trail's percent that can't be; from 1 on it was meant as a percentage."""
    meant = f": for {distance:g} % write {distance / 100.0:g}" if 1.0 <= distance < 100.0 else ""
    return OrderError(
        f"a trail's percent is a share of the price, above 0 and below 1 (0.01 for 1 %), found {distance!r}{meant}"
    )


def _check_prices(order: Order) -> None:
    needs = NEEDS.get(order.type, ())
    for name in ("limit", "stop"):
        given = getattr(order, name) is not None
        if name in needs and not given:
            raise OrderError(f"a {order.type} order needs its {name} price")
        if given and name not in needs:
            raise OrderError(f"a {order.type} order has no {name} price, found {getattr(order, name)!r}")
    if order.trail is None and order.type == "trailing_stop":
        raise OrderError("a trailing_stop needs its trail: an amount in units of the price, or a percent (0.01: 1 %)")
    if order.trail is not None and order.type != "trailing_stop":
        raise OrderError(f"a trail belongs to trailing_stop orders, found {order.trail!r} of a {order.type} order")


def _check_conditions(order: Order) -> None:
    if (order.expires is not None) != (order.tif == "gtd"):
        raise OrderError(f"expires belongs to gtd orders and to no others, found {order.tif!r} and {order.expires!r}")
    if order.expires is not None:
        zoned = getattr(order.expires, "tzinfo", None) is not None and hasattr(order.expires, "timestamp")
        if not zoned or order.expires.timestamp() > LAST_S:
            raise OrderError(f"expires must be a datetime with its zone, before 2261, found {order.expires!r}")
    if order.post_only and (order.type != "limit" or order.tif in ("ioc", "fok")):
        raise OrderError("post_only is for limit orders that may rest: type 'limit' and not ioc or fok")
    if order.display is not None and (order.type not in ("limit", "stop_limit") or order.tif in ("ioc", "fok")):
        raise OrderError("display is for orders that may rest: type 'limit' or 'stop_limit' and not ioc or fok")
    if order.tif in ("ioc", "fok", "opg", "cls") and order.type not in ("market", "limit"):
        raise OrderError(f"{order.tif} is for market and limit orders, found a {order.type}")
    if order.parent is not None and order.tif in ("ioc", "fok", "opg", "cls"):
        raise OrderError(f"an order that waits for its parent can't be {order.tif}: it may come alive inside a bar")
    if order.parent is not None and order.parent == order.tag:
        raise OrderError(f"order {order.tag} is its own parent")


def expires_ns(moment: Any) -> int:
    """Return a moment (a datetime with its zone) as nanoseconds UTC; 0 for none."""
    return 0 if moment is None else round(moment.timestamp() * 1_000_000) * 1000
