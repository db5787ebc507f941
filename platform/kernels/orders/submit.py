"""Taking orders, replacements, cancels and targets from whoever decides. What is refused leaves nothing behind."""

import math
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.account import Rebalance
from lockstep.kernels.orders.amounts import asked
from lockstep.kernels.orders.changes import apply_change, change_fault, note_change, refuse_change
from lockstep.kernels.orders.checks import prices_fault
from lockstep.kernels.orders.ending import end_order, end_unadmitted, would_take
from lockstep.kernels.orders.guard import admit
from lockstep.kernels.orders.slots import new_slot
from lockstep.kernels.orders.tables import NO_SLOT
from lockstep.kernels.orders.terms import (
    EXIT,
    Action,
    Ended,
    Flag,
    Life,
    OrderType,
    Refusal,
    TimeInForce,
)
from lockstep.kernels.orders.worklist import find, following
from lockstep.kernels.orders.world import World, broker_of, contracts_of, intents_of, policy_of, stands_of, working_of
from lockstep.kernels.records import OrderStatus
from lockstep.kernels.risk.codes import RiskCode
from lockstep.kernels.sizing import Instruction


@kernel
def in_band(equity: float, stand: Any, kind: int, value: float, band: float) -> bool:
    """Is the holding near its target? Opening, closing and turning a position is never a matter of nearness."""
    if not stand.quantity * value > 0.0:
        return False
    wanted = value
    if kind == Instruction.TARGET_WEIGHT:
        wanted *= equity
    elif kind == Instruction.TARGET_UNITS:
        wanted *= stand.mark
    return abs(stand.quantity * stand.mark - wanted) <= band * equity


@kernel
def _is_target_order(order: Any) -> bool:
    return order.tag < 0 and order.parent < 0 and not order.flags & Flag.WHOLE_POSITION


@kernel(inline=False)
def end_targets(w: World, s: int) -> None:
    """End what still waits for an older target of a symbol."""
    before, at = NO_SLOT, stands_of(w)[s].first
    while at != NO_SLOT:
        if _is_target_order(working_of(w)[at]):
            end_order(w, at, OrderStatus.CANCELED, Refusal.NONE, Ended.BY_NEW_TARGET)
            at = following(stands_of(w)[s], working_of(w), before)
            continue
        before, at = at, working_of(w)[at].next


@kernel(inline=False)
def take_target(w: World, s: int, kind: int, value: float, time_ns: int) -> None:
    """Take a number that a strategy or column gave at a close: an order, if the rules ask for one."""
    broker, stand, policy = broker_of(w), stands_of(w)[s], policy_of(w)
    if kind <= Instruction.TARGET_VALUE:
        if policy.rebalance == Rebalance.ON_CHANGE and value == stand.target:
            return
        stand.target = value
        if policy.rebalance == Rebalance.BAND and in_band(broker.equity, stand, kind, value, policy.band):
            end_targets(w, s)
            return
    end_targets(w, s)
    slot = new_slot(w, s, time_ns)
    working_of(w)[slot].kind = kind
    working_of(w)[slot].value = value
    if stand.gone:
        end_order(w, slot, OrderStatus.REFUSED, Refusal.DELISTED, Ended.NOT)


@kernel
def _is_contradictory(order: Any) -> bool:
    """Do an order's type, time in force and flags not go together?"""
    tif, known = order.tif, order.type == OrderType.MARKET or order.type == OrderType.LIMIT
    auction = tif == TimeInForce.OPG or tif == TimeInForce.CLS
    if auction and not known:
        return True
    # What must not take has to be able to wait.
    at_once = tif == TimeInForce.IOC or tif == TimeInForce.FOK
    return order.flags & Flag.POST_ONLY != 0 and (at_once or order.type != OrderType.LIMIT)


@kernel(inline=False)
def _fault(w: World, s: int, slot: int, time_ns: int) -> int:
    """Return why an order is refused on arrival, or NONE."""
    order, stand = working_of(w)[slot], stands_of(w)[s]
    if stand.gone:
        return Refusal.DELISTED
    if order.kind > Instruction.RISK or math.isnan(order.value) or (order.value == 0.0 and order.kind >= 3):
        return Refusal.BAD_QUANTITY
    sized_now = order.type != OrderType.MARKET or order.parent >= 0
    if math.isinf(order.value) and (order.kind <= Instruction.TARGET_VALUE or sized_now):
        return Refusal.BAD_QUANTITY
    fault = prices_fault(order)
    if fault != Refusal.NONE:
        return fault
    if _is_contradictory(order):
        return Refusal.CONTRADICTORY
    if order.tif == TimeInForce.GTD and order.expire_ns <= time_ns:
        return Refusal.EXPIRED
    if order.tag >= 0 and find(stand, working_of(w), order.tag) != slot:
        return Refusal.DUPLICATE
    return Refusal.NONE


@kernel(inline=False)
def _size_early(w: World, s: int, order: Any) -> int:
    """Find the units of an order that is not sized when it fills; return why it is refused, or NONE.

    A plain market order is sized at its fill, like a target. What waits for a price is sized now, at that price.
    """
    stand, contract = stands_of(w)[s], contracts_of(w)[s]
    if order.flags & Flag.WHOLE_POSITION and stand.quantity * order.value < 0.0:
        order.quantity = -stand.quantity
    elif order.kind == Instruction.AMOUNT and not math.isinf(order.value):
        order.quantity = order.value
    elif order.type != OrderType.MARKET or order.parent >= 0:
        price = order.limit if order.type == OrderType.LIMIT or order.type == OrderType.STOP_LIMIT else order.stop
        if math.isnan(price):
            price = stand.price
        if math.isnan(price) or math.isnan(stand.rate):
            return Refusal.NO_PRICE if math.isnan(price) else Refusal.NO_RATE
        unit = price * contract.multiplier * stand.rate
        order.quantity = asked(w, s, order, stand.mark if not math.isnan(stand.mark) else unit, unit)
        if order.quantity == 0.0 or math.isnan(order.quantity) or math.isinf(order.quantity):
            return Refusal.NOTHING_TO_TRADE
    order.wanted = order.quantity
    return Refusal.NONE


@kernel(inline=False)
def _conditions_fault(w: World, s: int, order: Any) -> int:
    """Return why an order's flags refuse it, or NONE."""
    stand = stands_of(w)[s]
    if would_take(order, stand.price) and order.parent < 0:
        return Refusal.WOULD_TAKE
    side = order.value if math.isnan(order.quantity) else order.quantity
    if order.flags & EXIT and order.parent < 0 and stand.quantity * side >= 0.0:
        return Refusal.WOULD_INCREASE
    return Refusal.NONE


@kernel(inline=False)
def _new(w: World, intent: Any, time_ns: int) -> None:
    s = intent.symbol
    slot = new_slot(w, s, time_ns)
    order = working_of(w)[slot]
    order.tag, order.type, order.tif, order.flags = intent.tag, intent.type, intent.tif, intent.flags
    order.kind, order.value, order.limit, order.stop = intent.kind, intent.value, intent.limit, intent.stop
    order.trail, order.trail_kind = intent.trail, intent.trail_kind
    order.stop_loss, order.take_profit = intent.stop_loss, intent.take_profit
    order.group, order.expire_ns = intent.group, intent.expire_ns
    fault = _fault(w, s, slot, time_ns)
    if fault == Refusal.NONE and intent.parent >= 0:
        parent = _find_anywhere(w, intent.parent)
        if parent in (NO_SLOT, slot) or working_of(w)[parent].life == Life.HELD:
            fault = Refusal.NO_PARENT
        else:
            order.parent = working_of(w)[parent].id
            order.life = Life.HELD if working_of(w)[parent].filled == 0.0 else Life.ARRIVING
    if fault == Refusal.NONE:
        fault = _size_early(w, s, order)
    if fault == Refusal.NONE:
        fault = _conditions_fault(w, s, order)
    if fault != Refusal.NONE:
        end_order(w, slot, OrderStatus.REFUSED, fault, Ended.NOT)
    elif policy_of(w).guarded and order.life != Life.HELD and not math.isnan(order.quantity):
        verdict = admit(w, s, slot, time_ns)
        if verdict.code != RiskCode.PASSED:
            end_unadmitted(w, slot, verdict)


@kernel(inline=False)
def _find_anywhere(w: World, tag: int) -> int:
    for s in range(w.symbols):
        slot = find(stands_of(w)[s], working_of(w), tag)
        if slot != NO_SLOT:
            return slot
    return NO_SLOT


@kernel(inline=False)
def _not_found(w: World, intent: Any, time_ns: int) -> None:
    """Record a cancel or replacement of an order that is not working: it may have been filled meanwhile."""
    slot = new_slot(w, intent.symbol, time_ns)
    order = working_of(w)[slot]
    order.value, order.limit, order.stop = intent.value, intent.limit, intent.stop
    end_order(w, slot, OrderStatus.REFUSED, Refusal.UNKNOWN_ORDER, Ended.NOT)


@kernel(inline=False)
def _cancel(w: World, intent: Any, time_ns: int) -> None:
    slot = find(stands_of(w)[intent.symbol], working_of(w), intent.tag)
    if slot == NO_SLOT:
        _not_found(w, intent, time_ns)
    elif policy_of(w).latency == 0:
        end_order(w, slot, OrderStatus.CANCELED, Refusal.NONE, Ended.BY_REQUEST)
    elif working_of(w)[slot].cancel_in < 0:
        working_of(w)[slot].cancel_in = policy_of(w).latency


@kernel(inline=False)
def _replace(w: World, intent: Any, time_ns: int) -> None:
    """Change a working order; nan leaves a number as it is. A change that would be refused leaves the order alone."""
    s = intent.symbol
    slot = find(stands_of(w)[s], working_of(w), intent.tag)
    if slot == NO_SLOT:
        _not_found(w, intent, time_ns)
        return
    note_change(working_of(w)[slot], intent)
    fault = change_fault(working_of(w)[slot], stands_of(w)[s].price)
    if fault != Refusal.NONE:
        refuse_change(w, slot, fault, time_ns)
    elif policy_of(w).latency == 0:
        apply_change(w, slot, time_ns)
    else:
        working_of(w)[slot].change_in = policy_of(w).latency


@kernel(inline=False)
def take_intents(w: World, time_ns: int) -> None:
    """Take all intents of the account's row."""
    broker = broker_of(w)
    while broker.intents < w.intent_count and intents_of(w)[broker.intents].row <= broker.row:
        intent = intents_of(w)[broker.intents]
        broker.intents += 1
        if intent.action == Action.NEW:
            _new(w, intent, time_ns)
        elif intent.action == Action.CANCEL:
            _cancel(w, intent, time_ns)
        elif intent.action == Action.REPLACE:
            _replace(w, intent, time_ns)
        else:
            take_target(w, intent.symbol, intent.kind, intent.value, time_ns)
