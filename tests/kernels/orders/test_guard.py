"""Limits inside the order model: what each refuses by hand, what is never refused, and what a breach does."""

import math

import numpy as np
import pytest
from tests.kernels.orders.orders_run import order, run

from lockstep.kernels.account import FillAt
from lockstep.kernels.actions import ACTION, ActionKind
from lockstep.kernels.orders.guard import new_exposures, new_guard
from lockstep.kernels.orders.tables import CONTRACT
from lockstep.kernels.orders.terms import EXIT, Action, Ended, Flag, OrderType, Refusal, Trail
from lockstep.kernels.reasons import Reason
from lockstep.kernels.records import OrderStatus
from lockstep.kernels.risk.codes import RiskCode, TradingState
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.kernels.sizing import Instruction

FLAT = [[100.0] * 4] * 6
MARGIN = {"margin": 1, "leverage": 100.0}


def limits(**given):
    return RiskLimits(**given).record()


def refusals(outcome):
    """Return (id, code, limit, current, attempted) of orders that limits refused."""
    found = outcome.orders[outcome.orders["refusal"] >= 100]
    names = ["id", "refusal", "risk_limit", "risk_current", "risk_attempted"]
    return [tuple(row) for row in found[names].tolist()]


def target(*values):
    return np.array([values])


# ---- the five named limits, with numbers worked out by hand


def test_an_order_of_one_unit_more_than_the_size_limit() -> None:
    got = run(FLAT, order(0, 10.0), order(1, 11.0), limits=limits(max_order_size=10))
    assert refusals(got) == [(1, RiskCode.MAX_ORDER_SIZE, 10.0, 0.0, 11.0)]
    assert got.fills["quantity"].tolist() == [10.0]


def test_the_position_with_what_still_works() -> None:
    # 60 held, 35 resting below the market: 6 more could reach 101, 5 more 100.
    got = run(
        FLAT, order(0, 60.0), order(1, 35.0, type=OrderType.LIMIT, limit=90.0),
        order(2, 6.0, type=OrderType.LIMIT, limit=90.0), order(3, 5.0, type=OrderType.LIMIT, limit=90.0),
        limits=limits(max_position_size=100), cash=1e6,
    )  # fmt: skip
    assert refusals(got) == [(2, RiskCode.MAX_POSITION_SIZE, 100.0, 95.0, 101.0)]
    assert got.orders["status"].tolist() == [1, 0, 2, 0]


def test_a_symbols_exposure_at_the_mark_of_the_order() -> None:
    # The close of row 1 is 110: 60 held and 31 more are worth 10,010, and 30 more 9,900.
    bars = [[100.0] * 4, [100.0, 110.0, 100.0, 110.0], *[[110.0] * 4] * 3]
    got = run(bars, order(0, 60.0), order(1, 31.0), order(2, 30.0), limits=limits(max_symbol_exposure=10_000), cash=1e6)
    assert refusals(got) == [(1, RiskCode.MAX_SYMBOL_EXPOSURE, 10_000.0, 6_600.0, 10_010.0)]
    assert got.fills["position"].tolist() == [60.0, 90.0]


def test_gross_exposure_adds_up_symbols() -> None:
    # 30 at 100 long and 20 at 100 short are 5,000; one more at 100 is 5,100, in either symbol.
    got = run(
        [FLAT, FLAT], order(0, 30.0), order(0, -20.0, symbol=1), order(1, 1.0), order(1, -1.0, symbol=1),
        order(2, -1.0), order(3, -1.0, symbol=1), limits=limits(max_gross_exposure=5_000), cash=1e6,
    )  # fmt: skip
    expected = (RiskCode.MAX_GROSS_EXPOSURE, 5_000.0, 5_000.0, 5_100.0)
    assert refusals(got) == [(2, *expected), (3, *expected)]
    assert got.gross.tolist() == [0.0, 5_000.0, 5_000.0, 4_900.0, 5_000.0, 5_000.0]


LOSS = [[100.0] * 4, [100.0] * 4, [100.0, 100.0, 40.0, 49.0], [49.0] * 4, [49.0] * 4, [49.0] * 4, [49.0] * 4]
ONE_DAY = [7, 7, 7, 7, 7, 8, 8]


def test_a_days_loss_lets_only_reducing_orders_through_until_the_next_session() -> None:
    # 100 bought at 100, 49 at the close of row 2: 5,100 of 100,000 are lost.
    got = run(
        LOSS, order(0, 100.0), order(2, 1.0), order(2, -50.0), order(3, -51.0), order(3, -25.0),
        order(3, 1.0, type=OrderType.LIMIT, limit=30.0), order(5, 1.0), limits=limits(max_daily_loss=5_000),
        cash=100_000.0, session=ONE_DAY,
    )  # fmt: skip
    expected = (RiskCode.MAX_DAILY_LOSS, 5_000.0, 5_100.0, 5_100.0)
    assert refusals(got) == [(1, *expected), (3, *expected), (5, *expected)]
    assert got.fills["quantity"].tolist() == [100.0, -50.0, -25.0, 1.0]


def test_targets_are_asked_about_when_they_fill() -> None:
    # The loss comes at the close of row 2. The target of row 2 would add at the open of row 3, that of row 3 halves.
    got = run(
        LOSS, instructions=target(100.0, np.nan, 120.0, 50.0, np.nan, 60.0, np.nan),
        limits=limits(max_daily_loss=5_000), cash=100_000.0, session=ONE_DAY,
    )  # fmt: skip
    assert refusals(got) == [(1, RiskCode.MAX_DAILY_LOSS, 5_000.0, 5_100.0, 5_100.0)]
    assert got.orders["end_row"][got.orders["refusal"] >= 100].tolist() == [3]
    assert got.fills["quantity"].tolist() == [100.0, -50.0, 10.0]


def test_a_breach_cancels_what_may_still_open_and_leaves_what_reduces() -> None:
    below, above = {"type": OrderType.LIMIT, "limit": 30.0}, {"type": OrderType.LIMIT, "limit": 150.0}
    got = run(
        LOSS, order(0, 100.0), order(1, -61.0, **above), order(1, 5.0, **below), order(1, -60.0, **above),
        order(1, -1.0, **above), order(1, -40.0, flags=Flag.REDUCE_ONLY, type=OrderType.STOP, stop=20.0),
        limits=limits(max_daily_loss=5_000), cash=100_000.0, session=ONE_DAY,
    )  # fmt: skip
    # The stop takes 40 of the 100: 60 more may be sold, by the oldest order that is no larger.
    ended = dict(zip(got.orders["id"].tolist(), got.orders["ended"].tolist(), strict=True))
    assert ended == {0: 0, 1: Ended.BY_RISK, 2: Ended.BY_RISK, 3: 0, 4: Ended.BY_RISK, 5: 0}
    assert got.orders["end_row"][got.orders["ended"] == Ended.BY_RISK].tolist() == [2, 2, 2]


def test_a_cancel_for_a_breach_takes_as_long_as_any() -> None:
    got = run(
        LOSS, order(0, 100.0), order(1, 5.0, type=OrderType.LIMIT, limit=30.0), latency=1,
        limits=limits(max_daily_loss=5_000), cash=100_000.0, session=ONE_DAY,
    )  # fmt: skip
    # Decided at the close of row 0 it fills at the open of row 2; cancelled at the close of row 2, gone at 4's open.
    assert got.fills["row"].tolist() == [2]
    cancelled = got.orders[got.orders["ended"] == Ended.BY_RISK]
    assert cancelled[["id", "end_row"]].tolist() == [(1, 4)]


def test_a_drawdown_cancels_and_refuses_as_long_as_it_lasts() -> None:
    # Equity 10,000, 50 units: 100 -> 60 is a drawdown of 0.2, 90 one of 0.05.
    bars = [[100.0] * 4, [100.0] * 4, [60.0] * 4, [90.0] * 4, [90.0] * 4]
    got = run(
        bars, order(0, 50.0), order(1, 1.0, type=OrderType.LIMIT, limit=20.0), order(2, 1.0), order(3, 1.0),
        limits=limits(max_drawdown=0.1), session=[7] * 5,
    )  # fmt: skip
    assert refusals(got) == [(2, RiskCode.MAX_DRAWDOWN, 0.1, pytest.approx(0.2), pytest.approx(0.2))]
    assert got.orders["ended"].tolist() == [0, Ended.BY_RISK, 0, 0]
    assert got.fills["quantity"].tolist() == [50.0, 1.0]


# ---- where orders are asked about


def test_a_target_is_asked_about_with_the_units_found() -> None:
    got = run(
        FLAT, instructions=target(101.0, 100.0, np.nan, -100.0, 0.0, np.nan), cash=1e6,
        limits=limits(max_position_size=100),
    )  # fmt: skip
    assert refusals(got) == [(0, RiskCode.MAX_POSITION_SIZE, 100.0, 0.0, 101.0)]
    assert got.fills["position"].tolist() == [100.0, -100.0, 0.0]
    assert math.isnan(got.orders["average_price"][0])
    assert got.orders["quantity"][0] == 101.0


def test_a_weight_is_cut_by_cash_before_it_is_asked_about() -> None:
    got = run(FLAT, order(0, math.inf), contracts={"lot": 1.0}, limits=limits(max_order_size=100), cash=10_050.0)
    assert refusals(got) == []
    assert got.fills["quantity"].tolist() == [100.0]


def test_exits_that_work_do_not_stand_in_the_way_of_turning_or_closing_a_position() -> None:
    # Two exits of 100 each work when the target turns the position: they end with it, in the same breath.
    got = run(
        FLAT, instructions=target(100.0, np.nan, -100.0, np.nan, 0.0, np.nan), cash=1e6,
        stop_loss=0.5, take_profit=0.5, limits=limits(max_position_size=100),
    )  # fmt: skip
    assert refusals(got) == []
    assert got.fills["position"].tolist() == [100.0, -100.0, 0.0]


def test_closing_beside_exits_passes_after_a_loss() -> None:
    got = run(
        LOSS, instructions=target(100.0, np.nan, 0.0, *[np.nan] * 4), stop_loss=0.9, take_profit=0.9,
        limits=limits(max_daily_loss=5_000), cash=100_000.0, session=ONE_DAY,
    )  # fmt: skip
    assert refusals(got) == []
    assert got.fills["position"].tolist() == [100.0, 0.0]


def test_exits_are_attached_and_fill_whatever_the_limits_say() -> None:
    # The limit of orders a session is used up by the entry, and the stop of 100 is more than an order may have later.
    bars = [[100.0] * 4, [100.0] * 4, [100.0, 100.0, 80.0, 80.0], [80.0] * 4]
    got = run(
        bars, order(0, 100.0, stop_loss=0.1, take_profit=0.1), cash=1e6, session=[7] * 4,
        limits=limits(max_session_orders=1, max_open_orders=1, max_daily_loss=0),
    )  # fmt: skip
    assert refusals(got) == []
    assert got.fills["position"].tolist() == [100.0, 0.0]
    assert got.fills["reason"][1] == Reason.STOP


def test_children_are_asked_about_when_their_parent_trades() -> None:
    # 60 held and 40 in the parent; the first child would sell 161 and reach 61 short, the second 160 and reach 60.
    child = {"parent": 1, "type": OrderType.LIMIT, "limit": 150.0}
    got = run(
        FLAT, order(0, 60.0), order(1, 40.0, tag=1), order(1, -201.0, **child), order(1, -200.0, **child),
        limits=limits(max_position_size=100), cash=1e6,
    )  # fmt: skip
    assert refusals(got) == [(2, RiskCode.MAX_POSITION_SIZE, 100.0, -100.0, 101.0)]
    assert got.orders["end_row"][2] == 2
    assert got.orders["status"].tolist()[3] == OrderStatus.WAITING


def test_a_bracket_passes_while_its_parent_fills_by_parts() -> None:
    bars = [[100.0, 100.0, 100.0, 100.0, 100.0]] * 4 + [[100.0, 130.0, 100.0, 120.0, 1000.0]] * 2
    exit_ = {"parent": 1, "flags": Flag.REDUCE_ONLY, "group": 3}
    got = run(
        bars, order(0, 30.0, tag=1), order(0, -30.0, type=OrderType.LIMIT, limit=110.0, **exit_),
        order(0, -30.0, type=OrderType.STOP, stop=90.0, **exit_), participation=0.1, cash=1e6, session=[7] * 6,
        limits=limits(max_position_size=30, max_order_size=30),
    )  # fmt: skip
    assert refusals(got) == []
    assert got.fills["position"].tolist() == [10.0, 20.0, 30.0, 0.0]
    small = run(
        bars, order(0, 30.0, tag=1), order(0, -31.0, type=OrderType.LIMIT, limit=110.0, **exit_), participation=0.1,
        cash=1e6, limits=limits(max_order_size=30),
    )  # fmt: skip
    # Ten are held when it is released, but it is to trade 31 in the end.
    assert refusals(small) == [(1, RiskCode.MAX_ORDER_SIZE, 30.0, 0.0, 31.0)]


def test_a_replacement_is_refused_and_the_order_works_on() -> None:
    first = order(0, 50.0, tag=4, type=OrderType.LIMIT, limit=90.0)
    got = run(
        FLAT, first, order(1, 101.0, tag=4, action=Action.REPLACE),
        order(2, 100.0, tag=4, action=Action.REPLACE, limit=95.0), order(3, np.nan, tag=4, action=Action.CANCEL),
        limits=limits(max_position_size=100), cash=1e6,
    )  # fmt: skip
    assert refusals(got) == [(1, RiskCode.MAX_POSITION_SIZE, 100.0, 50.0, 101.0)]
    kept = got.orders[0]
    assert (kept["quantity"], kept["limit"], kept["ended"]) == (100.0, 95.0, Ended.BY_REQUEST)


def test_a_refused_replacement_leaves_prices_alone() -> None:
    got = run(
        FLAT, order(0, 50.0, tag=4, type=OrderType.LIMIT, limit=90.0),
        order(1, np.nan, tag=4, action=Action.REPLACE, limit=120.0), limits=limits(price_collar=0.1), cash=1e6,
    )  # fmt: skip
    assert refusals(got) == [(1, RiskCode.PRICE_COLLAR, pytest.approx(110.0), 100.0, 120.0)]
    assert got.orders[0]["limit"] == 90.0
    assert len(got.fills) == 0


# ---- what form an order has in the check


def test_a_trailing_stop_is_asked_about_where_it_stands() -> None:
    got = run(
        FLAT, order(0, 5.0, type=OrderType.TRAILING_STOP, trail=0.033, trail_kind=Trail.PERCENT),
        limits=limits(max_order_notional=516.4), cash=1e6,
    )  # fmt: skip
    # 100 * 1.033 = 103.30, and five of them 516.50.
    assert refusals(got) == [(0, RiskCode.MAX_ORDER_NOTIONAL, 516.4, 0.0, pytest.approx(516.5))]
    unknown = order(0, 5.0, type=OrderType.TRAILING_STOP, trail=2.0, trail_kind=Trail.ATR)
    assert refusals(run(FLAT, unknown, limits=limits())) == []


def test_prices_and_units_off_their_steps_are_refused_where_there_are_steps() -> None:
    asked = [order(0, 1.5), order(0, 1.0, type=OrderType.LIMIT, limit=90.005)]
    strict = run(FLAT, *asked, limits=limits(), contracts={"lot": 1.0})
    assert [row[1] for row in refusals(strict)] == [RiskCode.QUANTITY_OFF_LOT, RiskCode.PRICE_OFF_TICK]
    loose = run(FLAT, *asked, limits=limits(), contracts={"lot": 0.0, "tick": 0.0})
    assert refusals(loose) == []


def test_units_that_the_engine_finds_are_whole_lots() -> None:
    worth = order(0, 1_000.0, kind=Instruction.VALUE, type=OrderType.LIMIT, limit=33.0)
    got = run([[30.0] * 4] * 3, worth, limits=limits(), contracts={"lot": 1.0})
    assert refusals(got) == []
    assert got.fills["quantity"].tolist() == [30.0]


def test_less_than_a_lot_is_refused_for_that_when_volume_is_short() -> None:
    # The first order takes all of the bar's volume; 90 at 100 is less than one lot.
    bars = [[100.0, 100.0, 100.0, 100.0, 10.0]] * 4
    got = run(
        bars, order(0, 10.0), order(0, 90.0, kind=Instruction.VALUE), contracts={"lot": 1.0}, participation=1.0,
        limits=limits(),
    )  # fmt: skip
    assert got.orders["refusal"].tolist() == [Refusal.NONE, Refusal.LOT]
    waits = order(0, 90.0, kind=Instruction.VALUE, type=OrderType.LIMIT, limit=99.0)
    assert refusals(run(bars, waits, contracts={"lot": 1.0}, limits=limits()))[0][1] == RiskCode.QUANTITY_OFF_LOT


def test_a_reduce_only_order_larger_than_the_position_is_refused() -> None:
    got = run(FLAT, order(0, 10.0), order(1, -11.0, flags=Flag.REDUCE_ONLY), limits=limits())
    assert refusals(got) == [(1, RiskCode.REDUCE_ONLY_WOULD_FLIP, 10.0, 10.0, -11.0)]


def test_an_order_for_the_whole_position_has_the_units_held() -> None:
    got = run(FLAT, order(0, 10.0), order(1, -99.0, flags=EXIT), limits=limits(max_order_size=10))
    assert refusals(got) == []
    assert got.fills["position"].tolist() == [10.0, 0.0]


def test_own_orders_do_not_meet() -> None:
    rests = order(0, -5.0, type=OrderType.LIMIT, limit=110.0)
    got = run(FLAT, rests, order(1, 5.0, type=OrderType.LIMIT, limit=111.0), limits=limits())
    assert refusals(got) == [(1, RiskCode.SELF_TRADE, 0.0, 110.0, 111.0)]


def test_a_triggered_stop_limit_rests_for_others() -> None:
    # Triggered at 105 inside row 1, it waits at 104: a sale at 104 would meet it, one at 104.01 would not.
    bars = [[100.0] * 4, [104.5, 106.0, 104.5, 106.0], *[[106.0] * 4] * 3]
    got = run(
        bars, order(0, 5.0, type=OrderType.STOP_LIMIT, stop=105.0, limit=104.0),
        order(2, -1.0, type=OrderType.LIMIT, limit=104.0), order(2, -1.0, type=OrderType.LIMIT, limit=104.01),
        limits=limits(), cash=1e6,
    )  # fmt: skip
    assert refusals(got) == [(1, RiskCode.SELF_TRADE, 0.0, 104.0, 104.0)]


# ---- never refused


@pytest.mark.parametrize("state", ["halted", "kill_switch", "reconciling"])
def test_cancels_pass_in_every_state(state) -> None:
    guard = new_guard(1e6)

    def stop(row, arrays):
        if row == 2:
            if state == "halted":
                arrays["guard"]["state"] = TradingState.HALTED
            else:
                arrays["guard"][state] = 1

    got = run(
        FLAT, order(0, 5.0, tag=1, type=OrderType.LIMIT, limit=50.0), order(3, np.nan, tag=1, action=Action.CANCEL),
        order(3, 1.0), limits=limits(max_session_orders=1), guard=guard, watch=stop, step=1, cash=1e6,
    )  # fmt: skip
    assert got.orders["ended"].tolist() == [Ended.BY_REQUEST, 0]
    assert [row[1] for row in refusals(got)] != []
    assert len(got.fills) == 0


def test_a_liquidation_is_not_asked_about() -> None:
    bars = [[100.0] * 4, [100.0] * 4, [100.0, 100.0, 40.0, 40.0], [40.0] * 4]
    got = run(
        bars, order(0, 30.0), margin=1, leverage=3.0, maintenance=0.5, cash=1_950.0, session=[7] * 4,
        limits=limits(max_order_size=30, max_session_orders=1, max_daily_loss=1),
    )  # fmt: skip
    assert got.broker["liquidations"][0] == 1
    assert got.fills["position"].tolist() == [30.0, 0.0]
    assert refusals(got) == []


def test_the_end_of_the_run_and_a_delisting_close_whatever_the_limits_say() -> None:
    strict = limits(max_order_size=10, max_session_orders=1)
    for fill_at in (FillAt.NEXT_OPEN, FillAt.SAME_CLOSE):
        got = run(FLAT, order(0, 10.0), limits=strict, close_at_ns=599, fill_at=fill_at, session=[7] * 6)
        assert got.fills["position"].tolist() == [10.0, 0.0]
    gone = np.zeros(1, ACTION)
    gone["time_ns"], gone["kind"], gone["value"] = 300, ActionKind.DELIST, 7.0
    got = run(FLAT, order(0, 10.0), limits=strict, actions=gone, session=[7] * 6)
    assert got.fills["position"].tolist() == [10.0, 0.0]
    assert refusals(got) == []


def test_a_run_without_limits_asks_nothing() -> None:
    got = run(FLAT, order(0, 10.5, type=OrderType.LIMIT, limit=100.005))
    assert refusals(got) == []
    assert np.isnan(got.orders["risk_limit"]).all()


def test_refusals_of_the_order_model_come_first_and_have_no_numbers() -> None:
    got = run(FLAT, order(0, 0.0), limits=limits(max_order_size=1))
    assert got.orders["refusal"].tolist() == [Refusal.BAD_QUANTITY]
    assert np.isnan(got.orders["risk_attempted"]).all()


def test_records_of_a_run() -> None:
    contracts = np.zeros(2, CONTRACT)
    contracts["multiplier"], contracts["shortable"], contracts["lot"] = [1.0, 50.0], [math.inf, 7.0], [0.0, 1.0]
    rows = new_exposures(contracts)
    assert rows["multiplier"].tolist() == [1.0, 50.0]
    assert rows["lot"].tolist() == [0.0, 1.0]
    assert np.isnan(rows["short_available"][0])
    assert rows["short_available"][1] == 7.0
    guard = new_guard(500.0)
    assert guard["equity"][0] == guard["peak_equity"][0] == 500.0


def test_what_can_be_borrowed_holds_when_orders_are_sent() -> None:
    got = run(FLAT, order(0, -8.0), order(1, -7.0), contracts={"shortable": 7.0}, limits=limits(), cash=1e6)
    assert refusals(got) == [(0, RiskCode.SHORT_UNAVAILABLE, 7.0, 0.0, 8.0)]
    assert got.fills["position"].tolist() == [-7.0]
