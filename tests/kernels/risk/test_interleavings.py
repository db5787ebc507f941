"""No interleaving of orders, replacements, fills, cancels, marks and sessions passes a limit by one unit.

How far positions can get is found by trying every order of fills (``reachable``), not by the formulas of the check.
"""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernels.risk.desk import NAN, Action, Desk, OrderClass, passes, verdict
from tests.kernels.risk.venue import Live, Venue, reachable

from lockstep.kernels.risk.codes import RiskCode, TradingState

LIMITS: dict[str, Any] = {
    "maxPositionSize": 20, "maxOrderSize": 15, "maxSymbolExposure": 2_300, "maxGrossExposure": 4_000,
    "maxDailyLoss": 60, "preventSelfTrade": False,
}  # fmt: skip
MOST_ORDERS = 5
ALMOST = 1.0 + 1e-9
STEPS = st.lists(st.tuples(*[st.integers(0, 999)] * 5), min_size=1, max_size=60)


class Market:
    """Turns tuples of integers into events, and checks after each that every limit holds."""

    def __init__(self, *, lot: float = 1.0, quoted: bool = True, **limits: Any) -> None:
        in_units = ("maxPositionSize", "maxOrderSize")
        scaled: dict[str, Any] = {k: value * lot if k in in_units else value for k, value in limits.items()}
        self.desk = Desk(lot=lot, **scaled)
        self.desk.symbols["multiplier"][1] = 0.5
        if not quoted:
            self.desk.symbols["mark"][2] = NAN
        self.venue = Venue(self.desk, lot)
        self.limits = limits
        self.equity, self.session, self.breached = 100_000.0, 0, False
        self.codes: set[RiskCode] = set()
        self.raised = 0  # orders that passed and raised the worst case

    # --- what happens ---

    def step(self, event: tuple[int, ...]) -> None:
        what, a, b, c, d = event
        choices = (self.submit, self.submit, self.submit, self.replace, self.fill, self.fill, self.cancel, self.mark,
                   self.value, self.begin_session)  # fmt: skip
        choices[what % len(choices)](a, b, c, d)
        self.venue.audit()
        for s, position in enumerate(self.venue.positions):
            low, high = reachable(position, self.venue.of(s))
            assert max(high, -low) <= self.limits["maxPositionSize"]

    def submit(self, a: int, b: int, c: int, d: int) -> None:
        lots, symbol = (b % 18) + 1 if a % 2 else -((b % 18) + 1), c % 3
        reduce_only, position = a % 5 == 0, self.venue.positions[symbol]
        if reduce_only and position != 0 and a % 3:  # most of them as they should be
            lots = int(math.copysign(min(abs(lots), abs(position)), -position))
        if len(self.venue.of(symbol)) >= MOST_ORDERS:
            return
        kind = OrderClass(d % 4)
        price = 90.0 + 0.25 * (b % 80) if kind in (OrderClass.LIMIT, OrderClass.STOP_LIMIT) else NAN
        trigger = 90.0 + 0.25 * (c % 80) if kind in (OrderClass.STOP, OrderClass.STOP_LIMIT) else NAN
        order = Live(symbol, lots, kind, price, trigger, reduce_only, kind == OrderClass.LIMIT)
        others = [*self.venue.orders]
        self.judge(self.venue.submit(order), order, lots, 0, others)

    def replace(self, a: int, b: int, c: int, d: int) -> None:
        if self.venue.orders:
            order = self.venue.orders[a % len(self.venue.orders)]
            lots, others = order.lots, [o for o in self.venue.orders if o is not order]
            new = int(math.copysign((b % 18) + 1, lots))
            self.judge(self.venue.replace(order, new, 90.0 + 0.25 * (c % 80)), order, new, lots, others)

    def fill(self, a: int, b: int, c: int, d: int) -> None:
        if self.venue.orders:
            order = self.venue.orders[a % len(self.venue.orders)]
            mark = float(self.desk.symbols["mark"][order.symbol])
            price = mark if math.isnan(order.own_price) else order.own_price
            self.venue.fill(order, (b % 18) + 1, price)

    def cancel(self, a: int, b: int, c: int, d: int) -> None:
        if self.venue.orders:
            self.venue.close(self.venue.orders[a % len(self.venue.orders)])

    def mark(self, a: int, b: int, c: int, d: int) -> None:
        self.desk.do(Action.MARK, symbol=a % 3, price=60.0 + 0.25 * (b % 320), time_ns=self.venue.now)

    def value(self, a: int, b: int, c: int, d: int) -> None:
        self.equity += (a % 201) - 100
        answer = self.desk.do(Action.VALUE, price=self.equity)
        loss = self.day_start - self.equity
        assert bool(answer["breach"]) == (loss > self.limits["maxDailyLoss"] and not self.breached)
        self.breached |= loss > self.limits["maxDailyLoss"]

    day_start = 100_000.0

    def begin_session(self, a: int, b: int, c: int, d: int) -> None:
        if a % 3 == 0:
            self.session += 1
            self.day_start, self.breached = self.equity, False
        self.desk.do(Action.SESSION, time_ns=self.session)
        assert self.desk.account["state"][0] == (TradingState.REDUCING if self.breached else TradingState.ACTIVE)

    # --- what must hold ---

    def exposure(self, symbol: int, reach: tuple[int, int]) -> float:
        row = self.desk.symbols[symbol]
        return max(reach[1], -reach[0]) * self.venue.lot * float(row["mark"] * row["multiplier"] * row["rate"])

    def judge(self, answer: Any, order: Live, lots: int, old: int, others: list[Live]) -> None:
        """Hold the answer against what all interleavings of the orders, with this one among them, can lead to."""
        code, limit, _, attempted = verdict(answer)
        self.codes.add(code)
        symbol, reduce_only = order.symbol, order.reduce_only
        position = self.venue.positions[symbol]
        mine = [(o.lots, o.reduce_only) for o in others if o.symbol == symbol]
        with_it = reachable(position, [*mine, (lots, reduce_only)])
        without = reachable(position, [*mine, (old, reduce_only)] if old else mine)
        ahead, before = (with_it[1], without[1]) if lots > 0 else (-with_it[0], -without[0])
        reduces = position * lots < 0 and (with_it[0] >= 0 if lots < 0 else with_it[1] <= 0)
        exposures = [
            self.exposure(s, with_it if s == symbol else reachable(self.venue.positions[s], self.venue.of(s)))
            for s in range(3)
        ]
        if code is RiskCode.PASSED:
            assert abs(lots) <= self.limits["maxOrderSize"]
            assert not self.breached or reduces
            if ahead > before and not any(math.isnan(e) for e in exposures):
                self.raised += 1
                assert self.exposure(symbol, (0, ahead)) <= self.limits["maxSymbolExposure"] * ALMOST
                if ahead > max(without[1], -without[0]):
                    assert sum(exposures) <= self.limits["maxGrossExposure"] * ALMOST
        elif code is RiskCode.MAX_POSITION_SIZE:
            # Nor is an order refused that no interleaving takes beyond the limit.
            assert ahead > self.limits["maxPositionSize"]
            assert attempted == pytest.approx(ahead * self.venue.lot, rel=1e-9)
        elif code is RiskCode.MAX_GROSS_EXPOSURE and not any(math.isnan(e) for e in exposures):
            assert sum(exposures) > limit
            assert attempted == pytest.approx(sum(exposures), rel=1e-9)
        elif code is RiskCode.MAX_DAILY_LOSS:
            assert self.breached
            assert not reduces

    def fill_everything(self, order_of_fills: np.random.Generator) -> None:
        """Fill what works in a chance order and parts; positions stay within the limit throughout."""
        while self.venue.orders:
            order = self.venue.orders[order_of_fills.integers(len(self.venue.orders))]
            price = order.own_price if not math.isnan(order.own_price) else 100.0
            self.venue.fill(order, int(order_of_fills.integers(1, 19)), price)
            assert max(map(abs, self.venue.positions)) <= self.limits["maxPositionSize"]
        self.venue.audit()


@given(steps=STEPS, quoted=st.booleans())
@settings(max_examples=120, deadline=None)
def test_no_interleaving_passes_a_limit(steps: list[tuple[int, ...]], quoted: bool) -> None:
    market = Market(quoted=quoted, **LIMITS)
    for event in steps:
        market.step(event)
    market.fill_everything(np.random.default_rng(len(steps)))


@pytest.mark.parametrize("lot", [1.0, 0.1, 1e-8])
def test_a_long_day_of_chance_keeps_within_limits_and_meets_them_all(lot: float) -> None:
    chance = np.random.default_rng(42)
    limits = LIMITS | {"maxSymbolExposure": 2_300 * lot, "maxGrossExposure": 4_000 * lot}
    market = Market(lot=lot, **limits)
    for event in chance.integers(0, 1000, (1_500, 5)).tolist():
        market.step(tuple(event))
    market.fill_everything(chance)
    assert market.raised > 100
    assert market.codes >= {
        RiskCode.PASSED, RiskCode.MAX_ORDER_SIZE, RiskCode.MAX_POSITION_SIZE, RiskCode.MAX_SYMBOL_EXPOSURE,
        RiskCode.MAX_GROSS_EXPOSURE, RiskCode.MAX_DAILY_LOSS, RiskCode.REDUCE_ONLY_WOULD_INCREASE,
    }  # fmt: skip


@given(steps=STEPS)
@settings(max_examples=40, deadline=None)
def test_while_marks_stand_still_no_fill_takes_exposure_beyond_its_limit(steps: list[tuple[int, ...]]) -> None:
    market = Market(**LIMITS)
    for what, *rest in steps:
        if what % 10 in (7, 8, 9):
            continue
        market.step((what, *rest))
        marks = market.desk.symbols["mark"] * market.desk.symbols["multiplier"]
        held = np.abs(market.venue.positions) * marks
        assert held.max() <= LIMITS["maxSymbolExposure"]
        assert held.sum() <= LIMITS["maxGrossExposure"]


def test_a_reduce_only_order_that_fills_first_does_not_make_room_for_a_plain_one_to_flip() -> None:
    assert reachable(100, [(-100, True), (-100, False)]) == (-100, 100)
    desk = Desk(maxPositionSize=100)
    desk.hold(100.0)
    desk.do(Action.STATE, kind=TradingState.REDUCING)
    assert passes(desk.send(-100.0, price=120.0, reduce_only=1))
    assert verdict(desk.send(-100.0, price=110.0))[0] is RiskCode.TRADING_REDUCING
