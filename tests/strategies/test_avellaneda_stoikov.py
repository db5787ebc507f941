"""Avellaneda and Stoikov's quotes: the paper's numbers, hand calculations, and what it does on a small history."""

import math

import pytest
from tests.vector.ticks.histories import BOOK, SECOND, SET, TRADE, ticks_of

from lockstep.data.ticks.execution import TickExecution
from lockstep.kernels.book.events import EventKind
from lockstep.kernels.book.tables import ASK, BID
from lockstep.strategies.avellaneda_stoikov import AvellanedaStoikov, fair_quotes, stationary_offsets
from lockstep.vector import backtest


def twin(s, q, variance_left, most, stationary, gamma, k):
    """The paper's formulas as they are printed: ra and rb of section 2, quotes by (29) and (30)."""
    if stationary:
        sigma = 1.7  # it cancels out, with omega as the paper chooses it
        omega = 0.5 * gamma**2 * sigma**2 * (most + 1) ** 2
        below = 2 * omega - gamma**2 * q**2 * sigma**2
        ra = s + math.log(1 + (1 - 2 * q) * gamma**2 * sigma**2 / below) / gamma
        rb = s + math.log(1 + (-1 - 2 * q) * gamma**2 * sigma**2 / below) / gamma
        return rb - math.log(1 + gamma / k) / gamma, ra + math.log(1 + gamma / k) / gamma
    r = s - q * gamma * variance_left
    spread = gamma * variance_left + 2 / gamma * math.log(1 + gamma / k)
    return r - spread / 2, r + spread / 2


def test_spreads_are_those_of_the_papers_tables() -> None:
    # Their average over the session: sigma 2, so sigma**2 (T - t) is 4 * 1/2 on average, k 1.5. Tables 1 and 2.
    for gamma, spread in ((0.1, 1.49), (0.01, 1.35)):
        bid, ask = fair_quotes(100.0, 0.0, 4.0 * 0.5, 10.0, False, gamma, 1.5)
        assert ask - bid == pytest.approx(spread, abs=0.005)


def test_the_reservation_price_falls_with_what_is_held() -> None:
    # One lot held at the start: 100 - 1 * 0.1 * 4 * 1 = 99.6, and the spread 0.4 + 20 ln(1 + 1/15) = 1.69077.
    bid, ask = fair_quotes(100.0, 1.0, 4.0, 10.0, False, 0.1, 1.5)
    assert (bid + ask) / 2 == pytest.approx(99.6)
    assert ask - bid == pytest.approx(1.69077, abs=1e-5)


@pytest.mark.parametrize("stationary", [False, True])
@pytest.mark.parametrize("held", [-4.0, -1.0, 0.0, 2.5, 4.0])
def test_quotes_are_the_printed_formulas(stationary: bool, held: float) -> None:
    found = fair_quotes(1000.0, held, 37.0, 5.0, stationary, 0.2, 0.7)
    assert found == pytest.approx(twin(1000.0, held, 37.0, 5.0, stationary, 0.2, 0.7))


def test_without_an_end_a_maker_at_its_limit_would_pay_nothing() -> None:
    # Room is 2**2 - 1**2 = 3: ln(1 - 3/3) for buying, ln(1 - 1/3) for selling.
    below, above = stationary_offsets(1.0, 0.1, 1.0)
    assert below == -math.inf
    assert above == pytest.approx(math.log(2 / 3) / 0.1)


def moving(seconds: int) -> list[tuple[float, EventKind, int, int, int]]:
    """A book of 100 and 102 that is a tick higher in every other second."""
    events: list[tuple[float, EventKind, int, int, int]] = list(BOOK)
    for second in range(2, seconds):
        up = second % 2 == 0
        events += [(second, SET, side, tick, 5 * up) for side, tick in ((BID, 101), (ASK, 103))]
        events += [(second, SET, side, tick, 5 * (not up)) for side, tick in ((BID, 100), (ASK, 102))]
    return events


def test_it_quotes_about_the_middle_once_it_knows_how_it_moves() -> None:
    maker = AvellanedaStoikov(risk=0.001, horizon_s=1000.0, half_life_s=1.0, interval_ms=1000, lots=3)
    orders = backtest(ticks_of(*moving(3)), maker, cash=1000.0).orders
    # One move of a tick in a second, 999 seconds left: the spread is 0.999 + 2000 ln(1 + 1/1500) = 2.3319, about 102.
    assert dict(zip(orders["side"], orders["price"], strict=True)) == {"buy": 100.0, "sell": 104.0}
    assert orders["quantity"].to_list() == [3.0, 3.0]
    assert orders["sent"].to_physical().to_list() == [2 * SECOND] * 2


def test_at_its_limit_it_bids_no_more_and_offers_lower() -> None:
    events = [*moving(3), (2.5, TRADE, BID, 98, 9), (5.0, TRADE, -1, 101, 1)]
    orders = backtest(ticks_of(*events), AvellanedaStoikov(half_life_s=1.0, interval_ms=1000, limit=1), cash=1.0).orders
    # About 102, with room 2**2 and a premium of 0.65: ln(1 - 1/4) / 0.1 = -2.88 below, so 98, ln(1 + 1/4) / 0.1 = 2.23
    # above, so 105. The bid is hit at 2.5; then ln(1 - 1/3) / 0.1 = -4.05 is above: at the best price that can wait.
    assert orders.filter(orders["side"] == "buy")["price"].to_list() == [98.0]
    assert orders.filter(orders["state"] == "filled").height == 1
    assert orders.filter(orders["side"] == "sell").sort("sent")["price"].to_list() == [105.0, 102.0]


def test_after_its_horizon_it_closes_and_quotes_no_more() -> None:
    events = [*BOOK, (3.5, TRADE, BID, 100, 50), *((float(t), TRADE, -1, 101, 1) for t in range(4, 12))]
    maker = AvellanedaStoikov(half_life_s=1.0, horizon_s=5.0, interval_ms=500, limit=1, decay=5.0, risk=0.5)
    result = backtest(ticks_of(*events), maker, cash=1000.0, ticks=TickExecution())
    # Nothing moves: quotes are 2 ln(1 + 0.5 / 5) = 0.19 from 101, so 100 and 102. The bid is hit at 3.5, behind 5 lots.
    # At 6.0 the offer is canceled, at the next look it is known to be gone.
    assert result.fills["side"].to_list() == ["buy", "sell"]
    assert result.fills["price"].to_list() == [100.0, 100.0]
    assert result.fills["time"].to_physical().to_list() == [7 * SECOND // 2, 13 * SECOND // 2]
    assert result.orders["sent"].to_physical().max() == 13 * SECOND // 2
