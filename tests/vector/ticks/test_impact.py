"""Own taking shifts the book against itself, by hand: five lots offered at 102, five at 103, bid at 100."""

from typing import Any, NamedTuple

import pytest
from tests.vector.ticks.histories import SECOND, SET, Once, ticks_of

from lockstep.data.ticks.execution import Impact, TickExecution
from lockstep.errors import BacktestError
from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.ticks.desk import now, submit_market, wake_at
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.vector import backtest

MARKET = (
    (1.0, SET, BID, 100, 50), (1.0, SET, ASK, 102, 50), (1.0, SET, ASK, 103, 50), (20.0, SET, BID, 90, 1),
)  # fmt: skip


class Turn(NamedTuple):
    number: int


class Buyer(OrderKernel):
    """Buys four lots at second 1, 2 and 12, and sells four at second 13."""

    on_feed = False

    @staticmethod
    def init(params: Any) -> Turn:
        return Turn(0)

    @staticmethod
    def act(state: Turn, desk: Any, params: Any) -> Turn:
        if state.number < 4:
            submit_market(desk, BID if state.number < 3 else ASK, 4)
        wake_at(desk, now(desk) + (10 if state.number == 1 else 1) * SECOND)
        return Turn(state.number + 1)


def prices(impact: Impact) -> list[float]:
    return backtest(ticks_of(*MARKET), Buyer(), cash=1e6, ticks=TickExecution(impact=impact)).fills["price"].to_list()


def test_without_impact_the_book_is_as_history_has_it() -> None:
    assert prices(Impact(0.0)) == [102.0, 102.0, 102.0, 100.0]


def test_the_second_purchase_meets_a_higher_book_and_the_sale_gets_no_more_for_it() -> None:
    # Four lots: 1.5 * 4 ** 0.5 = 3 ticks. Eight lots: 4.24, so 4. Who sells meets the book as it was.
    assert prices(Impact(1.5, half_life=0)) == [102.0, 105.0, 106.0, 100.0]


def test_what_was_taken_is_forgotten_by_halves() -> None:
    # One second: 4 * 0.5 = 2 lots, 1.5 * 2 ** 0.5 = 2.1. Then 2 + 4 = 6 lots, ten seconds: 6 / 1024, 0.11.
    assert prices(Impact(1.5, half_life=SECOND)) == [102.0, 104.0, 102.0, 100.0]


def test_a_limit_holds_against_the_shifted_book() -> None:
    ticks = ticks_of(*MARKET)
    within = backtest(ticks, Once(tick=102, lots=60), cash=1e6, ticks=TickExecution(impact=Impact(1.0)))
    assert within.fills["price"].to_list() == [102.0]  # its own first fifty lots shift what comes later, not itself


def test_the_square_root_law_in_ticks_and_lots() -> None:
    impact = Impact.square_root(volatility=200.0, volume=10_000.0, y=0.5)
    assert impact.coefficient * 100.0**impact.exponent == pytest.approx(0.5 * 200.0 * (100 / 10_000) ** 0.5)


@pytest.mark.parametrize(("field", "value"), [("coefficient", -1.0), ("exponent", 0.0), ("half_life", -1)])
def test_impossible_settings_are_refused(field: str, value: float) -> None:
    with pytest.raises(BacktestError, match=field):
        Impact(**{"coefficient": 1.0, field: value})  # type: ignore[arg-type]
