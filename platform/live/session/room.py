"""How large an order may be by what is limited: what each limit leaves, by the formulas of the compiled check.

The check says yes or no to one size; this says which size would be the last to pass, and which limit it meets. Of what
has no size (rates, repetitions, prices) nothing is said here. docs/risk.md has the formulas.
"""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from lockstep.kernels.book.tables import BID
from lockstep.kernels.order_terms import LIMITED, NO_TICK, OrderFlag, OrderType
from lockstep.kernels.risk.codes import RiskCode, TradingState
from lockstep.kernels.risk.tables import Restriction
from lockstep.kernels.ticks.frame import Frame
from lockstep.kernels.ticks.guard import guard
from lockstep.kernels.ticks.guarded import Question
from lockstep.kernels.ticks.outside import behind
from lockstep.strategies.over_ticks.units import Wire

Left = tuple[RiskCode, float]
"""What an order would be refused for, and how many units pass before that."""
_ROUNDING = 1e-9
"""A share of a lot by which a size may be below a whole one and still be it."""


class Room(NamedTuple):
    """The largest order of a side that passes."""

    units: float
    """Whole lots; inf where nothing limits it."""
    value: float
    """Account currency of these at the reference price; nan where there is none."""
    by: RiskCode | None
    """What a larger one would be refused for."""


class _Tier(NamedTuple):
    limits: Any
    account: Any
    symbol: Any


def value_anew(frame: Frame, now_ns: int) -> None:
    """Bring a frame's accounts up to what its lane knows at a moment, as each question to the check does first."""
    assert frame.guards is not None
    frame.run["now_ns"] = max(int(frame.run["now_ns"][0]), now_ns)
    frame.guards.rows["question"][frame.lane] = Question.VALUE
    guard(int(frame.run.ctypes.data))


def room_of(frame: Frame, wire: Wire) -> Room:
    """Return how large an order of this side, price and kind may be; the frame's accounts are up to date."""
    price = _price(frame, wire)
    tiers = list(_tiers(frame))
    left = [each for tier in tiers for each in _left(tier, wire, price)]
    by, units = min(left, key=lambda each: each[1], default=(None, math.inf))
    lot = float(frame.run["lot_size"][0])
    whole = math.floor(units / lot + _ROUNDING) * lot if math.isfinite(units) else units
    reference = _reference(tiers[0].symbol, price)
    return Room(max(whole, 0.0), max(whole, 0.0) * _unit_value(tiers[0].symbol, reference), by)


def own_tick(frame: Frame, wire: Wire) -> int | None:
    """Return the price that an order names itself: its limit, else where it triggers, None where there is none.

    Of a trailing stop where it would stand behind the latest trade.
    """
    if wire.order_type in LIMITED:
        return wire.tick
    if wire.order_type == OrderType.STOP:
        return wire.trigger
    stands = int(behind(frame.run, wire.side, wire.trigger)) if wire.order_type == OrderType.TRAILING_STOP else NO_TICK
    return None if stands == NO_TICK else stands


def _tiers(frame: Frame) -> Iterator[_Tier]:
    guards, k = frame.guards, frame.lane
    assert guards is not None
    row = guards.names.index(guards.lanes[k].symbol)
    yield _Tier(guards.limits[0], guards.account[0], guards.symbols[row])
    if guards.lanes[k].limits is not None:
        yield _Tier(guards.own_limits[k], guards.own_accounts[k], guards.own_symbols[k])


def _price(frame: Frame, wire: Wire) -> float:
    tick = own_tick(frame, wire)
    return math.nan if tick is None else tick * float(frame.run["tick_size"][0])


def _unit_value(symbol: Any, price: float) -> float:
    """Return the account currency of one unit at a price; nan without one."""
    return price * float(symbol["multiplier"]) * float(symbol["rate"])


def _worst(symbol: Any, *, buys: bool) -> float:
    """Return how far fills of what works can bring the position to a side; below zero where they can't turn it."""
    position = float(symbol["position"]) if buys else -float(symbol["position"])
    opening, reducing = ("buying", "reducing_buys") if buys else ("selling", "reducing_sells")
    held = min(position + float(symbol[reducing]), 0.0) if position < 0.0 else position
    return held + float(symbol[opening])


def _reference(symbol: Any, price: float) -> float:
    return price if math.isnan(symbol["mark"]) else float(symbol["mark"])


def _left(tier: _Tier, wire: Wire, price: float) -> Iterator[Left]:
    """Give what each limit of an account leaves."""
    limits, account, symbol = tier
    buys, position = wire.side == BID, float(symbol["position"])
    yield from _of_states(account)
    yield from _of_one_order(limits, symbol, price, buys=buys)
    if wire.flags & OrderFlag.REDUCE_ONLY:
        against = position < 0.0 if buys else position > 0.0
        yield (
            (RiskCode.REDUCE_ONLY_WOULD_FLIP, abs(position)) if against else (RiskCode.REDUCE_ONLY_WOULD_INCREASE, 0.0)
        )
        return
    before = _worst(symbol, buys=buys)
    closing = max(-before, 0.0)
    opening = (*_of_holding_back(limits, account, symbol), *_of_position(limits, symbol, before, buys=buys),
               *_of_exposure(tier, before, price, buys=buys))  # fmt: skip
    for code, units in opening:
        yield code, max(units, closing)  # what only reduces is not held to these


def _of_states(account: Any) -> Iterator[Left]:
    stops = {
        RiskCode.KILL_SWITCH: account["kill_switch"], RiskCode.TRADING_HALTED: account["state"] >= TradingState.HALTED,
        RiskCode.RECONCILING: account["reconciling"], RiskCode.NO_ROOM: account["no_room"],
    }  # fmt: skip
    for code, stopped in stops.items():
        if stopped:
            yield code, 0.0


def _of_one_order(limits: Any, symbol: Any, price: float, *, buys: bool) -> Iterator[Left]:
    mark = float(symbol["mark"])
    worst = price if math.isnan(mark) or (buys and price > mark) else mark
    value = _unit_value(symbol, worst)
    if limits["max_order_size"] >= 0.0:
        yield RiskCode.MAX_ORDER_SIZE, float(limits["max_order_size"])
    if limits["max_order_notional"] >= 0.0 and not math.isnan(value):
        yield RiskCode.MAX_ORDER_NOTIONAL, float(limits["max_order_notional"]) / value


def _of_holding_back(limits: Any, account: Any, symbol: Any) -> Iterator[Left]:
    """Give what may only reduce now."""
    equity, loss = float(account["equity"]), float(account["day_start_equity"] - account["equity"])
    if symbol["restriction"] == Restriction.CLOSE_ONLY:
        yield RiskCode.SYMBOL_CLOSE_ONLY, 0.0
    if account["state"] == TradingState.REDUCING:
        yield (
            RiskCode.TRADING_REDUCING if account["reason"] != RiskCode.MAX_DAILY_LOSS else RiskCode.MAX_DAILY_LOSS,
            0.0,
        )
    if equity <= 0.0:
        yield RiskCode.EQUITY_NOT_POSITIVE, 0.0
    if limits["max_daily_loss"] >= 0.0 and loss > limits["max_daily_loss"]:
        yield RiskCode.MAX_DAILY_LOSS, 0.0
    if limits["max_drawdown"] >= 0.0 and 1.0 - equity / float(account["peak_equity"]) > limits["max_drawdown"]:
        yield RiskCode.MAX_DRAWDOWN, 0.0
    if 0 <= limits["max_open_orders"] <= account["working_orders"]:
        yield RiskCode.MAX_OPEN_ORDERS, 0.0
    if 0 <= limits["max_symbol_open_orders"] <= symbol["buy_orders"] + symbol["sell_orders"]:
        yield RiskCode.MAX_SYMBOL_OPEN_ORDERS, 0.0


def _of_position(limits: Any, symbol: Any, before: float, *, buys: bool) -> Iterator[Left]:
    if limits["max_position_size"] >= 0.0:
        yield RiskCode.MAX_POSITION_SIZE, float(limits["max_position_size"]) - before
    if buys and not limits["allow_long"]:
        yield RiskCode.LONG_NOT_ALLOWED, -before
    if not buys and not limits["allow_short"]:
        yield RiskCode.SHORT_NOT_ALLOWED, -before
    if not buys and not math.isnan(symbol["short_available"]):
        yield RiskCode.SHORT_UNAVAILABLE, max(float(symbol["short_available"]), 0.0) - before


def _of_exposure(tier: _Tier, before: float, price: float, *, buys: bool) -> Iterator[Left]:
    limits, account, symbol = tier
    value, equity = _unit_value(symbol, _reference(symbol, price)), float(account["equity"])
    if not value > 0.0:
        return
    if math.isnan(symbol["mark"]) and symbol["position"] == 0.0:
        # Without a quote what works is worth its own prices.
        before = float(symbol["buy_value" if buys else "sell_value"]) * _unit_value(symbol, 1.0) / value
    if limits["max_symbol_exposure"] >= 0.0:
        yield RiskCode.MAX_SYMBOL_EXPOSURE, float(limits["max_symbol_exposure"]) / value - before
    if limits["max_concentration"] >= 0.0:
        yield RiskCode.MAX_CONCENTRATION, float(limits["max_concentration"]) * equity / value - before
    here = float(symbol["worst_exposure"])
    elsewhere = float(account["gross_worst"]) - here
    for name, code, share in (("max_gross_exposure", RiskCode.MAX_GROSS_EXPOSURE, 1.0),
                              ("max_leverage", RiskCode.MAX_LEVERAGE, equity)):  # fmt: skip
        if limits[name] >= 0.0:  # only what raises the worst case is held to these
            yield code, max(float(limits[name]) * share - elsewhere, here) / value - before
