"""The pre-trade check inside the order model: the question is put where live trading puts it, to the same kernel.

An order whose units are known is asked about when it is submitted, one held for its parent when that trades, a
replacement before it changes anything. An order whose units are found at its fill is asked about there, at the price
reached, before it is booked. What passes is booked in the same breath.

Not asked are exits that come with a position and the orders by which the account itself closes one: at a liquidation,
a delisting, or the end of the run. They can only reduce, and refusing them would leave a risk that nobody may end;
they are booked, and do not count as sent. Cancels are never asked.
"""

import math
from typing import Any

import numpy as np

from lockstep.kernels._jit import kernel
from lockstep.kernels.ledger import closing_part
from lockstep.kernels.orders.amounts import Amount
from lockstep.kernels.orders.tables import NO_SLOT, Records
from lockstep.kernels.orders.tally import level_of, look_up, only_reduces, units_left
from lockstep.kernels.orders.terms import Flag, OrderType, TimeInForce
from lockstep.kernels.orders.triggers import trailing_from
from lockstep.kernels.orders.world import (
    World,
    contracts_of,
    exposures_of,
    guard_of,
    limits_of,
    stands_of,
    working_of,
)
from lockstep.kernels.risk.book import accepted, replaced, works
from lockstep.kernels.risk.check import check
from lockstep.kernels.risk.codes import RiskCode
from lockstep.kernels.risk.exposure import is_price
from lockstep.kernels.risk.form import nearest, passed
from lockstep.kernels.risk.limits import too_large
from lockstep.kernels.risk.order import NEVER, NO_ID, OrderClass, Proposal, Verdict
from lockstep.kernels.risk.tables import new_risk_account, new_risk_symbols
from lockstep.kernels.sizing import Instruction, to_lots

AT_MARKET, AT_LIMIT = int(OrderClass.MARKET), int(OrderClass.LIMIT)
WAITS, WAITS_WITH_LIMIT = int(OrderClass.STOP), int(OrderClass.STOP_LIMIT)


@kernel
def order_class(order: Any) -> int:
    """Return how an order reaches its price; once triggered a stop is a market order, a stop-limit a limit order."""
    if order.type == OrderType.LIMIT:
        return AT_LIMIT
    if order.type == OrderType.STOP_LIMIT:
        return AT_LIMIT if order.triggered else WAITS_WITH_LIMIT
    return AT_MARKET if order.type == OrderType.MARKET or order.triggered else WAITS


@kernel
def _trigger(stand: Any, contract: Any, order: Any) -> float:
    """Return the price that triggers an order: of a trailing stop where it stands now, on a tick."""
    if order.type != OrderType.TRAILING_STOP:
        return order.stop
    extreme = stand.price if math.isnan(order.extreme) else order.extreme
    level = trailing_from(order, extreme, stand.activity.average_range)
    if not is_price(level):
        level = stand.price  # no average range is known yet, or the distance is more than the price
    return max(nearest(level / contract.tick), 1.0) * contract.tick if contract.tick > 0.0 else level


@kernel(inline=False)
def proposal(w: World, s: int, slot: int, units: float, replaces: float, time_ns: int) -> Proposal:
    """Return what the check is asked about an order; ids are not compared, as the table has unique ones."""
    order = working_of(w)[slot]
    kind = order_class(order)
    limited = kind in (AT_LIMIT, WAITS_WITH_LIMIT)
    price = order.limit if limited else math.nan
    trigger = _trigger(stands_of(w)[s], contracts_of(w)[s], order) if kind >= WAITS else math.nan
    expires = order.expire_ns if order.tif == TimeInForce.GTD else NEVER
    return Proposal(units, kind, price, trigger, only_reduces(order), NO_ID, time_ns, expires, replaces)


@kernel
def _no_more_than_held(held: float, order: Any, units: float) -> float:
    """Return the units of an order that closes, cut to what there is to close; others as they are."""
    closing = closing_part(held, units)
    return closing if only_reduces(order) and closing != 0.0 else units


@kernel(inline=False)
def admit(w: World, s: int, slot: int, time_ns: int) -> Verdict:
    """Ask about an order whose units are known, and book it if it passes.

    A child is held to its parent's first fill, which may be less than the child is to close in the end: it is asked
    about with what it can close, and with all of its units where only its size counts.
    """
    account, symbol, limits = guard_of(w), exposures_of(w)[s], limits_of(w)
    stand, order = stands_of(w)[s], working_of(w)[slot]
    lots = to_lots(order.quantity, contracts_of(w)[s].lot)
    if order.kind != Instruction.AMOUNT and lots != 0.0:
        order.quantity = lots  # found by the engine, not asked for
    units = units_left(stand, order)
    whole = proposal(w, s, slot, units, 0.0, time_ns)
    cut = _no_more_than_held(stand.quantity, order, units) if order.parent >= 0 else units
    verdict = check(limits, account, symbol, proposal(w, s, slot, cut, 0.0, time_ns))
    if verdict.code == RiskCode.PASSED and cut != units:
        verdict = too_large(limits, symbol, whole)
    if verdict.code == RiskCode.PASSED:
        accepted(account, symbol, whole)
        order.booked = units
    return verdict


@kernel
def units_to_admit(held: float, lot: float, order: Any, found: Amount) -> float:
    """Return the units to ask about when an order is sized at its fill: those that trade, or all that go on working."""
    if not found.by_volume:
        return found.quantity
    return to_lots(_no_more_than_held(held, order, found.wanted), lot)


@kernel(inline=False)
def admit_sized(w: World, s: int, slot: int, units: float, at_once: bool, time_ns: int) -> Verdict:
    """Ask about an order whose units were found at its fill, and book it if it passes.

    ``at_once``: all of it trades now, and nothing can trade before it. Reduce-only orders of its side then reach
    no further than the position that it leaves.
    """
    account, symbol, held = guard_of(w), exposures_of(w)[s], exposures_of(w)[s].position
    buys, sells = symbol.reducing_buys, symbol.reducing_sells
    if at_once and held > 0.0 > units:
        symbol.reducing_sells = max(min(sells, held + units), 0.0)
    elif at_once and held < 0.0 < units:
        symbol.reducing_buys = max(min(buys, -held - units), 0.0)
    asked = proposal(w, s, slot, units, 0.0, time_ns)
    verdict = check(limits_of(w), account, symbol, asked)
    symbol.reducing_buys, symbol.reducing_sells = buys, sells
    working_of(w)[slot].quantity = units
    if verdict.code == RiskCode.PASSED:
        accepted(account, symbol, asked)
        working_of(w)[slot].booked = units
    return verdict


@kernel(inline=False)
def admit_change(
    w: World, s: int, slot: int, quantity: float, old_limit: float, old_stop: float, time_ns: int
) -> Verdict:  # fmt: skip
    """Ask about a replacement that takes effect, whose prices the order has already; book it if it passes.

    ``quantity`` is what the order is to have in all; the old prices are those that it had before.
    """
    account, symbol = guard_of(w), exposures_of(w)[s]
    stand, order = stands_of(w)[s], working_of(w)[slot]
    before = order.booked
    left = before if order.flags & Flag.WHOLE_POSITION else quantity - order.filled
    if left * before <= 0.0:
        return passed()  # nothing is left of it: that is a cancel
    # A closing order may have been overtaken by others; unless it grows, its size is not the replacement's doing.
    units = _no_more_than_held(stand.quantity, order, left) if abs(left) <= abs(before) else left
    verdict = check(limits_of(w), account, symbol, proposal(w, s, slot, units, before, time_ns))
    if verdict.code == RiskCode.PASSED:
        order.booked = left
        old_level = level_of(order.type, old_limit, old_stop)
        if replaced(account, symbol, proposal(w, s, slot, left, before, time_ns), old_level):
            look_up(w, s)
    return verdict


@kernel(inline=False)
def take_unasked(w: World, s: int, slot: int, time_ns: int) -> None:
    """Book an order of the account's own, which only reduces."""
    order = working_of(w)[slot]
    order.booked = units_left(stands_of(w)[s], order)
    works(guard_of(w), exposures_of(w)[s], proposal(w, s, slot, order.booked, 0.0, time_ns))


@kernel(inline=False)
def take_exits(w: World, s: int, group: int, time_ns: int) -> None:
    """Book the exits that came with a position."""
    at = stands_of(w)[s].first
    while at != NO_SLOT:
        if working_of(w)[at].group == group:
            take_unasked(w, s, at, time_ns)
        at = working_of(w)[at].next


def new_guard(cash: float) -> Records:
    """Return the RISK_ACCOUNT row of a run that starts with ``cash``; its first session begins with the first row."""
    row = new_risk_account(cash)
    row["session"] = np.iinfo(np.int64).min
    return row


def new_exposures(contracts: Records) -> Records:
    """Return RISK_SYMBOL[symbols] of a run that trades CONTRACT[symbols]: flat, without marks.

    What can be borrowed without a bound is nan there; a tick of 0 lets any price pass, which adjusted prices need.
    """
    rows = new_risk_symbols(len(contracts))
    for name in ("multiplier", "tick", "lot"):
        rows[name] = contracts[name]
    rows["short_available"] = np.where(np.isinf(contracts["shortable"]), np.nan, contracts["shortable"])
    return rows
