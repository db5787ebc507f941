"""Corporate actions applied to positions, working orders and what is remembered of prices."""

import math

from lockstep.kernels._jit import kernel
from lockstep.kernels.actions import ActionKind
from lockstep.kernels.booking import book
from lockstep.kernels.orders.activity import split_activity
from lockstep.kernels.orders.closing import close_at
from lockstep.kernels.orders.ending import end_all, end_exits
from lockstep.kernels.orders.tables import NO_SLOT
from lockstep.kernels.orders.tally import tally_split
from lockstep.kernels.orders.terms import Ended, Trail
from lockstep.kernels.orders.world import (
    World,
    actions_of,
    broker_of,
    contracts_of,
    flows_of,
    policy_of,
    stands_of,
    trades_of,
    working_of,
)
from lockstep.kernels.reasons import Reason
from lockstep.kernels.records import Flow
from lockstep.kernels.sizing import DUST, Instruction, to_lots


@kernel(inline=False)
def write_flow(w: World, s: int, kind: int, amount: float, time_ns: int) -> None:
    """Book cash that came or went without a trade (account currency), and write its record."""
    if amount == 0.0:
        return
    broker = broker_of(w)
    broker.cash += amount
    broker.equity += amount
    broker.financing += amount
    flow = flows_of(w)[w.flow_count]
    w.flow_count += 1
    flow.row, flow.time_ns, flow.symbol, flow.kind, flow.amount = broker.row, time_ns, s, kind, amount


@kernel(inline=False)
def _split_orders(w: World, s: int, ratio: float) -> None:
    at = stands_of(w)[s].first
    while at != NO_SLOT:
        order = working_of(w)[at]
        for_units = order.kind == Instruction.TARGET_UNITS or order.kind == Instruction.AMOUNT
        order.value *= ratio if for_units else 1.0
        order.wanted *= ratio
        order.quantity *= ratio
        order.filled *= ratio
        order.next_quantity *= ratio
        for_prices = 1.0 / ratio
        order.limit *= for_prices
        order.stop *= for_prices
        order.extreme *= for_prices
        order.next_limit *= for_prices
        order.next_stop *= for_prices
        if order.trail_kind == Trail.AMOUNT:
            order.trail *= for_prices
            order.next_trail *= for_prices
        at = order.next


@kernel(inline=False)
def _split(w: World, s: int, ratio: float, time_ns: int) -> None:
    """Restate a position and its orders in new units; a fraction of a lot is paid out at the restated price."""
    broker, stand, contract = broker_of(w), stands_of(w)[s], contracts_of(w)[s]
    stand.quantity *= ratio
    stand.average_cost /= ratio
    stand.mark /= ratio
    stand.price /= ratio
    stand.entered *= ratio
    stand.exited *= ratio
    if policy_of(w).kind == Instruction.TARGET_UNITS:
        stand.target *= ratio
    split_activity(stand.activity, ratio)
    _split_orders(w, s, ratio)
    rest = stand.quantity - to_lots(stand.quantity, contract.lot)
    if abs(rest) > DUST * contract.lot and not math.isnan(stand.mark):
        before = broker.cash
        _, ended = book(broker, stand, -rest, stand.mark, 0.0, broker.row, time_ns, s, trades_of(w)[w.trade_count])
        w.trade_count += 1 if ended else 0
        flow = flows_of(w)[w.flow_count]
        w.flow_count += 1
        flow.row, flow.time_ns, flow.symbol = broker.row, time_ns, s
        flow.kind, flow.amount = Flow.CASH_IN_LIEU, broker.cash - before
        end_exits(w, s, NO_SLOT)
    if policy_of(w).guarded:
        tally_split(w, s, ratio)


@kernel(inline=False)
def apply_actions(w: World, time_ns: int, t: int, closed: bool) -> None:
    """Apply the corporate actions that take effect before the close of a row, or with it once it has ``closed``.

    What takes effect at an open takes effect before the row in whose time that open lies; an open at the very close of
    a row lies in the next one. Only a delisting happens at a close.
    """
    broker = broker_of(w)
    while broker.actions < w.action_count:
        action = actions_of(w)[broker.actions]
        at_close = closed and action.time_ns == time_ns and action.kind == ActionKind.DELIST
        if action.time_ns >= time_ns and not at_close:
            return
        broker.actions += 1
        s = action.symbol
        stand = stands_of(w)[s]
        if action.kind == ActionKind.SPLIT:
            _split(w, s, action.value, action.time_ns)
        elif action.kind == ActionKind.DIVIDEND:
            paid = stand.quantity * action.value * contracts_of(w)[s].multiplier * stand.rate
            if stand.quantity != 0.0:
                write_flow(w, s, Flow.DIVIDEND, paid, action.time_ns)
        elif action.kind == ActionKind.DELIST:
            end_all(w, s, Ended.BY_DELISTING)
            if stand.quantity != 0.0:
                final = stand.price if math.isnan(action.value) else action.value
                close_at(w, s, final, Reason.DELISTED, action.time_ns, t)
            stand.gone = 1
