"""Closing the position of one run by an operator's command, through the risk check."""

from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.order_terms import Force, OrderFlag, OrderType
from lockstep.kernels.ticks.frame import Frame
from lockstep.strategies.over_ticks.sending import send
from lockstep.strategies.over_ticks.units import Wire


def close_position(frame: Frame, time_ns: int) -> None:
    """Send reduce-only market orders for the position as the strategy knows it, none larger than limits allow."""
    held = int(frame.run["position"][0])
    side, left, most = (ASK if held > 0 else BID), abs(held), _largest(frame)
    while left > 0:
        lots = min(left, most)
        left -= lots
        order = Wire(side, OrderType.MARKET, 0, lots, Force.IOC, int(OrderFlag.REDUCE_ONLY), 0, 0)
        if not send(frame, order, time_ns).passed:
            return  # the rest would be refused for the same reason


def _largest(frame: Frame) -> int:
    """Return the most lots that the limits of size let an order have, at least one."""
    guards, lane, run = frame.guards, frame.lane, frame.run[0]
    assert guards is not None  # of a session's lanes
    most, lot = abs(int(run["position"])), float(run["lot_size"])
    unit = float(guards.rows["middle"][lane]) * float(run["multiplier"]) * lot
    for limits in (guards.limits[0], guards.own_limits[lane]):
        for limit, each in ((limits["max_order_size"], lot), (limits["max_order_notional"], unit)):
            if limit >= 0.0 and each > 0.0:
                most = min(most, int(limit / each * (1.0 + 1e-12)))
    return max(most, 1)
