"""What is answered to a command about an order."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from lockstep.errors import UnknownOrderError
from lockstep.live.session.orders_shown import open_orders
from lockstep.live.session.view_types import OrderAnswer, OrderView
from lockstep.strategies.over_ticks.by_hand import SUBMIT

if TYPE_CHECKING:
    from lockstep.live.session.by_hand import Given
    from lockstep.live.session.core import Core


def traded(
    core: "Core", kind: str, content: Mapping[str, Any], command: Callable[[], int], given: Callable[[], int]
) -> OrderAnswer:  # fmt: skip
    """Let a command about an order hold, by ``command``, and return what became of it up to row ``given()``.

    An order that was given before with the same client id is not given again: what became of it is told.
    """
    before = core.by_hand.repeated(content) if kind == SUBMIT else None
    if before is not None:
        return OrderAnswer(row=before.row, last_row=given(), repeated=True, **_told(core, before))
    if kind == SUBMIT:
        row = command()
        return OrderAnswer(row=row, last_row=given(), **_told(core, core.by_hand.of_row(row)))
    lane, number = core.by_hand.meant(core, content)
    core.recent.declined.clear()
    row, order_id = command(), core.recent.id_of(lane.name, number)
    refusal = core.recent.declined.get(order_id)
    return OrderAnswer(row=row, last_row=given(), order=found(core, lane.name, number), refusal=refusal)


def order_of(core: "Core", content: Mapping[str, Any]) -> OrderView:
    """Return the order that is named by its ``clientOrderId`` or ``orderId``: one by hand, open, or over of late.

    Raises ``UnknownOrderError`` for another.
    """
    name = content.get("clientOrderId")
    given = core.by_hand.given(name) if isinstance(name, str) else None
    if given is not None:
        return _order(core, given)
    lane, number = core.by_hand.meant(core, content)
    return found(core, lane.name, number)


def found(core: "Core", lane: str, number: int) -> OrderView:
    """Return an order that is open, or was until lately; raises ``UnknownOrderError`` for another."""
    order_id = core.recent.id_of(lane, number)
    ended = (order for order in core.recent.ended if order.order_id == order_id)
    order = next(open_orders(core.lanes[lane], core.recent, number), None) or next(ended, None)
    if order is None:
        raise UnknownOrderError(f"order {order_id} was over long ago: the journal tells of it")
    return order


def _told(core: "Core", given: "Given") -> dict[str, Any]:
    """What became of an order by hand."""
    order = _order(core, given)
    return {"order": order, "refusal": order.refusal}


def _order(core: "Core", given: "Given") -> OrderView:
    return _not_sent(core, given) if not given.order else given.ended or found(core, given.lane, given.order)


def _not_sent(core: "Core", given: "Given") -> OrderView:
    """Of an order whose session died before it held, and came back too late for it."""
    asked = msgspec.structs.asdict(given.asked)
    return OrderView(
        order_id=core.recent.id_of(given.lane, 0), lane=given.lane, order=0, remaining_quantity=0.0, state="rejected",
        why="too_late", sent_ns=0, **asked,
    )  # fmt: skip
