"""What the records say after each event, by hand. Marks are 100, lots 1."""

import math

import numpy as np
import pytest
from tests.kernels.risk.desk import NAN, SECOND, Action, Desk, OrderClass, passes, verdict

from lockstep.kernels.risk.codes import RiskCode, TradingState
from lockstep.kernels.risk.tables import NO_TIME


def test_an_order_lives_from_acceptance_over_fills_to_its_end() -> None:
    desk = Desk()
    row, account = desk.symbols[0], desk.account[0]
    desk.send(10.0, price=99.0)
    assert (row["buying"], row["buy_orders"], row["own_bid"], row["worst_exposure"]) == (10.0, 1, 99.0, 1_000.0)
    assert (account["gross"], account["gross_worst"], account["working_orders"]) == (0.0, 1_000.0, 1)
    desk.do(Action.FILL, quantity=4.0, price=99.0, order_price=99.0)
    assert (row["position"], row["buying"], row["exposure"], row["worst_exposure"]) == (4.0, 6.0, 400.0, 1_000.0)
    answer = desk.do(Action.CLOSE, quantity=6.0, order_price=99.0)
    assert (row["buying"], row["buy_orders"], row["worst_exposure"], answer["look_up"]) == (0.0, 0, 400.0, 1)
    assert math.isnan(row["own_bid"])
    assert (account["gross"], account["gross_worst"], account["working_orders"]) == (400.0, 400.0, 0)


def test_a_mark_revalues_positions_and_orders() -> None:
    desk = Desk()
    desk.hold(-10.0)
    desk.send(-5.0, price=130.0)
    desk.do(Action.MARK, price=120.0, time_ns=7)
    assert (desk.account["gross"][0], desk.account["gross_worst"][0]) == (1_200.0, 1_800.0)
    for nonsense in (NAN, 0.0, -1.0, math.inf):  # what is no price leaves the mark to grow stale
        desk.do(Action.MARK, price=nonsense, time_ns=8)
    assert (desk.symbols["mark"][0], desk.symbols["mark_time_ns"][0]) == (120.0, 7)


def test_a_lost_rate_leaves_a_position_unvalued_until_it_is_back() -> None:
    desk = Desk()
    desk.hold(10.0)
    desk.do(Action.RATE, price=NAN)
    assert (desk.account["gross"][0], desk.account["unvalued"][0]) == (0.0, 1)
    desk.do(Action.RATE, price=0.5)
    assert (desk.account["gross"][0], desk.account["unvalued"][0]) == (500.0, 0)


def test_the_first_fill_without_a_quote_is_the_first_mark() -> None:
    desk = Desk()
    desk.symbols["mark"][0], desk.symbols["mark_time_ns"][0] = NAN, NO_TIME
    desk.send(10.0, price=50.0)
    desk.do(Action.FILL, quantity=4.0, price=49.0, order_price=50.0, time_ns=3 * SECOND)
    assert (desk.symbols["mark"][0], desk.symbols["mark_time_ns"][0]) == (49.0, 3 * SECOND)
    assert (desk.symbols["exposure"][0], desk.symbols["worst_exposure"][0]) == (196.0, 490.0)


def test_a_replacement_moves_what_works_and_the_best_price() -> None:
    desk = Desk()
    desk.send(10.0, price=99.0)
    answer = desk.send(7.0, price=98.0, replaces=10.0, order_price=99.0)
    assert answer["look_up"] == 1  # 99 is gone; 98 is not sure to be the best
    assert (desk.symbols["buying"][0], desk.symbols["own_bid"][0], desk.account["working_orders"][0]) == (7.0, 99.0, 1)
    desk.do(Action.OWN_BEST, price=98.0, order_price=NAN)
    assert desk.symbols["own_bid"][0] == 98.0
    assert desk.account["session_orders"][0] == 2


def test_a_triggered_stop_limit_rests_from_then_on() -> None:
    desk = Desk()
    desk.send(-5.0, price=95.0, trigger=96.0)
    assert math.isnan(desk.symbols["own_ask"][0])
    desk.do(Action.RESTS, quantity=-5.0, price=95.0)
    assert verdict(desk.send(5.0, price=95.0))[0] is RiskCode.SELF_TRADE


def test_a_venue_that_fills_more_than_was_left_is_believed() -> None:
    desk = Desk()
    desk.send(5.0, price=99.0)
    desk.do(Action.FILL, quantity=6.0, price=99.0, order_price=99.0, done=1)
    assert (desk.symbols["position"][0], desk.symbols["buying"][0]) == (6.0, 0.0)


@pytest.mark.parametrize("lot", [0.1, 1e-8, 0.0])
def test_ten_thousand_small_orders_leave_no_trace(lot: float) -> None:
    desk = Desk(lot=lot)
    size = lot or 0.1
    for _ in range(2_500):
        for side in (1.0, -1.0):
            desk.send(side * size, price=99.0 if side > 0 else 101.0)
            desk.do(Action.FILL, quantity=side * size, price=100.0, order_price=100.0, done=1)
    assert desk.symbols["position"][0] == 0.0
    assert desk.account["gross"][0] == pytest.approx(0.0, abs=1e-9)
    assert np.all(desk.symbols["buying"] == 0.0)


# --- the day ---------------------------------------------------------------------------------------------------------


def test_a_breach_of_the_daily_loss_lasts_until_the_next_session() -> None:
    desk = Desk(maxDailyLoss=5_000)
    desk.hold(10.0)
    assert desk.do(Action.VALUE, price=95_000.0)["breach"] == 0  # 5,000 is within 5,000
    assert passes(desk.send(1.0))
    assert desk.do(Action.VALUE, price=94_999.0)["breach"] == 1
    assert desk.do(Action.VALUE, price=94_000.0)["breach"] == 0  # told once
    assert verdict(desk.send(1.0)) == (RiskCode.MAX_DAILY_LOSS, 5_000.0, 6_000.0, 6_000.0)
    assert passes(desk.send(-5.0))
    desk.do(Action.SESSION, time_ns=0)  # the same session again: nothing changes
    assert desk.account["state"][0] == TradingState.REDUCING
    desk.do(Action.SESSION, time_ns=1)
    assert (desk.account["day_start_equity"][0], desk.account["state"][0]) == (94_000.0, TradingState.ACTIVE)
    assert passes(desk.send(1.0))
    assert desk.do(Action.VALUE, price=89_000.0)["breach"] == 0  # 5,000 of the new day


def test_an_equity_written_without_valuing_is_not_trusted_either() -> None:
    desk = Desk(maxDailyLoss=5_000)
    desk.account["equity"] = 94_000.0
    assert verdict(desk.send(1.0))[0] is RiskCode.MAX_DAILY_LOSS


@pytest.mark.parametrize(
    ("state", "code"),
    [(TradingState.REDUCING, RiskCode.TRADING_REDUCING), (TradingState.HALTED, RiskCode.TRADING_HALTED)],
)
def test_what_was_set_by_hand_outlasts_the_session(state: TradingState, code: RiskCode) -> None:
    desk = Desk(maxDailyLoss=5_000)
    desk.do(Action.STATE, kind=state)
    desk.do(Action.VALUE, price=90_000.0)
    desk.do(Action.SESSION, time_ns=1)
    assert verdict(desk.send(1.0))[0] is code
    desk.do(Action.STATE, kind=TradingState.ACTIVE)
    assert passes(desk.send(1.0))


def test_the_kill_switch_stands_beside_the_state() -> None:
    desk = Desk()
    desk.do(Action.KILL, kind=1)
    desk.do(Action.SESSION, time_ns=1)
    assert verdict(desk.send(1.0))[0] is RiskCode.KILL_SWITCH
    desk.do(Action.KILL, kind=0)
    assert passes(desk.send(1.0))


def test_cancels_have_no_check_to_fail() -> None:
    desk = Desk(maxOrderRate=1, maxOrderSize=10)
    desk.send(10.0, price=99.0)
    desk.do(Action.KILL, kind=1)
    desk.do(Action.STATE, kind=TradingState.HALTED)
    desk.symbols["restriction"], desk.symbols["open"], desk.symbols["halted"] = 2, 0, 1
    answer = desk.do(Action.CLOSE, quantity=10.0, order_price=99.0)
    assert answer["code"] == RiskCode.PASSED
    assert desk.account["working_orders"][0] == 0


def test_a_session_adds_up_anew() -> None:
    desk = Desk()
    desk.hold(10.0)
    desk.account["gross"] += 0.001  # what rounding may have left
    desk.do(Action.SESSION, time_ns=1)
    assert desk.account["gross"][0] == 1_000.0


def test_a_drawdown_is_measured_from_the_highest_equity_ever_valued() -> None:
    desk = Desk(maxDrawdown=0.1)
    desk.do(Action.VALUE, price=120_000.0)
    desk.do(Action.VALUE, price=108_000.0)
    assert passes(desk.send(1.0))  # a tenth is within a tenth
    desk.do(Action.VALUE, price=107_999.0)
    assert verdict(desk.send(1.0))[0] is RiskCode.MAX_DRAWDOWN
    desk.do(Action.SESSION, time_ns=1)
    assert verdict(desk.send(1.0, kind=OrderClass.MARKET))[0] is RiskCode.MAX_DRAWDOWN
