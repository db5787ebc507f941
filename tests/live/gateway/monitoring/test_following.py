"""Figures that come out of real journals and rings: order latencies, refusals, how late market data is."""

from typing import Any

import numpy as np
import pytest
from tests.live.gateway.monitoring.sessions import FakeSession

from lockstep.data.recordings.files import RING
from lockstep.data.recordings.tape_layout import TAPE, Input
from lockstep.live.gateway.monitoring.following import Following
from lockstep.live.gateway.monitoring.market import MarketFigures
from lockstep.live.gateway.monitoring.orders import WAITING, Orders
from lockstep.live.gateway.monitoring.symbols import Symbols
from lockstep.live.ring.layout import RingDescription, SymbolFacts
from lockstep.live.ring.writer import RingWriter
from lockstep.live.storage.storage import Storage

FACTS = tuple(SymbolFacts(symbol, 0.01, 1.0, "USD") for symbol in ("AAPL", "MSFT"))
MS = 1_000_000


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Desk:
    """A session's files, written as its host does, and who follows them."""

    def __init__(self, folder):
        self.session, self.folder = FakeSession(folder), folder
        self.storage = Storage(folder)
        self.ring = RingWriter(folder / RING, RingDescription("desk", FACTS, "feed", False))
        self.heard: list[Any] = []
        symbols = Symbols(("AAPL",))
        self.following = Following(
            lambda: [self.session], MarketFigures(symbols), lambda session, rows: self.heard.append((session.id, rows))
        )

    def put(self, kind, **content):
        self.storage.journal.put(kind, content, time_ns=1, strategy="maker:AAPL", symbol="AAPL")

    def commit(self):
        self.storage.journal.close()
        self.storage.close()
        self.storage = Storage(self.folder)

    async def end(self):
        await self.following.stop()
        self.ring.close()
        self.storage.close()


@pytest.fixture
async def desk(tmp_path):
    desk = Desk(tmp_path / "desk")
    yield desk
    await desk.end()


def market(symbol, late_ns, kind=Input.MARKET):
    made = np.zeros(len(late_ns), TAPE)
    made["input"], made["symbol"], made["time_ns"] = kind, symbol, 10**18
    made["received_ns"] = made["time_ns"] + np.array(late_ns)
    return made


@pytest.mark.anyio
async def test_what_came_before_is_not_counted_and_what_comes_is_once(desk):
    desk.put("kill", why="yesterday")
    desk.commit()
    await desk.following.look()
    desk.put("intent", action="submit", order=1, sent_ns=5)
    desk.put("intent", action="submit", order=2, sent_ns=5 * MS)
    desk.put("fill", order=2, time_ns=5 * MS + 700_000)
    desk.put("fill", order=2, time_ns=5 * MS + 999_000_000)
    desk.put("order", order=2, sent_ns=5 * MS, arrived_ns=5 * MS + 80_000)
    desk.put("order", order=1, sent_ns=5, arrived_ns=0)  # refused by the venue: it never had it
    desk.put("risk", action="submit", code=401, order=3)
    desk.put("risk", action="submit", code=401, order=4)
    desk.put("risk", action="submit", code=9999, order=5)  # of code to come
    desk.commit()
    for _ in range(2):
        await desk.following.look()
    found = desk.following.orders
    # 80 us to the venue; 0.7 ms to the first fill, and the second is not the first.
    assert {at: count for at, count in enumerate(found.acknowledged["desk",].all.counts) if count} == {1: 1}
    assert {at: count for at, count in enumerate(found.filled["desk",].all.counts) if count} == {4: 1}
    assert found.filled["desk",].all.seconds == pytest.approx(0.0007)
    assert found.refused == {("desk", "RISK_MAX_ORDER_SIZE"): 2, ("desk", "RISK_9999"): 1}
    assert [(name, len(rows)) for name, rows in desk.heard] == [("desk", 0), ("desk", 9), ("desk", 0)]


@pytest.mark.anyio
async def test_latency_is_counted_by_symbol_and_other_symbols_together(desk):
    desk.ring.extend(market(0, [1, 2, 3]), 1)
    await desk.following.look()
    desk.ring.extend(market(0, [40_000, 60_000, 2 * MS]), 1)
    desk.ring.extend(market(1, [300 * MS]), 1)
    desk.ring.extend(market(1, [0], Input.GAP), 1)
    # Clocks that have nothing to do with one another: a history, a generated market, one that is behind.
    desk.ring.extend(market(0, [70_000 * MS, -5]), 1)
    await desk.following.look()
    await desk.following.look()
    found = desk.following.market
    assert {at: count for at, count in enumerate(found.latency["desk", "AAPL"].counts) if count} == {0: 1, 1: 1, 5: 1}
    assert found.latency["desk", "AAPL"].seconds == pytest.approx(0.0021)
    assert found.latency["desk", "other"].measured == 1
    assert (found.events["desk", "AAPL"], found.gaps["desk", "other"]) == (5, 1)


@pytest.mark.anyio
async def test_of_a_generated_market_latency_counts_from_when_an_event_was_due(desk):
    began, first = 10**18, 16 * 10**17
    await desk.following.look()
    made = market(0, [0] * 4)
    made["time_ns"] = first + np.array([0, 1000, 2000, 3000]) * MS  # a second apart; due ten seconds apart
    made["received_ns"] = began + np.array([-5_000, 10_000 * MS + 60_000, 20_000 * MS + 2 * MS, 29_000 * MS])
    desk.ring.due(first, began, 0.1)
    desk.ring.extend(made, 1)
    await desk.following.look()
    found = desk.following.market.latency["desk", "AAPL"]
    # At once, 60 us late, 2 ms late; one that came a second before it was due says nothing.
    assert {at: count for at, count in enumerate(found.counts) if count} == {0: 1, 1: 1, 5: 1}
    assert found.seconds == pytest.approx(0.00206)


@pytest.mark.anyio
async def test_a_session_that_comes_back_in_another_process_is_followed_on(desk):
    await desk.following.look()
    desk.put("kill", why="now")
    desk.commit()
    desk.ring.close()
    await desk.following.look()
    desk.ring = RingWriter(desk.folder / RING, RingDescription("desk", FACTS, "feed", False))
    await desk.following.look()
    desk.ring.extend(market(0, [40_000]), 1)
    desk.put("release", why="again")
    desk.commit()
    await desk.following.look()
    assert [row.kind for _, rows in desk.heard for row in rows] == ["kill", "release"]
    assert desk.following.market.latency["desk", "AAPL"].measured == 1
    assert list(desk.following.processes) == ["desk"]


@pytest.mark.anyio
async def test_a_folder_without_files_is_no_trouble(tmp_path):
    session, heard = FakeSession(tmp_path / "new", state="starting"), []
    following = Following(
        lambda: [session], MarketFigures(Symbols()), lambda session, rows: heard.append((session.id, rows))
    )
    await following.look()
    assert heard == [("new", [])]
    await following.stop()


def test_orders_that_never_trade_are_forgotten_at_last():
    orders = Orders()
    for number in range(WAITING + 10):
        orders._hear("desk", "intent", "maker", {"action": "submit", "order": number, "sent_ns": 0})
    orders._hear("desk", "fill", "maker", {"order": 5, "time_ns": MS})
    assert orders.filled["desk",].all.measured == 0
    orders._hear("desk", "fill", "maker", {"order": 15, "time_ns": MS})
    assert orders.filled["desk",].all.measured == 1


def test_symbols_that_have_figures_of_their_own_are_bounded():
    seen = Symbols(most=2)
    assert [seen.label(each) for each in ("A", "B", "C", "A", "D")] == ["A", "B", "other", "A", "other"]
    named = Symbols(("C",))
    assert [named.label(each) for each in ("A", "C")] == ["other", "C"]
