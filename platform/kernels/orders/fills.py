"""One fill of a working order: price, units, fee, booking, record, and what follows from it."""

import math

from lockstep.kernels._jit import kernel
from lockstep.kernels.booking import book
from lockstep.kernels.orders.amounts import Amount, amount, asked, charged, reached, schedule
from lockstep.kernels.orders.ending import end_exits, end_order, end_siblings, end_unadmitted, release_children
from lockstep.kernels.orders.exits import attach_exits
from lockstep.kernels.orders.fees import fee_rate, order_fee
from lockstep.kernels.orders.guard import admit_sized, units_to_admit
from lockstep.kernels.orders.marks import mark
from lockstep.kernels.orders.prices import traded_price
from lockstep.kernels.orders.tally import tally_fill, tally_price
from lockstep.kernels.orders.terms import Ended, Flag, Refusal, TimeInForce
from lockstep.kernels.orders.turnover import add_turnover
from lockstep.kernels.orders.world import (
    World,
    broker_of,
    contracts_of,
    fills_of,
    policy_of,
    stands_of,
    tiers_of,
    trades_of,
    turnover_of,
    working_of,
)
from lockstep.kernels.reasons import Reason
from lockstep.kernels.records import Cut, OrderStatus
from lockstep.kernels.risk.codes import RiskCode
from lockstep.kernels.risk.form import passed

LEAST = 1e-300


@kernel
def _refusal(cut: int) -> int:
    """Return why nothing was left of an order."""
    if cut == Cut.CASH:
        return Refusal.CASH
    if cut == Cut.DIRECTION:
        return Refusal.DIRECTION
    if cut == Cut.LOT:
        return Refusal.LOT
    if cut == Cut.POSITION:
        return Refusal.WOULD_INCREASE
    if cut == Cut.LOAN:
        return Refusal.NOT_SHORTABLE
    return Refusal.NOTHING_TO_TRADE


@kernel(inline=False)
def _settle_later(w: World, proceeds: float) -> None:
    """Keep the proceeds of a sale from being spent before they settle."""
    broker, days = broker_of(w), policy_of(w).settlement
    if days <= 0 or proceeds <= 0.0:
        return
    due = broker.sessions + days
    place = due % broker.unsettled.size
    if broker.settles[place] != due:
        broker.settles[place] = due
        broker.unsettled[place] = 0.0
    broker.unsettled[place] += proceeds


@kernel(inline=False)
def _book(w: World, s: int, slot: int, quantity: float, price: float, level: float, reason: int, time_ns: int) -> None:
    """Book a fill of an order and write its record; level and price in the instrument's currency."""
    broker, stand, order, contract = broker_of(w), stands_of(w)[s], working_of(w)[slot], contracts_of(w)[s]
    unit = price * contract.multiplier * stand.rate
    rate = fee_rate(tiers_of(w), turnover_of(w).before, order.rests != 0)
    total, paid = order_fee(schedule(policy_of(w)), rate, quantity, quantity * unit, charged(order))
    order.charged_linear, order.charged_value, order.charged_fee = total.linear, total.value, total.fee
    add_turnover(turnover_of(w), quantity * unit)
    before = stand.quantity
    trade = trades_of(w)[w.trade_count]
    realised, ended = book(broker, stand, quantity, unit, paid, broker.row, time_ns, s, trade)
    if ended:
        trade.entry_price /= contract.multiplier
        trade.exit_price /= contract.multiplier
        w.trade_count += 1
    if quantity * before < 0.0:
        _settle_later(w, min(abs(quantity), abs(before)) * unit if before > 0.0 else 0.0)
    lost = abs(quantity) * abs(price - level) * contract.multiplier * stand.rate
    broker.equity -= paid + lost
    broker.shorts += max(-stand.quantity * stand.mark, 0.0) - max(-before * stand.mark, 0.0)
    stand.room -= abs(quantity)
    order.filled += quantity
    order.filled_value += quantity * price
    order.fill_row = broker.row
    fill = fills_of(w)[w.fill_count]
    w.fill_count += 1
    fill.order, fill.tag, fill.symbol, fill.row, fill.time_ns = order.id, order.tag, s, broker.row, time_ns
    fill.quantity, fill.price, fill.fee, fill.slippage = quantity, price, paid, lost
    fill.realised, fill.position, fill.average_cost = realised, stand.quantity, stand.average_cost
    fill.cash, fill.reason, fill.level = broker.cash, reason, level
    fill.maker, fill.rate, fill.cut_by_volume = order.rests, stand.rate, 0


@kernel(inline=False)
def _follow_up(w: World, s: int, slot: int, before: float, quantity: float, price: float, time_ns: int) -> None:
    """Do what a fill means for other orders: siblings shrink, children live, exits fit the position."""
    order, stand, policy = working_of(w)[slot], stands_of(w)[s], policy_of(w)
    end_siblings(w, slot, quantity)
    release_children(w, order.id, s, price, time_ns)
    end_exits(w, s, slot)
    opens = stand.quantity != 0.0 and stand.quantity * before <= 0.0
    if opens and not order.flags & Flag.WHOLE_POSITION:
        own = not (math.isnan(order.stop_loss) and math.isnan(order.take_profit))
        target = order.tag < 0 and order.parent < 0
        if own:
            attach_exits(w, s, price, order.stop_loss, order.take_profit, math.nan, 0, time_ns)
        elif target:
            attach_exits(w, s, price, policy.stop_loss, policy.take_profit, policy.trail, policy.trail_kind, time_ns)


@kernel(inline=False)
def fill_order(w: World, s: int, slot: int, level: float, reason: int, time_ns: int, t: int) -> bool:
    """Let an order trade at a level; return whether it left the table.

    A rest that the bar's volume leaves goes on working, but not in this bar; what was cut for any other reason is
    given up, as in the simple model.
    """
    broker, stand, order, contract = broker_of(w), stands_of(w)[s], working_of(w)[slot], contracts_of(w)[s]
    mark(broker, stand, contract, level)
    if policy_of(w).guarded:
        tally_price(w, s, time_ns)
    market = stand.mark
    per = contract.multiplier * stand.rate
    # What is worth nothing can only be given away: a position ends at zero when its issuer is gone.
    if math.isnan(market) or market < 0.0 or (market == 0.0 and not order.flags & Flag.WHOLE_POSITION):
        end_order(
            w, slot, OrderStatus.REFUSED, Refusal.NO_RATE if math.isnan(stand.rate) else Refusal.NO_PRICE, Ended.NOT
        )
        return True
    # Which side it trades on decides the price, and the price decides the size: the side comes from the level;
    # should costs turn the side around, the order is not worth making.
    first = asked(w, s, order, market, market)
    price = traded_price(w, s, order, level, _bounded(first, stand.room), t)
    wanted = asked(w, s, order, market, price * per)
    if (
        wanted == 0.0
        or math.isnan(wanted)
        or (wanted > 0.0) != (first > 0.0)
        or reached(order.kind, wanted, market, broker.equity)
    ):
        end_order(w, slot, OrderStatus.REFUSED, Refusal.NOTHING_TO_TRADE, Ended.NOT)
        return True
    if reason >= Reason.LIQUIDATION:
        found = Amount(wanted, wanted, Cut.NONE, False)  # what has to go goes, whatever it costs
    else:
        found = amount(w, s, order, wanted, market, price * per)
    quantity = found.quantity
    if math.isnan(order.wanted):
        order.wanted = wanted
    if order.tif == TimeInForce.FOK and quantity != wanted:
        order.cut = found.cut
        end_order(w, slot, OrderStatus.CANCELED, Refusal.FILL_OR_KILL, Ended.AT_ONCE_ONLY)
        return True
    if policy_of(w).guarded and math.isnan(order.booked):
        units = units_to_admit(stand.quantity, contract.lot, order, found)
        if units == 0.0 and found.by_volume:  # what the volume leaves is less than a lot
            end_order(w, slot, OrderStatus.REFUSED, Refusal.LOT, Ended.NOT)
            return True
        verdict = passed() if units == 0.0 else admit_sized(w, s, slot, units, not found.by_volume, time_ns)
        if verdict.code != RiskCode.PASSED:
            end_unadmitted(w, slot, verdict)
            return True
        wanted = units if found.by_volume else wanted
    if quantity == 0.0 or quantity * wanted < 0.0:
        if found.by_volume:
            order.blocked = stand.bar
            if math.isnan(order.quantity):
                order.quantity = wanted
            return False
        order.cut = found.cut
        if math.isnan(order.quantity):
            order.quantity = 0.0
        end_order(
            w,
            slot,
            OrderStatus.REFUSED if order.filled == 0.0 else OrderStatus.CANCELED,
            _refusal(found.cut),
            Ended.NOT,
        )
        return True
    price = traded_price(w, s, order, level, quantity, t)  # fewer units never trade at a worse price
    before = stand.quantity
    order.cut = found.cut if found.cut != Cut.NONE else order.cut
    if math.isnan(order.quantity) or found.cut != Cut.NONE:
        order.quantity = order.filled + (wanted if found.by_volume else quantity)
    _book(w, s, slot, quantity, price, level, reason, time_ns)
    done = not found.by_volume
    if policy_of(w).guarded:
        tally_fill(w, s, slot, quantity, price, done, time_ns)
    if not done:
        fills_of(w)[w.fill_count - 1].cut_by_volume = 1
        order.blocked = stand.bar
    _follow_up(w, s, slot, before, quantity, price, time_ns)
    if done:
        if order.flags & Flag.WHOLE_POSITION:
            order.quantity = order.filled
        end_order(w, slot, OrderStatus.FILLED, Refusal.NONE, Ended.NOT)
    return done


@kernel
def _bounded(quantity: float, room: float) -> float:
    """Return what a quantity is in the bar's volume; never nothing, which would have no side and no price."""
    units = max(min(abs(quantity), room), LEAST)
    return units if quantity > 0.0 else -units
