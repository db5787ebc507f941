"""What was asked and when, by hand: order kernels and event strategies write down the same."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from tests.vector.ticks.histories import BOOK, SECOND, SET, TRADE, ticks_of

from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.kernels.book.tables import BID
from lockstep.kernels.ticks.desk import cancel, now, replace, submit_limit, wake_at
from lockstep.kernels.ticks.tables import Action
from lockstep.strategies import BaseStrategy, Cancel, Order, OrderKernel, Quote, Replace
from lockstep.vector import backtest
from lockstep.vector.ticks import drive

LATE = Latency(submit=SECOND // 10, replace=3 * SECOND // 10, cancel=2 * SECOND // 10, report=SECOND // 2)
# The bid changes every second, which is when the event strategy is told of it.
TICKS = ticks_of(*BOOK, *((second, SET, 0, 100, int(second)) for second in (2.0, 3.0, 4.0)), (9.0, TRADE, 0, 98, 1))
SENT = [
    (1, Action.SUBMIT, 1.0, 1.1, 99, 3), (1, Action.REPLACE, 2.0, 2.3, 98, 2), (1, Action.CANCEL, 3.0, 3.2),
    (2, Action.SUBMIT, 4.0, 4.1, 97, 1),
]  # fmt: skip


class Turn(NamedTuple):
    done: int
    row: int


class ByTimer(OrderKernel):
    """Sends an order at second 1, replaces it at 2, cancels it at 3 and sends another at 4."""

    on_feed = False

    @staticmethod
    def init(params: Any) -> Turn:
        return Turn(0, -1)

    @staticmethod
    def act(state: Turn, desk: Any, params: Any) -> Turn:
        wake_at(desk, now(desk) + 1_000_000_000)
        row = state.row
        if state.done == 0:
            row = submit_limit(desk, BID, 99, 3)
        elif state.done == 1:
            replace(desk, row, 98, 2)
        elif state.done == 2:
            cancel(desk, row)
        elif state.done == 3:
            submit_limit(desk, BID, 97, 1)
        return Turn(state.done + 1, row)


class ByQuote(BaseStrategy):
    """The same, told of quotes."""

    async def on_start(self) -> None:
        self.done = 0

    async def on_quote(self, quote: Quote) -> None:
        symbol, step = quote.symbol, self.done
        if not (quote.bid_size and quote.ask_size):
            return
        self.done += 1
        if step == 0:
            self.tag = await self.submit_order(Order(symbol=symbol, quantity=3.0, type="limit", limit=99.0))
        elif step == 1:
            self.desk.request(Replace(symbol=symbol, tag=self.tag, quantity=2.0, limit=98.0))
        elif step == 2:
            self.desk.request(Cancel(symbol=symbol, tag=self.tag))
        elif step == 3:
            await self.submit_order(Order(symbol=symbol, quantity=1.0, type="limit", limit=97.0))


def told(requests: np.ndarray[Any, Any]) -> list[tuple[Any, ...]]:
    times = requests["sent_ns"] / SECOND, requests["arrived_ns"] / SECOND
    rows = zip(requests["order"], requests["kind"], *times, requests["tick"], requests["lots"], strict=True)
    return [row[:4] if row[1] == Action.CANCEL else row for row in rows]


@pytest.mark.parametrize("strategy", [ByTimer(), ByQuote()])
def test_requests_with_their_times(strategy: OrderKernel | BaseStrategy) -> None:
    result = backtest(TICKS, strategy, cash=1e3, ticks=TickExecution(LATE, keep_requests=True))
    assert told(result.records["requests"]) == SENT


@pytest.mark.parametrize("strategy", [ByTimer(), ByQuote()])
def test_writing_them_down_changes_nothing(strategy: OrderKernel | BaseStrategy) -> None:
    kept = backtest(TICKS, strategy, cash=1e3, ticks=TickExecution(LATE, keep_requests=True))
    plain = backtest(TICKS, strategy, cash=1e3, ticks=TickExecution(LATE))
    assert "requests" not in plain.records
    for name, records in plain.records.items():
        np.testing.assert_array_equal(records, kept.records[name])
    assert plain.execution.to_dict() == kept.execution.to_dict()


def test_without_latency_and_beside_a_late_feed() -> None:
    plain = backtest(TICKS, ByQuote(), cash=1e3, ticks=TickExecution(keep_requests=True)).records["requests"]
    assert (plain["arrived_ns"] == plain["sent_ns"]).all()
    assert len(plain) == 4
    feed = Latency(feed=SECOND // 4, report=SECOND // 2)
    late = backtest(TICKS, ByQuote(), cash=1e3, ticks=TickExecution(feed, keep_requests=True)).records["requests"]
    assert (late["sent_ns"] / SECOND).tolist() == [1.25, 2.25, 3.25, 4.25]
    assert (late["arrived_ns"] == late["sent_ns"]).all()


def test_who_asks_for_nothing_has_no_requests() -> None:
    one_sided = ticks_of((1.0, SET, 0, 100, 5), (2.0, SET, 0, 100, 6))
    result = backtest(one_sided, ByQuote(), cash=1e3, ticks=TickExecution(keep_requests=True))
    assert len(result.records["requests"]) == 0


class Crowd(BaseStrategy):
    """Sends 300 orders at once."""

    async def on_start(self) -> None:
        for _ in range(300):
            await self.submit_order(Order(symbol="TEST", quantity=1.0, type="limit", limit=90.0))

    async def on_quote(self, quote: Quote) -> None:
        pass


def test_more_requests_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drive, "REQUESTS", 16)
    result = backtest(TICKS, Crowd(), cash=1e6, ticks=TickExecution(keep_requests=True))
    assert result.requests["order"].to_list() == list(range(1, 301))
