"""What clients are told: all that is subscribed, pictures first, numbers without holes, and what was missed."""

import asyncio
from types import SimpleNamespace

import pytest
from tests.live.gateway.streams.listening import NOW_NS, Desk, played
from tests.live.gateway.streams.sessions import event, gap, level, run, trade

from lockstep.kernels.book.kinds import EventKind, Phase
from lockstep.live.gateway.streams.feed import NAMED, _some
from lockstep.live.gateway.streams.requests import NO_SESSION
from lockstep.live.gateway.streams.words import MOST_TOPICS


@pytest.fixture
def session(tmp_path):
    with played(tmp_path / "one") as made:
        yield made


TRADE = [{"type": "trade", "symbol": "ACME", "ts_event": 7, "ts_send": NOW_NS, "price": 10.0, "size": 1.0,
          "side": "buy"}]  # fmt: skip
BOOK = [level(0, 1000, 5, last=False), level(0, 999, 7, last=False), level(1, 1002, 3)]


def test_an_answer_says_all_that_is_subscribed_then_come_pictures(session):
    async def test():
        session.say(*BOOK)
        desk = Desk(session)
        ear, client = await desk.listening("book:ACME", "quote:ACME", "phase:ACME", "trade:ACME", id=4)
        await desk.ask(client, id=5, symbols=["BETA", "NONE"], dataTypes=["trade", "weather"])
        first, *pictures, second = ear.take()
        assert first == {
            "type": "subscribed", "id": 4, "ts_send": NOW_NS, "refused": {}, "epoch": NOW_NS, "sessionId": "one",
            "topics": {"book:ACME": 0, "quote:ACME": 0, "phase:ACME": 0, "trade:ACME": 0},
        }  # fmt: skip
        assert pictures == [
            {"type": "book", "symbol": "ACME", "seq": 0, "snapshot": True, "bids": [[10.0, 5.0], [9.99, 7.0]],
             "asks": [[10.02, 3.0]]},
            {"type": "quote", "symbol": "ACME", "seq": 0, "ts_event": 7, "snapshot": True, "bid": 10.0, "bidSize": 5.0,
             "ask": 10.02, "askSize": 3.0},
            {"type": "phase", "symbol": "ACME", "seq": 0, "snapshot": True, "phase": "continuous"},
        ]  # fmt: skip
        assert set(second["topics"]) == {"book:ACME", "quote:ACME", "phase:ACME", "trade:ACME", "trade:BETA"}
        assert set(second["refused"]) == {"weather:BETA", "trade:NONE", "weather:NONE"}
        assert "ACME, BETA" in second["refused"]["trade:NONE"]
        assert "'weather' is no topic: there are quote:SYMBOL, trade:SYMBOL" in second["refused"]["weather:BETA"]

    run(test)


def test_all_topics_that_a_refusal_names_are_there(session):
    async def test():
        desk = Desk(session)
        ear, client = await desk.listening("weather", "quote")
        refused = ear.take()[0]["refused"]
        assert refused["quote"] == "quote needs a symbol, as quote:SYMBOL; symbols are ACME, BETA"
        named = refused["weather"].partition("there are ")[2].split(", ")
        topics = [each.replace("SYMBOL", "ACME").replace("INTERVAL", "1m") for each in named]
        await desk.ask(client, topics=topics)
        answer = ear.take()[0]
        assert (set(answer["topics"]), answer["refused"]) == (set(topics), {})

    run(test)


def test_of_many_symbols_the_first_are_named():
    names = [f"S{number:03}" for number in range(90)]
    assert _some(names) == f"{', '.join(names[:NAMED])} and 70 more"
    assert (_some(["ACME"]), _some([])) == ("ACME", "none yet")


def test_what_happens_is_numbered_by_topic(session):
    async def test():
        session.say(*BOOK)
        desk = Desk(session)
        ear, _ = await desk.listening("book:ACME", "quote:ACME", "trade:ACME", "phase:ACME")
        ear.take()
        session.say(trade(1002, 2), level(1, 1002, 1), trade(1002, 1, side=0, id=9), level(1, 1002, 0))
        desk.turn()
        session.say(event(EventKind.PHASE, lots=Phase.HALT), level(1, 1003, 4))
        desk.turn()
        told = ear.take()
        assert [(each["type"], each["seq"]) for each in told] == [
            ("trade", 1), ("trade", 2), ("book", 1), ("quote", 1), ("phase", 1), ("book", 2), ("quote", 2),
        ]  # fmt: skip
        assert told[0] == {
            "type": "trade", "symbol": "ACME", "seq": 1, "ts_event": 7, "ts_send": NOW_NS, "price": 10.02,
            "size": 2.0, "side": "buy",
        }  # fmt: skip
        assert (told[1]["side"], told[1]["id"]) == ("sell", 9)
        assert (told[2]["bids"], told[2]["asks"]) == ([], [[10.02, 0.0]])
        assert "ask" not in told[3]
        assert told[4]["phase"] == "halt"
        assert told[6]["ask"] == 10.03

    run(test)


def test_many_changes_of_a_turn_are_one_message_and_a_book_that_is_not_whole_is_not_told(session):
    async def test():
        session.say(*BOOK)
        desk = Desk(session)
        ear, _ = await desk.listening("book:ACME", "quote:ACME")
        ear.take()
        session.say(*(level(0, 1000, lots) for lots in range(1, 100)), level(0, 1003, 9, last=False))
        desk.turn()
        assert ear.take() == []
        session.say(level(1, 1002, 0, last=False), level(1, 1004, 2))
        desk.turn()
        book, quote = ear.take()
        assert (book["seq"], sorted(book["bids"]), book["asks"]) == (
            1, [[10.0, 99.0], [10.03, 9.0]], [[10.02, 0.0], [10.04, 2.0]],
        )  # fmt: skip
        assert (quote["bid"], quote["ask"]) == (10.03, 10.04)

    run(test)


def test_a_book_that_is_built_anew_is_told_as_a_picture(session):
    async def test():
        session.say(*BOOK)
        desk = Desk(session)
        ear, _ = await desk.listening("book:ACME")
        ear.take()
        session.say(event(EventKind.CLEAR, -1, last=False), level(0, 500, 1))
        desk.turn()
        (told,) = ear.take()
        assert (told["snapshot"], told["seq"], told["bids"], told["asks"]) == (True, 0, [[5.0, 1.0]], [])

    run(test)


def test_missing_trades_have_used_their_numbers(session):
    async def test():
        desk = Desk(session)
        ear, _ = await desk.listening("trade:ACME")
        ear.take()
        session.say(trade(1000), gap(3), trade(1001), gap(-1), trade(1002))
        desk.turn()
        assert [each["seq"] for each in ear.take()] == [1, 5, 7]

    run(test)


def test_whoever_is_overtaken_by_the_ring_asks_for_books_and_goes_on_behind_them(session):
    async def test():
        session.say(*BOOK)
        desk = Desk(session)
        ear, _ = await desk.listening("book:ACME", "trade:ACME", "quote:ACME")
        ear.take()
        session.say(*(level(0, 1000, 1 + k) for k in range(2000)), trade(1000))
        desk.turn()
        assert ear.take() == [{**told, "seq": 2} for told in TRADE]  # one number for nobody knows how many
        session.say(trade(1001), level(0, 997, 6))
        book = {"bids": [[1000, 2000], [998, 1], [997, 6]], "asks": [[1002, 3]], "orders": [], "phase": "continuous"}
        session.books = {"at": session.ring.written, "books": {"ACME": book}}
        session.say(level(0, 998, 0), trade(1002))
        for _ in range(4):
            await asyncio.sleep(0)
            desk.turn()
        trades, books, quotes = (ear.take(kind) for kind in ("trade", "book", "quote"))
        assert session.asked == 1
        assert [each["seq"] for each in trades] == [3, 4]
        assert [each.get("snapshot", False) for each in books] == [True]
        assert (books[0]["bids"], books[0]["asks"]) == ([[10.0, 2000.0], [9.97, 6.0]], [[10.02, 3.0]])
        assert (quotes[-1]["bidSize"], quotes[-1]["ask"]) == (2000.0, 10.02)

    run(test)


def test_a_session_that_comes_back_goes_on_counting_and_its_books_are_told_anew(session):
    async def test():
        session.say(*BOOK, trade(1000))
        desk = Desk(session)
        ear, _ = await desk.listening("book:ACME", "trade:ACME")
        ear.take()
        session.say(trade(1001))
        desk.turn()
        assert [each["seq"] for each in ear.take()] == [2]
        session.begin()
        session.say(level(0, 990, 4), trade(1003))
        for _ in range(4):
            desk.turn()
        told = ear.take()
        assert [each["seq"] for each in told if each["type"] == "trade"] == [4]
        empty, book = [each for each in told if each["type"] == "book"]
        assert (empty["snapshot"], empty["bids"], empty["asks"]) == (True, [], [])
        assert (book["seq"], book["bids"], book["asks"]) == (empty["seq"] + 1, [[9.9, 4.0]], [])

    run(test)


def test_rows_of_the_journal_are_told_by_their_topics(session):
    async def test():
        desk = Desk(session)
        ear, _ = await desk.listening("orders", "fills", "risk", "signals", "logs")
        assert [each["type"] for each in ear.take()] == ["subscribed", "orders", "limits"]
        asked = {"order": 3, "action": "submit", "side": "buy", "price": 10.0, "tick": 1000, "quantity": 5.0, "lots": 5,
                 "type": "limit", "force": "gtc", "sent_ns": 9}  # fmt: skip
        first = session.row("intent", asked)
        session.row("intent", asked | {"action": "cancel"})
        session.row("intent", asked, strategy="desk:ACME")
        session.row("risk", {"order": 4, "action": "submit", "refusal": "max_order_size", "code": 102})
        traded = {"order": 3, "side": "buy", "price": 10.0, "quantity": 5.0, "fee": 0.1, "arrival_mid": 8.0}
        fill = session.row("fill", traded)
        blind = session.row("fill", {**traded, "arrival_mid": None})
        session.row("order", {"order": 3, "state": "filled", "why": "none"})
        session.row("limit_change", {"limits": {"maxOrderSize": 5}})
        session.row("feed_gap", {"missing": 3, "topic": "trade:ACME"})
        session.row("state", {"fingerprint": "x"})
        desk.turn()
        told = ear.take()
        types = ("order", "fill", "risk", "signal", "log")
        of = {kind: [each for each in told if each["type"] == kind] for kind in types}
        assert [each.get("status") for each in of["order"]] == [
            "PENDING_NEW", "PENDING_CANCEL", "PENDING_NEW", "REJECTED", *("PARTIALLY_FILLED",) * 2, "FILLED",
        ]  # fmt: skip
        assert of["order"][0] == {
            "type": "order", "seq": first, "event": "intent", "sessionId": "one", "strategyId": "maker",
            "lane": "maker", "symbol": "ACME", "time": "2023-11-14T22:13:20.123Z", "timeNs": 1_700_000_000_123_456_789,
            "order": 3, "orderId": "0-3", "action": "submit", "side": "buy", "limitPrice": 10.0, "quantity": 5.0,
            "orderType": "limit", "timeInForce": "gtc", "sentNs": 9, "status": "PENDING_NEW",
        }  # fmt: skip
        assert [of["order"][2][name] for name in ("orderId", "strategyId", "lane")] == ["1-3", "desk", "desk:ACME"]
        assert [(each["seq"], each["arrivalMid"], each["slippageBps"]) for each in of["fill"]] == [
            (fill, 8.0, 2500.0),  # 2 of 8 more than the middle
            (blind, None, None),
        ]
        assert [each["event"] for each in of["risk"]] == ["risk", "limit_change"]
        assert [each["seq"] for each in of["signal"]] == [first]
        assert [each["event"] for each in of["log"]] == ["limit_change", "feed_gap"]
        assert of["log"][1]["content"] == {"missing": 3, "topic": "trade:ACME"}

    run(test)


def test_whoever_comes_back_is_told_all_rows_since_and_none_twice(session):
    async def test():
        rows = [session.row("fill", {"order": k, "side": "buy", "price": 1.0, "quantity": 1.0}) for k in range(1200)]
        desk = Desk(session)
        ear, client = await desk.listening("fills", after=rows[99])
        while desk.hub.clients[client]:
            rows.append(session.row("fill", {"order": len(rows), "side": "buy", "price": 1.0, "quantity": 1.0}))
            desk.turn()
            await asyncio.sleep(0.001)
        rows.append(session.row("fill", {"order": len(rows), "side": "buy", "price": 1.0, "quantity": 1.0}))
        desk.turn()
        assert [each["seq"] for each in ear.take("fill")] == rows[100:]

    run(test)


def test_whoever_comes_back_to_market_data_is_told_what_is_kept_else_a_picture(session):
    async def test():
        session.say(*BOOK)
        desk = Desk(session)
        first, _ = await desk.listening("book:ACME", "trade:ACME")
        for k in range(1100):
            session.say(level(0, 1000, 10 + k), trade(1000 + k % 3))
            desk.turn(0.001)
        assert len(first.take("trade")) == 1100
        epoch = desk.hub.epoch
        near, _ = await desk.listening("book:ACME", "trade:ACME", epoch=epoch, after=1000)
        assert [each["seq"] for each in near.take("trade")] == list(range(1001, 1101))
        assert [each["seq"] for each in near.take("book")] == list(range(1001, 1101))
        far, _ = await desk.listening(
            "book:ACME", "trade:ACME", epoch=epoch, after={"book:ACME": 10, "trade:ACME": 1099}
        )
        assert [(each["seq"], each["snapshot"]) for each in far.take("book")] == [(1100, True)]
        assert [each["seq"] for each in far.take("trade")] == [1100]
        other, _ = await desk.listening("book:ACME", epoch=epoch - 1, after=1000)
        assert [each["snapshot"] for each in other.take("book")] == [True]

    run(test)


def test_how_a_session_stands_is_shown_at_once_and_when_it_changes(session):
    async def test():
        desk = Desk(session)
        ear, _ = await desk.listening("positions", "pnl", "risk")
        told = {each["type"]: each for each in ear.take()}
        assert told["positions"]["positions"] == [{
            "symbol": "ACME", "strategyId": "maker", "lane": "maker", "quantity": 5.0, "averagePrice": 10.0,
            "marketPrice": 10.5, "marketValue": 52.5, "unrealisedPnl": 2.5,
        }]  # fmt: skip
        assert (told["pnl"]["profit"], told["pnl"]["strategies"][0]["equity"]) == (2.5, 1e6)
        assert (told["limits"]["state"], told["limits"]["accounts"]) == ("active", [{"lane": "", "limits": []}])
        session.session = session.session | {"killed": True}
        for _ in range(3):
            desk.turn()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert [(each["type"], each["killed"]) for each in ear.take()] == [("limits", True)]

    run(test)


def test_bars_are_built_of_trades(session):
    async def test():
        minute = 60 * 10**9
        session.say(trade(1000, 2, received_ns=minute), trade(1005, 1, received_ns=minute + 1))
        desk = Desk(session)
        ear, _ = await desk.listening("bar:ACME:1m")
        assert ear.take("bars")[0]["bars"] == [[minute, 10.0, 10.05, 10.0, 10.05, 3.0]]
        session.say(trade(990, 1, received_ns=minute + 2))
        desk.turn()
        session.say(trade(991, 4, received_ns=2 * minute))
        desk.turn()
        told = [(each.get("closed", False), each["seq"], each["start"], each["low"], each["volume"])
                for each in ear.take("bar")]  # fmt: skip
        assert told == [(False, 0, minute, 9.9, 4.0), (True, 1, minute, 9.9, 4.0), (False, 1, 2 * minute, 9.91, 4.0)]
        refused, _ = await desk.listening("bar:ACME:7m")
        assert "intervals are" in refused.take()[0]["refused"]["bar:ACME:7m"]

    run(test)


def test_heartbeats_number_all_topics_once_a_second(session):
    async def test():
        desk = Desk(session)
        ear, _ = await desk.listening("trade:ACME", "orders", "bar:ACME:1m")
        deaf, _ = desk.join()
        session.say(trade(1000))
        desk.turn()
        ear.take()
        desk.hub._beat(desk.at)
        (beat,) = ear.take()
        end = session.storage.journal.durable
        assert beat == {
            "type": "heartbeat", "ts_send": NOW_NS, "topics": {"trade:ACME": 1, "orders": end, "bar:ACME:1m": 0},
        }  # fmt: skip
        assert deaf.take() == []

    run(test)


def test_clients_that_hear_the_same_share_the_bytes(session):
    async def test():
        desk = Desk(session)
        one, _ = await desk.listening("trade:ACME")
        two, _ = await desk.listening("trade:ACME")
        other, _ = await desk.listening("trade:BETA")
        for ear in (one, two, other):
            ear.told.clear()
        session.say(trade(1000))
        desk.turn()
        assert one.told[0] is two.told[0]
        assert other.told == []
        assert len(desk.hub.audiences) == 2

    run(test)


def test_nothing_is_told_without_a_session_but_the_gateways_own(tmp_path):
    async def test():
        desk = Desk()
        ear, _ = await desk.listening("trade:ACME", "jobs")
        answer = ear.take()[0]
        assert (answer["topics"], answer["refused"]) == ({"jobs": 0}, {"trade:ACME": NO_SESSION})
        desk.hub.publish("jobs", {"type": "job", "jobId": "7", "progress": 0.5})
        assert [(each["seq"], each["progress"]) for each in ear.take()] == [(1, 0.5)]

    run(test)


def test_what_is_asked_before_a_session_runs_is_told_as_soon_as_one_does(session):
    async def test():
        desk = Desk()
        ear, client = await desk.listening("trade:ACME", "quote:ACME", "trade:NONE", id=4)
        await desk.ask(client, "unsubscribe", topics=["quote:ACME"])
        desk.turn()
        assert {each["type"] for each in ear.take()} == {"subscribed"}
        session.say(*BOOK)
        desk.hub.add(session)
        desk.turn()
        await asyncio.sleep(0)
        session.say(trade(1000))
        desk.turn()
        answer, told = ear.take()
        assert (answer["id"], answer["topics"], answer["sessionId"]) == (4, {"trade:ACME": 0}, "one")
        assert list(answer["refused"]) == ["trade:NONE"]
        assert (told["type"], told["price"]) == ("trade", 10.0)
        assert not desk.hub.awaiting
        assert not client.awaited

    run(test)


def test_who_leaves_waits_no_more_and_nobody_waits_for_more_than_it_may_hear():
    async def test():
        desk = Desk()
        many = [f"trade:A{k}" for k in range(MOST_TOPICS)]
        _, client = await desk.listening(*many)
        await desk.ask(client, topics=["trade:B"])
        await desk.ask(client, topics=many)
        assert sum(len(each.topics) for each in client.awaited) == MOST_TOPICS
        desk.hub.leave(client)
        assert not desk.hub.awaiting

    run(test)


def test_a_live_session_tells_only_who_has_a_token_also_when_it_goes_live_later(session):
    async def test():
        desk = Desk(session)
        nameless, known = SimpleNamespace(name=""), SimpleNamespace(name="ann")
        ears = []
        for asker in (nameless, known, None):
            ear, client = desk.join(asker)
            await desk.ask(client, topics=["trade:ACME"])
            ears.append(ear)
        session.live = True
        desk.hub._beat(desk.at)
        assert [ear.closed and ear.closed[0] for ear in ears] == [1008, None, None]
        late, client = desk.join(nameless)
        await desk.ask(client, topics=["trade:ACME"])
        assert "token" in late.take()[0]["refused"]["trade:ACME"]

    run(test)


def test_a_session_that_is_removed_ends_its_streams(session):
    async def test():
        desk = Desk(session)
        ear, _ = await desk.listening("trade:ACME")
        desk.hub.remove("one")
        assert ear.closed == (1001, "session one is not here any more")
        assert desk.hub.feed_of(desk.join()[1]) is None

    run(test)


def test_who_unsubscribes_hears_no_more(session):
    async def test():
        desk = Desk(session)
        ear, client = await desk.listening("trade:ACME", "trade:BETA")
        ear.take()
        await desk.ask(client, "unsubscribe", symbols=["ACME"], dataTypes=["trade"], id=2)
        assert ear.take()[0]["topics"] == {"trade:BETA": 0}
        session.say(trade(1000), trade(10, symbol=1))
        desk.turn()
        assert [each["symbol"] for each in ear.take()] == ["BETA"]

    run(test)
