"""The market that is generated: the flow's own book where nobody disturbs it, and never more where somebody does."""

import numpy as np
import pytest
from tests.live.exchange.floor import START_NS, Floor, kinds

from lockstep.data.ticks.flow import flow_blocks
from lockstep.errors import ExchangeError
from lockstep.kernels.book.frame import Book
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.flow import SeededFlow

SECOND = 1000.0


def flows_book(seed: int, until_ns: int) -> Book:
    """The flow's book as its events alone make it."""
    book = Book(100_000 - 4096, window=8192, slots=4096, entries=8192)
    first_ns = -1
    for block in flow_blocks("L3", seed=seed, size=4096):
        first_ns = int(block.time_ns[0]) if first_ns < 0 else first_ns
        stop = int(np.searchsorted(block.time_ns - first_ns, until_ns, side="right"))
        for k in range(stop):
            columns = (block.kind, block.side, block.tick, block.lots, block.id)
            book.apply(*(int(column[k]) for column in columns))
        if stop < len(block.kind):
            return book
    raise AssertionError("a flow has no end")


def test_undisturbed_the_exchanges_book_is_the_flows() -> None:
    floor = Floor(flow=3)
    floor.wait(2 * SECOND)
    floor.act(floor.gate.advance(floor.now))
    theirs, ours = flows_book(3, int(2 * SECOND * 1e6)), floor.venue.trading.matching.exchange.books[0]
    for side in (0, 1):
        assert ours.depth(side).tolist() == theirs.depth(side).tolist()
    assert len(ours.depth(0)) > 50


def test_a_client_trades_with_the_flow_and_the_flow_with_the_client() -> None:
    floor = Floor(flow=3)
    floor.wait(100)
    ann = floor.join("ann")
    heard = ann.say(m.New(client_id="a1", symbol="ACME", side="buy", quantity="50", type="market", force="ioc"))
    assert kinds(heard)[:2] == ["Accepted", "Fill"]
    best = floor.venue.trading.matching.exchange.books[0].best(0)
    assert best is not None
    ann.sell("a2", 20, f"{(best[0] + 1) / 100:.2f}")
    floor.wait(3 * SECOND)
    fills = [fill for fill in ann.ask_fills() if fill.client_id == "a2"]
    assert sum(int(fill.quantity) for fill in fills) == 20
    assert {fill.liquidity for fill in fills} == {"maker"}


def test_the_flows_orders_here_are_never_larger_than_the_flow_has_them() -> None:
    floor = Floor(flow=5)
    ann = floor.join("ann")
    for k in range(60):
        floor.wait(50)
        book = floor.venue.trading.matching.exchange.books[0]
        best = book.best(k % 2)
        assert best is not None
        price = f"{(best[0] + (3, -3)[k % 2]) / 100:.2f}"
        ann.buy(f"a{k}", 30, price) if k % 2 == 0 else ann.sell(f"a{k}", 30, price)
        (flow,) = floor.gate._flow._flows  # type: ignore[union-attr]
        resting = {
            int(row["id"]): int(row["lots"])
            for one in (0, 1)
            for row in floor.venue.trading.matching.exchange.queue(0, one)
            if row["owner"] == 0
        }
        assert resting == flow._here
        assert all(lots <= flow._wanted[number] for number, lots in resting.items())
    assert float(ann.ask_positions()["ACME"]) != 0.0 or ann.ask_fills()


def test_a_flow_that_is_behind_comes_in_parts() -> None:
    floor = Floor()
    trading = floor.venue.trading
    flow = SeededFlow(trading, seed=1, start_ns=START_NS, speed=1000.0)
    flow.advance(START_NS + 10**9)
    reports = trading.matching.sequence
    assert 0 < reports < 1000
    assert flow.next_ns() < START_NS + 10**9
    flow.advance(START_NS + 10**9)
    assert reports < trading.matching.sequence < 2000


def test_one_seed_is_one_market_and_speed_is_speed() -> None:
    def state(seed: int, speed: float, seconds: float) -> list[object]:
        floor = Floor("ACME:0.01:1,COIN:0.5:0.001")
        trading = floor.venue.trading
        flow = SeededFlow(trading, seed=seed, start_ns=START_NS, speed=speed)
        end = START_NS + round(seconds * 1e9)
        while flow.next_ns() <= end:
            flow.advance(end)
        flow.advance(end)
        return [book.depth(0, 5).tolist() for book in trading.matching.exchange.books]

    assert state(1, 1.0, 1.0) == state(1, 1.0, 1.0) != state(2, 1.0, 1.0)
    assert state(1, 10.0, 0.1) == state(1, 1.0, 1.0)
    first, second = state(1, 1.0, 1.0)
    assert first != second
    with pytest.raises(ExchangeError):
        state(1, 0.0, 1.0)
