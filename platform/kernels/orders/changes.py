"""Replacing a working order: checked when asked for, done when it arrives; until then the order works as it was."""

import math
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.orders.checks import prices_fault
from lockstep.kernels.orders.ending import end_order, would_take
from lockstep.kernels.orders.guard import admit_change
from lockstep.kernels.orders.slots import new_slot
from lockstep.kernels.orders.terms import Ended, Refusal
from lockstep.kernels.orders.world import World, orders_of, policy_of, stands_of, working_of
from lockstep.kernels.records import OrderStatus
from lockstep.kernels.risk.codes import RiskCode


@kernel
def _or_as_it_is(asked: float, now: float) -> float:
    return now if math.isnan(asked) else asked


@kernel
def _size(order: Any) -> float:
    """Return what an order's size is told by: units, or what it gives to be sized when it fills."""
    return order.value if math.isnan(order.quantity) else order.quantity


@kernel
def note_change(order: Any, intent: Any) -> None:
    """Write down what an order is to be; nan leaves a number as it is."""
    order.next_quantity = _or_as_it_is(intent.value, _size(order))
    order.next_limit = _or_as_it_is(intent.limit, order.limit)
    order.next_stop = _or_as_it_is(intent.stop, order.stop)
    order.next_trail = _or_as_it_is(intent.trail, order.trail)


@kernel
def exchange(order: Any) -> None:
    """Let an order have the prices that it is to have, and keep those that it has; or the other way round."""
    order.limit, order.next_limit = order.next_limit, order.limit
    order.stop, order.next_stop = order.next_stop, order.stop
    order.trail, order.next_trail = order.next_trail, order.trail


@kernel(inline=False)
def change_fault(order: Any, price: float) -> int:
    """Return why the change noted would be refused with the market at ``price``, or NONE; the order stays as it is."""
    endless = math.isinf(order.next_quantity) and not math.isnan(order.quantity)
    if endless or not order.next_quantity * _size(order) > 0.0:
        return Refusal.BAD_QUANTITY
    rested = order.rests
    exchange(order)
    fault = prices_fault(order)
    if would_take(order, price) and fault == Refusal.NONE:
        fault = Refusal.WOULD_TAKE
    exchange(order)
    order.rests = rested
    return fault


@kernel(inline=False)
def refuse_change(w: World, slot: int, fault: int, time_ns: int) -> None:
    """Record that the change noted is refused; the order goes on as it was."""
    s = working_of(w)[slot].symbol
    refused = new_slot(w, s, time_ns)
    order, change = working_of(w)[slot], working_of(w)[refused]
    order.change_in = -1
    change.type, change.value = order.type, order.next_quantity
    change.limit, change.stop = order.next_limit, order.next_stop
    end_order(w, refused, OrderStatus.REFUSED, fault, Ended.NOT)


@kernel(inline=False)
def _admits(w: World, slot: int, time_ns: int) -> bool:
    """Ask the limits of risk about a change whose prices the order has already; a refusal is recorded."""
    order = working_of(w)[slot]
    s = order.symbol
    verdict = admit_change(w, s, slot, order.next_quantity, order.next_limit, order.next_stop, time_ns)
    if verdict.code == RiskCode.PASSED:
        return True
    exchange(order)
    refuse_change(w, slot, verdict.code, time_ns)
    record = orders_of(w)[w.order_count - 1]
    record.risk_limit, record.risk_current, record.risk_attempted = verdict.limit, verdict.current, verdict.attempted
    return False


@kernel(inline=False)
def apply_change(w: World, slot: int, time_ns: int) -> bool:
    """Let the change noted take effect; return whether the order is still on the table."""
    order = working_of(w)[slot]
    order.change_in = -1
    exchange(order)
    asked = policy_of(w).guarded and not math.isnan(order.booked)
    if asked and not _admits(w, slot, time_ns):
        return True
    would_take(order, stands_of(w)[order.symbol].price)
    if math.isnan(order.quantity):
        order.value = order.next_quantity
        return True
    order.quantity = order.wanted = order.next_quantity
    # Asked for less than is filled: nothing is left to trade.
    if (order.quantity - order.filled) * order.quantity <= 0.0:
        order.quantity = order.filled
        end_order(w, slot, OrderStatus.FILLED, Refusal.NONE, Ended.NOT)
        return False
    return True
