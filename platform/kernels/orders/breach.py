"""What happens to working orders when a loss or a drawdown has gone past its limit."""

from lockstep.kernels._jit import kernel
from lockstep.kernels.orders.ending import end_order
from lockstep.kernels.orders.tables import NO_SLOT
from lockstep.kernels.orders.tally import only_reduces, tally_equity
from lockstep.kernels.orders.terms import Ended, Refusal
from lockstep.kernels.orders.worklist import following
from lockstep.kernels.orders.world import World, broker_of, exposures_of, policy_of, stands_of, working_of
from lockstep.kernels.records import OrderStatus
from lockstep.kernels.risk.limits import slack


@kernel(inline=False)
def answer_breach(w: World) -> None:
    """Value the account, and cancel what may still open a position if that shows a breach.

    Targets and orders without known units stay: they are asked about when they fill.
    """
    if tally_equity(w) and broker_of(w).working > 0:
        for s in range(w.symbols):
            _cancel_opening(w, s)


@kernel(inline=False)
def _cancel_opening(w: World, s: int) -> None:
    """Cancel a symbol's orders beyond those, oldest first, that together bring the position to zero at most."""
    symbol, stand = exposures_of(w)[s], stands_of(w)[s]
    reducing = symbol.reducing_sells if symbol.position > 0.0 else symbol.reducing_buys
    room = abs(symbol.position) - reducing + slack(symbol, abs(symbol.position))
    before, at = NO_SLOT, stand.first
    while at != NO_SLOT:
        order = working_of(w)[at]
        if order.booked == order.booked and not only_reduces(order):
            units = abs(order.booked)
            if order.booked * symbol.position < 0.0 and units <= room:
                room -= units
            elif policy_of(w).latency == 0:
                end_order(w, at, OrderStatus.CANCELED, Refusal.NONE, Ended.BY_RISK)
                at = following(stand, working_of(w), before)
                continue
            elif order.cancel_in < 0:
                order.cancel_in, order.cancel_for = policy_of(w).latency, Ended.BY_RISK
        before, at = at, order.next
