"""Clients' words become the matching's numbers, and its reports clients' words."""

from typing import Any

from lockstep.errors import OrderRefusedError
from lockstep.kernels.matching.codes import ReportKind
from lockstep.kernels.order_terms import Force, OrderFlag, OrderType, Prevention
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.listing import Listing
from lockstep.live.exchange.matching import Told
from lockstep.live.exchange.orders import Order, refused_state
from lockstep.live.exchange.reasons import text, word

SIDES: tuple[m.Side, m.Side] = ("buy", "sell")


def new_fields(listing: Listing, asked: m.New) -> dict[str, int]:
    """Return a new order's fields of COMMAND, its id, owner and instrument aside. Raises OrderRefusedError."""
    kind, force = OrderType[asked.type.upper()], Force[asked.force.upper()]
    _expect(asked.price is not None, kind in (OrderType.LIMIT, OrderType.STOP_LIMIT), "bad_price")
    _expect(asked.trigger is not None, kind in (OrderType.STOP, OrderType.STOP_LIMIT), "bad_trigger")
    _expect(asked.expiry_ns > 0, force == Force.GTD, "bad_expiry")
    return {
        "side": SIDES.index(asked.side), "type": kind, "force": force, "expiry_ns": asked.expiry_ns,
        "flags": OrderFlag.POST_ONLY * asked.post_only | OrderFlag.REDUCE_ONLY * asked.reduce_only,
        "prevention": Prevention[asked.prevention.upper()],
    } | changed_fields(listing, asked)  # fmt: skip


def changed_fields(listing: Listing, asked: m.New | m.Replace | m.Reduce) -> dict[str, int]:
    """Return the fields of COMMAND that a request gives as decimal text, where it gives them."""
    price, trigger = getattr(asked, "price", None), getattr(asked, "trigger", None)
    quantity, display = asked.quantity, getattr(asked, "display", None)
    fields = {}
    if price is not None:
        fields["tick"] = listing.prices.count(price, "bad_price", "off_tick")
    if trigger is not None:
        fields["trigger"] = listing.prices.count(trigger, "bad_trigger", "off_tick")
    if quantity is not None:
        fields["lots"] = listing.sizes.count(quantity, "bad_quantity", "off_lot")
    if display is not None:
        fields["display"] = listing.sizes.count(display, "bad_display", "off_lot")
        _expect(True, fields["display"] != 0, "bad_display")
    return fields


def _expect(found: bool, expected: bool, reason: str) -> None:
    if found != expected:
        raise OrderRefusedError(reason, text(reason))


def state(listing: Listing | None, order: Order) -> m.OrderState:
    """Return an order as a query shows it."""
    if listing is None or order.status == "rejected":
        return refused_state(order)
    price, size, asked = listing.prices.text, listing.sizes.text, order.asked
    return m.OrderState(
        order=order.number, client_id=asked.client_id, symbol=listing.symbol, side=asked.side, type=asked.type,
        force=asked.force, status=order.status, quantity=size(order.lots), filled=size(order.filled),
        remaining=size(order.remaining), price=None if asked.price is None else price(order.tick),
        trigger=None if asked.trigger is None else price(order.trigger),
        display=size(order.display) if order.display else None, reason=order.reason,
    )  # fmt: skip


def report(listing: Listing, order: Order, told: Told, execution: int, trade: int, request: str) -> m.Report:
    """Return a report of the matching as its owner hears it.

    ``execution`` and ``trade`` number a fill, ``request`` is what was asked where it was refused.
    """
    size, price = listing.sizes.text, listing.prices.text
    lots, remaining = size(told.lots), size(told.remaining)
    common: dict[str, Any] = {
        "account": order.account, "client_id": order.asked.client_id, "symbol": listing.symbol, "order": told.id,
        "sequence": told.sequence, "time_ns": told.time_ns,
    }  # fmt: skip
    match told.kind:
        case ReportKind.ACCEPTED:
            return m.Accepted(side=order.asked.side, remaining=remaining, **common)
        case ReportKind.REJECTED:
            reason = word(told.reason)
            return m.Rejected(what=request, reason=reason, text=text(reason), **common)
        case ReportKind.FILL:
            return m.Fill(
                side=order.asked.side, execution=execution, trade=trade, price=price(told.tick),
                quantity=lots, remaining=remaining, liquidity=_liquidity(told), **common,
            )  # fmt: skip
        case ReportKind.CANCELED:
            return m.Canceled(reason=order.reason, quantity=lots, **common)
        case ReportKind.EXPIRED:
            return m.Expired(quantity=lots, **common)
        case ReportKind.REPLACED:
            return m.Replaced(price=price(told.tick), quantity=lots, remaining=remaining, **common)
        case ReportKind.REDUCED:
            return m.Reduced(quantity=lots, remaining=remaining, **common)
        case _:
            return m.Triggered(remaining=remaining, **common)


def _liquidity(told: Told) -> Any:
    return {1: "maker", 0: "taker", -1: "auction"}[told.maker]
