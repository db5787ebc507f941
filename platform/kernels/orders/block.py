"""Entry points of the full order model: a block of rows, one moment of a row, and the orders that are left."""

from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.borrow import borrow
from lockstep.kernels.orders.ending import end_all, write_order
from lockstep.kernels.orders.engine import PER_ORDER, has_room, market, run_rows, settle
from lockstep.kernels.orders.submit import take_intents
from lockstep.kernels.orders.terms import Ended, Life, Refusal
from lockstep.kernels.orders.world import broker_of
from lockstep.kernels.records import OrderStatus


@kernel(cache=True)
def run_orders(world: Any, start: int, stop: int) -> int:
    """Advance rows ``start`` to ``stop`` of a block; return the first row not done.

    ``world`` is WORLD[1]. Stops early when buffers may not hold the next row's records, or the table its orders (make
    room and call again), or when ``broker.end`` is set.
    """
    return run_rows(borrow(world)[0], start, stop)


@kernel(cache=True)
def market_moment(world: Any, t: int) -> bool:
    """Do what the market does in row ``t``; False when there is no room for it, and nothing was done."""
    w = borrow(world)[0]
    if not has_room(w, t):
        return False
    market(w, t)
    return True


@kernel(cache=True)
def settle_moment(world: Any, t: int) -> bool:
    """Take the decisions of row ``t`` and value the account; False when there is no room, and nothing was done."""
    w = borrow(world)[0]
    if not has_room(w, t):
        return False
    settle(w, t)
    return True


@kernel(cache=True)
def end_orders(world: Any, ended: int) -> bool:
    """End all orders between two rows, for an Ended; False when there is no room, and nothing was done."""
    w = borrow(world)[0]
    if w.order_count + broker_of(w).working > w.order_room:
        return False
    for s in range(w.symbols):
        end_all(w, s, ended)
    return True


@kernel(cache=True)
def take_between(world: Any, time_ns: int) -> bool:
    """Take the intents of the account's row between two rows; False when there is no room, and nothing was done."""
    w = borrow(world)[0]
    working, arriving = broker_of(w).working, w.intent_count - broker_of(w).intents
    if w.order_count + PER_ORDER * (working + arriving) > w.order_room or working + 4 * arriving > w.slots:
        return False
    take_intents(w, time_ns)
    return True


@kernel(cache=True)
def write_working(working: Any, orders: Any) -> int:
    """Write the records of all orders on the table, as they stand; return how many."""
    count = 0
    for slot in range(working.size):
        if working[slot].life != Life.FREE:
            write_order(orders[count], working[slot], OrderStatus.WAITING, Refusal.NONE, Ended.NOT, -1)
            count += 1
    return count
