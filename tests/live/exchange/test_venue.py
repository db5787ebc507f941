"""The exchange behind its wire: hand-worked sequences of orders, queries and what everyone hears."""

from typing import Any

import pytest
from tests.live.exchange.floor import MS, START_NS, Floor, kinds, order

from lockstep.kernels.book.events import Phase
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.venue import PAGE


def test_a_trade_is_told_to_both_sides_and_shown_by_every_query() -> None:
    floor = Floor()
    ann, bob = floor.join("ann"), floor.join("bob")
    (accepted,) = ann.buy("a1", 10, "100.00")
    assert (accepted.seq, accepted.re, accepted.order, accepted.remaining) == (2, 2, 1, "10")
    accepted, fill = bob.sell("b1", 4, "99.50")
    assert (accepted.re, accepted.order, accepted.remaining) == (2, 2, "4")
    # The one that came in is told first; the price is that of the order that rested.
    assert fill == m.Fill(
        seq=3, account="bob", client_id="b1", symbol="ACME", time_ns=START_NS, order=2, sequence=4, side="sell",
        execution=1, trade=1, price="100.00", quantity="4", remaining="0", liquidity="taker",
    )  # fmt: skip
    assert ann.heard[-1] == m.Fill(
        seq=3, account="ann", client_id="a1", symbol="ACME", time_ns=START_NS, order=1, sequence=5, side="buy",
        execution=2, trade=1, price="100.00", quantity="4", remaining="6", liquidity="maker",
    )  # fmt: skip
    (state,) = ann.ask_order("a1")
    assert (state.status, state.quantity, state.filled, state.remaining, state.price) == (
        "live",
        "10",
        "4",
        "6",
        "100.00",
    )
    assert ann.ask_open() == [state]
    assert (bob.ask_open(), bob.ask_order("b1")[0].status) == ([], "filled")
    assert [fill.execution for fill in ann.ask_fills()] == [2]
    assert ann.ask_positions() == {"ACME": "4"}
    assert bob.ask_positions() == {"ACME": "-4"}


def test_a_client_id_that_is_given_again_is_a_second_live_order_and_the_query_shows_both() -> None:
    floor = Floor()
    ann = floor.join("ann")
    assert kinds(ann.buy("a1", 5, "99.00") + ann.buy("a1", 5, "99.00")) == ["Accepted", "Accepted"]
    assert [(state.order, state.status) for state in ann.ask_order("a1")] == [(1, "live"), (2, "live")]
    assert [state.order for state in ann.ask_open()] == [1, 2]
    (refused,) = ann.say(m.Cancel(client_id="a1"))
    assert (refused.reason, refused.what, refused.re) == ("ambiguous_id", "cancel", ann.talk.said)
    (canceled,) = ann.say(m.Cancel(client_id="a1", order=2))
    assert (canceled.order, canceled.re) == (2, ann.talk.said)
    assert [(state.order, state.status) for state in ann.ask_order("a1")] == [(1, "live"), (2, "canceled")]
    (canceled,) = ann.say(m.Cancel(client_id="a1"))
    assert canceled.order == 1, "one live order is left: its name is enough"


def test_an_order_that_is_refused_is_shown_as_refused() -> None:
    floor = Floor()
    ann = floor.join("ann")
    ann.buy("a1", 5, "99.001")
    ann.say(m.New(client_id="a1", symbol="NONE", side="buy", quantity="1", price="1"))
    ann.buy("a1", 5, "99.00", post_only=True, force="ioc")
    states = ann.ask_order("a1")
    assert [(s.order, s.status, s.reason) for s in states] == [
        (1, "rejected", "off_tick"), (2, "rejected", "unknown_symbol"), (3, "rejected", "bad_flags"),
    ]  # fmt: skip
    assert (states[0].price, states[1].symbol, ann.ask_open()) == ("99.001", "NONE", [])


REFUSED: dict[str, dict[str, Any]] = {
    "unknown_symbol": {"symbol": "NONE"},
    "off_tick": {"price": "10.005"},
    "off_lot": {"quantity": "1.5"},
    "bad_price": {"price": "ten"},
    "bad_price on a market order": {"type": "market"},
    "bad_price of none": {"price": None},
    "bad_quantity": {"quantity": "1e3"},
    "bad_size": {"quantity": "0"},
    "bad_size below none": {"quantity": "-1"},
    "bad_trigger": {"trigger": "9.00"},
    "bad_trigger of none": {"type": "stop_limit"},
    "bad_expiry": {"force": "gtd"},
    "bad_expiry of gtc": {"expiry_ns": 5},
    "expired": {"force": "gtd", "expiry_ns": START_NS},
    "bad_display": {"display": "0"},
    "bad_display of ioc": {"display": "1", "force": "ioc"},
    "bad_tick": {"price": "9999999999999.00"},
    "would_trade": {"post_only": True, "price": "101.00"},
    "not_enough": {"force": "fok", "price": "101.00", "quantity": "11"},
    "nothing_to_reduce": {"reduce_only": True},
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_have_stable_words_and_change_nothing(case: str) -> None:
    floor = Floor()
    floor.join("bob").sell("b1", 10, "101.00")
    ann = floor.join("ann")
    asked: dict[str, Any] = {
        "client_id": "a1",
        "symbol": "ACME",
        "side": "buy",
        "quantity": "5",
        "price": "10.00",
    } | REFUSED[case]
    digest = floor.venue.trading.matching.exchange.books[0].digest
    (refused,) = ann.say(m.New(**asked))
    assert isinstance(refused, m.Rejected)
    assert (refused.reason, refused.what, refused.re, refused.order) == (case.split()[0], "new", 2, 2)
    assert refused.text
    assert floor.venue.trading.matching.exchange.books[0].digest == digest
    assert not ann.ended


def test_only_the_one_who_asked_hears_a_refusal_and_all_of_the_account_hear_reports() -> None:
    floor = Floor()
    ann, drop_copy, bob = floor.join("ann"), floor.join("ann"), floor.join("bob")
    ann.buy("a1", 5, "99.00")
    assert [(one.re, one.order) for one in drop_copy.heard] == [(0, 1)]
    ann.buy("a2", 5, "99.005")
    ann.say(m.Reduce(client_id="a1", quantity="6"))
    drop_copy.say(m.Cancel(client_id="a1"))
    assert kinds(ann.heard) == ["Accepted", "Rejected", "Rejected", "Canceled"]
    assert kinds(drop_copy.heard) == ["Accepted", "Canceled"]
    assert [one.re for one in ann.heard] == [2, 3, 4, 0]
    assert bob.heard == []


def test_nobody_touches_another_accounts_order() -> None:
    floor = Floor()
    ann, bob = floor.join("ann"), floor.join("bob")
    ann.buy("a1", 5, "99.00")
    for request in (m.Cancel(client_id="a1"), m.Cancel(client_id="a1", order=1), m.Replace(client_id="a1", price="98")):
        (refused,) = bob.say(request)
        assert refused.reason == "unknown_order"
    assert (bob.ask_order("a1"), [state.status for state in ann.ask_open()]) == ([], ["live"])


def test_a_cancel_of_what_has_ended_says_how_it_ended() -> None:
    floor = Floor()
    ann = floor.join("ann")
    ann.buy("a1", 5, "99.00")
    ann.say(m.Cancel(client_id="a1"))
    (refused,) = ann.say(m.Cancel(client_id="a1"))
    assert refused.reason == "unknown_order"
    assert refused.text.endswith("order 1 is canceled")


def test_replacing_counts_what_has_traded_and_keeps_what_is_not_named() -> None:
    floor = Floor()
    ann, bob = floor.join("ann"), floor.join("bob")
    ann.buy("a1", 10, "100.00")
    bob.sell("b1", 4, "100.00")
    (replaced,) = ann.say(m.Replace(client_id="a1", quantity="7"))
    assert (replaced.price, replaced.quantity, replaced.remaining, replaced.re) == ("100.00", "7", "3", 3)
    (replaced,) = ann.say(m.Replace(client_id="a1", price="99.00"))
    assert (replaced.price, replaced.quantity, replaced.remaining) == ("99.00", "7", "3")
    (state,) = ann.ask_open()
    assert (state.price, state.quantity, state.filled, state.remaining) == ("99.00", "7", "4", "3")
    (refused,) = ann.say(m.Replace(client_id="a1", trigger="98.00"))
    assert refused.reason == "bad_trigger"
    (canceled,) = ann.say(m.Replace(client_id="a1", quantity="4"))
    assert (type(canceled), canceled.quantity, canceled.re) == (m.Canceled, "3", ann.talk.said)


def test_a_replacement_that_trades_is_answered_before_its_fills() -> None:
    floor = Floor()
    ann, bob = floor.join("ann"), floor.join("bob")
    bob.sell("b1", 3, "101.00")
    ann.buy("a1", 5, "100.00")
    replaced, fill = ann.say(m.Replace(client_id="a1", price="101.00"))
    assert (replaced.re, fill.re, fill.quantity, fill.remaining) == (3, 0, "3", "2")


def test_reducing_keeps_the_rest_and_the_last_lot_cancels() -> None:
    ann = Floor().join("ann")
    ann.buy("a1", 5, "99.00")
    (reduced,) = ann.say(m.Reduce(client_id="a1", quantity="2"))
    assert (reduced.quantity, reduced.remaining, reduced.re) == ("2", "3", 3)
    (refused,) = ann.say(m.Reduce(client_id="a1", quantity="4"))
    assert (refused.reason, refused.what) == ("bad_size", "reduce")
    (canceled,) = ann.say(m.Reduce(client_id="a1", quantity="3"))
    assert (type(canceled), canceled.re) == (m.Canceled, 5)


def test_what_does_not_fill_at_once_is_canceled_where_it_may_not_rest() -> None:
    floor = Floor()
    ann, bob = floor.join("ann"), floor.join("bob")
    bob.sell("b1", 3, "101.00")
    accepted, fill, canceled = ann.say(
        m.New(client_id="a1", symbol="ACME", side="buy", quantity="5", type="market", force="ioc")
    )
    assert (accepted.re, fill.quantity, canceled.re) == (2, "3", 0)
    assert (canceled.reason, canceled.quantity) == ("not_filled", "2")
    (state,) = ann.ask_order("a1")
    assert (state.status, state.filled, state.quantity, state.reason) == ("canceled", "3", "5", "not_filled")


def test_stops_wait_are_triggered_and_trade() -> None:
    floor = Floor()
    ann, bob = floor.join("ann"), floor.join("bob")
    bob.sell("b1", 1, "101.00")
    bob.sell("b2", 5, "102.00")
    ann.say(m.New(client_id="a1", symbol="ACME", side="buy", quantity="2", type="stop", trigger="101.00"))
    (state,) = ann.ask_open()
    assert (state.status, state.trigger, state.price) == ("waiting", "101.00", None)
    heard = ann.buy("a2", 1, "101.00")
    assert kinds(heard) == ["Accepted", "Fill", "Triggered", "Fill"]
    assert (heard[2].client_id, heard[3].price, heard[3].quantity) == ("a1", "102.00", "2")
    assert ann.ask_order("a1")[0].status == "filled"


def test_own_orders_do_not_meet_where_prevention_says_so() -> None:
    ann = Floor().join("ann")
    ann.buy("a1", 5, "100.00")
    heard = ann.sell("a2", 5, "100.00", prevention="oldest")
    assert kinds(heard) == ["Accepted", "Canceled"]
    assert [one.client_id for one in heard] == ["a2", "a1"]
    assert heard[1].reason == "self_trade"


def test_orders_expire_when_their_time_is_over_and_a_query_never_shows_them_alive() -> None:
    floor = Floor(admin=True)
    ann = floor.join("ann")
    ann.buy("a1", 5, "99.00", force="gtd", expiry_ns=START_NS + 10 * MS)
    ann.say(m.SetDayEnd(end_ns=START_NS + 20 * MS))
    ann.buy("a2", 5, "98.00", force="day")
    assert floor.gate.next_ns() == START_NS + 10 * MS
    floor.now += 10 * MS  # nobody has woken the exchange
    heard = ann.say(m.QueryOpen())
    assert kinds(heard) == ["Expired", "Orders"]
    assert (heard[0].client_id, heard[0].re) == ("a1", 0)
    assert [state.client_id for state in heard[1].orders] == ["a2"]
    floor.wait(10)
    assert (type(ann.heard[-1]), ann.heard[-1].client_id) == (m.Expired, "a2")
    assert ann.ask_order("a2")[0].status == "expired"


def test_phases_are_told_to_everyone_and_an_auction_gathers() -> None:
    floor = Floor(admin=True, phase=Phase.AUCTION)
    ann, bob = floor.join("ann"), floor.join("bob")
    ann.buy("a1", 5, "101.00")
    assert kinds(bob.sell("b1", 3, "99.00")) == ["Accepted"]
    (refused,) = ann.say(m.New(client_id="a2", symbol="ACME", side="buy", quantity="5", type="market"))
    assert refused.reason == "wrong_phase"
    ann.heard.clear()
    floor.join("boss").say(m.SetPhase(symbol="ACME", phase="continuous"))
    # All prices from 99 to 101 trade 3 and leave 2: the nearest to the reference, 1000.00, counts.
    fill, phase = ann.heard
    assert (fill.price, fill.quantity, fill.liquidity, fill.remaining) == ("101.00", "3", "auction", "2")
    assert phase.phase == "continuous"


def test_settings_are_changed_by_administrators_only() -> None:
    floor = Floor()
    ann = floor.join("ann")
    for request in (m.SetPhase(symbol="ACME", phase="halt"), m.SetDayEnd(end_ns=5), m.SetFaults(rules=[])):
        (refused,) = ann.say(request)
        assert (refused.reason, refused.what) == ("not_admin", request.__struct_config__.tag)
    assert kinds(ann.buy("a1", 1, "99.00")) == ["Accepted"]


def test_cancel_on_disconnect_cancels_what_came_in_by_that_connection() -> None:
    floor = Floor()
    ann, other = floor.join("ann", cancel_on_disconnect=True), floor.join("ann")
    ann.buy("a1", 5, "99.00")
    other.buy("a2", 5, "99.00")
    other.heard.clear()
    ann.drop()
    (canceled,) = other.heard
    assert (type(canceled), canceled.client_id, canceled.reason) == (m.Canceled, "a1", "disconnected")
    assert [state.client_id for state in other.ask_open()] == ["a2"]


def test_without_it_orders_outlive_their_connection_and_fills_wait_for_a_query() -> None:
    floor = Floor()
    ann, bob = floor.join("ann"), floor.join("bob")
    ann.buy("a1", 5, "99.00")
    ann.drop()
    bob.sell("b1", 2, "99.00")
    again = floor.join("ann")
    assert [state.remaining for state in again.ask_open()] == ["3"]
    (fill,) = again.ask_fills()
    assert (fill.quantity, again.ask_fills(fill.sequence)) == ("2", [])
    assert floor.lines("made", message="fill", account="ann") != []


def test_long_answers_come_in_pages() -> None:
    floor = Floor()
    ann, bob = floor.join("ann"), floor.join("bob")
    for k in range(PAGE + 3):
        ann.buy(f"a{k}", 1, "99.00")
    (page,) = ann.say(m.QueryOpen())
    (rest,) = ann.say(m.QueryOpen(after=page.orders[-1].order))
    assert (len(page.orders), page.more, len(rest.orders), rest.more) == (PAGE, True, 3, False)
    bob.sell("b1", PAGE + 3, "99.00")
    (page,) = ann.say(m.QueryFills())
    (rest,) = ann.say(m.QueryFills(since=page.fills[-1].sequence))
    assert (len(page.fills), page.more, len(rest.fills), rest.more) == (PAGE, True, 3, False)


def test_instruments_have_their_own_books_ticks_and_positions() -> None:
    floor = Floor("ACME:0.01:1,COIN:0.5:0.001")
    ann, bob = floor.join("ann"), floor.join("bob")
    ann.buy("a1", 5, "99.00")
    bob.say(m.New(client_id="b1", symbol="COIN", side="sell", quantity="0.005", price="60000.5"))
    (refused,) = bob.say(m.New(client_id="b2", symbol="COIN", side="sell", quantity="0.0055", price="60000.5"))
    assert refused.reason == "off_lot"
    ann.say(m.New(client_id="a2", symbol="COIN", side="buy", quantity="0.002", price="60001.0"))
    assert ann.ask_positions() == {"ACME": "0", "COIN": "0.002"}


def test_a_clock_that_goes_back_changes_nothing() -> None:
    floor = Floor()
    ann = floor.join("ann")
    ann.buy("a1", 5, "99.00")
    floor.now -= 1
    (refused,) = ann.say(order("a2", "buy", 5, "99.00"))
    assert refused.reason == "backward"
    assert [state.client_id for state in ann.ask_open()] == ["a1"]
