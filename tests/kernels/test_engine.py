"""The bar engine against published vectors, hand calculations, a reference account and its own conservation laws."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernels.engine_run import Outcome, run
from tests.twins.account import ReferenceAccount

from lockstep.kernels.account import End, FillAt, Rebalance
from lockstep.kernels.bar import NEVER
from lockstep.kernels.records import Cut, OrderStatus
from lockstep.kernels.sizing import Instruction

INF, NAN = math.inf, math.nan
CLOSE = [1.0, 2.0, 3.0, 4.0, 5.0]


def fills(outcome: Outcome) -> list[Any]:
    return [(int(f["row"]), float(f["quantity"]), float(f["price"])) for f in outcome.fills]


# --- vectorbt's unit vectors: closes 1 to 5, cash 100, filled at the close (its documentation and test values) -------


@pytest.mark.parametrize(
    ("directions", "expected"),
    [
        ((1, 1), [(0, 100, 1), (1, -200, 2), (3, 100, 4)]),
        ((1, 0), [(0, 100, 1), (1, -100, 2), (3, 50, 4), (4, -50, 5)]),
        ((0, 1), [(0, -100, 1), (1, 100, 2)]),
    ],
)
def test_orders_for_all_the_cash_pays_for(directions: tuple[int, int], expected: list[Any]) -> None:
    sign = -1.0 if directions == (0, 1) else 1.0  # in a short-only run vectorbt's positive sizes sell
    sizes = sign * np.array([INF, -INF, NAN, INF, -INF])
    long, short = directions
    outcome = run(CLOSE, sizes, kind=Instruction.AMOUNT, fill_at=FillAt.SAME_CLOSE, long=long, short=short)
    assert fills(outcome) == expected


@pytest.mark.parametrize(
    ("weight", "expected"),
    [(0.5, [50.0, -12.5, -6.25, -3.90625, -2.734375]), (-0.5, [-50.0, 37.5, 6.25, 2.34375, 1.171875])],
)
def test_target_percent_on_every_bar(weight: float, expected: list[float]) -> None:
    outcome = run(
        CLOSE, [weight] * 5, kind=Instruction.TARGET_WEIGHT, fill_at=FillAt.SAME_CLOSE, rebalance=Rebalance.EVERY_BAR
    )
    assert outcome.fills["quantity"].tolist() == expected


# --- by hand -----------------------------------------------------------------------------------------------------


def test_a_target_is_filled_at_the_next_open_with_the_equity_left_after_its_costs() -> None:
    # 1,000 cash, target 1 decided at the first close. At the open of 20: slippage 1 % makes it 20.2, the fee is 1 per
    # order and 2 % of the value: units * 20.2 = 1000 - 1 - 0.02 * 20.2 * units, so units = 999 / 20.604.
    outcome = run([10.0, 21.0], [1.0, NAN], open=[10.0, 20.0], cash=1000.0, percent=0.02, per_order=1.0, slippage=0.01)
    units = 999.0 / 20.604
    assert fills(outcome) == [(1, pytest.approx(units, rel=1e-15), pytest.approx(20.2))]
    assert outcome.fills["fee"][0] == pytest.approx(1.0 + 0.02 * 20.2 * units)
    assert outcome.fills["slippage"][0] == pytest.approx(0.2 * units)
    assert outcome.account["cash"][0] == pytest.approx(0.0, abs=1e-10)
    assert outcome.equity.tolist() == [1000.0, pytest.approx(21.0 * units)]
    assert outcome.fills["time_ns"][0] == 10  # the open of the second bar


def test_a_flip_pays_for_both_ways() -> None:
    # Long 10 at 10 with 100 cash; flip to -1 at 20 with 1 % fees: b * 20 = 200 - 0.01 * 20 * (10 + b), b = 198 / 20.2.
    outcome = run([10.0, 20.0], [1.0, -1.0], fill_at=FillAt.SAME_CLOSE, percent=0.01)
    first = 100.0 / 10.1
    equity = first * 20.0
    second = (equity - 0.01 * 20.0 * first) / 20.2
    assert outcome.fills["quantity"].tolist() == [pytest.approx(first), pytest.approx(-first - second)]
    assert outcome.equity[1] == pytest.approx(second * 20.0)
    trade = outcome.trades[0]
    assert (trade["direction"], trade["quantity"], trade["exit_price"]) == (1, pytest.approx(first), 20.0)
    assert trade["fees"] == pytest.approx(0.1 * first + 0.2 * first)
    assert trade["pnl"] == pytest.approx(10.0 * first - 0.3 * first)


@pytest.mark.parametrize("price", [0.5, 0.25])
def test_fees_that_push_a_target_away_leave_the_holding_alone(price: float) -> None:
    # All the cash buys 90.9 units at 10 with a fee of 1 each. To hold half, units would be sold; but each one sold
    # costs 1, which moves the target by 0.5, and moves the holding by no more than that. Above all, nothing is bought.
    outcome = run(
        [10.0, price], [1.0, 0.5], cash=1000.0, per_share=1.0, fill_at=FillAt.SAME_CLOSE, rebalance=Rebalance.EVERY_BAR
    )
    assert fills(outcome) == [(0, pytest.approx(1000.0 / 11.0), 10.0)]
    assert len(outcome.orders) == 1


def test_sells_go_first_so_that_their_proceeds_pay_for_buys() -> None:
    # All cash is in symbol 1; the targets swap it for symbol 0, which is listed first.
    targets = [[0.0, 1.0], [1.0, 0.0]]
    outcome = run([[10.0, 10.0], [5.0, 5.0]], targets, fill_at=FillAt.SAME_CLOSE)
    assert [(int(f["symbol"]), float(f["quantity"])) for f in outcome.fills] == [(1, 20.0), (1, -20.0), (0, 10.0)]


def test_a_percentage_of_no_cash_waits_for_the_sells_of_its_row() -> None:
    orders = [[NAN, 0.5], [1.0, -1.0]]
    outcome = run([[10.0, 10.0], [5.0, 5.0]], orders, kind=Instruction.PERCENT, fill_at=FillAt.SAME_CLOSE, short=0)
    assert [(int(f["symbol"]), float(f["quantity"])) for f in outcome.fills] == [(1, 20.0), (1, -20.0), (0, 5.0)]


def test_what_the_cash_does_not_pay_for_is_cut_and_the_cut_is_recorded() -> None:
    outcome = run([10.0, 10.0], [15.0, NAN], kind=Instruction.TARGET_UNITS, fill_at=FillAt.SAME_CLOSE, percent=0.25)
    assert fills(outcome) == [(0, 8.0, 10.0)]  # 8 * 10 * 1.25 = 100
    order = outcome.orders[0]
    assert (order["wanted"], order["quantity"], order["cut"]) == (15.0, 8.0, Cut.CASH)


@pytest.mark.parametrize(("long", "short", "sold"), [(1, 0, 5.0), (1, 1, 10.0)])
def test_a_percentage_is_of_what_the_direction_allows(long: int, short: int, sold: float) -> None:
    # 10 units bought with all the cash.  Half of "sell all": half of the 10; with shorts half of 10 and 10 more.
    outcome = run(
        [10.0, 10.0], [1.0, -0.5], kind=Instruction.PERCENT, fill_at=FillAt.SAME_CLOSE, long=long, short=short
    )  # fmt: skip
    assert fills(outcome) == [(0, 10.0, 10.0), (1, -sold, 10.0)]


def test_whole_lots_round_toward_zero_and_say_so() -> None:
    outcome = run([30.0, 30.0], [1.0, -1.0], fill_at=FillAt.SAME_CLOSE, lot=1.0)
    assert [q for _, q, _ in fills(outcome)] == [3.0, -6.0]
    assert outcome.orders["cut"].tolist() == [Cut.LOT, Cut.LOT]


def test_an_order_of_which_nothing_is_left_is_refused_not_filled() -> None:
    outcome = run([200.0, 200.0], [1.0, NAN], fill_at=FillAt.SAME_CLOSE, lot=1.0)
    assert len(outcome.fills) == 0
    assert (outcome.orders["status"][0], outcome.orders["cut"][0]) == (OrderStatus.REFUSED, Cut.LOT)


def test_a_target_for_a_symbol_without_a_bar_waits_and_a_stale_price_never_fills() -> None:
    present = np.array([[True, False, False, True], [True, True, True, True]])
    close = [[10.0, 99.0, 99.0, 20.0], [1.0, 1.0, 1.0, 1.0]]
    outcome = run(close, [[1.0, NAN, NAN, NAN], [NAN] * 4], present=present)
    assert fills(outcome) == [(3, 5.0, 20.0)]
    outcome = run(close, [[NAN, 1.0, NAN, NAN], [NAN] * 4], present=present, fill_at=FillAt.SAME_CLOSE)
    assert fills(outcome) == [(3, 5.0, 20.0)]


def test_opens_of_a_row_come_in_order_of_time() -> None:
    # Symbol 1, all the cash is in it, is sold at its open of 24; symbol 0 opens earlier, at 22, and finds no cash.
    targets = [[0.0, 1.0, NAN], [1.0, 0.0, NAN]]
    opening_ns = [[0, 10, 22], [0, 10, 24]]
    outcome = run([[10.0] * 3, [5.0] * 3], targets, opening_ns=opening_ns)
    assert [(int(f["symbol"]), float(f["quantity"]), int(f["time_ns"])) for f in outcome.fills] == [
        (1, 20.0, 10),
        (1, -20.0, 24),
    ]
    assert outcome.orders["status"].tolist() == [OrderStatus.FILLED, OrderStatus.REFUSED, OrderStatus.FILLED]


def test_a_bar_that_opens_rows_before_its_own_is_traded_at_that_open_and_marked_there() -> None:
    # Symbol 0 has one long bar: it opens at 12 in row 1 and closes in row 3. Only what was decided at row 0 can trade.
    present = np.array([[False, False, False, True], [True, True, True, True]])
    never, close = NEVER, [[NAN, NAN, NAN, 30.0], [1.0] * 4]
    opening_ns, opening = [[never, 12, never, never], [0, 10, 20, 30]], [[NAN, 20.0, NAN, NAN], [1.0] * 4]
    early, late = ([[1.0, NAN, NAN, NAN], [NAN] * 4], [[NAN, 1.0, NAN, NAN], [NAN] * 4])
    outcome = run(close, early, present=present, opening_ns=opening_ns, opening=opening)
    assert fills(outcome) == [(1, 5.0, 20.0)]
    assert outcome.fills["time_ns"].tolist() == [12]
    assert outcome.equity.tolist() == [100.0, 100.0, 100.0, 150.0]
    assert len(run(close, late, present=present, opening_ns=opening_ns, opening=opening).fills) == 0


def test_a_stale_price_values_a_position() -> None:
    present = np.array([[True, True, False], [True, True, True]])
    outcome = run([[10.0, 10.0, 99.0], [1.0, 1.0, 1.0]], [[1.0, NAN, NAN], [NAN] * 3], present=present)
    assert outcome.equity.tolist() == [100.0, 100.0, 100.0]


def test_an_unchanged_target_does_not_trade_again_unless_asked_to() -> None:
    targets = [0.5, 0.5, 0.5, 0.5, 0.5]
    assert len(run(CLOSE, targets, fill_at=FillAt.SAME_CLOSE).fills) == 1
    banded = run(CLOSE, targets, fill_at=FillAt.SAME_CLOSE, rebalance=Rebalance.BAND, band=0.1)
    # 50 units at 1: weights at the next closes are 2/3 (> 0.6: back to half), then 0.6 (not more), then 2/3 again:
    # 37.5 * 4 / (37.5 * 4 + 75) = 2/3.
    assert [row for row, _, _ in fills(banded)] == [0, 1, 3]


def test_a_band_leaves_small_differences_alone_but_opens_closes_and_turns() -> None:
    def traded(targets: list[float]) -> list[float]:
        outcome = run([1.0] * 4, targets, fill_at=FillAt.SAME_CLOSE, rebalance=Rebalance.BAND, band=0.1)
        return [quantity for _, quantity, _ in fills(outcome)]

    assert traded([0.05, 0.1, 0.14, 0.0]) == pytest.approx([5.0, -5.0])  # opened, near twice, closed
    assert traded([0.05, -0.04, 0.0, 0.0]) == pytest.approx([5.0, -9.0, 4.0])


@pytest.mark.parametrize("last", [0.0, 0.5])
def test_a_newer_target_within_the_band_takes_the_place_of_a_waiting_one(last: float) -> None:
    # The second symbol has no bar at the third row: the full position asked for there waits, and is then taken back.
    present = np.array([[True] * 4, [True, True, False, True]])
    targets = [[NAN] * 4, [last, NAN, 1.0, last]]
    banded = run(
        [[1.0] * 4] * 2, targets, present=present, fill_at=FillAt.SAME_CLOSE, rebalance=Rebalance.BAND, band=0.1
    )
    assert [quantity for _, quantity, _ in fills(banded)] == ([50.0] if last else [])


def test_drift_within_the_band_is_left_alone_where_a_symbol_has_no_bar() -> None:
    present = np.array([[True] * 4, [True, True, False, True]])
    banded = run(
        [[1.0] * 4, [1.0, 1.0, NAN, 1.1]], [[NAN] * 4, [0.5] * 4], present=present, fill_at=FillAt.SAME_CLOSE,
        rebalance=Rebalance.BAND, band=0.1,
    )  # fmt: skip
    assert [row for row, _, _ in fills(banded)] == [0]


@pytest.mark.parametrize("lot", [0.1, 0.01, 1e-8])
def test_lots_that_binary_numbers_miss_cost_no_lot_and_leave_no_dust(lot: float) -> None:
    rules: dict[str, Any] = {"kind": Instruction.AMOUNT, "fill_at": FillAt.SAME_CLOSE, "lot": lot}
    lots = np.arange(1.0, 100.0)
    outcome = run(np.full(99, 1.0 / lot), lots * lot, cash=1e6, **rules)
    assert outcome.fills["quantity"] == pytest.approx(lots * lot, rel=1e-9)
    assert not outcome.orders["cut"].any()
    up_and_down = np.random.default_rng(2).integers(1, 9, 50) * lot
    outcome = run(np.full(51, 1.0 / lot), [*up_and_down, -INF], cash=1e6, short=0, **rules)
    assert outcome.fills["position"][-1] == 0.0
    assert len(outcome.trades) == 1


def test_a_number_of_lots_beyond_what_integers_hold_is_traded() -> None:
    outcome = run([1e-6, 1e-6], [INF, NAN], cash=1e6, lot=1e-8, kind=Instruction.AMOUNT, fill_at=FillAt.SAME_CLOSE)
    assert outcome.fills["quantity"].tolist() == pytest.approx([1e12], rel=1e-9)


def test_equity_at_zero_ends_the_run() -> None:
    outcome = run([1.0, 1.5, 2.0, 3.0], [-1.0, NAN, NAN, NAN], fill_at=FillAt.SAME_CLOSE)
    assert outcome.account["end"][0] == End.RUINED
    assert outcome.equity[:3].tolist() == [100.0, 50.0, 0.0]
    assert np.isnan(outcome.equity[3])


def test_closing_at_the_end_happens_at_the_last_open_or_close() -> None:
    opens = [1.0, 2.0, 3.0]
    later = run([1.5, 2.5, 3.5], [1.0, NAN, NAN], open=opens, close_at_ns=29)
    assert [(row, price) for row, _, price in fills(later)] == [(1, 2.0), (2, 3.0)]
    same = run([1.5, 2.5, 3.5], [1.0, NAN, NAN], open=opens, close_at_ns=29, fill_at=FillAt.SAME_CLOSE)
    assert [(row, price) for row, _, price in fills(same)] == [(0, 1.5), (2, 3.5)]


def test_free_cash_secures_shorts_so_that_gross_never_exceeds_equity_when_opened() -> None:
    outcome = run([[10.0], [10.0]], [[-8.0], [8.0]], kind=Instruction.TARGET_UNITS, fill_at=FillAt.SAME_CLOSE)
    # Short 8 is worth 80 of 100; 20 of free cash buys 2.
    assert [q for _, q, _ in fills(outcome)] == [-8.0, 2.0]
    assert outcome.gross[0] == 100.0


# --- laws ----------------------------------------------------------------------------------------------------------


@st.composite
def runs(draw: st.DrawFn) -> dict[str, Any]:
    """Random prices, gaps and instructions of any kind, under random rules."""
    symbols, n = draw(st.integers(1, 4)), draw(st.integers(2, 25))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from([k for k in Instruction if k != Instruction.RISK]))
    close = 50.0 * np.exp(np.cumsum(rng.normal(0.0, draw(st.sampled_from([0.01, 0.1])), (symbols, n)), axis=1))
    scale = {Instruction.TARGET_WEIGHT: 1.0, Instruction.PERCENT: 1.0}.get(kind, 30.0)
    scale = 1500.0 if kind in (Instruction.VALUE, Instruction.TARGET_VALUE) else scale
    values = rng.normal(0.0, scale, (symbols, n))
    values[rng.random((symbols, n)) < 0.4] = np.nan
    if kind == Instruction.TARGET_WEIGHT:
        values = np.clip(values, -1.0, 1.0) / symbols
    if kind >= Instruction.AMOUNT:
        values[rng.random((symbols, n)) < 0.1] = draw(st.sampled_from([INF, -INF]))
    long, short = draw(st.sampled_from([(1, 1), (1, 0), (0, 1)]))
    return {
        "close": close,
        "open": close * np.exp(rng.normal(0.0, 0.02, close.shape)),
        "instructions": values,
        "present": rng.random((symbols, n)) < draw(st.sampled_from([1.0, 0.7])),
        "cash": 1000.0,
        "kind": kind,
        "long": long,
        "short": short,
        "lot": draw(st.sampled_from([0.0, 1.0, 0.25])),
        "percent": draw(st.sampled_from([0.0, 0.001, 0.02])),
        "per_share": draw(st.sampled_from([0.0, 0.05])),
        "per_order": draw(st.sampled_from([0.0, 1.0])),
        "slippage": draw(st.sampled_from([0.0, 0.002])),
        "fill_at": draw(st.sampled_from(list(FillAt))),
        "rebalance": draw(st.sampled_from(list(Rebalance))),
        "band": 0.05,
    }


def one_by_one(case: dict[str, Any]) -> Outcome:
    return run(**case, step=1)


@given(runs())
@settings(max_examples=2000)
def test_money_and_shares_are_conserved_after_every_fill(case: dict[str, Any]) -> None:
    outcome = run(**case)
    scale = 1e-9 * max(1000.0, float(np.abs(outcome.fills["quantity"] * outcome.fills["price"]).sum()))
    held = dict.fromkeys(range(len(case["close"])), (0.0, 0.0))
    realised, fees = 0.0, 0.0
    for fill in outcome.fills:
        symbol = int(fill["symbol"])
        assert fill["position"] == pytest.approx(held[symbol][0] + fill["quantity"], abs=1e-9)
        held[symbol] = (float(fill["position"]), float(fill["average_cost"]))
        realised += float(fill["realised"])
        fees += float(fill["fee"])
        invested = math.fsum(quantity * cost for quantity, cost in held.values())
        assert case["cash"] + realised - fees == pytest.approx(float(fill["cash"]) + invested, abs=scale)
    assert outcome.account["realised"][0] == pytest.approx(realised, abs=scale)
    assert outcome.account["fees"][0] == pytest.approx(fees, abs=scale)
    # Trades tell the same story as the ledger, apart from what is still open.
    if not any(quantity for quantity, _ in held.values()):
        assert outcome.trades["pnl"].sum() == pytest.approx(realised - fees, abs=scale)


@given(runs())
@settings(max_examples=300)
def test_no_fill_leaves_its_bar_its_direction_its_lots_or_its_cash(case: dict[str, Any]) -> None:
    outcome = run(**case)
    prices = case["open"] if case["fill_at"] == FillAt.NEXT_OPEN else case["close"]
    for fill in outcome.fills:
        s, row = int(fill["symbol"]), int(fill["row"])
        assert case["present"][s, row]
        slipped = prices[s, row] * (1.0 + math.copysign(case["slippage"], fill["quantity"]))
        assert fill["price"] == pytest.approx(slipped, rel=1e-15)
        assert fill["cash"] >= -1e-8 * 1000.0
        assert case["long"] or fill["position"] <= 0.0
        assert case["short"] or fill["position"] >= 0.0
        if case["lot"] and case["kind"] != Instruction.TARGET_WEIGHT:
            assert fill["quantity"] / case["lot"] == pytest.approx(round(fill["quantity"] / case["lot"]), abs=1e-9)
    assert np.all(np.abs(outcome.orders["quantity"]) <= np.abs(outcome.orders["wanted"]) * (1.0 + 1e-12))


@given(runs())
@settings(max_examples=100)
def test_one_row_at_a_time_is_the_same_computation(case: dict[str, Any]) -> None:
    whole, single = run(**case), one_by_one(case)
    tiny = run(**case, room=len(case["close"]))  # buffers that are full after every row
    for name in Outcome._fields:
        assert getattr(whole, name).tobytes() == getattr(single, name).tobytes()
        assert getattr(whole, name).tobytes() == getattr(tiny, name).tobytes()


@given(runs(), st.integers(1, 24))
@settings(max_examples=100)
def test_what_is_not_yet_known_changes_nothing_that_was(case: dict[str, Any], cut: int) -> None:
    whole = run(**case)
    cut = min(cut, case["close"].shape[1])
    arrays = {name: case[name][:, :cut] for name in ("close", "open", "instructions", "present")}
    prefix = run(**(case | arrays))
    np.testing.assert_array_equal(prefix.equity, whole.equity[:cut])
    early = whole.fills[whole.fills["row"] < cut]
    assert prefix.fills.tobytes() == early.tobytes()


@given(runs())
@settings(max_examples=150)
def test_target_weights_are_traded_as_the_reference_account_does(case: dict[str, Any]) -> None:
    symbols = len(case["close"])
    weights = np.where(np.isnan(case["instructions"]), np.nan, np.clip(case["instructions"], -1.0, 1.0) / symbols)
    fixed = {
        "kind": Instruction.TARGET_WEIGHT, "instructions": weights, "fill_at": FillAt.NEXT_OPEN,
        "rebalance": Rebalance.EVERY_BAR, "long": 1, "short": 1, "lot": 0.0,
    }  # fmt: skip
    case = case | fixed
    outcome = run(**case)
    reference = reference_fills(case, len(outcome.equity[~np.isnan(outcome.equity)]))
    assert len(outcome.fills) == len(reference.fills)
    for found, expected in zip(outcome.fills, reference.fills, strict=True):
        assert (int(found["row"]), int(found["symbol"])) == (expected.row, expected.symbol)
        assert found["quantity"] == pytest.approx(expected.quantity, rel=1e-7, abs=1e-7)
        assert found["fee"] == pytest.approx(expected.fee, rel=1e-7, abs=1e-7)
    assert outcome.account["cash"][0] == pytest.approx(reference.money(), rel=1e-7, abs=1e-5)


def reference_fills(case: dict[str, Any], rows: int) -> ReferenceAccount:
    """Run the reference account over the rows that the engine did."""
    symbols = len(case["close"])
    account = ReferenceAccount(
        case["cash"], symbols, case["percent"], case["per_share"], case["per_order"], case["slippage"]
    )
    marks = [math.nan] * symbols
    waiting: dict[int, float] = {}
    for t in range(rows):
        here: npt.NDArray[np.bool_] = case["present"][:, t]
        for s in map(int, np.flatnonzero(here)):
            marks[s] = float(case["open"][s, t])
        for side in (-1, 1):
            for s in sorted(waiting):
                if here[s] and account.order(s, waiting[s], marks, t, side):
                    del waiting[s]
        for s in map(int, np.flatnonzero(here)):
            marks[s] = float(case["close"][s, t])
        for s in range(symbols):
            if not math.isnan(case["instructions"][s, t]):
                waiting[s] = float(case["instructions"][s, t])
    return account
