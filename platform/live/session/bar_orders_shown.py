"""The open orders of a lane over bars, as others are told of them."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lockstep.kernels.orders.terms import Flag, Life, OrderType, TimeInForce
from lockstep.live.session.recent import Recent
from lockstep.live.session.view_types import OrderView

if TYPE_CHECKING:
    from lockstep.live.session.bar_lane import BarLane


def open_bar_orders(lane: "BarLane", recent: Recent) -> Iterator[OrderView]:
    """Give the orders that wait or rest, the newest first. A target's units are not known before it trades."""
    records = lane.trader.working()
    names = records.dtype.names or ()
    for values in reversed(records.tolist()):
        yield _order(lane, recent, dict(zip(names, values, strict=True)))


def _order(lane: "BarLane", recent: Recent, row: dict[str, Any]) -> OrderView:
    order_id = recent.id_of(lane.name, row["id"])
    traded, units, filled = recent.traded(order_id), row["quantity"] or math.nan, abs(row.get("filled", 0.0))
    known, flags = not math.isnan(units), row.get("flags", 0)
    return OrderView(
        order_id=order_id, lane=lane.name, order=row["id"], symbol=lane.symbols[row["symbol"]],
        side=("buy" if units > 0.0 else "sell") if known else "", type=OrderType(row.get("type", 0)).name.lower(),
        time_in_force=TimeInForce(row.get("tif", 0)).name.lower(), post_only=bool(flags & Flag.POST_ONLY),
        reduce_only=bool(flags & Flag.REDUCE_ONLY), quantity=abs(units) if known else None,
        limit_price=_price(row, "limit"), stop_price=_price(row, "stop"), filled_quantity=filled,
        remaining_quantity=abs(units) - filled if known else None, average_price=traded.average, fees=traded.fees,
        state=_state(row, filled), sent_ns=row["time_ns"],
    )  # fmt: skip


def _price(row: dict[str, Any], name: str) -> float | None:
    price = row.get(name, math.nan)
    return None if math.isnan(price) else float(price)


def _state(row: dict[str, Any], filled: float) -> str:
    if row.get("cancel_in", -1) >= 0:
        return "pending_cancel"
    if row.get("change_in", -1) >= 0:
        return "pending_replace"
    if filled:
        return "partially_filled"
    return "new" if row.get("life") == Life.LIVE else "pending_new"
