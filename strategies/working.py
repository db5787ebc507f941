"""What execution shares: a large order is worked so that a schedule's lots are done or on their way."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.events import Phase
from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.order_terms import NO_TICK
from lockstep.kernels.ticks.desk import (
    Desk,
    best,
    cancel_resting,
    now,
    open_lots,
    phase,
    position,
    submit_limit,
    submit_market,
    wake_by,
)

RETRY_NS = 100_000_000
"""After this long an order is sent again whose predecessor did nothing: rejected in a halt, or nobody was there."""


class Work(NamedTuple):
    """Where the working of a large order stands."""

    held: int
    """Position in lots before it began."""
    sent_ns: int
    """When the latest order was sent, 0 before the first."""
    done: int
    """Lots done at that moment."""


def work_init() -> Work:
    """Return the state of a strategy that starts without a position."""
    return Work(0, 0, 0)


@kernel
def side_of(buy: bool) -> int:
    """Return the side of the book on which an order of a direction waits."""
    return BID if buy else ASK


@kernel
def done_lots(desk: Desk, work: Work, side: int) -> int:
    """Return the lots done, as far as reports have told."""
    change = position(desk) - work.held
    return -change if side == ASK else change


@kernel(inline=False)
def ready(desk: Desk, work: Work, side: int) -> bool:
    """Return whether an order may be sent: trading goes on, and the latest try was not in vain just now.

    Where it may not, the strategy is woken to try later.
    """
    in_vain = work.sent_ns > 0 and done_lots(desk, work, side) == work.done
    if in_vain and now(desk) < work.sent_ns + RETRY_NS:
        return later(desk, work.sent_ns + RETRY_NS)
    if phase(desk) != Phase.CONTINUOUS:
        return later(desk, now(desk) + RETRY_NS)
    return True


@kernel
def later(desk: Desk, time_ns: int) -> bool:
    """Ask to act at a moment at the latest; return False."""
    wake_by(desk, time_ns)
    return False


@kernel
def sent(desk: Desk, work: Work, side: int) -> Work:
    """Return the state after an order was sent."""
    return Work(work.held, now(desk), done_lots(desk, work, side))


@kernel(inline=False)
def take_lots(desk: Desk, work: Work, side: int, lots: int) -> Work:
    """Take lots at the market, once somebody is there."""
    if best(desk, 1 - side) == NO_TICK:
        later(desk, now(desk) + RETRY_NS)
        return work
    if not ready(desk, work, side):
        return work
    submit_market(desk, side, lots)
    return sent(desk, work, side)


@kernel(inline=False)
def wait_lots(desk: Desk, work: Work, side: int, tick: int, lots: int) -> Work:
    """Wait for lots at a price; with NO_TICK, as of an empty side, later."""
    if tick == NO_TICK:
        later(desk, now(desk) + RETRY_NS)
        return work
    if not ready(desk, work, side):
        return work
    submit_limit(desk, side, tick, lots)
    return sent(desk, work, side)


@kernel(inline=False)
def work_order(desk: Desk, work: Work, side: int, must: int, due: int) -> Work:
    """Have ``due`` lots done or waiting at the touch; what of ``must`` isn't done is canceled and taken at the market.

    Taken once nothing is under way any more: no lot is ever bought twice.
    """
    done, under_way = done_lots(desk, work, side), open_lots(desk, side)
    if done < must:
        if under_way == 0:
            return take_lots(desk, work, side, must - done)
        cancel_resting(desk, side)
        return work
    if done + under_way < due:
        return wait_lots(desk, work, side, best(desk, side), due - done - under_way)
    return work
