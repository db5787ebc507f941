"""Why an order is refused: stable codes, and a sentence for each.

The numbers are written into journals and sent over the wire: one that is given never changes and is never used again.
Hundreds are groups: 1 the order's form, 2 the instrument, 3 market data, 4 limits, 5 conduct, 6 the account's state.
"""

from enum import IntEnum


class TradingState(IntEnum):
    """What the account may do. Cancels pass in every state."""

    ACTIVE = 0
    REDUCING = 1
    """Only orders that reduce a position."""
    HALTED = 2
    """No orders."""


class RiskCode(IntEnum):
    """What the pre-trade check answers; ``TEXTS`` says each in words."""

    PASSED = 0

    QUANTITY_NOT_FINITE = 101
    QUANTITY_ZERO = 102
    ORDER_CLASS_UNKNOWN = 103
    PRICE_MISSING = 104
    PRICE_UNEXPECTED = 105
    PRICE_NOT_FINITE = 106
    PRICE_NOT_POSITIVE = 107
    TRIGGER_MISSING = 108
    TRIGGER_UNEXPECTED = 109
    TRIGGER_NOT_FINITE = 110
    TRIGGER_NOT_POSITIVE = 111
    EXPIRED = 112
    CLIENT_ID_INVALID = 113
    REPLACE_NOT_FINITE = 114
    REPLACE_CHANGES_SIDE = 115

    MULTIPLIER_INVALID = 201
    PRICE_OFF_TICK = 202
    TRIGGER_OFF_TICK = 203
    QUANTITY_OFF_LOT = 204
    QUANTITY_BELOW_MINIMUM = 205
    QUANTITY_ABOVE_MAXIMUM = 206
    NOTIONAL_BELOW_MINIMUM = 207
    NOTIONAL_ABOVE_MAXIMUM = 208
    SYMBOL_RESTRICTED = 209
    SYMBOL_CLOSE_ONLY = 210
    SYMBOL_HALTED = 211
    OUTSIDE_TRADING_HOURS = 212
    SHORT_UNAVAILABLE = 213

    REFERENCE_PRICE_MISSING = 301
    REFERENCE_PRICE_INVALID = 302
    CURRENCY_RATE_MISSING = 303
    MARKET_DATA_STALE = 304
    MARKET_DATA_AHEAD = 305
    PRICE_COLLAR = 306
    POSITION_UNVALUED = 307

    MAX_ORDER_SIZE = 401
    MAX_POSITION_SIZE = 402
    MAX_SYMBOL_EXPOSURE = 403
    MAX_GROSS_EXPOSURE = 404
    MAX_ORDER_NOTIONAL = 405
    MAX_CONCENTRATION = 406
    MAX_LEVERAGE = 407
    MAX_OPEN_ORDERS = 408
    MAX_SYMBOL_OPEN_ORDERS = 409
    BUYING_POWER = 410
    LONG_NOT_ALLOWED = 411
    SHORT_NOT_ALLOWED = 412

    ORDER_RATE = 501
    MAX_SESSION_ORDERS = 502
    DUPLICATE_CLIENT_ID = 503
    DUPLICATE_ORDER = 504
    SELF_TRADE = 505
    REDUCE_ONLY_WOULD_INCREASE = 506
    REDUCE_ONLY_WOULD_FLIP = 507

    KILL_SWITCH = 601
    TRADING_HALTED = 602
    TRADING_REDUCING = 603
    MAX_DAILY_LOSS = 604
    MAX_DRAWDOWN = 605
    EQUITY_UNKNOWN = 606
    EQUITY_NOT_POSITIVE = 607
    SESSION_UNKNOWN = 608
    RECONCILING = 609
    RECORDS_DAMAGED = 610
    NO_ROOM = 611


TEXTS: dict[RiskCode, str] = {
    RiskCode.PASSED: "the order passed",
    RiskCode.QUANTITY_NOT_FINITE: "the quantity must be a finite number, found {attempted}: give units, not nan or inf",
    RiskCode.QUANTITY_ZERO: "the quantity must not be zero: give units above zero to buy, below zero to sell",
    RiskCode.ORDER_CLASS_UNKNOWN: "the order must be market, limit, stop or stop-limit, found class {attempted}",
    RiskCode.PRICE_MISSING: "a limit or stop-limit order needs a limit price, found none: give one",
    RiskCode.PRICE_UNEXPECTED: "a market or stop order has no limit price, found {attempted}: leave it out",
    RiskCode.PRICE_NOT_FINITE: "the limit price must be a finite number, found {attempted}",
    RiskCode.PRICE_NOT_POSITIVE: "the limit price must be above zero, found {attempted}",
    RiskCode.TRIGGER_MISSING: "a stop or stop-limit order needs a trigger price, found none: give one",
    RiskCode.TRIGGER_UNEXPECTED: "a market or limit order has no trigger price, found {attempted}: leave it out",
    RiskCode.TRIGGER_NOT_FINITE: "the trigger price must be a finite number, found {attempted}",
    RiskCode.TRIGGER_NOT_POSITIVE: "the trigger price must be above zero, found {attempted}",
    RiskCode.EXPIRED: "the order must expire in the future: its end lies {attempted} s before now",
    RiskCode.CLIENT_ID_INVALID: "the client id must be zero or more (-1: not compared), found {attempted}",
    RiskCode.REPLACE_NOT_FINITE: "the units that the replaced order has left must be finite, found {attempted}",
    RiskCode.REPLACE_CHANGES_SIDE: (
        "a replacement keeps the side: {current} units are left, found {attempted}; cancel and send another"
    ),
    RiskCode.MULTIPLIER_INVALID: "the instrument's multiplier must be finite and above zero, found {attempted}",
    RiskCode.PRICE_OFF_TICK: "the limit price must be a multiple of the tick {limit}, found {attempted}: round it",
    RiskCode.TRIGGER_OFF_TICK: "the trigger price must be a multiple of the tick {limit}, found {attempted}: round it",
    RiskCode.QUANTITY_OFF_LOT: "the quantity must be a multiple of the lot {limit}, found {attempted}: round it",
    RiskCode.QUANTITY_BELOW_MINIMUM: "the instrument trades at least {limit} units an order, found {attempted}",
    RiskCode.QUANTITY_ABOVE_MAXIMUM: "the instrument trades at most {limit} units an order, found {attempted}: split",
    RiskCode.NOTIONAL_BELOW_MINIMUM: "the instrument's orders are worth at least {limit}, found {attempted}",
    RiskCode.NOTIONAL_ABOVE_MAXIMUM: "the instrument's orders are worth at most {limit}, found {attempted}: split it",
    RiskCode.SYMBOL_RESTRICTED: "the symbol is on the restricted list: it may not be traded; cancels pass",
    RiskCode.SYMBOL_CLOSE_ONLY: (
        "the symbol may only be reduced: the position is {current}, the order of {attempted} units may open or turn it"
    ),
    RiskCode.SYMBOL_HALTED: "the venue has halted the symbol: wait until it trades again; cancels pass",
    RiskCode.OUTSIDE_TRADING_HOURS: (
        "the symbol trades in its session only, which is closed: wait, or set allowOutsideHours"
    ),
    RiskCode.SHORT_UNAVAILABLE: (
        "{limit} units can be borrowed: with all working orders the position could be short {attempted}, now {current}"
    ),
    RiskCode.REFERENCE_PRICE_MISSING: (
        "a market order needs a reference price, found none: wait for a quote, or send a limit order"
    ),
    RiskCode.REFERENCE_PRICE_INVALID: "the reference price must be finite and above zero, found {attempted}",
    RiskCode.CURRENCY_RATE_MISSING: (
        "the instrument's currency needs a rate to the account's, found {attempted}: give rates for it"
    ),
    RiskCode.MARKET_DATA_STALE: (
        "the reference price may be {limit} s old, found {attempted} s: wait for a quote (a reducing order passes)"
    ),
    RiskCode.MARKET_DATA_AHEAD: "the reference price is {attempted} s ahead of the order's time: check the clocks",
    RiskCode.PRICE_COLLAR: (
        "a limit price may be as aggressive as {limit} with the market at {current}, found {attempted}: move it"
    ),
    RiskCode.POSITION_UNVALUED: (
        "every position needs a price and a rate to measure exposure, {current} lack one: give marks, or reduce"
    ),
    RiskCode.MAX_ORDER_SIZE: "maxOrderSize is {limit} units, the order has {attempted}: split it",
    RiskCode.MAX_POSITION_SIZE: (
        "maxPositionSize is {limit} units: with all working orders of its side the position could reach {attempted}, "
        "now {current}; cancel some, or order less"
    ),
    RiskCode.MAX_SYMBOL_EXPOSURE: (
        "maxSymbolExposure is {limit}: with all working orders of its side the exposure could reach {attempted}, "
        "now {current}; cancel some, or order less"
    ),
    RiskCode.MAX_GROSS_EXPOSURE: (
        "maxGrossExposure is {limit}: with all working orders the exposure could reach {attempted}, now {current}; "
        "cancel some, or order less"
    ),
    RiskCode.MAX_ORDER_NOTIONAL: "maxOrderNotional is {limit}, the order is worth {attempted}: split it",
    RiskCode.MAX_CONCENTRATION: (
        "maxConcentration is {limit} of equity: with all working orders of its side the symbol could reach "
        "{attempted}, now {current}; order less"
    ),
    RiskCode.MAX_LEVERAGE: (
        "maxLeverage is {limit} times equity: with all working orders exposure could reach {attempted}, now {current}; "
        "order less"
    ),
    RiskCode.MAX_OPEN_ORDERS: "maxOpenOrders is {limit}, {current} are working: cancel some first",
    RiskCode.MAX_SYMBOL_OPEN_ORDERS: (
        "maxSymbolOpenOrders is {limit}, {current} are working in this symbol: cancel some first"
    ),
    RiskCode.BUYING_POWER: (
        "the account can open {limit} more: with all working orders {attempted} would be opened, now {current}; "
        "order less"
    ),
    RiskCode.LONG_NOT_ALLOWED: (
        "allowLong is false: with all working orders the position could be long {attempted}, now {current}"
    ),
    RiskCode.SHORT_NOT_ALLOWED: (
        "allowShort is false: with all working orders the position could be short {attempted}, now {current}"
    ),
    RiskCode.ORDER_RATE: "maxOrderRate is {limit} a window, this would be number {attempted}: wait; cancels pass",
    RiskCode.MAX_SESSION_ORDERS: "maxSessionOrders is {limit}, this would be number {attempted}: wait for the next",
    RiskCode.DUPLICATE_CLIENT_ID: "client ids only go up: the last was {current}, found {attempted}; take the next one",
    RiskCode.DUPLICATE_ORDER: (
        "an order of {attempted} units, the same in all, was sent {current} s ago, within duplicateWindow ({limit} s): "
        "wait, or change it"
    ),
    RiskCode.SELF_TRADE: (
        "the order at {attempted} would meet an own order at {current}: cancel that first, or price this short of it"
    ),
    RiskCode.REDUCE_ONLY_WOULD_INCREASE: (
        "a reduce-only order is against the position of {current} units, found {attempted}: turn or drop it"
    ),
    RiskCode.REDUCE_ONLY_WOULD_FLIP: (
        "a reduce-only order is no larger than the position of {current} units, found {attempted}: order less"
    ),
    RiskCode.KILL_SWITCH: (
        "the kill switch is on: until it is released only cancels leave, and what closes positions on command"
    ),
    RiskCode.TRADING_HALTED: "trading is halted: no order leaves until the state is active again; cancels pass",
    RiskCode.TRADING_REDUCING: (
        "only orders that reduce are let through: the position is {current}, the order of {attempted} units may "
        "open or turn it"
    ),
    RiskCode.MAX_DAILY_LOSS: (
        "maxDailyLoss is {limit}, the session's loss reached {current} (now {attempted}): until the next session only "
        "orders that reduce are let through"
    ),
    RiskCode.MAX_DRAWDOWN: (
        "maxDrawdown is {limit} of the highest equity, found {attempted}: only orders that reduce are let through"
    ),
    RiskCode.EQUITY_UNKNOWN: "the limits set need the account's equity, found none: value the account first",
    RiskCode.EQUITY_NOT_POSITIVE: "equity must be above zero to open anything, found {attempted}: only reduce",
    RiskCode.SESSION_UNKNOWN: "maxDailyLoss needs the session's first equity, found none: begin a session first",
    RiskCode.RECONCILING: "orders, fills and positions are being compared with the venue's: wait; cancels pass",
    RiskCode.RECORDS_DAMAGED: (
        "units and exposure in the risk records must be finite, found some that are not: rebuild them from positions "
        "and working orders; cancels pass"
    ),
    RiskCode.NO_ROOM: "the session's disk has too little room for what would be decided: make room; cancels pass",
}


def explain(code: int, limit: float, current: float, attempted: float) -> str:
    """Return a sentence: what was expected, what was found, and the cure.

    Raises ``ValueError`` for a number that is no ``RiskCode``.
    """
    numbers = {"limit": limit, "current": current, "attempted": attempted}
    return TEXTS[RiskCode(code)].format(**{name: f"{value:,.10g}" for name, value in numbers.items()})
