"""What trading and holding cost, what an account allows, and what corporate actions do, computed by hand."""

import math
from typing import Any

import numpy as np
import pytest
from tests.kernels.orders.cases import ends, fills
from tests.kernels.orders.orders_run import DAY, order, run

from lockstep.kernels.account import End, FillAt
from lockstep.kernels.actions import ActionKind
from lockstep.kernels.bar import NEVER
from lockstep.kernels.orders.financing import YEAR_NS
from lockstep.kernels.orders.impact import Impact
from lockstep.kernels.orders.slippage import Slippage, Spread
from lockstep.kernels.orders.terms import EXIT, Ended, OrderType, Refusal
from lockstep.kernels.orders.world import Sequence
from lockstep.kernels.reasons import Reason
from lockstep.kernels.records import Cut, Flow, OrderStatus
from lockstep.kernels.sizing import Instruction

T, R, S, NAN = OrderType, Reason, OrderStatus, math.nan
FILLED, WAITING = (S.FILLED, Ended.NOT), (S.WAITING, Ended.NOT)
CALM = (100, 100, 100, 100)
DIP = (100, 101, 97, 100)


def at(*prices: float) -> list[Any]:
    return [(price,) * 4 for price in prices]


# --- spread, slippage and impact: takers alone, and never through a limit --------------------------------------------

COSTS: dict[str, Any] = {"spread_model": Spread.FIXED, "spread": 0.2, "slippage_model": Slippage.FIXED, "slippage": 0.3}
TAKERS: list[tuple[str, Any, dict[str, Any], list[Any], float]] = [
    # Half of the spread and the slippage: 0.1 + 0.3 = 0.4 against the trader.
    ("market buy", CALM, {"value": 10.0}, [(1, 10, 100.4, R.NEXT_OPEN)], 4.0),
    ("market sale", CALM, {"value": -10.0}, [(1, -10, 99.6, R.NEXT_OPEN)], 4.0),
    ("a limit that rests pays nothing", DIP, {"type": T.LIMIT, "limit": 98.0}, [(1, 10, 98, R.LIMIT)], 0.0),
    ("a limit that takes pays", CALM, {"type": T.LIMIT, "limit": 102.0}, [(1, 10, 100.4, R.LIMIT_AT_OPEN)], 4.0),
    ("but not more than its limit", CALM, {"type": T.LIMIT, "limit": 100.25}, [(1, 10, 100.25, R.LIMIT_AT_OPEN)], 2.5),
    ("a stop pays", (100, 103, 99, 100), {"type": T.STOP, "stop": 102.0}, [(1, 10, 102.4, R.STOP)], 4.0),
    ("a stop-limit not more than its limit", (100, 103, 99, 100), {"type": T.STOP_LIMIT, "stop": 102.0, "limit": 102.1},
     [(1, 10, 102.1, R.INSIDE_BAR)], 1.0),
    ("a touch pays", DIP, {"type": T.MARKET_IF_TOUCHED, "stop": 98.0}, [(1, 10, 98.4, R.TOUCHED)], 4.0),
]  # fmt: skip


@pytest.mark.parametrize("case", TAKERS, ids=[case[0] for case in TAKERS])
def test_who_pays_for_taking(case: Any) -> None:
    _, bar, fields, expected, lost = case
    outcome = run([CALM, bar], {**order(0, 10.0), **fields}, **COSTS)
    assert fills(outcome) == expected
    assert outcome.fills["slippage"].tolist() == [pytest.approx(lost)]
    assert outcome.fills["level"][0] == pytest.approx(expected[0][2] - math.copysign(lost / 10, expected[0][1]))


def test_impact_follows_the_activity_before_the_bar() -> None:
    # Square root law, Y 1, one bar a session: sigma * sqrt(Q / V). Closes 100, 101, 100: returns 0.01 and -1 / 101;
    # with volume 1,000 in all bars, an order of 10 is a hundredth of the volume, so a tenth of sigma.
    bars = [(p, p, p, p, 1000.0) for p in (100.0, 101.0, 100.0, 100.0)]
    outcome = run(bars, order(2, 10.0), impact_model=Impact.SQUARE_ROOT, impact=1.0)
    sigma = outcome.stands["activity"]["sigma"][0]
    known = run(bars[:3], impact_model=Impact.SQUARE_ROOT).stands["activity"]["sigma"][0]
    assert outcome.fills["price"].tolist() == [pytest.approx(100.0 * (1.0 + 0.1 * known), rel=1e-12)]
    assert sigma != known  # the bar that trades was not among what was known


# --- fees ------------------------------------------------------------------------------------------------------------


def test_makers_and_takers_pay_by_the_tier_of_what_was_traded_before_the_session() -> None:
    tiers = [(0.0, 0.001, 0.002), (1500.0, -0.0005, 0.0015)]
    asked = [order(0, 10.0), order(1, 10.0, type=T.LIMIT, limit=98.0), order(2, -10.0)]
    outcome = run([CALM, CALM, DIP, CALM], *asked, tiers=tiers, session=[0, 1, 2, 3])
    # 1,000 taken in session 1; before session 2 that is the first tier: 980 made. Then 1,980: the second.
    assert outcome.fills["fee"].tolist() == pytest.approx([2.0, 0.98, 1.5])
    assert outcome.fills["maker"].tolist() == [0, 1, 0]


def test_a_minimum_is_paid_once_for_all_parts_of_an_order() -> None:
    bars = [(*CALM, 40.0)] * 4
    outcome = run(bars, order(0, 10.0), participation=0.1, per_share=0.1, minimum=0.7)
    # Parts of 4, 4 and 2: the minimum of 0.7 covers 0.4 and part of 0.8; all in all 10 * 0.1.
    assert outcome.fills["fee"].tolist() == pytest.approx([0.7, 0.1, 0.2])


def test_a_maximum_per_order() -> None:
    bars = [(*CALM, 40.0)] * 4
    outcome = run(bars, order(0, 10.0), participation=0.1, per_share=0.1, maximum=0.6)
    assert outcome.fills["fee"].tolist() == pytest.approx([0.4, 0.2, 0.0])


def test_rebates_add_to_cash() -> None:
    outcome = run([CALM, DIP], order(0, 10.0, type=T.LIMIT, limit=98.0), tiers=[(0.0, -0.001, 0.0)], cash=980.0)
    assert outcome.fills["fee"].tolist() == pytest.approx([-0.98])
    assert outcome.broker["cash"][0] == pytest.approx(0.98)


# --- cash accounts ---------------------------------------------------------------------------------------------------


def test_cash_cuts_an_order_and_says_so() -> None:
    outcome = run([CALM, CALM], order(0, 15.0), cash=1010.0, contracts={"lot": 1.0}, per_order=5.0)
    assert fills(outcome) == [(1, 10, 100, R.NEXT_OPEN)]
    record = outcome.orders[0]
    assert (record["wanted"], record["quantity"], record["cut"], record["status"]) == (15.0, 10.0, Cut.CASH, S.FILLED)
    outcome = run([CALM, CALM], order(0, 15.0), cash=50.0, contracts={"lot": 1.0})
    assert ends(outcome) == [(S.REFUSED, Refusal.LOT)] or ends(outcome) == [(S.REFUSED, Refusal.CASH)]


def test_directions_lots_and_loans_cut() -> None:
    def cut(value: float, **settings: Any) -> Any:
        outcome = run([CALM, CALM], order(0, value), **settings)
        return outcome.fills["quantity"].tolist(), outcome.orders["cut"][0], outcome.orders["refusal"][0]

    assert cut(-5.0, short=0) == ([], Cut.DIRECTION, Refusal.DIRECTION)
    assert cut(5.0, long=0) == ([], Cut.DIRECTION, Refusal.DIRECTION)
    assert cut(5.5, contracts={"lot": 1.0}) == ([5.0], Cut.LOT, Refusal.NONE)
    assert cut(0.5, contracts={"lot": 1.0}) == ([], Cut.LOT, Refusal.LOT)
    assert cut(-5.0, contracts={"shortable": 3.0}) == ([-3.0], Cut.LOAN, Refusal.NONE)
    assert cut(-5.0, contracts={"shortable": 0.0}) == ([], Cut.LOAN, Refusal.NOT_SHORTABLE)


def test_a_sale_goes_on_into_a_short_as_far_as_can_be_borrowed() -> None:
    outcome = run([CALM] * 3, order(0, 4.0), order(1, -10.0), contracts={"shortable": 3.0})
    assert fills(outcome) == [(1, 4, 100, R.NEXT_OPEN), (2, -7, 100, R.NEXT_OPEN)]


SEQUENCES: list[tuple[Sequence, Any, list[Any]]] = [
    # All cash is in symbol 2. At row 2 it is sold, and 0 and 1 want 1,000 each.
    (Sequence.SELLS_FIRST, None, [(2, -10), (0, 10)]),
    (Sequence.GIVEN, None, [(2, -10)]),
    (Sequence.SCORE, [[1.0] * 3, [2.0] * 3, [3.0] * 3], [(2, -10), (1, 10)]),
    (Sequence.SCORE, [[1.0] * 3, [NAN] * 3, [3.0] * 3], [(2, -10), (0, 10)]),
    (Sequence.SCORE, [[NAN] * 3, [2.0] * 3, [3.0] * 3], [(2, -10), (1, 10)]),
]


@pytest.mark.parametrize("case", SEQUENCES, ids=[f"{case[0].name} {i}" for i, case in enumerate(SEQUENCES)])
def test_symbols_share_the_cash_in_a_stated_order(case: Any) -> None:
    sequence, scores, expected = case
    asked = [order(0, 10.0, symbol=2), *[order(1, 10.0, symbol=s) for s in (0, 1)], order(1, -10.0, symbol=2)]
    outcome = run([at(100, 100, 100)] * 3, *asked, cash=1000.0, sequence=sequence, scores=scores)
    assert [(int(f["symbol"]), float(f["quantity"])) for f in outcome.fills[1:]] == expected


def test_proceeds_are_spent_when_they_have_settled() -> None:
    asked = [order(0, 10.0), order(1, -10.0), *[order(row, math.inf) for row in (2, 3, 4)]]
    outcome = run(at(*[100] * 6), *asked, cash=1000.0, settlement=2, session=[0, 1, 2, 3, 4, 5])
    # Sold in session 2: may be spent from session 4 on.
    assert fills(outcome)[2:] == [(4, 10, 100, R.NEXT_OPEN)]
    assert run(at(*[100] * 6), *asked, cash=1000.0).fills["row"].tolist() == [1, 2, 3]


def test_mixed_calendars() -> None:
    # Symbol 0 has one long bar: it opens at 120 in row 1 and closes in row 3. Symbol 1 has short ones.
    present = np.array([[False, False, False, True], [True, True, True, True]])
    nothing = (NAN,) * 4
    bars = [[nothing, nothing, nothing, (20, 24, 18, 22)], [(1, 1, 1, 1)] * 4]
    opening_ns, opening = [[NEVER, 120, NEVER, NEVER], [0, 100, 200, 300]], [[NAN, 20, NAN, NAN], [1] * 4]
    where: dict[str, Any] = {"present": present, "opening_ns": opening_ns, "opening": opening}
    early = run(bars, order(0, 10.0), **where)
    assert fills(early) == [(1, 10, 20, R.NEXT_OPEN)]
    assert early.fills["time_ns"].tolist() == [120]
    assert early.equity.tolist() == [10_000, 10_000, 10_000, 10_020]
    # A limit decided before the bar opens is met inside it, in the row that it closes in.
    assert fills(run(bars, order(0, 10.0, type=T.LIMIT, limit=19.0), **where)) == [(3, 10, 19, R.LIMIT)]
    # Decided while the bar is under way: it has no open any more, and nothing inside it may be used.
    for kind in ({}, {"type": T.LIMIT, "limit": 19.0}, {"type": T.STOP, "stop": 23.0}):
        assert len(run(bars, order(1, 10.0, **kind), **where).fills) == 0
    assert fills(run(bars, order(1, 10.0), fill_at=FillAt.SAME_CLOSE, **where)) == [(3, 10, 22, R.SAME_CLOSE)]


def test_a_missing_bar_makes_orders_wait() -> None:
    present = np.array([[True, False, True], [True, True, True]])
    outcome = run([at(100, 1, 90), at(5, 5, 5)], order(0, 10.0), present=present)
    assert fills(outcome) == [(2, 10, 90, R.NEXT_OPEN)]


# --- margin ----------------------------------------------------------------------------------------------------------

MARGIN: dict[str, Any] = {"margin": 1, "leverage": 2.0, "maintenance": 0.5}
"""Initial margin 1/2, maintenance half of that: a quarter of the value."""


def test_initial_margin_cuts() -> None:
    outcome = run([CALM, CALM], order(0, 100.0), cash=1000.0, **MARGIN)
    assert fills(outcome) == [(1, 20, 100, R.NEXT_OPEN)]
    assert outcome.broker["cash"][0] == -1000.0
    outcome = run([CALM, CALM], order(0, -100.0), cash=1000.0, **MARGIN)
    assert fills(outcome) == [(1, -20, 100, R.NEXT_OPEN)]
    outcome = run([CALM, CALM], order(0, 100.0), cash=1000.0, contracts={"initial": 0.8}, **MARGIN)
    assert fills(outcome) == [(1, 12.5, 100, R.NEXT_OPEN)]
    assert outcome.orders["cut"][0] == Cut.CASH


LIQUIDATIONS: list[tuple[str, float, Any, float]] = [
    # 20 at 100 with 1,000 of 2,000 borrowed: equity 20 p - 1,000 meets a quarter of 20 p at p = 66.67.
    ("long, inside: at the low", 20.0, (90, 95, 66, 80), 66.0),
    ("long, at the open", 20.0, (66, 80, 60, 70), 66.0),
    ("long, not yet", 20.0, (90, 95, 66.67, 80), NAN),
    # Short 20 at 100, cash 3,000: equity 3,000 - 20 p meets 5 p at p = 120.
    ("short, inside: at the high", -20.0, (110, 121, 90, 100), 121.0),
    ("short, at the open", -20.0, (125, 130, 120, 121), 125.0),
    ("short, not yet", -20.0, (110, 120, 90, 100), NAN),
]


@pytest.mark.parametrize("case", LIQUIDATIONS, ids=[case[0] for case in LIQUIDATIONS])
def test_liquidation_closes_everything(case: Any) -> None:
    _, units, bar, price = case
    far = order(1, -units, type=T.LIMIT, limit=100.0 + units * 4.0)
    outcome = run([CALM, CALM, bar, CALM], order(0, units), far, cash=1000.0, **MARGIN)
    if math.isnan(price):
        assert len(outcome.fills) == 1
        assert outcome.broker["liquidations"][0] == 0
        return
    assert fills(outcome)[1:] == [(2, -units, price, R.LIQUIDATION)]
    assert ends(outcome)[1] == (S.CANCELED, Ended.BY_LIQUIDATION)
    assert (outcome.stands["quantity"][0], outcome.broker["working"][0]) == (0.0, 0)
    assert outcome.equity[2] == pytest.approx(1000.0 + units * (price - 100.0))


def test_a_stop_before_the_liquidation_saves_the_rest() -> None:
    asked = [order(0, 20.0), order(1, -20.0, type=T.STOP, stop=80.0, flags=EXIT)]
    outcome = run([CALM, CALM, (90, 95, 60, 80)], *asked, cash=1000.0, **MARGIN)
    assert fills(outcome)[1:] == [(2, -20, 80, R.STOP)]


def test_liquidation_at_a_close_goes_over_all_symbols_that_close() -> None:
    # 10 of each at 100 on 1,000: the second symbol's fall to 30 leaves equity 300, asked are 250 + 75.
    bars = [at(100, 100, 100), at(100, 100, 30)]
    bars[1][2] = (100, 100, 30, 30)
    asked = [order(0, 10.0), order(0, 10.0, symbol=1), order(1, 1.0, type=T.LIMIT, limit=1.0)]
    outcome = run(bars, *asked, cash=1000.0, **MARGIN)
    closed = [(int(f["symbol"]), float(f["quantity"]), float(f["price"])) for f in outcome.fills[2:]]
    assert sorted(closed) == [(0, -10.0, 100.0), (1, -10.0, 30.0)]
    assert outcome.equity[2] == pytest.approx(300.0)


def test_what_does_not_trade_at_a_liquidation_follows_at_its_next_open() -> None:
    present = np.array([[True, True, False, True], [True] * 4])
    bars = [at(100, 100, 1, 90), [*at(100, 100), (100, 100, 30, 30), *at(30)]]
    outcome = run(bars, order(0, 10.0), order(0, 10.0, symbol=1), cash=1000.0, present=present, **MARGIN)
    closed = [(int(f["row"]), int(f["symbol"]), float(f["price"]), Reason(f["reason"])) for f in outcome.fills[2:]]
    assert closed == [(2, 1, 30.0, R.LIQUIDATION), (3, 0, 90.0, R.NEXT_OPEN)]


def test_ruin_ends_the_run() -> None:
    outcome = run([CALM, CALM, (40, 40, 40, 40), CALM], order(0, 20.0), cash=1000.0, **MARGIN)
    assert outcome.broker["end"][0] == End.RUINED
    assert outcome.equity[2] == -200.0
    assert np.isnan(outcome.equity[3])


def test_multiplier_and_rate() -> None:
    # One contract of 50 at 100 in a currency worth 0.5, then 0.6: 2,500 paid; at 110 it is 50 * 110 * 0.6.
    outcome = run(
        at(100, 100, 110), order(0, 1.0), contracts={"multiplier": 50.0}, rates=[0.5, 0.5, 0.6], per_share=2.0
    )
    assert outcome.equity.tolist() == [10_000, 9_998, pytest.approx(10_000 - 2_502 + 3_300)]
    assert outcome.fills["average_cost"].tolist() == [2_500.0]
    assert fills(outcome) == [(1, 1, 100, R.NEXT_OPEN)]


def test_without_a_rate_nothing_trades() -> None:
    limit = order(0, 1.0, type=T.LIMIT, limit=99.0, kind=Instruction.VALUE)
    # Known at the close of row 2, a rate converts from the next open on.
    outcome = run(at(100, 100, 100, 100), order(0, 1.0), order(2, 1.0), limit, rates=[NAN, NAN, 0.5, 0.5])
    assert fills(outcome) == [(3, 1, 100, R.NEXT_OPEN)]
    assert ends(outcome) == [(S.REFUSED, Refusal.NO_RATE), (S.REFUSED, Refusal.NO_RATE), FILLED]


# --- financing: a year between rows ----------------------------------------------------------------------------------

HUNDRED = 100.0 / YEAR_NS
"""Share of a year between two rows."""


def test_interest_borrow_and_funding() -> None:
    outcome = run([CALM] * 3, credit=0.05, cash=1000.0)
    assert outcome.broker["cash"][0] == pytest.approx(1000.0 * (1.0 + 0.05 * HUNDRED) ** 2, rel=1e-15)
    assert outcome.flows["kind"].tolist() == [Flow.INTEREST] * 2
    # Borrowed: 2,000 bought with 1,000.
    outcome = run([CALM] * 3, order(0, 20.0), debit=0.08 / HUNDRED, cash=1000.0, **MARGIN)
    assert outcome.flows["amount"].tolist() == pytest.approx([-80.0, -86.4])
    # A short's proceeds bear no interest, and the loan costs 3 % of its value.
    short: dict[str, Any] = {"credit": 0.05 / HUNDRED, "contracts": {"borrow": 0.03 / HUNDRED}, "cash": 1000.0}
    outcome = run(at(100, 100, 110), order(0, -10.0), **short)
    assert outcome.flows["kind"].tolist() == [Flow.BORROW, Flow.INTEREST] * 2
    # Row 1: -30, and 5 % of 970; row 2 at 110: -33, and 5 % of what is left beside 1,100.
    assert outcome.flows["amount"].tolist() == pytest.approx(
        [-30.0, 48.5, -33.0, 0.08 * 0.0 + (2018.5 - 33 - 1100) * 0.05]
    )
    outcome = run([CALM] * 3, order(0, 10.0), funding=[NAN, 0.01, -0.02])
    assert outcome.flows["amount"].tolist() == pytest.approx([-10.0, 20.0])


@pytest.mark.parametrize("units", [10.0, -10.0])
def test_what_is_not_paid_for_bears_interest_as_if_it_were_not_there(units: float) -> None:
    outcome = run([CALM] * 3, order(0, units), credit=0.05 / HUNDRED, contracts={"unfunded": 1}, **MARGIN)
    assert outcome.flows["amount"].tolist() == pytest.approx([500.0, 525.0])


# --- corporate actions: they take effect with the open of row 2 ------------------------------------------------------


def action(kind: ActionKind, value: float, symbol: int = 0, row: int = 2) -> Any:
    return (row * DAY, symbol, kind, value)


def test_a_split_restates_position_orders_and_target() -> None:
    asked = [
        order(0, 10.0), order(1, -10.0, type=T.LIMIT, limit=120.0), order(1, -4.0, type=T.STOP, stop=80.0),
        order(1, -10.0, type=T.TRAILING_STOP, trail=30.0, trail_kind=1),
    ]  # fmt: skip
    outcome = run(at(100, 100, 50, 60), *asked, actions=[action(ActionKind.SPLIT, 2.0)])
    assert fills(outcome) == [(1, 10, 100, R.NEXT_OPEN), (3, -20, 60, R.LIMIT_AT_OPEN)]
    assert outcome.equity.tolist() == [10_000, 10_000, 10_000, 10_200]
    assert outcome.orders["stop"][2] == 40.0
    assert outcome.orders["quantity"].tolist() == [10, -20, -8, -20]
    assert outcome.trades["pnl"].tolist() == [200.0]


def test_a_fraction_that_a_split_leaves_is_paid_out() -> None:
    outcome = run(
        at(100, 100, 200, 210), order(0, 5.0), contracts={"lot": 1.0}, actions=[action(ActionKind.SPLIT, 0.5)]
    )  # fmt: skip
    # 2.5 of which 0.5 at 200 are paid out.
    assert outcome.stands["quantity"][0] == 2.0
    assert [(int(f["kind"]), float(f["amount"])) for f in outcome.flows] == [(Flow.CASH_IN_LIEU, 100.0)]
    assert outcome.equity.tolist() == [10_000, 10_000, 10_000, 10_020]


def test_a_split_that_pays_a_position_out_ends_its_exits() -> None:
    asked = order(0, 1.0, stop_loss=0.1)
    outcome = run(at(100, 100, 1000, 500), asked, contracts={"lot": 1.0}, actions=[action(ActionKind.SPLIT, 0.1)])
    assert outcome.stands["quantity"][0] == 0.0
    assert ends(outcome)[1] == (S.CANCELED, Ended.BY_POSITION)
    assert outcome.broker["cash"][0] == 10_000.0


def test_lots_that_binary_numbers_miss_leave_no_fraction() -> None:
    outcome = run(
        at(100, 100, 100 / 3, 30), order(0, 0.7), contracts={"lot": 0.1}, actions=[action(ActionKind.SPLIT, 3.0)]
    )
    assert outcome.stands["quantity"][0] == pytest.approx(2.1)
    assert len(outcome.flows) == 0


@pytest.mark.parametrize("units", [10.0, -10.0])
def test_dividends_are_received_by_longs_and_paid_by_shorts(units: float) -> None:
    asked = [order(0, units), order(1, units)]  # the second one trades at the ex-date's open: too late
    outcome = run(at(100, 100, 98, 98), *asked, actions=[action(ActionKind.DIVIDEND, 2.0)])
    assert outcome.flows["amount"].tolist() == [2.0 * units]
    assert outcome.equity.tolist() == [10_000] * 4
    assert outcome.broker["financing"][0] == 2.0 * units


DELISTINGS: list[tuple[float, float, float, float]] = [
    (10.0, 80.0, 80.0, 9_800.0),
    (10.0, NAN, 100.0, 10_000.0),
    (10.0, 0.0, 0.0, 9_000.0),
    (-10.0, 0.0, 0.0, 11_000.0),
    (-10.0, 130.0, 130.0, 9_700.0),
]


@pytest.mark.parametrize("case", DELISTINGS)
def test_a_delisting_ends_the_position_at_its_final_price_and_all_orders(case: Any) -> None:
    units, final, price, equity = case
    asked = [order(0, units), order(1, 5.0, type=T.LIMIT, limit=90.0), order(2, 5.0)]
    outcome = run(
        [at(100, 100, 70, 70), at(1, 1, 1, 1)], *asked, actions=[action(ActionKind.DELIST, final)],
        present=[[True, True, False, False], [True] * 4],
    )  # fmt: skip
    assert fills(outcome)[1:] == [(2, -units, price, R.DELISTED)]
    assert ends(outcome)[1] == (S.CANCELED, Ended.BY_DELISTING)
    assert ends(outcome)[3] == (S.REFUSED, Refusal.DELISTED) or ends(outcome)[2] == (S.REFUSED, Refusal.DELISTED)
    assert outcome.equity[-1] == equity


def test_a_delisting_costs_no_spread() -> None:
    outcome = run(at(100, 100, 70, 70), order(0, 10.0), actions=[action(ActionKind.DELIST, 80.0)], **COSTS)
    assert [price for _, _, price, _ in fills(outcome)] == [100.4, 80.0]


def test_a_delisting_at_nothing_closes_even_what_can_not_pay_its_fee() -> None:
    outcome = run(
        at(100, 100, 70), order(0, 10.0), cash=1005.0, per_order=5.0, actions=[action(ActionKind.DELIST, 0.0)]
    )
    assert outcome.stands["quantity"][0] == 0.0
    assert outcome.broker["end"][0] == End.RUINED
