"""Taking a slot of the table for a new order."""

import math
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.orders.terms import Ended, Flag, Life, OrderType, TimeInForce, Trail
from lockstep.kernels.orders.worklist import append
from lockstep.kernels.orders.world import World, broker_of, policy_of, stands_of, working_of
from lockstep.kernels.sizing import Instruction


@kernel(inline=False)
def blank_order(order: Any) -> None:
    """Empty a slot that was just taken; its place in the list stays."""
    order.tag, order.symbol = -1, 0
    order.type, order.tif, order.flags, order.kind = OrderType.MARKET, TimeInForce.GTC, Flag.NONE, Instruction.AMOUNT
    order.value = order.wanted = order.quantity = math.nan
    order.filled = order.filled_value = 0.0
    order.limit = order.stop = order.trail = order.extreme = order.stop_loss = order.take_profit = math.nan
    order.trail_kind = Trail.NONE
    order.triggered = order.rests = order.latency = order.cut = 0
    order.blocked = order.parent = order.group = order.cancel_in = order.change_in = order.live_session = (
        order.live_bar
    ) = order.fill_row = -1
    order.expire_ns = 0
    order.charged_linear = order.charged_value = order.charged_fee = 0.0
    order.booked, order.cancel_for = math.nan, Ended.BY_REQUEST


@kernel(inline=False)
def new_slot(w: World, s: int, time_ns: int) -> int:
    """Put a blank order of this moment into a symbol's list and return its slot."""
    broker = broker_of(w)
    slot = append(broker, stands_of(w)[s], working_of(w))
    order = working_of(w)[slot]
    blank_order(order)
    order.life, order.symbol, order.latency = Life.ARRIVING, s, policy_of(w).latency
    order.id = broker.orders
    order.row, order.time_ns = broker.row, time_ns
    broker.orders += 1
    return slot
