"""Exits that come with a position: stop loss, take profit and trailing stop, one cancelling the others."""

import math

from lockstep.kernels._jit import kernel
from lockstep.kernels.orders.guard import take_exits
from lockstep.kernels.orders.slots import blank_order
from lockstep.kernels.orders.terms import EXIT, Life, OrderType
from lockstep.kernels.orders.worklist import append
from lockstep.kernels.orders.world import World, broker_of, policy_of, stands_of, working_of


@kernel(inline=False)
def _exit(w: World, s: int, group: int, time_ns: int) -> int:
    broker, stand = broker_of(w), stands_of(w)[s]
    slot = append(broker, stand, working_of(w))
    order = working_of(w)[slot]
    blank_order(order)
    order.life = Life.LIVE
    order.id = broker.orders
    broker.orders += 1
    order.symbol, order.group, order.flags = s, group, EXIT
    order.row, order.time_ns, order.live_session = broker.row, time_ns, stand.session
    order.quantity = order.wanted = order.value = -stand.quantity
    return slot


@kernel(inline=False)
def attach_exits(
    w: World, s: int, entry: float, stop_loss: float, take_profit: float, trail: float, trail_kind: int, time_ns: int
) -> None:  # fmt: skip
    """Give a position its exits; ``stop_loss`` and ``take_profit`` are shares of the entry price, nan for none."""
    if math.isnan(stop_loss) and math.isnan(take_profit) and math.isnan(trail):
        return
    broker, stand = broker_of(w), stands_of(w)[s]
    side = 1.0 if stand.quantity > 0.0 else -1.0
    group = -2 - broker.groups  # below the groups that deciders number
    broker.groups += 1
    if not math.isnan(stop_loss):
        slot = _exit(w, s, group, time_ns)
        working_of(w)[slot].type = OrderType.STOP
        working_of(w)[slot].stop = entry * (1.0 - side * stop_loss)
    if not math.isnan(trail):
        slot = _exit(w, s, group, time_ns)
        order = working_of(w)[slot]
        order.type, order.trail, order.trail_kind, order.extreme = OrderType.TRAILING_STOP, trail, trail_kind, entry
    if not math.isnan(take_profit):
        slot = _exit(w, s, group, time_ns)
        working_of(w)[slot].type = OrderType.LIMIT
        working_of(w)[slot].limit = entry * (1.0 + side * take_profit)
        working_of(w)[slot].rests = 1
    if policy_of(w).guarded:
        take_exits(w, s, group, time_ns)
