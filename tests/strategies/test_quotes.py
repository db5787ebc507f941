"""One order per side: canceled, heard of, then sent anew."""

from tests.vector.ticks.histories import BOOK, SET, TRADE, ticks_of

from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.kernels.book.tables import BID
from lockstep.strategies.simple_market_maker import SimpleMarketMaker
from lockstep.vector import backtest

MOVES = (*BOOK, (2.0, SET, BID, 101, 5), (4.0, TRADE, -1, 101, 1))


def bids(late: Latency) -> list[tuple[float, float, float]]:
    """Return (sent, ended, price) of buys in seconds and ticks."""
    result = backtest(ticks_of(*MOVES), SimpleMarketMaker(), cash=1e4, ticks=TickExecution(late))
    rows = result.orders.filter(result.orders["side"] == "buy").sort("id")
    times = [[time_ns / 1e9 for time_ns in rows[name].to_physical()] for name in ("sent", "ended")]
    return list(zip(*times, rows["price"], strict=True))


def test_a_new_quote_waits_until_the_old_one_is_known_to_be_gone() -> None:
    # The best bid rises at 2.0. Asked at 2.0, canceled at 2.3, known at 2.6; the next look is at that moment.
    first, second = bids(Latency(submit=300_000_000, report=300_000_000))
    assert first == (1.0, 2.3, 100.0)
    assert (second[0], second[2]) == (2.6, 101.0)


def test_without_latency_it_takes_one_look_more() -> None:
    first, second = bids(Latency())
    assert first == (1.0, 2.0, 100.0)
    assert (second[0], second[2]) == (2.1, 101.0)
