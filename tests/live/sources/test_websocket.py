"""The shell around a feed: when it connects, waits and gives up, under a virtual clock; and on a real socket."""

import asyncio
import itertools
import random
import time
from contextlib import aclosing

import pytest
from tests.live.sources.gateway import Gateway, cut, forever, mute, saying
from tests.live.sources.histories import ACME
from tests.live.sources.virtual import START_NS, now_ns, run

from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_layout import Input
from lockstep.kernels.book.events import EventKind
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.sources import news
from lockstep.live.sources.address import VARIABLE
from lockstep.live.sources.backoff import BackoffRules
from lockstep.live.sources.connected import OPEN_S
from lockstep.live.sources.findings import Fault
from lockstep.live.sources.inbox import Inbox
from lockstep.live.sources.listener import FeedRules
from lockstep.live.sources.websocket import WebSocketFeed

QUOTE, TRADE, SET, CLEAR = EventKind.QUOTE, EventKind.TRADE, EventKind.SET, EventKind.CLEAR
GAP = "gap"
PICTURE = [(CLEAR, 1000), (SET, 1000), (SET, 1002)]


class Full(random.Random):
    """Always draws the bound."""

    def random(self):
        return 1.0


def feed_of(gateway, level="L2", **how):
    how.setdefault("chance", Full())
    return WebSocketFeed({"ACME": ACME}, levels={"ACME": level}, open=gateway.open, now_ns=now_ns, **how)


def shown(batch):
    return [(GAP, int(r["lots"])) if r["input"] == Input.GAP else (int(r["kind"]), int(r["tick"])) for r in batch]


async def taken(feed, seconds, busy_s=0.0):
    """What comes in so many seconds: (seconds, record) each."""
    clock = asyncio.get_running_loop().time
    found: list[tuple[float, tuple[object, int]]] = []
    until = clock() + seconds
    async with aclosing(feed.batches()) as batches:
        try:
            async with asyncio.timeout_at(until):
                async for batch in batches:
                    found += [(clock(), row) for row in shown(batch)]
                    await asyncio.sleep(busy_s)
        except TimeoutError:
            pass
    return found


def kinds(feed):
    return [item.kind for item in feed.client.news(1e9)]


def test_what_a_gateway_says_comes_at_once_and_has_the_moment_at_which_it_came():
    gateway = Gateway(saying(lambda s: s.trade("ACME", 10), lambda s: s.trade("ACME", 11), every_s=2.0))

    async def test():
        feed = feed_of(gateway)
        found: list[tuple[tuple[object, int], float]] = []
        async with aclosing(feed.batches()) as batches:
            async for batch in batches:
                moments = ((batch["received_ns"] - START_NS) / 1e9).tolist()
                found += zip(shown(batch), moments, strict=True)
                if len(found) == 5:
                    break
        return found

    assert run(test) == [(row, 0.0) for row in PICTURE] + [((TRADE, 1000), 2.0), ((TRADE, 1100), 4.0)]
    assert gateway.requests[0]["dataTypes"] == ["book", "trade", "phase"]


def test_a_gateway_that_is_away_is_tried_less_and_less_often():
    gateway = Gateway(*[OSError("refused")] * 8, saying())

    async def test():
        feed = feed_of(gateway)
        return await taken(feed, 200.0), feed

    found, feed = run(test)
    # Waits of 0.5, 1, 2, 4, 8, 16, 30 and 30 s.
    assert gateway.opened_at == pytest.approx([0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 61.5, 91.5])
    assert [row for _, row in found] == PICTURE
    told = feed.client.news(1e9)
    assert [item.kind for item in told[:9]] == [news.DISCONNECTED] * 8 + [news.CONNECTED]
    assert told[0].content == {"why": "no connection: refused", "again_in_s": 0.5}


def test_no_gateway_makes_a_storm():
    # It lets everybody in and cuts at once: a client that waits 10 ms would come 360,000 times in an hour.
    gateway = Gateway(cut)
    run(lambda: taken(feed_of(gateway, chance=random.Random(5)), 3600.0))
    # Waits of 0.1 to 30 s, 15 s on average: 240 attempts, and some at the beginning.
    assert 200 < len(gateway.opened_at) < 300
    waits = [b - a for a, b in itertools.pairwise(gateway.opened_at)]
    assert min(waits) >= 0.1
    assert max(waits) <= 30.1


def test_a_socket_that_has_gone_silent_is_left_for_another():
    gateway = Gateway(mute, saying(lambda s: s.trade("ACME", 10)))

    async def test():
        feed = feed_of(gateway)
        return await taken(feed, 30.0), feed

    found, feed = run(test)
    # Five seconds without a heartbeat, looked for every 0.1 s, then a wait of 0.5 s.
    assert gateway.opened_at == pytest.approx([0.0, 5.5], abs=0.11)
    assert [row for _, row in found] == [*PICTURE, (CLEAR, 0), (GAP, -1), *PICTURE, (TRADE, 1000)]
    assert kinds(feed)[:4] == [news.CONNECTED, news.DISCONNECTED, news.CONNECTED, news.STALE]


def test_a_feed_that_is_mute_but_alive_is_stale_and_stays_connected():
    gateway = Gateway(saying())

    async def test():
        feed = feed_of(gateway)
        await taken(feed, 600.0)
        return kinds(feed)

    assert run(test) == [news.CONNECTED, news.STALE]
    assert len(gateway.opened_at) == 1


def test_a_handshake_that_nobody_answers_is_given_up():
    gateway = Gateway(None, saying())
    run(lambda: taken(feed_of(gateway), 30.0))
    assert gateway.opened_at == pytest.approx([0.0, OPEN_S + 0.5])


def test_a_cut_in_the_middle_and_back_again():
    gateway = Gateway(saying(lambda s: s.trade("ACME", 10), then=cut), saying(lambda s: s.trade("ACME", 11)))
    found = run(lambda: taken(feed_of(gateway), 5.0))
    assert [row for _, row in found] == [
        *PICTURE, (TRADE, 1000), (CLEAR, 0), (GAP, -1), *PICTURE, (TRADE, 1100),
    ]  # fmt: skip


def test_a_message_that_is_too_long_ends_the_connection_and_is_a_finding():
    async def too_long(_gateway, end):
        await end.close(1009)

    gateway = Gateway(saying(then=too_long), saying())

    async def test():
        feed = feed_of(gateway)
        await taken(feed, 5.0)
        return feed.client.findings.counts

    assert run(test) == {Fault.TOO_LONG: 1}
    assert len(gateway.opened_at) == 2


def flood(count, *, trade_every=0):
    async def play(gateway, end):
        async with gateway.hosting(end):
            for k in range(count):
                await gateway.say(end, lambda s, k=k: s.quote("ACME", 10, f"10.{10 + k % 80}"))
                if trade_every and k % trade_every == 0:
                    await gateway.say(end, lambda s: s.trade("ACME", 10))
                await asyncio.sleep(0.001)
            await forever()

    return play


def test_a_slow_session_gets_larger_batches_the_latest_quotes_and_every_trade():
    gateway = Gateway(flood(5000, trade_every=50))

    async def test():
        feed = feed_of(gateway, "L1")
        found = await taken(feed, 10.0, busy_s=0.7)
        return found, feed

    found, feed = run(test)
    moments = sorted({at for at, _ in found})
    assert len(moments) < 12
    assert [row[0] for _, row in found].count(TRADE) == 100
    assert found[-1][1] == (QUOTE, 1010 + 4999 % 80)
    assert feed.client.inbox.conflated > 1000
    assert len(gateway.opened_at) == 1


def test_a_session_that_is_far_too_slow_begins_anew_with_a_gap_on_record():
    async def trades(gateway, end):
        async with gateway.hosting(end):
            for _ in range(200):
                await gateway.say(end, lambda s: [s.trade("ACME", 10) for _ in range(50)])
                await asyncio.sleep(0.01)
            await forever()

    gateway = Gateway(trades, saying(lambda s: s.trade("ACME", 11)))

    async def test():
        feed = feed_of(gateway)
        feed.client.inbox = Inbox(room=3000)
        return await taken(feed, 30.0, busy_s=1.0), feed

    found, feed = run(test)
    rows = [row for _, row in found]
    assert rows[-6:] == [(CLEAR, 0), (GAP, -1), *PICTURE, (TRADE, 1100)]
    # Up to there every one came: no trade is missing in between.
    assert (GAP, -1) not in rows[:-6]
    assert any("the session lags" in str(item.content.get("why")) for item in feed.client.news(1e9))


def test_nothing_is_left_running_when_nobody_listens_any_more():
    gateway = Gateway(saying())

    async def test():
        await taken(feed_of(gateway), 3.0)
        for _ in range(5):
            await asyncio.sleep(0.1)
        return {getattr(task.get_coro(), "__name__", "") for task in asyncio.all_tasks()}

    assert run(test) == {"test"}


def test_the_address_is_that_of_the_environment_where_none_is_given(monkeypatch):
    monkeypatch.setenv(VARIABLE, "https://feed.example")
    assert WebSocketFeed({"ACME": ACME}).url == "wss://feed.example/ws"
    assert WebSocketFeed({"ACME": ACME}, "ws://other.example/s?key=1").name == "ws://other.example/s"
    monkeypatch.delenv(VARIABLE)
    assert WebSocketFeed({"ACME": ACME}).url == "ws://localhost:3001/ws"


# --- on a socket ------------------------------------------------------------------------------------------------------


def test_a_session_over_a_real_socket_with_a_cut_and_a_gap(tmp_path):
    def lost(speaker):
        speaker.number("trade", "ACME")
        return speaker.trade("ACME", 11)

    async def refuses_then_leaves(_gateway, end):
        await end.recv()
        await end.close(1013, "too slow")

    gateway = Gateway(
        saying(lambda s: s.trade("ACME", 10), lost, lambda _: "nonsense", then=cut), refuses_then_leaves,
        saying(lambda s: s.trade("ACME", 12)), clock=time.time_ns,
    )  # fmt: skip
    rules = FeedRules(backoff=BackoffRules(floor_s=0.01, base_s=0.01, cap_s=0.01))
    folder = tmp_path / "one"

    async def test():
        async with asyncio.timeout(20), gateway.listening() as address:
            feed = WebSocketFeed({"ACME": ACME}, address, rules=rules)
            terms = session_terms("paper", feed, (), now_ns=1, id="one")

            def seen(core):
                if core.market_taken == 10:
                    host.stop()

            host = Host(folder, terms, feed, seen=seen)
            await host.run()
            return feed

    feed = asyncio.run(test())
    with Recording(folder) as recording:
        tape = recording.tape.copy()
        told = [(row.kind, row.symbol) for row in recording.rows() if row.kind.startswith("feed_")]
    rows = shown(tape[tape["input"] != Input.TIME])
    assert rows[:6] == [*PICTURE, (TRADE, 1000), (GAP, 1), (TRADE, 1100)]
    assert rows[6:] == [(CLEAR, 0), (GAP, -1), *PICTURE, (TRADE, 1200)]
    assert (tape["received_ns"][1:] > tape["received_ns"][:-1]).all()
    assert feed.client.findings.counts == {Fault.MALFORMED: 1}
    assert told.count((news.CONNECTED, "")) == 3
    assert told.count((news.DISCONNECTED, "")) == 2
    assert {(news.GAP, "ACME"), (news.FINDING, "")} <= set(told)
