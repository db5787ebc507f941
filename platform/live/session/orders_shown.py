"""The open orders of a lane, as others are told of them."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from lockstep.kernels.order_terms import LIMITED, NO_TICK, STOPS, Force, OrderFlag, OrderType
from lockstep.kernels.ticks.tables import OrderState
from lockstep.live.session.lane import Lane
from lockstep.live.session.recent import Recent
from lockstep.live.session.view_types import OrderView
from lockstep.strategies.over_ticks.steps import Steps
from lockstep.strategies.over_ticks.trails import stands, trail_told

_IS_OPEN = np.array([state in (OrderState.SENT, OrderState.RESTING, OrderState.WAITING) for state in OrderState])
_TYPES = {int(kind): kind.name.lower() for kind in OrderType}
_FORCES = {int(force): force.name.lower() for force in Force}


def open_orders(lane: Lane, recent: Recent, order: int | None = None) -> Iterator[OrderView]:
    """Give the orders that are open as far as the lane's strategy knows, the newest first, or the one of a number."""
    own = lane.frame.own[: int(lane.frame.run["own_used"][0])]
    is_meant = _IS_OPEN[own["local_state"]] if order is None else (own["id"] == order) & _IS_OPEN[own["local_state"]]
    at = np.flatnonzero(is_meant)
    price, size, names = Steps(lane.instrument.tick), Steps(lane.instrument.lot), own.dtype.names or ()
    # Row by row: to pick rows of a table by their places takes numpy 20 us, were it but one.
    for row in at[np.argsort(-own["id"][at])].tolist():
        yield _order(lane, recent, dict(zip(names, own[row].item(), strict=True)), price, size)


def _order(lane: Lane, recent: Recent, row: dict[str, Any], price: Steps, size: Steps) -> OrderView:
    kind, order_id, left = row["type"], recent.id_of(lane.name, row["id"]), row["local_remaining"]
    traded = recent.traded(order_id)
    return OrderView(
        order_id=order_id, client_order_id=recent.named(order_id), tags=recent.tags(order_id),
        lane=lane.name, order=row["id"],
        symbol=lane.instrument.symbol, side=("buy", "sell")[row["side"]], type=_TYPES[kind],
        time_in_force=_FORCES[row["force"]], post_only=bool(row["flags"] & OrderFlag.POST_ONLY),
        reduce_only=bool(row["flags"] & OrderFlag.REDUCE_ONLY), quantity=size.value(left + row["local_filled"]),
        limit_price=price.value(row["local_tick"]) if kind in LIMITED else None,
        stop_price=price.value(row["trigger"]) if kind in STOPS and stands(row["trigger"]) else None,
        trail=trail_told(row["trail"], price),
        filled_quantity=size.value(row["local_filled"]), remaining_quantity=size.value(left),
        average_price=traded.average, fees=traded.fees, state=_state(row), sent_ns=row["sent_ns"],
        arrived_ns=row["arrived_ns"] if row["local_state"] != OrderState.SENT or row["local_filled"] else 0,
    )  # fmt: skip


def _state(row: dict[str, Any]) -> str:
    """In FIX's words. A request that is under way comes before what is filled."""
    if row["asked"]:
        return "pending_cancel" if row["wanted_tick"] == NO_TICK else "pending_replace"
    if row["local_filled"]:
        return "partially_filled"
    if row["local_state"] == OrderState.SENT and not row["local_triggered"]:
        return "pending_new"
    return "new"
