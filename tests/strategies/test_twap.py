"""Equal parts at equal times."""

import pytest
from tests.vector.ticks.histories import BOOK, SECOND, SET, TRADE, ticks_of

from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.kernels.book.events import EventKind, Phase
from lockstep.kernels.book.tables import ASK, BID
from lockstep.strategies.twap import Twap, even_share
from lockstep.vector import backtest

DEEP = ((1.0, SET, BID, 100, 50), (1.0, SET, ASK, 102, 50))
LATER = tuple((float(t), TRADE, -1, 101, 1) for t in range(2, 30))


def fills(events, late=None, **parameters):
    execution = TickExecution(late or Latency())
    found = backtest(ticks_of(*events), Twap(**parameters), cash=1e4, ticks=execution).fills
    times = [time_ns / SECOND for time_ns in found["time"].to_physical()]
    return list(zip(times, found["side"], found["price"], found["quantity"], strict=True))


@pytest.mark.parametrize(("number", "lots"), [(-1, 0), (0, 0), (1, 3), (2, 6), (3, 10), (4, 10)])
def test_ten_lots_in_three_slices(number: int, lots: int) -> None:
    assert even_share(10, number, 3) == lots


def test_each_slice_is_sent_on_time_and_all_is_done() -> None:
    found = fills((*DEEP, *LATER), lots=10, duration_s=12.0, slices=4)
    # 10, 20, 30 and 40 quarters are 2, 5, 7 and 10 whole lots.
    assert [(time, lots) for time, *_, lots in found] == [(1.0, 2.0), (4.0, 3.0), (7.0, 2.0), (10.0, 3.0)]
    assert {(side, price) for _, side, price, _ in found} == {("buy", 102.0)}


def test_it_sells_after_a_delay() -> None:
    found = fills((*DEEP, *LATER), lots=4, duration_s=6.0, slices=2, delay_s=2.5, buy=False)
    assert found == [(3.5, "sell", 100.0, 2.0), (6.5, "sell", 100.0, 2.0)]


def test_what_the_book_did_not_give_is_taken_later() -> None:
    offers = ((1.0, SET, ASK, 102, 1), (3.05, SET, ASK, 103, 3), (9.05, SET, ASK, 104, 3), (14.05, SET, ASK, 105, 3))
    found = fills(sorted((DEEP[0], *offers, *LATER), key=lambda event: event[0]), lots=8, duration_s=8.0, slices=2)
    # Four are due at 1.0 and four at 5.0; what is not there is tried again every tenth of a second.
    assert [(price, lots) for *_, price, lots in found] == [(102.0, 1.0), (103.0, 3.0), (104.0, 3.0), (105.0, 1.0)]
    assert [time for time, *_ in found] == [1.0, 3.1, 9.1, 14.1]


def test_no_lot_is_bought_twice_while_messages_travel() -> None:
    late = Latency(submit=700_000_000, report=900_000_000)
    for passive in (False, True):
        found = fills((*DEEP, *LATER), late, lots=9, duration_s=9.0, slices=9, passive=passive)
        assert sum(quantity for *_, quantity in found) == 9.0


def test_a_passive_slice_waits_and_is_taken_at_its_end() -> None:
    hit = (2.5, TRADE, BID, 100, 6)
    events = sorted((*BOOK, hit, *LATER), key=lambda event: event[0])
    found = fills(events, lots=6, duration_s=6.0, slices=2, passive=True)
    # Five lots are ahead of the first three: the trade leaves one of them. The other two are taken at the end of the
    # slice, at 4.0; the next three wait until 7.0.
    assert found == [(2.5, "buy", 100.0, 1.0), (4.0, "buy", 102.0, 2.0), (7.0, "buy", 102.0, 3.0)]


def test_a_halt_is_waited_out() -> None:
    halt = ((0.5, EventKind.PHASE, -1, 0, Phase.HALT), (5.05, EventKind.PHASE, -1, 0, Phase.CONTINUOUS))
    events = sorted((*DEEP, *halt, *LATER), key=lambda event: event[0])
    result = backtest(ticks_of(*events), Twap(lots=4, duration_s=4.0, slices=1), cash=1e4)
    assert result.orders.height == 1
    assert 5.05 <= result.fills["time"].to_physical()[0] / SECOND <= 5.15
