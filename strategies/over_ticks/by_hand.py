"""Orders by hand: what an operator may ask, put into ticks and lots, and what that does to a lane.

Sessions and the batch that proves them do the same: all that is to be known stands in the command.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
import numpy as np

from lockstep.data.instrument import Instrument
from lockstep.errors import CommandError, OrderError
from lockstep.kernels.order_terms import OrderType
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.frame import Frame
from lockstep.kernels.ticks.outside import Asked, ask_replace
from lockstep.kernels.ticks.tables import OrderState
from lockstep.strategies.orders import Order, Replace
from lockstep.strategies.over_ticks.cancels import cancel
from lockstep.strategies.over_ticks.sending import send
from lockstep.strategies.over_ticks.trails import AMOUNT, PERCENT
from lockstep.strategies.over_ticks.units import Units, Wire

SUBMIT, CANCEL, REPLACE = "submit_order", "cancel_order", "replace_order"
BY_HAND = (SUBMIT, CANCEL, REPLACE)
"""Kinds of commands."""
LATE_NS = 10_000_000_000
"""An order that could not be taken for so long, as its session had died, is not sent any more."""
_OPEN = (OrderState.SENT, OrderState.RESTING, OrderState.WAITING)
_MOST_CHARACTERS = 64
_MOST_TAGS = 16


class Trail(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How far a trailing stop stays behind the best trade: one of the two."""

    amount: float | None = None
    """In the units of the price."""
    percent: float | None = None
    """As a share of the price: 0.01 is one hundredth."""

    def pair(self) -> tuple[str, float]:
        """Return kind and distance; raises ``OrderError`` for none or both."""
        given = [(name, value) for name, value in ((AMOUNT, self.amount), (PERCENT, self.percent)) if value is not None]
        if len(given) != 1:
            raise OrderError(f"a trail has an amount or a percent, one of them, found {self}")
        return given[0]


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """An order as it is asked for, in the instrument's units."""

    client_order_id: str
    """Of whoever asks: no other order of the session ever has it."""
    symbol: str
    side: Literal["buy", "sell"]
    quantity: float
    type: Literal["market", "limit", "stop", "stop_limit", "trailing_stop"] = "market"
    limit_price: float | None = None
    stop_price: float | None = None
    trail: Trail | None = None
    """Of a trailing stop, which has no other price."""
    time_in_force: Literal["day", "gtc", "ioc", "fok"] = "gtc"
    post_only: bool = False
    reduce_only: bool = False
    tags: tuple[str, ...] = ()
    """Words of whoever asks, which mean nothing here."""

    def wire(self, instrument: Instrument) -> Wire:
        """Return it in ticks and lots; raises ``OrderError`` for one that contradicts itself or can't be."""
        if not self.quantity > 0.0:
            raise OrderError(f"quantity must be above zero, found {self.quantity!r}: the side says which way")
        order = Order(
            symbol=self.symbol, quantity=self.quantity if self.side == "buy" else -self.quantity, type=self.type,
            limit=self.limit_price, stop=self.stop_price, trail=None if self.trail is None else self.trail.pair(),
            tif=self.time_in_force, post_only=self.post_only, reduce_only=self.reduce_only,
        )  # fmt: skip
        return Units(instrument).wire(order)


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Another quantity (in all, what is filled too), price or trail of an order; None leaves what it has."""

    quantity: float | None = None
    limit_price: float | None = None
    stop_price: float | None = None
    trail: Trail | None = None


class Open(msgspec.Struct, frozen=True):
    """What a change must know of an order, in ticks and lots."""

    order: int
    side: int
    type: int
    tick: int
    lots: int
    """Filled ones too."""
    answer_awaited: bool


def read_order(content: Mapping[str, Any]) -> OrderRequest:
    """Return the order that a command has; raises ``CommandError`` for one that is none."""
    try:
        order = msgspec.convert(dict(content), OrderRequest)
    except msgspec.ValidationError as error:
        raise CommandError(f"this is no order: {error}") from error
    name = order.client_order_id
    if not 0 < len(name) <= _MOST_CHARACTERS or not name.isascii() or not name.isprintable():
        raise CommandError(
            f"clientOrderId must be 1 to {_MOST_CHARACTERS} printable characters of ASCII, found {name!r}"
        )
    if len(order.tags) > _MOST_TAGS or any(len(tag) > _MOST_CHARACTERS for tag in order.tags):
        raise CommandError(f"an order has {_MOST_TAGS} tags at most, of {_MOST_CHARACTERS} characters at most")
    return order


def read_change(content: Mapping[str, Any]) -> Change:
    """Return the change that a command has; raises ``CommandError`` for one that is none."""
    try:
        return msgspec.convert(dict(content), Change)
    except msgspec.ValidationError as error:
        raise CommandError(f"this is no change of an order: {error}") from error


def changed(change: Change, found: Open, instrument: Instrument) -> dict[str, int]:
    """Return trigger (or distance), tick and lots that an order is to have; raises ``OrderError`` for what can't be."""
    if found.type == OrderType.MARKET:
        raise OrderError("a market order never rests: there is nothing to replace")
    units, buys = Units(instrument), found.side == 0
    quantity = change.quantity if change.quantity is None or buys else -change.quantity
    kind, distance = ("", None) if change.trail is None else change.trail.pair()
    asked = Replace(
        symbol=instrument.symbol, tag=found.order, quantity=quantity, limit=change.limit_price, stop=change.stop_price,
        trail=distance,
    )  # fmt: skip
    tick, lots = units.changed(asked, found.side, found.tick, found.lots)
    return {"trigger": units.new_trigger(asked, found.type, kind), "tick": tick, "lots": lots}


def open_order(frame: Frame, order: int) -> Open | None:
    """Return an order that is open as far as the lane knows, None for one that is not."""
    own = frame.own[: int(frame.run["own_used"][0])]
    rows = [row for row in np.flatnonzero(own["id"] == order).tolist() if own["local_state"][row] in _OPEN]
    if not rows:
        return None
    found = own[rows[0]]
    lots = int(found["local_remaining"]) + int(found["local_filled"])
    return Open(order, int(found["side"]), int(found["type"]), int(found["local_tick"]), lots, bool(found["asked"]))


def act_by_hand(frame: Frame, kind: str, content: Mapping[str, Any], time_ns: int) -> None:
    """Let a command have its effect on the lane whose it is, up to whose moment all is done."""
    if kind == SUBMIT:
        if time_ns - int(content["given_ns"]) <= LATE_NS:
            send(frame, Wire(**content["wire"]), time_ns)
    elif kind == CANCEL:
        cancel(frame, time_ns, int(content["order"]))
    else:
        _replace(frame, content, time_ns)


def _replace(frame: Frame, content: Mapping[str, Any], time_ns: int) -> None:
    frame.run["now_ns"] = max(int(frame.run["now_ns"][0]), time_ns)
    own = frame.own[: int(frame.run["own_used"][0])]
    rows = np.flatnonzero((own["id"] == content["order"]) & np.isin(own["local_state"], _OPEN))
    for row in rows.tolist():
        wanted = row, content["order"], content["trigger"], content["tick"], content["lots"]
        if ask_replace(frame.run, *wanted) == Asked.NO_ROOM:
            frame.grow(Stop.ROWS)
            frame.grow(Stop.INTENTS)
            ask_replace(frame.run, *wanted)
