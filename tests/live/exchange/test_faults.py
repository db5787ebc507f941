"""Every fault does what it says, at the moment that it names, and in the same way for the same seed."""

import json
from typing import Any

import pytest
from tests.live.exchange.floor import Floor, Seat, kinds

from lockstep.errors import ExchangeError
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.fault_rules import read_rules


def rule(on: str, do: str, /, *, what: dict[str, Any] | None = None, **when: Any) -> dict[str, Any]:
    return {"when": {"on": on, **when}, "what": {"do": do, **(what or {})}}


def test_cut_after_processing_the_order_is_live_though_its_client_never_heard() -> None:
    floor = Floor(rules=[rule("message", "cut_after", type="new", nth=2)])
    ann = floor.join("ann")
    assert kinds(ann.buy("a1", 5, "99.00")) == ["Accepted"]
    assert ann.buy("a2", 5, "99.00") == []
    assert ann.ended
    again = floor.join("ann")
    assert [state.client_id for state in again.ask_open()] == ["a1", "a2"]
    assert [state.status for state in again.ask_order("a2")] == ["live"]
    assert len(floor.lines("received", message="new", client_id="a2")) == 1
    assert len(floor.lines("made", message="accepted", client_id="a2")) == 1
    assert len(floor.lines("lost", message="accepted", client_id="a2")) == 1
    assert floor.lines("sent", client_id="a2") == []


def test_cut_before_processing_the_order_was_never_there() -> None:
    floor = Floor(rules=[rule("message", "cut_before", type="new")])
    ann = floor.join("ann")
    assert ann.buy("a1", 5, "99.00") == []
    assert ann.ended
    again = floor.join("ann")
    assert (again.ask_open(), again.ask_order("a1")) == ([], [])
    assert len(floor.lines("received", message="new", client_id="a1")) == 1
    assert floor.lines("made") == []


def test_what_follows_a_cut_message_in_the_same_bytes_is_not_read() -> None:
    floor = Floor(rules=[rule("message", "cut_after", type="new")])
    ann = floor.join("ann")
    both = ann.talk.say(m.New(client_id="a1", symbol="ACME", side="buy", quantity="1", price="1"))[1]
    both += ann.talk.say(m.New(client_id="a2", symbol="ACME", side="buy", quantity="1", price="1"))[1]
    ann.give(both)
    assert [state.client_id for state in floor.join("ann").ask_open()] == ["a1"]


def test_the_other_side_of_a_trade_hears_of_it_when_the_taker_is_cut() -> None:
    floor = Floor(rules=[rule("message", "cut_after", account="bob", type="new")])
    ann, bob = floor.join("ann"), floor.join("bob")
    ann.buy("a1", 5, "99.00")
    bob.sell("b1", 5, "99.00")
    assert (bob.ended, kinds(ann.heard)) == (True, ["Accepted", "Fill"])
    assert floor.join("bob").ask_positions() == {"ACME": "-5"}


def test_a_cut_with_late_answers_brings_them_after_the_next_login() -> None:
    floor = Floor(rules=[rule("message", "cut_after", type="new", what={"late": True})])
    ann = floor.join("ann")
    ann.buy("a1", 5, "99.00")
    again = floor.connect()
    welcome, accepted = again.say(m.Hello(account="ann"))
    assert (type(welcome), type(accepted)) == (m.Welcome, m.Accepted)
    # It answers nothing that this connection has asked.
    assert (accepted.client_id, accepted.re, accepted.seq) == ("a1", 0, 2)
    assert kinds(again.buy("a2", 5, "99.00")) == ["Accepted"]


def test_a_login_can_be_cut_unanswered_too() -> None:
    floor = Floor(rules=[rule("message", "cut_after", type="hello", account="ann")])
    seat = floor.connect()
    assert seat.say(m.Hello(account="ann")) == []
    assert seat.ended
    assert kinds(floor.join("ann").buy("a1", 1, "99.00")) == ["Accepted"]


def test_delayed_reports_leave_in_order_and_later_while_answers_overtake_them() -> None:
    floor = Floor(rules=[rule("report", "delay", type="accepted", what={"ms": 50})])
    ann, bob = floor.join("ann"), floor.join("bob")
    assert ann.buy("a1", 5, "99.00") == []
    bob.sell("b1", 2, "99.00")
    assert kinds(bob.heard) == ["Accepted", "Fill"], "only the first accepted report is delayed"
    assert [state.remaining for state in ann.ask_open()] == ["3"], "the answer is ahead of the reports"
    floor.wait(49)
    assert kinds(ann.heard) == ["Orders"]
    floor.wait(1)
    assert kinds(ann.heard) == ["Orders", "Accepted", "Fill"]
    assert [one.seq for one in ann.heard] == [2, 3, 4]
    assert ann.talk.missing == 0


def test_reports_may_overtake_a_delayed_one() -> None:
    floor = Floor(rules=[rule("report", "delay", type="accepted", account="ann", what={"ms": 50, "overtake": True})])
    ann, bob = floor.join("ann"), floor.join("bob")
    ann.buy("a1", 5, "99.00")
    bob.sell("b1", 2, "99.00")
    floor.wait(50)
    assert kinds(ann.heard) == ["Fill", "Accepted"]


def test_what_is_delayed_is_lost_with_its_connection() -> None:
    floor = Floor(rules=[rule("report", "delay", what={"ms": 50})])
    ann = floor.join("ann")
    ann.buy("a1", 5, "99.00")
    ann.drop()
    again = floor.join("ann")
    floor.wait(60)
    assert again.heard == []
    assert floor.lines("held", client_id="a1") != []
    assert floor.lines("sent", client_id="a1") == []


def test_duplicates_have_the_number_of_the_first() -> None:
    floor = Floor(rules=[rule("report", "duplicate", type="fill", account="ann", what={"copies": 2, "ms": 10})])
    ann, bob = floor.join("ann"), floor.join("bob")
    ann.buy("a1", 5, "99.00")
    bob.sell("b1", 2, "99.00")
    assert kinds(ann.heard) == ["Accepted", "Fill"]
    bob.sell("b2", 1, "99.00")
    floor.wait(10)
    first, other, *copies = ann.heard[1:]
    assert (copies, other.quantity) == ([first, first], "1")
    assert (ann.talk.repeated, ann.talk.missing) == (2, 0)
    assert len(ann.ask_fills()) == 2
    assert ann.ask_positions() == {"ACME": "3"}


def test_a_duplicate_without_a_delay_follows_at_once() -> None:
    floor = Floor(rules=[rule("report", "duplicate")])
    first, copy = floor.join("ann").buy("a1", 5, "99.00")
    assert first == copy


@pytest.mark.parametrize("silent", [False, True])
def test_a_lost_report_leaves_a_gap_unless_it_is_lost_silently(silent: bool) -> None:
    floor = Floor(rules=[rule("report", "lose", type="fill", account="ann", what={"silent": silent})])
    ann, bob = floor.join("ann"), floor.join("bob")
    ann.buy("a1", 5, "99.00")
    bob.sell("b1", 2, "99.00")
    assert kinds(ann.heard) == ["Accepted"]
    assert [fill.quantity for fill in ann.ask_fills()] == ["2"]
    assert ann.talk.missing == (0 if silent else 1)
    assert len(floor.lines("lost", message="fill")) == 1


def test_late_reports_come_after_the_next_login_those_of_the_time_away_included() -> None:
    floor = Floor(rules=[rule("report", "late", type="fill", account="ann", times=0)])
    ann, bob = floor.join("ann"), floor.join("bob")
    ann.buy("a1", 5, "99.00")
    bob.sell("b1", 2, "99.00")
    assert kinds(ann.heard) == ["Accepted"]
    ann.drop()
    bob.sell("b2", 1, "99.00")
    again = floor.connect()
    heard = again.say(m.Hello(account="ann"))
    assert kinds(heard) == ["Welcome", "Fill", "Fill"]
    assert [fill.quantity for fill in heard[1:]] == ["2", "1"]
    assert kinds(floor.connect().say(m.Hello(account="ann"))) == ["Welcome"], "they come once"


def test_logins_are_refused_for_a_while() -> None:
    floor = Floor(rules=[rule("login", "refuse", account="ann", nth=2, what={"ms": 100})])
    floor.join("ann").drop()
    for _ in range(2):
        seat = floor.connect()
        (bye,) = seat.say(m.Hello(account="ann"))
        assert (bye.reason, seat.ended) == ("login_refused", True)
        floor.wait(49)
    floor.join("bob")
    floor.wait(2)
    floor.join("ann")


def test_everyone_is_cut_at_a_moment_and_kept_out_for_a_while() -> None:
    rules = [rule("time", "cut", ms=20), rule("time", "refuse", ms=20, what={"ms": 30})]
    floor = Floor(rules=rules)
    ann, bob = floor.join("ann"), floor.join("bob")
    floor.wait(19)
    assert not ann.ended
    floor.wait(1)
    assert (ann.ended, bob.ended) == (True, True)
    assert floor.connect().say(m.Hello(account="ann"))[0].reason == "login_refused"
    floor.wait(30)
    floor.join("ann")


def test_reading_pauses_and_goes_on_with_what_has_come() -> None:
    floor = Floor(rules=[rule("message", "pause", type="new", what={"ms": 100})])
    ann = floor.join("ann")
    assert kinds(ann.buy("a1", 5, "99.00")) == ["Accepted"], "the message itself is processed"
    assert ann.paused
    assert ann.buy("a2", 5, "99.00") == []
    bob = floor.join("bob")
    assert kinds(bob.sell("b1", 1, "99.00")) == ["Accepted", "Fill"], "others trade"
    assert kinds(ann.heard) == ["Accepted", "Fill"], "what the exchange says is still heard"
    floor.wait(100)
    assert (kinds(ann.heard), ann.paused) == (["Accepted", "Fill", "Accepted"], False)
    (received,) = floor.lines("received", client_id="a2")
    assert received["time_ns"] == floor.now


def test_an_order_that_waits_in_a_paused_connection_dies_with_it() -> None:
    floor = Floor(rules=[rule("message", "pause", type="new", what={"ms": 100})])
    ann = floor.join("ann")
    ann.buy("a1", 5, "99.00")
    ann.buy("a2", 5, "99.00")
    ann.drop()
    floor.wait(200)
    assert [state.client_id for state in floor.join("ann").ask_open()] == ["a1"]


def test_a_rule_strikes_so_many_times_in_a_row() -> None:
    floor = Floor(rules=[rule("report", "lose", nth=2, times=3, what={"silent": True})])
    ann = floor.join("ann")
    heard = [one.client_id for k in range(7) for one in ann.buy(f"a{k}", 1, "99.00")]
    assert heard == ["a0", "a4", "a5", "a6"]


def lost(seed: int) -> list[str]:
    rules = [
        rule("report", "lose", times=0, chance=0.3),
        rule("report", "delay", times=0, what={"ms": 1, "jitter_ms": 20, "overtake": True}),
    ]
    floor = Floor(rules=rules, seed=seed)
    ann = floor.join("ann")
    for k in range(40):
        ann.buy(f"a{k}", 1, "99.00")
    floor.wait(100)
    return [one.client_id for one in ann.heard]


def test_chance_is_the_seeds() -> None:
    assert lost(1) == lost(1) != lost(2)
    assert 15 < len(lost(1)) < 40


def test_rules_of_the_same_script_have_chances_of_their_own() -> None:
    floor = Floor(rules=[rule("report", "lose", times=0, chance=0.5), rule("report", "late", times=0, chance=0.5)])
    ann = floor.join("ann")
    for k in range(40):
        ann.buy(f"a{k}", 1, "99.00")
    fates = {line["event"] for line in floor.log if line.get("message", {}).get("message") == "accepted"}
    assert fates == {"made", "sent", "lost", "held"}


def test_an_administrator_replaces_the_script_at_run_time() -> None:
    floor = Floor(admin=True, rules=[rule("report", "lose", times=0)])
    boss, ann = floor.join("boss"), floor.join("ann")
    assert ann.buy("a1", 1, "99.00") == []
    assert kinds(boss.say(m.SetFaults(rules=[]))) == ["Done"]
    assert kinds(ann.buy("a2", 1, "99.00")) == ["Accepted"]
    assert kinds(boss.say(m.SetFaults(rules=[rule("time", "cut", ms=5, account="ann")]))) == ["Done"]
    floor.wait(5)
    assert (ann.ended, boss.ended) == (True, False)
    (refused,) = boss.say(m.SetFaults(rules=[{"when": {"on": "rain"}}]))
    assert (refused.reason, refused.what) == ("bad_faults", "set_faults")
    assert seat_is_well(boss)


def seat_is_well(seat: Seat) -> bool:
    return kinds(seat.say(m.Heartbeat())) == ["Heartbeat"]


BAD = {
    "no list": b"{}",
    "no JSON": b"[",
    "a number": b"[5]",
    "no what": json.dumps([{"when": {"on": "report"}}]).encode(),
    "an unknown fault": json.dumps([rule("report", "explode")]).encode(),
    "a fault that does not fit": json.dumps([rule("report", "cut_after")]).encode(),
    "an unknown field": json.dumps([rule("report", "lose", what={"loud": True})]).encode(),
    "the zeroth": json.dumps([rule("report", "lose", nth=0)]).encode(),
    "a chance above one": json.dumps([rule("report", "lose", chance=1.5)]).encode(),
    "an unknown type": json.dumps([rule("message", "cut_after", type="gnu")]).encode(),
    "a report as a message": json.dumps([rule("message", "cut_after", type="fill")]).encode(),
    "a type of a login": json.dumps([rule("login", "refuse", type="new", what={"ms": 1})]).encode(),
    "a delay of no length": json.dumps([rule("report", "delay")]).encode(),
    "a negative delay": json.dumps([rule("report", "delay", what={"ms": -1})]).encode(),
}


@pytest.mark.parametrize("script", BAD.values(), ids=BAD)
def test_scripts_that_can_not_be_are_refused(script: bytes) -> None:
    with pytest.raises(ExchangeError):
        read_rules(script)
