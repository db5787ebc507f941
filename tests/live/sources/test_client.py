"""The conversation with a gateway, without a socket: numbers, pictures, what is missing, and when it is given up."""

import json
import random

import pytest
from tests.live.sources.histories import ACME
from tests.live.sources.speaker import Speaker
from tests.live.sources.virtual import START_NS

from lockstep.data.instrument import Instrument
from lockstep.data.recordings.tape_layout import Input
from lockstep.errors import SessionError
from lockstep.kernels.book.events import EventKind
from lockstep.live.sources import news
from lockstep.live.sources.backoff import BackoffRules
from lockstep.live.sources.client import FeedClient
from lockstep.live.sources.findings import Fault
from lockstep.live.sources.inbox import Inbox
from lockstep.live.sources.listener import FeedRules
from lockstep.live.sources.translate import Now

QUOTE, TRADE, SET, CLEAR = EventKind.QUOTE, EventKind.TRADE, EventKind.SET, EventKind.CLEAR
GAP = "gap"


class Talk:
    """A client and a speaker with a clock between them."""

    def __init__(self, levels=None, rules=None, inbox=None, symbols=("ACME",)):
        facts = {"ACME": ACME, "BETA": Instrument("BETA")}
        self.client = FeedClient(
            {symbol: facts[symbol] for symbol in symbols}, levels, rules, inbox=inbox, chance=random.Random(1)
        )
        self.speaker = Speaker()
        self.seconds = 0.0

    @property
    def now(self):
        self.speaker.now_ns = START_NS + round(self.seconds * 1e9)
        return Now(self.seconds, self.speaker.now_ns)

    def begin(self, **how):
        self.client.opened(self.now)
        self.reply(**how)
        return self

    def reply(self, **how):
        """Let the speaker answer what was asked; return the requests."""
        asked = self.client.outgoing()
        for request in asked:
            self.hear(*self.speaker.answer(request, **how))
        return [json.loads(request) for request in asked]

    def hear(self, *texts):
        for text in texts:
            self.client.heard(text, self.now)

    def pass_time(self, seconds, *, beats=True):
        """Let time pass in steps of 0.1 s, with a heartbeat each second."""
        until = self.seconds + seconds
        while self.seconds < until - 1e-9:
            self.seconds = min(self.seconds + 0.1, until)
            if beats and round(self.seconds * 10) % 10 == 0:
                self.hear(self.speaker.heartbeat())
            self.client.look(self.now)

    def taken(self):
        """What has come since the last time: (symbol, kind or gap, tick or number missing)."""
        return [
            (int(r["symbol"]), GAP, int(r["lots"])) if r["input"] == Input.GAP
            else (int(r["symbol"]), int(r["kind"]), int(r["tick"]))
            for r in self.client.inbox.take(10**6)
        ]  # fmt: skip

    def news(self, kind):
        return [item for item in self.client.news(self.seconds) if item.kind == kind]

    @property
    def counts(self):
        return dict(self.client.findings.counts)


PICTURE = [(0, CLEAR, 1000), (0, SET, 1000), (0, SET, 1002)]


def test_it_asks_for_all_symbols_once_by_level():
    talk = Talk({"ACME": "L1"}, symbols=("ACME", "BETA"))
    talk.client.opened(talk.now)
    asked = [json.loads(text) for text in talk.client.outgoing()]
    assert [(request["symbols"], request["dataTypes"], request["id"]) for request in asked] == [
        (["ACME"], ["quote", "trade", "phase"], 1), (["BETA"], ["book", "trade", "phase"], 2),
    ]  # fmt: skip
    assert talk.client.outgoing() == []


def test_a_picture_and_what_follows_it():
    talk = Talk().begin()
    talk.hear(talk.speaker.book("ACME", [["10.01", 3]]), talk.speaker.trade("ACME", "10.02"))
    assert talk.taken() == [*PICTURE, (0, SET, 1001), (0, TRADE, 1002)]
    assert talk.counts == {}
    assert [item.kind for item in talk.client.news(0.0)] == [news.CONNECTED]


def test_quotes_need_no_picture_and_a_picture_of_one_is_taken():
    talk = Talk({"ACME": "L1"})
    talk.speaker.number("quote", "ACME")
    talk.begin()
    talk.hear(talk.speaker.quote("ACME", 10, 10.02, seq=1, snapshot=True), talk.speaker.quote("ACME", 10, 10.03))
    assert talk.taken() == [(0, QUOTE, 1000), (0, QUOTE, 1002), (0, QUOTE, 1000), (0, QUOTE, 1003)]


def test_missing_messages_of_a_book_are_on_record_and_a_picture_is_asked_for():
    talk = Talk().begin()
    talk.taken()
    for _ in range(3):
        talk.speaker.number("book", "ACME")
    talk.hear(talk.speaker.book("ACME", [["9.99", 1]]))
    # The book is emptied: nobody may act on what is known to be wrong. What comes meanwhile means nothing.
    assert talk.taken() == [(0, GAP, 3), (0, CLEAR, 0)]
    talk.hear(talk.speaker.book("ACME", [["9.98", 1]]), talk.speaker.trade("ACME", 10))
    assert talk.taken() == [(0, TRADE, 1000)]
    talk.pass_time(0.5)
    (asked,) = talk.reply()
    assert (asked["symbols"], asked["dataTypes"]) == (["ACME"], ["book"])
    assert talk.taken() == PICTURE
    talk.hear(talk.speaker.book("ACME", [["9.97", 1]]))
    assert talk.taken() == [(0, SET, 997)]
    (gap,) = talk.news(news.GAP)
    assert (gap.content, gap.symbol) == ({"topic": "book:ACME", "missing": 3}, "ACME")
    assert talk.client.ends == ""


def test_missing_trades_are_on_record_and_what_follows_is_taken():
    talk = Talk().begin()
    talk.taken()
    talk.speaker.number("trade", "ACME")
    talk.hear(talk.speaker.trade("ACME", 10))
    assert talk.taken() == [(0, GAP, 1), (0, TRADE, 1000)]
    talk.pass_time(3.0)
    assert talk.client.outgoing() == []


def test_quotes_that_a_gateway_left_out_on_purpose_are_not_missing():
    talk = Talk({"ACME": "L1"}).begin()
    talk.hear(talk.speaker.quote("ACME", 10, 11))
    for _ in range(4):
        talk.speaker.number("quote", "ACME")
    talk.hear(talk.speaker.quote("ACME", 10, 11, skipped=3))
    assert [row for row in talk.taken() if row[1] == GAP] == [(0, GAP, 1)]


@pytest.mark.parametrize("level", ["L1", "L2"])
def test_a_heartbeat_shows_what_is_missing_at_the_end(level):
    talk = Talk({"ACME": level}).begin()
    kind = "quote" if level == "L1" else "book"
    talk.taken()
    talk.speaker.number(kind, "ACME")
    talk.speaker.number("trade", "ACME")
    talk.pass_time(1.0)
    found = talk.taken()
    assert found.count((0, GAP, 1)) == 2
    assert ((0, CLEAR, 0) in found) == (level == "L2")
    talk.pass_time(0.5)
    (asked,) = talk.reply()
    assert asked["dataTypes"] == [kind]
    talk.pass_time(5.0)
    assert [row for row in talk.taken() if row[1] == GAP] == []


def test_repeated_messages_change_nothing():
    talk = Talk().begin()
    first, second = talk.speaker.trade("ACME", 10), talk.speaker.trade("ACME", 11)
    talk.taken()
    talk.hear(first, second, first, second)
    assert talk.taken() == [(0, TRADE, 1000), (0, TRADE, 1100)]
    assert talk.counts == {Fault.REPEATED: 2}


def test_a_picture_that_nobody_asked_for_is_a_new_start():
    talk = Talk().begin()
    talk.taken()
    for _ in range(5):
        talk.speaker.number("book", "ACME")
    talk.hear(talk.speaker.picture("ACME"), talk.speaker.book("ACME", [["9.99", 1]]))
    assert talk.taken() == [*PICTURE, (0, SET, 999)]


def test_a_change_of_a_book_before_its_picture():
    talk = Talk().begin(pictures=False)
    talk.hear(talk.speaker.book("ACME", [["9.99", 1]]))
    assert talk.taken() == []
    assert talk.counts == {Fault.NO_PICTURE: 1}
    talk.pass_time(0.6)
    talk.reply()
    assert talk.taken() == PICTURE


def test_an_earlier_answer_does_not_count_for_a_later_question():
    talk = Talk(symbols=("ACME", "BETA")).begin()
    talk.speaker.number("book", "ACME")
    talk.hear(talk.speaker.book("ACME", [["9.99", 1]]))
    talk.pass_time(0.6)
    talk.taken()
    late = talk.speaker.say("subscribed", topics=talk.speaker.latest(), id=1)
    talk.hear(late, talk.speaker.book("ACME", [["9.98", 1]]))
    assert talk.taken() == []
    assert talk.counts == {}
    talk.reply()
    assert talk.taken() == PICTURE


# --- what is wrong with messages --------------------------------------------------------------------------------------


def test_a_change_of_a_book_that_is_refused_makes_the_book_unknown():
    talk = Talk().begin()
    talk.taken()
    talk.hear(talk.speaker.book("ACME", [["9.995", 1]]))
    assert talk.taken() == [(0, GAP, 1), (0, CLEAR, 0)]
    assert talk.counts == {Fault.OFF_TICK: 1}
    talk.pass_time(0.5)
    talk.reply()
    assert talk.taken() == PICTURE


def test_a_gateway_whose_pictures_are_all_refused_is_asked_less_and_less_often():
    talk = Talk().begin()
    asked = 0
    talk.hear(talk.speaker.book("ACME", [["9.995", 1]]))
    for _ in range(3000):
        talk.pass_time(0.1)
        for request in talk.client.outgoing():
            asked += 1
            talk.hear(talk.speaker.answer(request, pictures=False)[0])
            talk.hear(talk.speaker.picture("ACME", [["9.995", 1]], []))
    # In 300 s: bounds 0.5, 1, 2, 4, 8, 16, 30, 30, ... with a mean of half of that: some 16 + (300 - 31) / 15 at most.
    assert 8 < asked < 40
    assert talk.client.ends == ""


def test_trades_and_quotes_that_are_refused_leave_things_as_they_were():
    talk = Talk({"ACME": "L1"}).begin()
    talk.hear(talk.speaker.quote("ACME", 10, 10.02))
    talk.taken()
    bad = [
        talk.speaker.trade("ACME", 0), talk.speaker.trade("ACME", "NaN"), talk.speaker.trade("ACME", 100),
        talk.speaker.quote("ACME", 100, 101), talk.speaker.trade("ACME", 10, ts_send=5),
        talk.speaker.trade("NONE", 10), talk.speaker.book("ACME", [["10", 1]]),
    ]  # fmt: skip
    talk.hear(*bad)
    assert talk.taken() == []
    assert talk.counts == {
        Fault.BAD_PRICE: 2, Fault.FAR_PRICE: 2, Fault.FAR_TIME: 1, Fault.UNKNOWN_SYMBOL: 1, Fault.NOT_SUBSCRIBED: 1,
    }  # fmt: skip
    talk.hear(talk.speaker.trade("ACME", 10), talk.speaker.quote("ACME", 10, 10.02))
    assert talk.taken() == [(0, TRADE, 1000), (0, QUOTE, 1000), (0, QUOTE, 1002)]
    told = talk.news(news.FINDING)
    assert {item.content["code"]: item.content["count"] for item in told}["bad_price"] == 2


def test_a_feed_that_talks_nonsense_is_given_up():
    talk = Talk(rules=FeedRules(most_unreadable=5)).begin()
    talk.hear(*["?"] * 4)
    talk.hear(talk.speaker.heartbeat())
    talk.hear(*["?"] * 4)
    assert talk.client.ends == ""
    talk.hear("?")
    assert "could not be read" in talk.client.ends
    assert talk.counts == {Fault.MALFORMED: 9}


def test_messages_of_a_newer_gateway_are_counted_and_no_reason_to_leave():
    talk = Talk(rules=FeedRules(most_unreadable=5)).begin()
    talk.hear(*['{"type":"weather"}'] * 50)
    assert talk.client.ends == ""
    assert talk.counts == {Fault.UNKNOWN_TYPE: 50}


def test_what_a_gateway_refuses_is_told_but_for_phases():
    talk = Talk().begin(refuse={"trade:ACME", "phase:ACME"})
    assert talk.taken() == PICTURE
    assert talk.counts == {Fault.NOT_SUBSCRIBED: 1}
    talk.hear(talk.speaker.say("error", code="rate_limit", message="slower"))
    assert [item.content["example"] for item in talk.news(news.FINDING)] == [
        "trade:ACME: not told here", "rate_limit: slower",
    ]  # fmt: skip


# --- as time passes ---------------------------------------------------------------------------------------------------


def test_without_heartbeats_a_connection_is_given_up_although_data_come():
    talk = Talk().begin()
    for _ in range(49):
        talk.pass_time(0.1, beats=False)
        talk.hear(talk.speaker.trade("ACME", 10))
    assert talk.client.ends == ""
    talk.pass_time(0.2, beats=False)
    assert talk.client.ends == "no heartbeat came for 5 s"


def test_a_symbol_that_is_mute_while_heartbeats_come_is_stale():
    talk = Talk(symbols=("ACME", "BETA")).begin()
    talk.pass_time(10.0)
    talk.hear(talk.speaker.trade("BETA", 10))
    talk.pass_time(5.1)
    assert [item.symbol for item in talk.news(news.STALE)] == ["ACME"]
    assert talk.client.ends == ""
    talk.hear(talk.speaker.trade("ACME", 10))
    assert [item.symbol for item in talk.news(news.FRESH)] == ["ACME"]
    talk.pass_time(10.0)
    assert [item.symbol for item in talk.news(news.STALE)] == ["BETA"]


def test_refused_messages_do_not_keep_a_symbol_fresh():
    talk = Talk().begin()
    for _ in range(15):
        talk.pass_time(1.0)
        talk.hear(talk.speaker.trade("ACME", 0))
    talk.pass_time(0.1)
    assert [item.symbol for item in talk.news(news.STALE)] == ["ACME"]


@pytest.mark.parametrize("answers", [False, True])
def test_an_answer_or_a_picture_that_does_not_come(answers):
    talk = Talk()
    talk.client.opened(talk.now)
    if answers:
        talk.reply(pictures=False)
    talk.pass_time(4.9)
    assert talk.client.ends == ""
    talk.pass_time(0.2)
    assert talk.client.ends == "book:ACME was asked for and did not come for 5 s"


# --- connections ------------------------------------------------------------------------------------------------------


def test_a_cut_empties_the_book_and_something_is_missing_after_it():
    talk = Talk(symbols=("ACME", "BETA")).begin()
    talk.taken()
    wait = talk.client.closed("cut", talk.now)
    assert talk.taken() == [(0, CLEAR, 0), (1, CLEAR, 0)]
    talk.seconds += wait
    talk.begin()
    found = talk.taken()
    assert found[:2] == [(0, GAP, -1), (1, GAP, -1)]
    assert found[2:5] == PICTURE
    assert [item.content for item in talk.news(news.DISCONNECTED)] == [{"why": "cut", "again_in_s": round(wait, 3)}]


def test_a_gateway_that_begins_to_number_anew_after_a_cut():
    talk = Talk().begin()
    for _ in range(10):
        talk.hear(talk.speaker.trade("ACME", 10))
    talk.client.closed("restart", talk.now)
    talk.speaker = Speaker()
    talk.taken()
    talk.begin()
    talk.hear(talk.speaker.trade("ACME", 10))
    assert talk.taken() == [(0, GAP, -1), *PICTURE, (0, TRADE, 1000)]
    assert talk.counts == {}


def test_something_is_missing_after_a_cut_whatever_was_known_of_the_book():
    talk = Talk({"BETA": "L1"}, symbols=("ACME", "BETA")).begin()
    talk.hear(talk.speaker.book("ACME", [["9.995", 1]]), talk.speaker.trade("BETA", 10))
    talk.taken()
    talk.client.closed("cut", talk.now)
    assert talk.taken() == []  # one book was lost before, of the other nothing was said yet
    talk.begin()
    assert talk.taken() == [(1, GAP, -1), (0, GAP, -1), *PICTURE]


def test_an_answer_shows_what_is_missing_of_what_was_not_asked_for():
    talk = Talk().begin()
    talk.hear(talk.speaker.book("ACME", [["9.995", 1]]))
    talk.taken()
    talk.speaker.number("trade", "ACME")
    talk.pass_time(0.6)
    talk.reply()
    assert talk.taken() == [(0, GAP, 1), *PICTURE]


def test_the_first_connection_has_missed_nothing():
    talk = Talk()
    talk.client.closed("no connection", talk.now)
    talk.client.closed("no connection", talk.now)
    assert talk.taken() == []
    talk.begin()
    assert talk.taken() == PICTURE


def test_a_session_that_goes_on_has_missed_something():
    talk = Talk()
    talk.client.go_on(talk.now)
    assert talk.taken() == [(0, CLEAR, 0)]
    talk.begin()
    assert talk.taken() == [(0, GAP, -1), *PICTURE]


def test_waits_grow_until_a_connection_has_lasted():
    talk = Talk(rules=FeedRules())
    waits = [talk.client.closed("refused", talk.now) for _ in range(12)]
    assert all(0.1 <= wait <= 30.0 for wait in waits)
    talk.client.opened(talk.now)
    assert [item.content for item in talk.news(news.CONNECTED)] == [{"attempts": 12}]
    talk.seconds += 60.0
    assert talk.client.closed("cut", talk.now) <= 0.5


# --- load -------------------------------------------------------------------------------------------------------------


def test_a_session_that_lags_gets_the_latest_quotes_and_every_trade():
    talk = Talk({"ACME": "L1"}, inbox=Inbox(conflate_from=10)).begin()
    for k in range(1000):
        talk.hear(talk.speaker.quote("ACME", 10, f"10.{10 + k % 80}"))
        if k % 100 == 0:
            talk.hear(talk.speaker.trade("ACME", 10))
    found = talk.taken()
    assert [row[1] for row in found].count(TRADE) == 10
    assert found[-1] == (0, QUOTE, 1010 + 999 % 80)
    assert len(found) < 40
    (told,) = talk.news(news.CONFLATED)
    assert told.content["count"] > 900
    assert talk.client.ends == ""


def test_a_session_that_lags_too_far_begins_anew_with_a_picture_and_a_gap():
    talk = Talk(inbox=Inbox(room=50)).begin()
    for _ in range(100):
        talk.hear(talk.speaker.trade("ACME", 10))
    assert "the session lags" in talk.client.ends
    talk.client.closed(talk.client.ends, talk.now)
    assert talk.taken() == [(0, CLEAR, 0)]
    talk.begin()
    assert talk.taken() == [(0, GAP, -1), *PICTURE]


def test_a_feed_of_nothing_is_refused():
    with pytest.raises(SessionError, match="name at least one"):
        FeedClient({})


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_lost_on_the_way_the_book_is_right_or_empty(seed):
    """Messages are dropped, doubled and spoilt at random: the levels taken are the speaker's, or none."""
    rng = random.Random(seed)
    talk = Talk(rules=FeedRules(most_unreadable=10**9, backoff=BackoffRules(cap_s=0.5))).begin()
    truth = {0: {1000: 5}, 1: {1002: 7}}
    known: dict[int, dict[int, int]] = {0: {}, 1: {}}

    def look():
        for r in talk.client.inbox.take(10**6):
            if r["kind"] == CLEAR:
                known.update({0: {}, 1: {}})
            elif r["kind"] == SET and r["lots"]:
                known[int(r["side"])][int(r["tick"])] = int(r["lots"])
            elif r["kind"] == SET:
                known[int(r["side"])].pop(int(r["tick"]), None)

    def levels(side):
        return [[f"{tick / 100:.2f}", lots] for tick, lots in truth[side].items()]

    whole = 0
    for _ in range(600):
        side = rng.randrange(2)
        tick, lots = rng.randrange(900, 1000) if side == 0 else rng.randrange(1003, 1100), rng.randrange(3)
        truth[side].pop(tick, None)
        if lots:
            truth[side][tick] = lots
        level = [[f"{tick / 100:.2f}", lots]]
        text = talk.speaker.book("ACME", level if side == 0 else [], level if side else [])
        fate = rng.random()
        said = {0: [], 1: [text, text], 2: [text[:-9]]}.get(int(fate * 40), [text])
        talk.hear(*said)
        talk.pass_time(0.1)
        for request in talk.client.outgoing():
            answer, _ = talk.speaker.answer(request)
            talk.hear(answer, talk.speaker.picture("ACME", levels(0), levels(1)))
        look()
        lossless = talk.client._topics["book:ACME"].last == talk.speaker.seqs["book:ACME"]
        if known != {0: {}, 1: {}} and lossless:
            assert known == truth
            whole += 1
    assert whole > 200
    assert talk.client.ends == ""
