"""Listening to an exchange in memory: its own book is ours, whatever is lost, doubled, delayed, cut or started anew."""

import random

import pytest
from msgspec.structs import replace
from tests.live.exchange.floor import Floor
from tests.live.sources.ears import GAP, Ear, shown

from lockstep.errors import SessionError
from lockstep.kernels.book.events import EventKind, Phase
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.protocol import encode
from lockstep.live.sources import news
from lockstep.live.sources.exchange_client import ExchangeClient
from lockstep.live.sources.exchange_listing import ACCOUNT
from lockstep.live.sources.findings import Fault
from lockstep.live.sources.inbox import Inbox
from lockstep.live.sources.listener import FeedRules

TRADE, SET, CLEAR, PHASE = EventKind.TRADE, EventKind.SET, EventKind.CLEAR, EventKind.PHASE
TWO = "ACME:0.01:1,COIN:0.01:0.001:60000"


def resting(**how):
    """An exchange with an order on each side."""
    floor = Floor(**how)
    bob = floor.join("bob")
    bob.buy("b", 5, "99.00")
    bob.sell("s", 7, "101.00")
    return floor, bob


def test_it_begins_with_the_phase_and_a_picture_and_goes_on_with_what_happens():
    floor, bob = resting()
    ear = Ear(floor).begin()
    assert ear.heard() == [(0, PHASE, 0), (0, CLEAR, 9900), (0, SET, 9900), (0, SET, 10100)]
    bob.buy("b2", 3, "101.00")
    ear.take()
    assert ear.heard() == [(0, TRADE, 10100), (0, SET, 10100)]
    assert ear.books() == shown(floor) == [({9900: 5}, {10100: 4})]


def test_the_book_is_the_exchanges_own_through_a_generated_market():
    floor = Floor(TWO, flow=7)
    ear = Ear(floor, ("ACME", "COIN"), lots={"COIN": 0.001}).begin()
    for _ in range(20):
        ear.wait(0.2)
        assert ear.books() == shown(floor, 2)
    heard = ear.heard()
    assert len(heard) > 1000
    assert {(symbol, kind) for symbol, kind, _ in heard} == {(s, k) for s in (0, 1) for k in (TRADE, SET, CLEAR, PHASE)}
    assert ear.client.findings.counts == {}
    (connected,) = ear.client.news(0.0)
    assert (connected.kind, connected.content) == (news.CONNECTED, {"attempts": 0, "epoch": 7})


def test_the_times_numbers_and_trades_of_the_exchange_are_on_the_records():
    floor, bob = resting()
    ear = Ear(floor).begin()
    floor.wait(5)
    bob.buy("b2", 3, "101.00")
    trade, level = ear.client.inbox.take()
    assert (trade["time_ns"], trade["id"], trade["side"], trade["lots"]) == (floor.now, 1, 1, 3)
    assert (trade["sequence"], level["sequence"]) == (5, 6)  # behind welcome, subscribed, phase and picture
    assert trade["flags"] == level["flags"]  # each message leaves the book whole


@pytest.mark.parametrize("lost", ["book", "trade", "phase", "subscribed"])
def test_what_is_lost_leaves_a_gap_and_a_new_picture(lost):
    # The first of its kind that could come at the beginning does; of books the third is lost, a change.
    nth = {"book": 3, "trade": 1, "phase": 2, "subscribed": 1}[lost]
    when = {"on": "report", "type": lost, "nth": nth, "account": ACCOUNT}
    rules = [{"when": when, "what": {"do": "lose"}}]
    floor, bob = resting(rules=rules, admin=True)
    ear = Ear(floor).begin()
    bob.buy("b2", 1, "98.00")
    bob.buy("b3", 1, "97.00")
    bob.say(m.SetPhase(symbol="ACME", phase="halt"))
    bob.say(m.SetPhase(symbol="ACME", phase="continuous"))
    bob.buy("b4", 1, "101.00")
    bob.buy("b5", 1, "96.00")
    ear.take()
    ear.wait(1.0)
    heard = ear.heard()
    assert heard.count((0, GAP, -1)) == 1
    assert heard.index((0, GAP, -1)) < heard.index((0, SET, 9600))
    assert ear.books() == shown(floor)
    assert [item.content for item in ear.news(news.GAP)] == [{"topic": "*", "missing": -1}]


def test_while_a_book_is_not_known_it_is_empty_and_changes_of_it_are_left_alone():
    rules = [{"when": {"on": "report", "type": "book", "nth": 2}, "what": {"do": "lose"}}]
    floor, bob = resting(rules=rules)
    ear = Ear(floor).begin()
    for k in range(5):
        bob.buy(f"b{k}", 1, f"{90 + k}.00")
    ear.take()
    assert ear.books() == [({}, {})]
    assert ear.heard()[-2:] == [(0, GAP, -1), (0, CLEAR, 0)]
    bob.buy("x", 2, "101.00")
    ear.take()
    assert ear.heard() == [(0, TRADE, 10100)]
    ear.wait(1.0)
    assert ear.books() == shown(floor)


def test_one_that_loses_much_has_the_book_whenever_it_has_one():
    chances = {"book": ("lose", 0.001), "trade": ("duplicate", 0.2), "phase": ("lose", 0.3)}
    rules = [
        {"when": {"on": "report", "type": kind, "times": 0, "chance": chance}, "what": {"do": do}}
        for kind, (do, chance) in chances.items()
    ]
    floor = Floor(TWO, flow=3, rules=rules)
    ear = Ear(floor, ("ACME", "COIN"), lots={"COIN": 0.001}).begin()
    known = 0
    for _ in range(60):
        ear.wait(0.1)
        for ours, theirs in zip(ear.books(), shown(floor, 2), strict=True):
            known += ours != ({}, {})
            assert ours in (({}, {}), theirs)
    assert known > 10
    assert ear.heard().count((0, GAP, -1)) >= 3
    assert ear.client.findings.counts[Fault.REPEATED] > 5


def test_what_comes_again_is_left_alone():
    rules = [
        {"when": {"on": "report", "type": "trade", "nth": 1}, "what": {"do": "duplicate", "copies": 3, "ms": 10}},
    ]
    floor, bob = resting(rules=rules)
    ear = Ear(floor).begin()
    bob.buy("b1", 1, "101.00")
    ear.wait(0.1)
    assert [kind for _, kind, _ in ear.heard()].count(TRADE) == 1
    assert ear.client.findings.counts == {Fault.REPEATED: 3}


@pytest.mark.parametrize("nth", [1, 2])
def test_a_picture_or_a_change_that_is_overtaken_is_no_book(nth):
    # It has the number with which it leaves: only its time tells.
    late = {"do": "delay", "ms": 300, "overtake": True}
    floor, bob = resting(rules=[{"when": {"on": "report", "type": "book", "nth": nth}, "what": late}])
    ear = Ear(floor).begin()
    for k in range(3):
        floor.wait(10)
        bob.buy(f"b{k}", 1, "98.00")
    ear.take()
    ear.wait(2.0)
    assert ear.client.findings.counts == {Fault.LATE: 1}
    assert ear.news(news.GAP)
    assert ear.books() == shown(floor) == [({9900: 5, 9800: 3}, {10100: 7})]


def test_an_exchange_that_is_started_anew_has_another_book_and_the_old_one_is_cleared():
    floor, _ = resting()
    ear = Ear(floor).begin().wait(0.5)
    ear.heard()
    another = Floor(epoch=8)
    another.join("bob").sell("s", 1, "100.00")
    ear.move(another)
    assert ear.heard() == [(0, CLEAR, 0), (0, GAP, -1), (0, PHASE, 0), (0, CLEAR, 10000), (0, SET, 10000)]
    assert ear.books() == shown(another) == [({}, {10000: 1})]
    told = [(item.kind, item.content.get("epoch")) for item in ear.client.news(0.0)]
    assert told == [(news.CONNECTED, 7), (news.DISCONNECTED, None), (news.CONNECTED, 8), (news.GAP, None)]


def test_an_exchange_that_lists_something_else_now_is_not_listened_to():
    ear = Ear(resting()[0]).begin()
    ear.move(Floor("ACME:0.05:1"))
    assert "in ticks of 0.01 and lots of 1, the exchange lists it with 0.05 and 1: start it as it" in ear.client.ends
    assert ear.client.outgoing() == []
    ear.move(Floor("COIN:0.01:1"))
    assert "the exchange does not list it" in ear.client.ends
    ear.move(resting()[0])
    assert ear.books() == [({9900: 5}, {10100: 7})]


def test_a_session_that_goes_on_begins_with_a_gap():
    ear = Ear(resting()[0])
    ear.client.go_on(ear.now)
    assert ear.begin().heard()[:3] == [(0, CLEAR, 0), (0, GAP, -1), (0, PHASE, 0)]


def test_a_word_of_goodbye_and_what_is_no_message_end_the_connection():
    floor, _ = resting()
    ear = Ear(floor).begin()
    floor.act(floor.gate.stop(floor.now))
    assert ear.client.ends == "stopping: the exchange stops"
    for garbage in (b"HTTP/1.1 400 Bad Request\r\n", (4).to_bytes(4, "little") + b"nope"):
        again = Ear(resting()[0]).begin()
        again.client.heard(garbage, again.now)
        assert again.client.ends.startswith("bad_")
        assert again.client.findings.counts == {Fault.MALFORMED: 1}


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (m.Trade(symbol="ACME", time_ns=10**9, trade=1, price="x", quantity="1"), Fault.MALFORMED),
        (m.Trade(symbol="ACME", time_ns=10**9, trade=1, price="99.005", quantity="1"), Fault.OFF_TICK),
        (m.Trade(symbol="ACME", time_ns=10**9, trade=1, price="99", quantity="0"), Fault.BAD_SIZE),
        (m.Trade(symbol="OTHER", time_ns=10**9, trade=1, price="99", quantity="1"), Fault.UNKNOWN_SYMBOL),
        (m.BookUpdate(symbol="ACME", time_ns=10**9, bids=[("500.00", "1")], asks=[]), Fault.FAR_PRICE),
        (m.BookUpdate(symbol="ACME", time_ns=10**9, bids=[("NaN", "1")], asks=[]), Fault.BAD_PRICE),
    ],
)
def test_a_message_that_cannot_be_is_never_an_event(message, fault):
    floor, _ = resting()
    ear = Ear(floor).begin()
    ear.heard()
    # Welcome, subscribed, phase and picture came before it.
    ear.client.heard(encode(replace(message, seq=5)), ear.now)
    ear.take()
    assert ear.client.findings.counts == {fault: 1}
    assert TRADE not in [kind for _, kind, _ in ear.heard()]
    if isinstance(message, m.BookUpdate):
        assert ear.books() == [({}, {})], "nobody knows what the change would have made of it"


def test_a_book_that_is_crossed_in_an_auction_is_one_when_the_auction_is_over():
    floor = Floor(phase=Phase.AUCTION, admin=True)
    bob = floor.join("bob")
    bob.buy("b", 5, "101.00")
    bob.sell("s", 7, "99.00")
    ear = Ear(floor).begin().wait(3.0)
    assert ear.books() == [({}, {})]
    assert ear.client.findings.counts[Fault.CROSSED] >= 2
    bob.say(m.SetPhase(symbol="ACME", phase="continuous"))
    ear.take()
    ear.wait(0.1)
    assert ear.books() == shown(floor) == [({}, {9900: 2})]


def test_one_that_says_nothing_any_more_is_given_up():
    floor, _ = resting()
    ear = Ear(floor, rules=FeedRules(stale_s=2.0)).begin().wait(20.0)
    assert not ear.client.ends, "it answers"
    assert [item.symbol for item in ear.news(news.STALE)] == ["ACME"]
    ear.seconds += 5.0
    ear.client.look(ear.now)
    assert ear.client.ends == "nothing was heard for 5 s"


def test_a_picture_that_never_comes_ends_the_connection():
    # Silently: no number is missing.
    rules = [{"when": {"on": "report", "type": "book", "times": 0}, "what": {"do": "lose", "silent": True}}]
    ear = Ear(resting(rules=rules)[0]).begin().wait(6.0)
    assert ear.client.ends == "book:ACME was asked for and did not come for 5 s"


def test_a_session_that_is_too_slow_begins_anew():
    floor, bob = resting()
    ear = Ear(floor)
    ear.client.inbox = Inbox(room=50)
    ear.begin().heard()
    for k in range(100):
        bob.buy(f"b{k}", 1, f"{50 + k / 10:.2f}")
    assert ear.client.ends.startswith("the session lags: ")
    ear.move(floor)
    assert ear.heard()[:2] == [(0, CLEAR, 0), (0, GAP, -1)]
    assert ear.books() == shown(floor)


def test_bytes_come_as_they_come():
    floor = Floor(flow=5)
    whole, torn = Ear(floor).begin(), Ear(floor).begin()
    chance = random.Random(3)
    heard = torn.client.heard

    def in_pieces(data, now):
        while data:
            cut = chance.randrange(1, 40)
            heard(data[:cut], now)
            data = data[cut:]

    torn.client.heard = in_pieces
    whole.wait(1.0)
    torn.take()
    assert torn.books() == whole.books() == shown(floor)


def test_nothing_comes_of_no_symbols():
    with pytest.raises(SessionError, match="name at least one"):
        ExchangeClient({})
