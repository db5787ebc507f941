"""A share of what others trade."""

from tests.vector.ticks.histories import SECOND, SET, TRADE, ticks_of

from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.kernels.book.tables import ASK, BID
from lockstep.strategies.participation import Participation, followed
from lockstep.vector import backtest

EVENTS = (
    (1.0, SET, BID, 100, 90), (1.0, SET, ASK, 102, 90), (1.5, TRADE, BID, 100, 25), (2.5, TRADE, ASK, 102, 10),
    (2.75, TRADE, -1, 101, 8), (5.5, TRADE, ASK, 102, 400), (9.0, TRADE, -1, 101, 1),
)  # fmt: skip


def fills(late=None, **parameters):
    execution = TickExecution(late or Latency())
    found = backtest(ticks_of(*EVENTS), Participation(**parameters), cash=1e4, ticks=execution).fills
    times = [time_ns / SECOND for time_ns in found["time"].to_physical()]
    return list(zip(times, found["side"], found["quantity"], strict=True))


def test_the_share_is_never_exceeded() -> None:
    assert [followed(100, 0.1, volume) for volume in (0, 9, 10, 99, 5000)] == [0, 0, 1, 9, 100]


def test_it_follows_the_volume_up_to_its_quantity() -> None:
    # A fifth of 25, of 43 and of 443, but 20 at most.
    assert fills(lots=20, share=0.2) == [(2.0, "buy", 5.0), (3.0, "buy", 3.0), (6.0, "buy", 12.0)]
    assert fills(lots=20, share=0.2, buy=False, interval_ms=2500) == [(3.5, "sell", 8.0), (6.0, "sell", 12.0)]


def test_volume_counts_once_it_was_heard() -> None:
    late = Latency(feed=SECOND)
    assert fills(late, lots=20, share=0.2) == [(3.0, "buy", 5.0), (4.0, "buy", 3.0), (7.0, "buy", 12.0)]


def test_passive_lots_wait_an_interval_and_are_taken() -> None:
    # Ninety lots are ahead at 100 and nothing reaches them.
    assert fills(lots=20, share=0.2, passive=True) == [(3.0, "buy", 5.0), (4.0, "buy", 3.0), (7.0, "buy", 12.0)]
