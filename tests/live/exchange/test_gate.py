"""Numbers, logins, heartbeats and garbage: what a connection may do, and how it ends otherwise."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from tests.live.exchange.floor import MS, START_NS, Floor, kinds, order

from lockstep.kernels.order_terms import NEVER
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.gate import BATCH
from lockstep.live.exchange.protocol import encode


def test_a_welcome_says_what_is_listed_and_where_the_venue_stands() -> None:
    floor = Floor("ACME:0.01:1,COIN:0.5:0.001", epoch=42)
    floor.join("bob").buy("b1", 1, "99.00")
    seat = floor.connect()
    (welcome,) = seat.say(m.Hello(account="ann"))
    assert (welcome.epoch, welcome.sequence, welcome.re, welcome.time_ns) == (42, 3, 1, START_NS)
    assert [(one.symbol, one.tick, one.lot, one.phase) for one in welcome.instruments] == [
        ("ACME", "0.01", "1", "continuous"), ("COIN", "0.5", "0.001", "continuous"),
    ]  # fmt: skip


ENDED: dict[str, list[Any]] = {
    "not_logged_in": [order("a1", "buy", 1, "1.00")],
    "bad_version": [m.Hello(account="ann", version=2)],
    "already_logged_in": [m.Hello(account="ann"), m.Hello(account="ann")],
}


@pytest.mark.parametrize("reason", ENDED)
def test_connections_end_with_a_reason(reason: str) -> None:
    floor = Floor()
    seat = floor.connect()
    for message in ENDED[reason]:
        heard = seat.say(message)
    assert (heard[-1].reason, seat.ended) == (reason, True)
    assert floor.lines("cut")[0]["reason"] == reason
    assert floor.lines("made") == []


@pytest.mark.parametrize("seq", [0, 1, 4])
def test_a_number_that_is_not_the_next_ends_the_connection_and_is_not_processed(seq: int) -> None:
    floor = Floor()
    ann = floor.join("ann")
    (bye,) = ann.give(encode(m.New(seq=seq, client_id="a1", symbol="ACME", side="buy", quantity="1", price="1.00")))
    assert (bye.reason, bye.text, ann.ended) == ("bad_sequence", f"expected seq 2, found {seq}", True)
    assert len(floor.lines("received", client_id="a1")) == 1
    assert floor.lines("made") == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"GET / HTTP/1.1\r\n\r\n", "bad_frame"), (b"\5\0\0\0hello", "bad_message"), (b"\0\0\0\0", "bad_frame")],
)
def test_garbage_ends_its_connection_and_no_other(data: bytes, reason: str) -> None:
    floor = Floor()
    ann, bob = floor.join("ann"), floor.join("bob")
    (bye,) = ann.give(data + encode(m.New(seq=2, client_id="a", symbol="ACME", side="buy", quantity="1", price="1.00")))
    assert (bye.reason, ann.ended, bob.ended) == (reason, True, False)
    assert floor.lines("received", message="new") == []
    assert kinds(bob.buy("b1", 1, "99.00")) == ["Accepted"]
    assert ann.give(b"more") == [], "a connection that has ended says nothing any more"


def test_messages_that_come_together_are_answered_in_order() -> None:
    ann = Floor().join("ann")
    frames = [ann.talk.say(order(f"a{k}", "buy", 1, "99.00"))[1] for k in range(50)]
    heard = ann.give(b"".join(frames))
    assert [(one.client_id, one.re, one.seq) for one in heard] == [(f"a{k}", k + 2, k + 2) for k in range(50)]


DECIMAL = st.sampled_from(
    ["0", "-0", "1", "7", "0.01", "99.99", "100.00", "-5", "1e5", "nan", "", "9" * 18, f"{'9' * 18}.99"]
)
CLIENT_ID = st.sampled_from(["a", "b", '"', "x" * 64])
NEW = st.builds(
    m.New, client_id=CLIENT_ID, symbol=st.sampled_from(["ACME", "COIN", "NONE"]), side=st.sampled_from(["buy", "sell"]),
    quantity=DECIMAL, type=st.sampled_from(["limit", "market", "stop", "stop_limit"]), price=st.none() | DECIMAL,
    trigger=st.none() | DECIMAL, force=st.sampled_from(["gtc", "day", "gtd", "ioc", "fok"]),
    expiry_ns=st.sampled_from([0, 1, START_NS + 5, 2**62]), display=st.none() | DECIMAL, post_only=st.booleans(),
    reduce_only=st.booleans(), prevention=st.sampled_from(["none", "newest", "oldest", "both", "decrement"]),
)  # fmt: skip
PLAIN = st.builds(
    m.New, client_id=CLIENT_ID, symbol=st.just("ACME"), side=st.sampled_from(["buy", "sell"]),
    quantity=st.sampled_from(["1", "7"]), price=st.sampled_from(["99.99", "100.00"]),
)  # fmt: skip
ORDER = st.sampled_from([0, 0, 0, 1, 2, 2**62])
MESSAGE = st.one_of(
    NEW, PLAIN, PLAIN, st.builds(m.Cancel, client_id=CLIENT_ID, order=ORDER),
    st.builds(m.Reduce, client_id=CLIENT_ID, order=ORDER, quantity=DECIMAL),
    st.builds(
        m.Replace, client_id=CLIENT_ID, order=ORDER, price=st.none() | DECIMAL, trigger=st.none() | DECIMAL,
        quantity=st.none() | DECIMAL, display=st.none() | DECIMAL,
    ),
    st.builds(m.QueryOrder, client_id=CLIENT_ID, after=ORDER), st.builds(m.QueryOpen, after=ORDER),
    st.builds(m.QueryFills, since=ORDER), st.just(m.QueryPosition()), st.just(m.Heartbeat(re=5)),
    st.builds(m.Subscribe, symbol=st.sampled_from(["ACME", "NONE"]), book=st.booleans(), quotes=st.booleans()),
    st.builds(m.SetPhase, symbol=st.sampled_from(["ACME", "NONE"]), phase=st.sampled_from(["halt", "continuous"])),
    st.builds(m.SetDayEnd, end_ns=st.sampled_from([1, START_NS + 9, 2**62])), st.just(m.SetFaults(rules=[5])),
)  # fmt: skip


@seed(5)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(MESSAGE, min_size=10, max_size=40))
def test_whatever_is_asked_is_answered(messages: list[m.FromClient]) -> None:
    floor = Floor("ACME:0.01:1,COIN:0.5:0.001", admin=True)
    ann = floor.join("ann")
    for message in messages:
        heard = ann.say(message)
        assert [one for one in heard if getattr(one, "re", 0) == ann.talk.said] != [], message
        floor.now += 1
    for name in ("ann", "bob"):
        floor.join(name).ask_open()


def test_one_call_processes_so_many_messages_and_the_others_wait() -> None:
    floor = Floor()
    ann = floor.join("ann")
    frames = [ann.talk.say(order(f"a{k}", "buy", 1, "99.00"))[1] for k in range(BATCH + 1)]
    floor.act(floor.gate.receive(ann.number, b"".join(frames), floor.now))
    assert (len(ann.heard), floor.gate.waits(ann.number)) == (BATCH, True)
    floor.act(floor.gate.receive(ann.number, b"", floor.now))
    assert (len(ann.heard), floor.gate.waits(ann.number)) == (BATCH + 1, False)


def test_a_heartbeat_is_answered() -> None:
    floor = Floor()
    (answer,) = floor.join("ann").say(m.Heartbeat())
    assert (type(answer), answer.re, answer.time_ns) == (m.Heartbeat, 2, floor.now)


def test_a_client_that_wants_heartbeats_hears_them_and_is_given_up_when_it_is_silent() -> None:
    floor = Floor()
    ann, bob = floor.join("ann", heartbeat_ms=100), floor.join("bob")
    floor.wait(100)
    assert kinds(ann.heard) == ["Heartbeat"]
    floor.wait(150)
    ann.say(m.Heartbeat())
    floor.wait(299)
    assert not ann.ended
    floor.wait(1)
    assert (ann.ended, ann.heard[-1].reason) == (True, "silent")
    assert not bob.ended
    assert floor.gate.next_ns() == NEVER


def test_a_pause_of_ours_is_no_silence_of_the_clients() -> None:
    rules = [{"when": {"on": "message", "type": "new"}, "what": {"do": "pause", "ms": 1000}}]
    floor = Floor(rules=rules)
    ann = floor.join("ann", heartbeat_ms=100)
    ann.buy("a1", 1, "99.00")
    floor.wait(1000)
    assert not ann.ended
    floor.wait(300)
    assert ann.ended


def test_nothing_is_due_in_an_exchange_where_nothing_waits() -> None:
    floor = Floor()
    floor.join("ann").buy("a1", 1, "99.00")
    assert floor.gate.next_ns() == NEVER


def test_the_log_is_written_before_anything_leaves() -> None:
    floor = Floor()
    ann = floor.join("ann")
    actions = floor.gate.receive(ann.number, ann.talk.say(order("a1", "buy", 1, "99.00"))[1], floor.now + MS)
    assert [line["event"] for line in floor.log[-3:]] == ["received", "made", "sent"]
    received, made, sent = floor.log[-3:]
    assert received["message"] == {
        "message": "new", "seq": 2, "client_id": "a1", "symbol": "ACME", "side": "buy", "quantity": "1",
        "price": "99.00",
    }  # fmt: skip
    assert (made["message"]["sequence"], "seq" in made["message"]) == (2, False)
    assert sent["message"] == made["message"] | {"seq": 2, "re": 2}
    assert {line["time_ns"] for line in floor.log[-3:]} == {floor.now + MS}
    floor.act(actions)
    assert kinds(ann.heard) == ["Accepted"]


def test_stopping_says_goodbye_to_everyone() -> None:
    floor = Floor()
    ann, bob = floor.join("ann", cancel_on_disconnect=True), floor.join("bob")
    ann.buy("a1", 1, "99.00")
    floor.act(floor.gate.stop(floor.now))
    assert [seat.heard[-1].reason for seat in (ann, bob)] == ["stopping", "stopping"]
    assert (ann.ended, bob.ended) == (True, True)
    assert floor.log[-1]["event"] == "stopped"
    assert len(floor.lines("made", message="canceled", reason="disconnected")) == 1


def test_a_connection_that_ended_may_be_closed_again() -> None:
    floor = Floor()
    ann = floor.join("ann")
    ann.give(b"\0\0\0\0")
    assert floor.gate.close(ann.number, floor.now) == []
    assert floor.gate.receive(ann.number, b"x", floor.now) == []
