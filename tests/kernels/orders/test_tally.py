"""The records of risk equal those rebuilt from the engine's own orders; no interleaving goes past a limit."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from tests.kernels.orders.guarded import ROWS, SYMBOLS, audit, bars, intents, left, on_table, targets
from tests.kernels.orders.orders_run import DAY, order, run
from tests.kernels.risk.venue import reachable

from lockstep.kernels.account import FillAt
from lockstep.kernels.actions import ACTION, ActionKind
from lockstep.kernels.orders.terms import EXIT, Flag, OrderType
from lockstep.kernels.reasons import Reason
from lockstep.kernels.risk.codes import RiskCode, TradingState
from lockstep.kernels.risk.settings import RiskLimits

MARGIN: dict[str, Any] = {"margin": 1, "leverage": 50.0, "cash": 100_000.0, "room": 1024, "slots": 256}
losses = st.sampled_from([None, 500.0, 3_000.0])
sizes = st.one_of(st.none(), st.integers(20, 120))
policies = st.fixed_dictionaries(
    {
        "fill_at": st.sampled_from([FillAt.NEXT_OPEN, FillAt.SAME_CLOSE]),
        "participation": st.sampled_from([math.inf, 0.2]),
        "latency": st.sampled_from([0, 0, 1]),
        "path": st.integers(0, 4),
        "stop_loss": st.sampled_from([math.nan, 0.04]),
        "take_profit": st.sampled_from([math.nan, 0.06]),
    }
)


def corporate(kinds):
    """Return ACTION[n]: each halves or ends a symbol at some row."""
    rows = np.zeros(len(kinds), ACTION)
    for row, (t, s, kind) in zip(rows, sorted(kinds), strict=True):
        row["time_ns"], row["symbol"], row["kind"] = t * DAY, s, kind
        row["value"] = 2.0 if kind == ActionKind.SPLIT else 90.0
    return rows


events = st.lists(
    st.tuples(
        st.integers(1, ROWS - 1), st.integers(0, SYMBOLS - 1), st.sampled_from([ActionKind.SPLIT, ActionKind.DELIST])
    ),
    max_size=2,
    unique_by=lambda one: one[1],
)


@settings(max_examples=120, deadline=None)
@given(bars(), intents, targets, policies, events, sizes, losses, st.booleans())
def test_records_are_those_of_the_engines_own_orders(
    prices, asked, wanted, policy, actions, most, loss, drifts
) -> None:
    def watch(_row, arrays):
        audit(arrays)

    rates = None
    if drifts:
        rates = np.linspace(0.8, 1.3, SYMBOLS * ROWS).reshape(SYMBOLS, ROWS)
    limits = RiskLimits(max_position_size=most, max_daily_loss=loss, prevent_self_trade=False)
    got = run(
        prices, *asked, instructions=wanted, actions=corporate(actions), limits=limits.record(), watch=watch, step=1,
        rates=rates, contracts={"lot": 1.0}, **policy, **MARGIN,
    )  # fmt: skip
    for code in set(got.orders["refusal"].tolist()):
        event(RiskCode(code).name if code >= 100 else f"refusal {code}")


class Reached:
    """What the engine's own orders and positions say, without looking at the records of risk."""

    def __init__(self, arrays):
        self.positions = arrays["stands"]["quantity"].tolist()
        self.marks = arrays["stands"]["mark"].tolist()
        self.orders = [
            (int(one["symbol"]), left(arrays, one), bool(one["flags"] & EXIT), int(one["row"]))
            for one in on_table(arrays)
        ]

    def reach(self, s, row=math.inf):
        """The lowest and highest position of a symbol that any order of fills of older orders than ``row`` leads to."""
        listed = [(int(units), reduce) for symbol, units, reduce, since in self.orders if symbol == s and since < row]
        return reachable(int(self.positions[s]), listed)

    def worst(self, s, row=math.inf):
        """The exposure of that; nothing before the first price."""
        low, high = self.reach(s, row)
        return max(high, -low) * self.marks[s] if low or high else 0.0

    def gross(self, row=math.inf):
        return math.fsum(self.worst(s, row) for s in range(SYMBOLS))


@settings(max_examples=120, deadline=None)
@given(bars(), intents, targets, policies, st.integers(20, 90), st.integers(10, 60), st.integers(2_000, 9_000))
def test_no_interleaving_goes_past_a_limit(prices, asked, wanted, policy, most, size, worth) -> None:
    limits = RiskLimits(
        max_position_size=most, max_order_size=size, max_symbol_exposure=worth, max_gross_exposure=1.5 * worth,
        prevent_self_trade=False,
    )  # fmt: skip

    def watch(row, arrays):
        reached = Reached(arrays)
        for s in range(SYMBOLS):
            low, high = reached.reach(s)
            assert -most <= low <= high <= most
        for s, units, reduces, since in reached.orders:
            if since == row - 1 and not reduces and policy["fill_at"] == FillAt.NEXT_OPEN:
                # Accepted at this close: the marks are those of the acceptance, and changes came before.
                low, high = reached.reach(s)
                before_low, before_high = reached.reach(s, row - 1)
                grown = high > max(before_high, 0) if units > 0 else low < min(before_low, 0)
                side = high if units > 0 else -low
                assert not grown or side * reached.marks[s] <= worth * (1 + 1e-9)
                raised = reached.gross() > reached.gross(row - 1) * (1 + 1e-12)
                assert not raised or reached.gross() <= 1.5 * worth * (1 + 1e-9)

    got = run(
        prices, *asked, instructions=wanted, limits=limits.record(), watch=watch, step=1, contracts={"lot": 1.0},
        **policy, **MARGIN,
    )  # fmt: skip
    assert (abs(got.fills["position"]) <= most).all()
    traded = got.orders[got.orders["filled"] != 0]
    own = traded[(traded["flags"] & Flag.WHOLE_POSITION) == 0]
    assert (abs(own["filled"]) <= size).all()
    for code in set(got.orders["refusal"].tolist()):
        event(RiskCode(code).name if code >= 100 else f"refusal {code}")


@settings(max_examples=120, deadline=None)
@given(bars(), targets, st.integers(2_000, 9_000), st.sampled_from([math.nan, 0.04]))
def test_targets_stay_within_exposure_at_the_prices_of_their_fills(prices, wanted, worth, stop_loss) -> None:
    limits = RiskLimits(max_symbol_exposure=worth, max_order_notional=worth)
    got = run(prices, instructions=wanted, limits=limits.record(), stop_loss=stop_loss, **MARGIN)
    opened = got.fills[got.fills["position"] * got.fills["quantity"] > 0]
    assert (abs(opened["position"]) * opened["level"] <= worth * (1 + 1e-9)).all()
    within = got.orders[(got.orders["status"] == 1) & (got.orders["flags"] == 0)]
    assert (abs(within["filled"] * within["average_price"]) <= worth * (1 + 1e-9)).all()


@settings(max_examples=120, deadline=None)
@given(bars(), intents, targets, policies, st.integers(50, 1_500), st.integers(2, 6))
def test_after_a_days_loss_nothing_opens_until_the_next_session(prices, asked, wanted, policy, loss, length) -> None:
    days = np.arange(ROWS) // length
    states = []

    def watch(row, arrays):
        states.append(int(arrays["guard"]["state"][0]))
        lost = arrays["guard"]["day_start_equity"][0] - arrays["guard"]["day_low_equity"][0]
        assert (lost > loss * (1 + 1e-9)) <= (states[-1] == TradingState.REDUCING)
        if states[-1] == TradingState.REDUCING:
            reached = Reached(arrays)
            for s in range(SYMBOLS):
                low, high = reached.reach(s)
                held = reached.positions[s]
                if policy["latency"] == 0:
                    assert min(held, 0) <= low <= high <= max(held, 0)

    limits = RiskLimits(max_daily_loss=loss, prevent_self_trade=False)
    got = run(
        prices, *asked, instructions=wanted, limits=limits.record(), watch=watch, step=1, session=days,
        contracts={"lot": 1.0}, **policy, **MARGIN,
    )  # fmt: skip
    if policy["latency"] == 0:
        for one in got.fills:
            t = int(one["row"])
            stopped = t > 0 and states[t - 1] == TradingState.REDUCING and days[t] == days[t - 1]
            before = one["position"] - one["quantity"]
            if stopped and one["reason"] < Reason.LIQUIDATION:
                assert abs(one["position"]) <= abs(before) - abs(one["quantity"]) + 1e-9
    event("breached" if TradingState.REDUCING in states else "quiet")


def test_cash_in_lieu_and_orders_are_restated_by_a_split() -> None:
    # Five held and a bid for ten at 90; a split of 1 for 2 leaves two and a half: a half is paid out.
    seen = []
    actions = np.zeros(1, ACTION)
    actions["time_ns"], actions["kind"], actions["value"] = 2 * DAY, ActionKind.SPLIT, 0.5
    flat = [[100.0] * 4] * 2 + [[200.0] * 4] * 2
    run(
        flat, order(0, 5.0), order(0, 10.0, type=OrderType.LIMIT, limit=90.0), actions=actions, contracts={"lot": 1.0},
        limits=RiskLimits().record(), watch=lambda _row, arrays: seen.append(arrays["exposures"][0].copy()), step=1,
    )  # fmt: skip
    names = ["position", "buying", "own_bid", "mark", "worst_exposure"]
    assert seen[1][names].tolist() == (5.0, 10.0, 90.0, 100.0, 1_500.0)
    assert seen[2][names].tolist() == (2.0, 5.0, 180.0, 200.0, 1_400.0)


def test_what_a_sibling_trades_no_longer_works() -> None:
    # Two bids for 30, one cancelling the other; a fifth of 50 trades at 95: 20 are left of each.
    bars = [[100.0, 100.0, 100.0, 100.0, 50.0], [100.0, 100.0, 94.0, 100.0, 50.0], [100.0] * 4 + [50.0]]
    one = {"type": OrderType.LIMIT, "group": 5}
    seen = []
    run(
        bars, order(0, 30.0, limit=95.0, **one), order(0, 30.0, limit=90.0, **one), participation=0.2,
        limits=RiskLimits().record(), watch=lambda _row, arrays: seen.append(arrays["exposures"][0].copy()), step=1,
    )  # fmt: skip
    assert [row["buying"] for row in seen] == [60.0, 40.0, 40.0]
    assert seen[1][["position", "own_bid", "buy_orders"]].tolist() == (10.0, 95.0, 2)


@pytest.mark.parametrize("rate", [0.5, 2.0])
def test_exposure_is_in_the_accounts_currency(rate) -> None:
    limits = RiskLimits(max_symbol_exposure=1_000.0 * rate)
    got = run(
        [[100.0] * 4] * 4, order(0, 10.0), order(1, 1.0), limits=limits.record(), rates=[[rate] * 4], cash=1e6
    )  # fmt: skip
    assert got.orders["refusal"].tolist() == [0, RiskCode.MAX_SYMBOL_EXPOSURE]
    assert got.orders["risk_attempted"][1] == 1_100.0 * rate
