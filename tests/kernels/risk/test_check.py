"""Every code, produced by an order and numbers worked out by hand.

The desk's account has 100,000; its symbols stand at 100, in lots of 1 and ticks of 0.01.
"""

import math
from typing import Any

import numpy as np
import pytest
from tests.kernels.risk.desk import NAN, NEVER, SECOND, Action, Desk, OrderClass, passes, verdict

from lockstep.kernels.risk.codes import RiskCode, TradingState, explain
from lockstep.kernels.risk.tables import NO_TIME, Restriction

INF = math.inf
C = RiskCode


def case(
    code: RiskCode, numbers: Any, order: dict[str, Any], *, limits: Any = None, account: Any = None, symbol: Any = None
) -> Any:  # fmt: skip
    return pytest.param(code, numbers, order, limits or {}, account or {}, symbol or {}, id=code.name)


BUY, SELL = {"quantity": 10.0}, {"quantity": -10.0}

CASES = [
    # --- form ---
    case(C.QUANTITY_NOT_FINITE, (0, 0, INF), {"quantity": INF}),
    case(C.QUANTITY_ZERO, (0, 0, 0), {"quantity": 0.0}),
    case(C.ORDER_CLASS_UNKNOWN, (0, 0, 4), {**BUY, "kind": 4}),
    case(C.PRICE_MISSING, (0, 0, NAN), {**BUY, "kind": OrderClass.LIMIT}),
    case(C.PRICE_UNEXPECTED, (0, 0, 99), {**BUY, "price": 99.0, "kind": OrderClass.MARKET}),
    case(C.PRICE_NOT_FINITE, (0, 0, INF), {**BUY, "price": INF}),
    case(C.PRICE_NOT_POSITIVE, (0, 0, -1), {**BUY, "price": -1.0}),
    case(C.TRIGGER_MISSING, (0, 0, NAN), {**BUY, "kind": OrderClass.STOP}),
    case(C.TRIGGER_UNEXPECTED, (0, 0, 99), {**BUY, "trigger": 99.0, "kind": OrderClass.MARKET}),
    case(C.TRIGGER_NOT_FINITE, (0, 0, INF), {**BUY, "trigger": INF}),
    case(C.TRIGGER_NOT_POSITIVE, (0, 0, 0), {**BUY, "trigger": 0.0}),
    # Sent at 10 s, good till 8 s.
    case(C.EXPIRED, (0, 0, 2), {**BUY, "time_ns": 10 * SECOND, "expires_ns": 8 * SECOND}),
    case(C.CLIENT_ID_INVALID, (0, 0, -5), {**BUY, "client_id": -5}),
    case(C.REPLACE_NOT_FINITE, (0, 0, INF), {**BUY, "replaces": INF}),
    case(C.REPLACE_CHANGES_SIDE, (0, -4, 10), {**BUY, "replaces": -4.0}),
    # --- instrument ---
    case(C.MULTIPLIER_INVALID, (0, 0, -50), BUY, symbol={"multiplier": -50.0}),
    case(C.PRICE_OFF_TICK, (0.25, 0, 99.9), {**BUY, "price": 99.9}, symbol={"tick": 0.25}),
    case(C.TRIGGER_OFF_TICK, (0.25, 0, 100.1), {**BUY, "trigger": 100.1}, symbol={"tick": 0.25}),
    case(C.QUANTITY_OFF_LOT, (1, 0, 2.5), {"quantity": 2.5}),
    case(C.QUANTITY_BELOW_MINIMUM, (20, 0, 10), SELL, symbol={"min_quantity": 20.0}),
    case(C.QUANTITY_ABOVE_MAXIMUM, (9, 0, 10), BUY, symbol={"max_quantity": 9.0}),
    # 10 at 100, at 5 a point and 0.9 of the account's currency: 4,500.
    case(
        C.NOTIONAL_BELOW_MINIMUM, (5000, 0, 4500), BUY,
        symbol={"min_notional": 5000.0, "multiplier": 5.0, "rate": 0.9},
    ),
    case(
        C.NOTIONAL_ABOVE_MAXIMUM, (4000, 0, 4500), SELL,
        symbol={"max_notional": 4000.0, "multiplier": 5.0, "rate": 0.9},
    ),
    case(C.SYMBOL_RESTRICTED, (0, 30, -10), SELL, symbol={"restriction": Restriction.RESTRICTED, "position": 30.0}),
    case(C.SYMBOL_CLOSE_ONLY, (0, 30, 10), BUY, symbol={"restriction": Restriction.CLOSE_ONLY, "position": 30.0}),
    case(C.SYMBOL_HALTED, (0, 30, -10), SELL, symbol={"halted": 1, "position": 30.0}),
    case(C.OUTSIDE_TRADING_HOURS, (0, 30, -10), SELL, symbol={"open": 0, "position": 30.0}),
    # 20 can be borrowed, 15 are short already: 25 would be.
    case(C.SHORT_UNAVAILABLE, (20, 15, 25), SELL, symbol={"short_available": 20.0, "position": -15.0}),
    # --- market data ---
    case(C.REFERENCE_PRICE_MISSING, (0, 0, NAN), BUY, symbol={"mark": NAN}),
    case(C.REFERENCE_PRICE_INVALID, (0, 0, -3), {**BUY, "price": 99.0}, symbol={"mark": -3.0}),
    case(C.CURRENCY_RATE_MISSING, (0, 0, NAN), BUY, symbol={"rate": NAN}),
    case(C.MARKET_DATA_STALE, (5, 0, 7), {**BUY, "time_ns": 7 * SECOND}, limits={"maxMarkAge": 5}),
    case(
        C.MARKET_DATA_AHEAD, (0, 0, 3), {**BUY, "time_ns": 2 * SECOND}, limits={"maxMarkAge": 5},
        symbol={"mark_time_ns": 5 * SECOND},
    ),
    # 2 % below 100 is 98: selling at 97.99 is too aggressive.
    case(C.PRICE_COLLAR, (98, 100, 97.99), {**SELL, "price": 97.99}, limits={"priceCollar": 0.02}),
    case(C.POSITION_UNVALUED, (0, 1, 10), BUY, limits={"maxGrossExposure": 1e9}, account={"unvalued": 1}),
    # --- limits ---
    case(C.MAX_ORDER_SIZE, (9, 0, 10), BUY, limits={"maxOrderSize": 9}),
    # Long 60 and 35 more working: with 10 more 105.
    case(
        C.MAX_POSITION_SIZE, (100, 95, 105), BUY, limits={"maxPositionSize": 100},
        symbol={"position": 60.0, "buying": 35.0},
    ),
    case(
        C.MAX_SYMBOL_EXPOSURE, (10_000, 9_500, 10_500), BUY, limits={"maxSymbolExposure": 10_000},
        symbol={"position": 60.0, "buying": 35.0},
    ),
    # All symbols could reach 50,000, this one 9,500 of it; the order makes it 10,500, so 51,000.
    case(
        C.MAX_GROSS_EXPOSURE, (50_500, 50_000, 51_000), BUY, limits={"maxGrossExposure": 50_500},
        account={"gross_worst": 50_000.0}, symbol={"position": 60.0, "buying": 35.0, "worst_exposure": 9_500.0},
    ),
    # A buyer's limit above the market counts at its own price: 10 at 101.
    case(C.MAX_ORDER_NOTIONAL, (1_000, 0, 1_010), {**BUY, "price": 101.0}, limits={"maxOrderNotional": 1_000}),
    # 9,500 and 10,500 of 40,000.
    case(
        C.MAX_CONCENTRATION, (0.25, 0.2375, 0.2625), BUY, limits={"maxConcentration": 0.25},
        account={"equity": 40_000.0}, symbol={"position": 60.0, "buying": 35.0},
    ),
    # 50,000 and 51,000 over 25,000.
    case(
        C.MAX_LEVERAGE, (2, 2, 2.04), BUY, limits={"maxLeverage": 2},
        account={"equity": 25_000.0, "gross_worst": 50_000.0},
    ),
    case(C.MAX_OPEN_ORDERS, (7, 7, 8), BUY, limits={"maxOpenOrders": 7}, account={"working_orders": 7}),
    case(
        C.MAX_SYMBOL_OPEN_ORDERS, (3, 3, 4), BUY, limits={"maxSymbolOpenOrders": 3},
        symbol={"buy_orders": 1, "sell_orders": 2},
    ),
    # Working orders may open 400 (1,900 at worst, 1,500 held); 1,000 more is 1,400 of 1,200.
    case(
        C.BUYING_POWER, (1_200, 400, 1_400), BUY,
        account={"buying_power": 1_200.0, "gross": 1_500.0, "gross_worst": 1_900.0},
    ),
    case(C.LONG_NOT_ALLOWED, (0, -4, 6), BUY, limits={"allowLong": False}, symbol={"position": -4.0}),
    case(C.SHORT_NOT_ALLOWED, (0, -4, 6), SELL, limits={"allowShort": False}, symbol={"position": 4.0}),
    # --- conduct ---
    case(C.MAX_SESSION_ORDERS, (40, 40, 41), BUY, limits={"maxSessionOrders": 40}, account={"session_orders": 40}),
    case(C.ORDER_RATE, (0, 0, 1), BUY, limits={"maxOrderRate": 0}),
    case(C.DUPLICATE_CLIENT_ID, (8, 7, 7), {**BUY, "client_id": 7}, account={"last_client_id": 7}),
    case(
        C.DUPLICATE_ORDER, (5, 3, 10), {**BUY, "time_ns": 4 * SECOND}, limits={"duplicateWindow": 5},
        symbol={"last_quantity": 10.0, "last_time_ns": 1 * SECOND},
    ),
    case(C.SELF_TRADE, (0, 101, 101.5), {**BUY, "price": 101.5}, symbol={"own_ask": 101.0}),
    case(
        C.REDUCE_ONLY_WOULD_INCREASE, (0, 30, 10), {**BUY, "reduce_only": 1}, symbol={"position": 30.0},
    ),
    case(C.REDUCE_ONLY_WOULD_FLIP, (9, 9, -10), {**SELL, "reduce_only": 1}, symbol={"position": 9.0}),
    # --- state ---
    case(C.KILL_SWITCH, (0, 0, -10), SELL, account={"kill_switch": 1}),
    case(C.TRADING_HALTED, (0, 0, -10), SELL, account={"state": TradingState.HALTED}),
    case(
        C.TRADING_REDUCING, (0, 5, -10), SELL,
        account={"state": TradingState.REDUCING, "reason": C.TRADING_REDUCING}, symbol={"position": 5.0},
    ),
    # Began at 100,000, was down to 94,000, stands at 94,900.
    case(
        C.MAX_DAILY_LOSS, (5_000, 6_000, 5_100), BUY, limits={"maxDailyLoss": 5_000},
        account={"equity": 94_900.0, "day_low_equity": 94_000.0},
    ),
    # 84,000 after 105,000.
    case(
        C.MAX_DRAWDOWN, (0.15, 0.2, 0.2), BUY, limits={"maxDrawdown": 0.15},
        account={"equity": 84_000.0, "peak_equity": 105_000.0},
    ),
    case(C.EQUITY_UNKNOWN, (0, 0, NAN), BUY, limits={"maxDrawdown": 0.15}, account={"equity": NAN}),
    case(C.EQUITY_NOT_POSITIVE, (0, 0, -1), BUY, account={"equity": -1.0}),
    case(C.SESSION_UNKNOWN, (5_000, 0, 10), BUY, limits={"maxDailyLoss": 5_000}, account={"day_start_equity": NAN}),
    case(C.RECORDS_DAMAGED, (0, 5, -1), {"quantity": -1.0}, symbol={"position": 5.0, "buying": NAN}),
    case(C.NO_ROOM, (0, 0, -10), SELL, account={"no_room": 1}),
    case(C.RECONCILING, (0, 0, -10), SELL, account={"reconciling": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "numbers", "order", "limits", "account", "symbol"), CASES)
def test_each_code_has_an_order_that_gets_it(
    code: RiskCode, numbers: Any, order: Any, limits: Any, account: Any, symbol: Any
) -> None:
    desk = Desk(**limits)
    for name, value in account.items():
        desk.account[name] = value
    for name, value in symbol.items():
        desk.symbols[name][0] = value
    before = desk.account.tobytes(), desk.symbols.tobytes()
    answer = desk.send(**order)
    found = verdict(answer)
    assert found[0] is code
    assert found[1:] == pytest.approx(numbers, rel=1e-12, nan_ok=True)
    assert (desk.account.tobytes(), desk.symbols.tobytes()) == before  # a refused order leaves nothing behind
    assert len(explain(*found)) > 20


def test_no_code_is_without_its_case() -> None:
    assert {case.values[0] for case in CASES} | {RiskCode.PASSED} == set(RiskCode)


@pytest.mark.parametrize("quantity", [10.0, -10.0])
def test_an_account_without_limits_passes_what_is_well_formed(quantity: float) -> None:
    assert verdict(Desk().send(quantity)) == (RiskCode.PASSED, 0.0, 0.0, 0.0)


def test_a_value_that_equals_its_limit_is_within_it() -> None:
    limits = {"maxPositionSize": 100, "maxOrderSize": 100, "maxSymbolExposure": 10_000, "maxGrossExposure": 10_000}
    assert passes(Desk(**limits, maxOrderNotional=10_000, maxLeverage=0.1, maxConcentration=0.1).send(100.0))
    for name, limit in limits.items():
        assert not passes(Desk(**{name: limit}).send(101.0))


# --- prices ----------------------------------------------------------------------------------------------------------


def test_a_passive_limit_far_from_the_market_passes_the_collar() -> None:
    desk = Desk(priceCollar=0.02)
    assert passes(desk.send(1.0, price=1.0))
    assert passes(desk.send(-1.0, price=5_000.0))
    assert passes(desk.send(1.0, price=102.0))  # at the bound
    assert not passes(desk.send(1.0, price=102.01))


def test_the_limit_of_a_stop_limit_is_held_against_its_trigger() -> None:
    desk = Desk(priceCollar=0.02)
    assert passes(desk.send(1.0, price=132.6, trigger=130.0))  # 2 % above 130
    refused = verdict(desk.send(1.0, price=132.61, trigger=130.0))
    assert refused[0] is C.PRICE_COLLAR
    assert refused[1:] == pytest.approx((132.6, 130.0, 132.61))


def test_a_limit_order_without_a_quote_is_valued_at_its_own_price() -> None:
    desk = Desk(maxSymbolExposure=1_000)
    desk.symbols["mark"] = NAN
    assert passes(desk.send(12.0, price=50.0))
    # 12 at 50 and 10 at 45 are 1,050; 8 at 50 would be all that is left.
    assert verdict(desk.send(10.0, price=45.0)) == (C.MAX_SYMBOL_EXPOSURE, 1_000.0, 600.0, 1_050.0)
    assert passes(desk.send(8.0, price=50.0))
    desk.do(Action.MARK, price=40.0)  # from the first quote on, all counts at the market
    assert desk.symbols["worst_exposure"][0] == 20.0 * 40.0


def test_a_stop_without_a_quote_is_valued_at_its_trigger() -> None:
    desk = Desk(maxOrderNotional=500)
    desk.symbols["mark"] = NAN
    assert passes(desk.send(10.0, trigger=50.0))
    assert verdict(desk.send(10.0, trigger=51.0)) == (C.MAX_ORDER_NOTIONAL, 500.0, 0.0, 510.0)


def test_a_price_of_unknown_age_is_stale() -> None:
    desk = Desk(maxMarkAge=5)
    desk.symbols["mark_time_ns"] = NO_TIME
    assert verdict(desk.send(1.0)) == (C.MARKET_DATA_STALE, 5.0, 0.0, INF)


def test_steps_of_a_tenth_are_compared_as_people_count_them() -> None:
    desk = Desk(lot=0.1, maxPositionSize=0.3)
    desk.symbols["tick"] = 0.1
    for _ in range(3):  # 0.1 + 0.1 + 0.1 is 0.30000000000000004
        assert passes(desk.send(0.1, price=0.1 + 0.2, kind=OrderClass.LIMIT))
    assert verdict(desk.send(0.1))[0] is C.MAX_POSITION_SIZE


# --- conduct ---------------------------------------------------------------------------------------------------------


def test_no_window_holds_more_orders_than_the_rate() -> None:
    desk = Desk(maxOrderRate=3, orderRateWindow=2.0)
    times = [0.0, 0.1, 0.2, 1.9, 2.0, 2.05, 2.1, 2.2, 4.0, 4.05]
    sent = [t for t in times if passes(desk.send(1.0, time_ns=round(t * SECOND)))]
    # Three at once, the next when the first is two seconds old, and so on: a token bucket would let 6 pass in 2.2 s.
    assert sent == [0.0, 0.1, 0.2, 2.0, 2.1, 2.2, 4.0]


def test_the_rate_holds_after_the_ring_of_times_has_gone_around() -> None:
    desk = Desk(maxOrderRate=1024, orderRateWindow=1.0)
    first = sum(passes(desk.send(1.0, time_ns=5)) for _ in range(1030))
    second = sum(passes(desk.send(1.0, time_ns=SECOND + 5)) for _ in range(1030))
    assert (first, second) == (1024, 1024)


def test_a_clock_set_back_does_not_open_the_window() -> None:
    desk = Desk(maxOrderRate=1)
    assert passes(desk.send(1.0, time_ns=10 * SECOND))
    assert verdict(desk.send(1.0, time_ns=2 * SECOND))[0] is C.ORDER_RATE


def test_a_refused_order_uses_up_neither_rate_nor_id() -> None:
    desk = Desk(maxOrderRate=1, maxOrderSize=5)
    assert not passes(desk.send(6.0, client_id=1))
    assert passes(desk.send(5.0, client_id=1))


def test_the_same_order_passes_again_when_the_window_is_over_or_anything_differs() -> None:
    desk = Desk(duplicateWindow=5)
    assert passes(desk.send(10.0, price=99.0, time_ns=0))
    assert verdict(desk.send(10.0, price=99.0, time_ns=4 * SECOND))[0] is C.DUPLICATE_ORDER
    assert passes(desk.send(10.0, price=99.0, time_ns=4 * SECOND, symbol=1))
    assert passes(desk.send(10.0, price=99.01, time_ns=4 * SECOND))
    assert passes(desk.send(10.0, price=99.01, time_ns=9 * SECOND))


def test_orders_that_would_meet_own_ones() -> None:
    desk = Desk()
    desk.send(-5.0, price=101.0)
    assert passes(desk.send(5.0, price=100.99))
    assert passes(desk.send(5.0))  # at the market's 100 it does not reach 101
    assert verdict(desk.send(5.0, price=101.0)) == (C.SELF_TRADE, 0.0, 101.0, 101.0)
    assert passes(desk.send(5.0, price=105.0, trigger=102.0))  # a stop-limit waits
    desk.do(Action.MARK, price=101.0)
    assert verdict(desk.send(5.0)) == (C.SELF_TRADE, 0.0, 101.0, 101.0)
    assert verdict(desk.send(-5.0, price=100.5)) == (C.SELF_TRADE, 0.0, 100.99, 100.5)
    assert passes(desk.send(-5.0, price=101.0))


def test_self_trades_may_be_allowed() -> None:
    desk = Desk(preventSelfTrade=False)
    desk.send(-5.0, price=101.0)
    assert passes(desk.send(5.0, price=102.0))


def test_hours_may_be_ignored() -> None:
    desk = Desk(allowOutsideHours=True)
    desk.symbols["open"] = 0
    assert passes(desk.send(1.0))


# --- what reduces ----------------------------------------------------------------------------------------------------


@pytest.fixture
def breached() -> Desk:
    """Long 100, exposed to 10,000, with everything that can be exceeded exceeded."""
    limits: dict[str, Any] = {
        "maxPositionSize": 10, "maxSymbolExposure": 100, "maxGrossExposure": 100, "maxLeverage": 0.001,
        "maxConcentration": 0.001, "maxDrawdown": 0.01, "maxDailyLoss": 1, "maxMarkAge": 1, "maxOpenOrders": 0,
        "maxSymbolOpenOrders": 0, "allowShort": False,
    }  # fmt: skip
    desk = Desk(**limits)
    desk.hold(100.0)
    desk.account["buying_power"] = 0.0
    assert desk.do(Action.VALUE, price=50_000.0)["breach"] == 1
    return desk


@pytest.mark.parametrize("price", [NAN, 101.0])
def test_a_reducing_order_passes_whatever_is_exceeded_but_never_flips(breached: Desk, price: float) -> None:
    late: dict[str, Any] = {"time_ns": 1_000 * SECOND}
    assert passes(breached.send(-60.0, price=price, **late))
    # With the 60 that work, 41 could turn the position.
    assert verdict(breached.send(-41.0, price=price, action=Action.CHECK))[0] is not C.PASSED
    assert passes(breached.send(-40.0, price=price, **late))
    assert not passes(breached.send(-1.0, price=price))


def test_reducing_is_told_by_the_daily_loss_and_the_numbers_of_its_breach(breached: Desk) -> None:
    breached.limits["max_mark_age_ns"] = -1
    assert verdict(breached.send(1.0)) == (C.MAX_DAILY_LOSS, 1.0, 50_000.0, 50_000.0)
    breached.do(Action.VALUE, price=99_999.5)  # most is won back: the session stays closed
    assert verdict(breached.send(1.0)) == (C.MAX_DAILY_LOSS, 1.0, 50_000.0, 0.5)


def test_a_lost_rate_does_not_keep_a_position_from_being_closed() -> None:
    desk = Desk(maxOrderNotional=1e6, maxGrossExposure=1e6)
    desk.hold(10.0)
    desk.do(Action.RATE, price=NAN)
    assert verdict(desk.send(1.0))[0] is C.CURRENCY_RATE_MISSING
    assert passes(desk.send(-10.0))


def test_what_the_order_itself_is_must_be_right_even_if_it_reduces(breached: Desk) -> None:
    breached.limits["max_order_size"] = 50.0
    assert verdict(breached.send(-60.0)) == (C.MAX_ORDER_SIZE, 50.0, 0.0, 60.0)
    assert verdict(breached.send(-0.5))[0] is C.QUANTITY_OFF_LOT
    breached.do(Action.KILL, kind=1)
    assert verdict(breached.send(-5.0))[0] is C.KILL_SWITCH


def test_a_short_is_reduced_by_buying() -> None:
    desk = Desk(maxPositionSize=10)
    desk.hold(-50.0)
    desk.do(Action.STATE, kind=TradingState.REDUCING)
    assert verdict(desk.send(51.0)) == (C.TRADING_REDUCING, 0.0, -50.0, 51.0)
    assert verdict(desk.send(-1.0)) == (C.TRADING_REDUCING, 0.0, -50.0, -1.0)
    assert passes(desk.send(50.0))


def test_a_position_without_a_price_can_be_reduced_at_a_limit_and_nothing_else_be_opened() -> None:
    desk = Desk(maxGrossExposure=1e6)
    desk.symbols["mark"][0] = NAN
    desk.hold(10.0)
    assert verdict(desk.send(-10.0))[0] is C.REFERENCE_PRICE_MISSING  # a market order fails closed
    assert verdict(desk.send(5.0, symbol=1)) == (C.POSITION_UNVALUED, 0.0, 1.0, 5.0)
    assert passes(desk.send(-10.0, price=90.0))


def test_a_bracket_of_two_reduce_only_exits_passes_where_two_plain_ones_do_not() -> None:
    desk = Desk(allowShort=False)
    desk.hold(100.0)
    assert passes(desk.send(-100.0, price=120.0, reduce_only=1))
    assert passes(desk.send(-100.0, trigger=80.0, reduce_only=1))
    # A plain sale as well could go short by all that the two take first.
    assert verdict(desk.send(-100.0, price=130.0)) == (C.SHORT_NOT_ALLOWED, 0.0, 0.0, 100.0)


def test_a_smaller_replacement_passes_though_a_limit_is_exceeded_already() -> None:
    desk = Desk(maxPositionSize=200)
    assert passes(desk.send(150.0, price=99.0))
    desk.limits["max_position_size"] = 100.0  # lowered meanwhile
    assert passes(desk.send(120.0, price=99.0, replaces=150.0, order_price=99.0))
    assert verdict(desk.send(130.0, price=99.0, replaces=120.0, order_price=99.0)) == (
        C.MAX_POSITION_SIZE, 100.0, 120.0, 130.0,
    )  # fmt: skip


def test_nothing_passes_a_limit_as_not_a_number() -> None:
    desk = Desk(maxSymbolExposure=1e9, maxGrossExposure=1e9, maxConcentration=1.0)
    desk.symbols["mark"] = NAN
    desk.hold(10.0)
    desk.account["equity"] = NAN
    for quantity in (1.0, -11.0):
        assert not passes(desk.send(quantity, price=100.0))


@pytest.mark.parametrize("quantity", [10.0, -10.0])
@pytest.mark.parametrize(
    "field", ["position", "buying", "selling", "reducing_buys", "reducing_sells", "worst_exposure"]
)
def test_records_that_are_no_numbers_let_nothing_through(field: str, quantity: float) -> None:
    for nonsense in (NAN, INF):
        desk = Desk()
        desk.symbols[field][0] = nonsense
        assert verdict(desk.send(quantity))[0] is C.RECORDS_DAMAGED


def test_an_id_known_to_be_unique_is_not_compared() -> None:
    desk = Desk()
    desk.send(1.0, client_id=7)
    assert passes(desk.send(1.0, client_id=-1))
    assert desk.account["last_client_id"][0] == 7


def test_the_check_is_a_function_of_its_records_alone() -> None:
    desk = Desk(maxPositionSize=10)
    answers = [verdict(desk.send(11.0, action=Action.CHECK, client_id=5, expires_ns=NEVER)) for _ in range(2)]
    assert answers[0] == answers[1] == (C.MAX_POSITION_SIZE, 10.0, 0.0, 11.0)
    assert np.isnan(desk.symbols["last_price"]).all()
