"""Agents at a venue: what happens when, by hand; and the same again with the same seeds."""

import numpy as np
import pytest

from lockstep import Instrument, Venue
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import VenueError
from lockstep.kernels.matching.codes import ReportKind
from lockstep.vector import Agent, Latency, run_agents
from lockstep.vector.ticks import agents as module
from lockstep.vector.ticks.resent import Resent

ACME = Instrument("ACME", tick=0.01, lot=1.0)


class Scripted(Agent):
    """Sends what it was told to at its times, and notes all that it hears."""

    def __init__(self, *script):
        self.script, self.heard, self.orders = list(script), [], []

    def on_start(self, desk):
        for time_ns, _ in self.script:
            desk.alarm(time_ns)

    def on_alarm(self, desk):
        send = self.script.pop(0)[1]
        self.orders.append(send(desk, self.orders))

    def on_quote(self, desk, quote):
        assert desk.quotes[quote.symbol] == quote
        self.heard.append((desk.now_ns, "quote", quote.bid and quote.bid.price, quote.ask and quote.ask.price))

    def on_trade(self, desk, trade):
        self.heard.append((desk.now_ns, "trade", trade.side, trade.price, trade.size))

    def on_report(self, desk, report):
        self.heard.append((desk.now_ns, report.kind, report.size, desk.position("ACME")))


def order(side, size, price=None, **terms):
    return lambda desk, _: desk.submit("ACME", side, size, price, **terms)


def test_all_travels_by_the_latency_of_each() -> None:
    maker = Scripted((10, order("sell", 5, 10.02)))
    taker = Scripted((20, order("buy", 3)))
    late = {"maker": Latency(submit=1, report=2, feed=3), "taker": Latency(submit=10, report=20, feed=5)}
    result = run_agents(Venue(ACME), {"maker": maker, "taker": taker}, until_ns=100, latency=late)
    # The offer is there at 11, the order to buy arrives at 30.
    assert maker.heard == [
        (13, "accepted", 5.0, 0.0), (14, "quote", None, 10.02),
        (32, "fill", 3.0, -3.0), (33, "trade", "buy", 10.02, 3.0), (33, "quote", None, 10.02),
    ]  # fmt: skip
    # Its feed is faster than its reports.
    assert taker.heard == [
        (16, "quote", None, 10.02), (35, "trade", "buy", 10.02, 3.0), (35, "quote", None, 10.02),
        (50, "accepted", 3.0, 0.0), (50, "fill", 3.0, 3.0),
    ]  # fmt: skip
    assert result.purses["maker"]["ACME"] == pytest.approx((-3.0, 30.06, 0.0))
    assert [(q.time_ns, q.ask and q.ask.size) for q in result.quotes] == [(11, 5.0), (30, 2.0)]
    assert [t[1:] for t in result.trades] == [("buy", 10.02, 3.0, 30)]


def test_who_is_faster_gets_the_trade_and_what_is_under_way_at_the_end_is_dropped() -> None:
    seller = Scripted((1, order("sell", 1, 10.0)), (90, order("sell", 1, 10.0)))
    first, second = (Scripted((5, order("buy", 1, 10.0, force="ioc"))) for _ in range(2))
    late = {"first": Latency(submit=9), "second": Latency(submit=8), "seller": Latency(submit=20)}
    agents = {"seller": seller, "first": first, "second": second}
    venue = Venue(ACME)
    run_agents(venue, agents, until_ns=20, latency=late)
    assert [position_of(venue, name) for name in agents] == [0.0, 0.0, 0.0]  # the offer came at 21
    agents = {
        "seller": Scripted((1, order("sell", 1, 10.0))), "first": Scripted((15, order("buy", 1, 10.0))),
        "second": Scripted((15, order("buy", 1, 10.0))),
    }  # fmt: skip
    venue = Venue(ACME)
    run_agents(venue, agents, until_ns=99, latency=late)
    assert [position_of(venue, name) for name in agents] == [-1.0, 0.0, 1.0]


def position_of(venue, owner):
    return venue.position(owner, "ACME")


def test_requests_about_orders_and_ends_in_time() -> None:
    agent = Scripted(
        (1, order("buy", 5, 9.9)), (2, lambda desk, orders: desk.replace(orders[0], 4, 9.8)),
        (3, lambda desk, orders: desk.cancel(orders[0])), (4, order("buy", 2, 9.7, force="gtd", expires=50)),
    )  # fmt: skip
    late = Latency(submit=10, replace=5, cancel=1)
    run_agents(Venue(ACME), {"a": agent}, until_ns=100, latency={"a": late})
    # Requests go one way and none overtakes another: the first arrives at 11, and so do the two after it.
    assert [row[:3] for row in agent.heard if row[1] != "quote"] == [
        (11, "accepted", 5.0), (11, "replaced", 4.0), (11, "canceled", 4.0), (14, "accepted", 2.0),
        (50, "expired", 2.0),
    ]  # fmt: skip


class Noise(Agent):
    """Orders by chance, a few ticks about the middle that it has heard of."""

    def __init__(self, seed):
        self.chance = np.random.default_rng(seed)

    def on_start(self, desk):
        desk.alarm(desk.now_ns + 1)

    def on_alarm(self, desk):
        seen = desk.quotes.get("ACME")
        middle = seen.bid.price if seen and seen.bid else 10.0
        side = "buy" if self.chance.random() < 0.5 else "sell"
        price = None if self.chance.random() < 0.2 else round(middle + 0.01 * int(self.chance.integers(-5, 6)), 2)
        desk.submit("ACME", side, int(self.chance.integers(1, 20)), price)
        desk.alarm(desk.now_ns + 1 + int(self.chance.exponential(1000)))


def noisy():
    venue = Venue(ACME)
    agents = {f"n{k}": Noise(k) for k in range(4)}
    late = {name: Latency(submit=500, report=300, feed=200, jitter=100, seed=k) for k, name in enumerate(agents)}
    return venue, run_agents(venue, agents, until_ns=300_000, latency=late, maker_fee=0.001, taker_fee=0.002)


def test_the_same_seeds_are_the_same_trading_and_what_one_pays_another_gets() -> None:
    (venue, one), (_, other) = noisy(), noisy()
    assert one.reports.tobytes() == other.reports.tobytes()
    assert one.quotes == other.quotes
    assert len(one.trades) > 100
    purses = [purse["ACME"] for purse in one.purses.values()]
    assert sum(purse.position for purse in purses) == 0.0
    assert sum(purse.cash + purse.fees for purse in purses) == pytest.approx(0.0, abs=1e-6)
    assert sum(purse.fees for purse in purses) == pytest.approx(0.003 * sum(t.price * t.size for t in one.trades))
    assert [purse.position for purse in purses] == [position_of(venue, name) for name in one.purses]
    book = venue.exchange.books[0]
    assert book.digest == book.recount()
    fills = one.reports[one.reports["kind"] == ReportKind.FILL]
    assert sum(trade.size for trade in one.trades) == fills["lots"].sum() / 2


def test_a_background_is_the_history_itself_where_no_agent_trades() -> None:
    flow = synthetic_flow(3_000, "L3", seed=4)
    start, end = flow.span
    venue = Venue(flow.instrument, time_ns=start)
    watcher = Scripted()
    run_agents(venue, {"w": watcher}, until_ns=end, background=flow)
    resent = Resent(flow)
    for block in flow.blocks():
        resent.book.replay(block)
    for side in (0, 1):
        np.testing.assert_array_equal(venue.exchange.books[0].depth(side), resent.book.depth(side))
    assert sum(row[1] == "trade" for row in watcher.heard) > 20
    with pytest.raises(VenueError, match=r"must be of an instrument that the venue lists \(ACME\), found SYNTHETIC"):
        run_agents(Venue(ACME), {}, until_ns=1, background=flow)


class Echo(Agent):
    """Answers each of its reports with an order, at once."""

    def on_start(self, desk):
        desk.submit("ACME", "buy", 1, 9.0)

    def on_report(self, desk, report):
        desk.submit("ACME", "buy", 1, 9.0)


def test_what_can_not_be_run_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_AT_ONCE", 50)
    with pytest.raises(VenueError, match="go on answering each other at 0 ns, 51 times so far: give them latency"):
        run_agents(Venue(ACME), {"e": Echo()}, until_ns=10)
    with pytest.raises(VenueError, match="found 'b'"):
        run_agents(Venue(ACME), {"a": Agent()}, until_ns=10, latency={"b": Latency()})
    with pytest.raises(VenueError, match="agents need names"):
        run_agents(Venue(ACME), {"": Agent()}, until_ns=10)
    recorded = Latency(recorded_requests=Latency.recorded([0], [5]))
    with pytest.raises(VenueError, match="recorded latencies belong to a history's times"):
        run_agents(Venue(ACME), {"a": Agent()}, until_ns=10, latency={"a": recorded})
