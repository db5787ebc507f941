"""How many units of an order trade: what it asks for, cut by direction, loan, money, lots and the bar's volume."""

import math
from typing import Any, NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.costs import Costs
from lockstep.kernels.ledger import closing_part
from lockstep.kernels.orders.fees import Charged, FeeSchedule, fee_rate, fee_terms
from lockstep.kernels.orders.margin import MarginRates, initial_requirement, most_with_margin
from lockstep.kernels.orders.terms import Flag
from lockstep.kernels.orders.world import World, broker_of, contracts_of, policy_of, stands_of, tiers_of, turnover_of
from lockstep.kernels.records import Cut
from lockstep.kernels.sizing import (
    DUST,
    Instruction,
    Limits,
    Means,
    to_lots,
    wanted_units,
    within_cash,
    within_direction,
)


class Amount(NamedTuple):
    """Units of one fill."""

    wanted: float
    """Signed units the order has left to trade."""
    quantity: float
    """Signed units that trade."""
    cut: int
    """Cut"""
    by_volume: bool
    """Did the bar's volume leave a rest that goes on working?"""


@kernel
def schedule(policy: Any) -> FeeSchedule:
    """Return the run's fees besides rates."""
    return FeeSchedule(policy.per_share, policy.per_order, policy.minimum, policy.maximum, policy.maximum_share)


@kernel
def charged(order: Any) -> Charged:
    """Return what an order has been charged."""
    return Charged(order.charged_linear, order.charged_value, order.charged_fee)


@kernel
def margin_rates(policy: Any, contract: Any) -> MarginRates:
    """Return a contract's margins: its own or the account's, whichever asks for more."""
    initial = max(contract.initial, 1.0 / policy.leverage)
    keep = max(contract.maintenance, policy.maintenance * initial)
    return MarginRates(initial, initial, keep, keep)


@kernel
def unsettled(broker: Any) -> float:
    """Return the proceeds that are not yet to be spent."""
    total = 0.0
    for i in range(broker.unsettled.size):
        if broker.settles[i] > broker.sessions:
            total += broker.unsettled[i]
    return total


@kernel(inline=False)
def means(w: World, s: int, market: float, price: float) -> Means:
    """Return what the account has, with symbol ``s`` valued at ``price`` instead of ``market`` (currency a unit)."""
    broker, held = broker_of(w), stands_of(w)[s].quantity
    others = broker.shorts - max(-held * market, 0.0)
    free = broker.cash - (unsettled(broker) if policy_of(w).settlement > 0 else 0.0)
    return Means(free, broker.equity + held * (price - market), max(others, 0.0))


@kernel(inline=False)
def linear_costs(w: World, order: Any, unit: float) -> Costs:
    """Return the fees of a fill as sizing needs them: a share, a sum a unit and a sum an order, none too small."""
    policy = policy_of(w)
    rate = fee_rate(tiers_of(w), turnover_of(w).before, order.rests != 0)
    terms = fee_terms(schedule(policy), rate, unit, charged(order))
    fixed = max(terms.fixed, terms.least) if terms.least > 0.0 else terms.fixed
    return Costs(max(rate, 0.0), policy.per_share, max(fixed, 0.0), 0.0)


@kernel(inline=False)
def asked(w: World, s: int, order: Any, market: float, price: float) -> float:
    """Return the signed units an order has left at ``price``; market and price in account currency a unit."""
    held = stands_of(w)[s].quantity
    if order.flags & Flag.WHOLE_POSITION:
        return -held
    if not math.isnan(order.quantity):
        return order.quantity - order.filled
    if order.kind == Instruction.RISK:
        return order.value * means(w, s, market, price).equity / (order.stop_loss * price)
    policy = policy_of(w)
    limits = Limits(contracts_of(w)[s].lot, policy.long != 0, policy.short != 0)
    costs = linear_costs(w, order, price)
    return wanted_units(order.kind, order.value, held, means(w, s, market, price), costs, price, limits)


@kernel(inline=False)
def _within_margin(w: World, s: int, order: Any, quantity: float, market: float, price: float) -> float:
    policy, held = policy_of(w), stands_of(w)[s].quantity
    others = 0.0
    for other in range(w.symbols):
        if other != s and stands_of(w)[other].quantity != 0.0:
            value = stands_of(w)[other].quantity * stands_of(w)[other].mark
            others += initial_requirement(value, margin_rates(policy, contracts_of(w)[other]))
    rate = fee_rate(tiers_of(w), turnover_of(w).before, order.rests != 0)
    fees = fee_terms(schedule(policy), rate, price, charged(order))
    equity = means(w, s, market, price).equity
    most = most_with_margin(quantity, held, price, equity, others, margin_rates(policy, contracts_of(w)[s]), fees)
    return min(quantity, most) if quantity > 0.0 else max(quantity, -most)


@kernel
def _lendable(held: float, quantity: float, shortable: float) -> float:
    """Return the part of a sale that stays within what can be borrowed."""
    closed = closing_part(held, quantity)
    opened = quantity - closed
    room = max(shortable + min(held, 0.0), 0.0)
    return quantity if opened >= -room else closed - room


@kernel(inline=False)
def amount(w: World, s: int, order: Any, wanted: float, market: float, price: float) -> Amount:
    """Cut ``wanted`` signed units to what may trade at ``price`` (account currency a unit, costs of trading in it)."""
    policy, contract, stand = policy_of(w), contracts_of(w)[s], stands_of(w)[s]
    held, equity = stand.quantity, broker_of(w).equity
    limits = Limits(contract.lot, policy.long != 0, policy.short != 0)
    cut = Cut.NONE
    left = wanted
    if order.flags & Flag.REDUCE_ONLY:
        left = closing_part(held, wanted)
        if left != wanted:
            cut = Cut.POSITION
    allowed = within_direction(left, held, limits)
    if allowed != left and cut == Cut.NONE:
        cut = Cut.DIRECTION
    lent = _lendable(held, allowed, contract.shortable)
    if lent != allowed and cut == Cut.NONE:
        cut = Cut.LOAN
    if lent == 0.0 or math.isnan(lent):
        return Amount(wanted, 0.0, cut, False)
    if policy.margin:
        paid_for = _within_margin(w, s, order, lent, market, price)
    else:
        paid_for = within_cash(lent, held, means(w, s, market, price), linear_costs(w, order, price), price)
    if abs(paid_for) * price <= DUST * equity and not order.flags & Flag.REDUCE_ONLY:
        paid_for = 0.0
    if paid_for != lent and not math.isinf(lent) and cut == Cut.NONE:
        cut = Cut.CASH
    by_volume = abs(paid_for) > stand.room
    if by_volume:
        paid_for = math.copysign(stand.room, paid_for)
    if contract.lot > 0.0:
        whole = to_lots(paid_for, contract.lot)
        if held != 0.0:
            # Rounded once more as a position, which the sum of two multiples of a lot is only nearly.
            whole = to_lots(held + whole, contract.lot) - held
        if abs(whole - paid_for) > DUST * abs(paid_for) and cut == Cut.NONE and not by_volume:
            cut = Cut.LOT
        paid_for = whole
    return Amount(wanted, paid_for, cut, by_volume)


@kernel
def reached(kind: int, wanted: float, price: float, equity: float) -> bool:
    """Is a target so near that the difference is rounding?"""
    return kind <= Instruction.TARGET_VALUE and abs(wanted) * price <= DUST * equity
