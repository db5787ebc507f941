"""What waits for a slow client: bounded, the latest where that stands for all, and nothing dropped in silence."""

from tests.live.gateway.streams.listening import Ear

from lockstep.live.gateway.streams.client import PIECE, STALLED_S, TOO_SLOW, Client, Told
from lockstep.live.gateway.streams.item import Channel, Item, Rule
from lockstep.live.gateway.streams.outbox import Outbox
from lockstep.live.gateway.streams.words import Quote

TRADES, ORDERS = Channel("trade:ACME", Rule.NEVER, "marketData"), Channel("orders", Rule.NEVER, "order")
QUOTES = {symbol: Channel(f"quote:{symbol}", Rule.LATEST, "marketData") for symbol in ("ACME", "BETA")}
BOOK = Channel("book:ACME", Rule.PICTURE, "marketData", lambda: ({"type": "book", "snapshot": True},))
BEAT = Channel("", Rule.LATEST, "heartbeat")


def quote(seq, symbol="ACME"):
    return Item(QUOTES[symbol], seq, Quote(symbol=symbol, seq=seq, bid=float(seq), bid_size=1.0))


def trades(first, count):
    return [Item(TRADES, seq, {"seq": seq}) for seq in range(first, first + count)]


def taken(outbox, most=1 << 20):
    return [item.content for item in outbox.take(most)]


def test_the_latest_quote_of_a_symbol_stands_for_those_before_it_and_says_how_many():
    outbox = Outbox()
    outbox.put([quote(4), quote(5), quote(9, "BETA"), quote(6), quote(6)])
    found = taken(outbox)
    assert [(each.symbol, each.seq, each.skipped) for each in found] == [("ACME", 6, 2), ("BETA", 9, 0)]
    assert outbox.left_out == 3
    assert len(outbox) == 0


def test_changes_of_a_book_become_one_picture_before_the_heartbeat_that_counts_it():
    outbox = Outbox()
    beat = Item(BEAT, 0, {"type": "heartbeat"})
    outbox.put([beat, *(Item(BOOK, seq, {"type": "book", "seq": seq}) for seq in range(5)), quote(1)])
    found = taken(outbox)
    assert found[0] == {"type": "book", "snapshot": True}
    assert found[-1] == {"type": "heartbeat"}
    assert len(found) == 3


def test_trades_and_orders_keep_their_order_and_are_all_there():
    outbox = Outbox()
    order = Item(ORDERS, 77, {"seq": 77})
    outbox.put([*trades(1, 2), order, *trades(3, 2)])
    assert [each["seq"] for each in taken(outbox)] == [1, 2, 77, 3, 4]


def test_one_that_is_full_says_so_and_does_not_grow():
    outbox = Outbox(most_bytes=100, most_messages=1000)
    outbox.put(trades(1, 50))
    assert outbox.full
    assert outbox.bytes <= 100
    few = Outbox(most_messages=10)
    few.put([*trades(1, 11), *(quote(seq) for seq in range(1000))])
    assert (few.full, len(few)) == (True, 11)


def test_what_waits_is_taken_in_pieces_quotes_last():
    outbox = Outbox()
    outbox.put([quote(1), *trades(1, 30)])
    seen = [taken(outbox, 100) for _ in range(4)]
    assert [len(each) for each in seen[:3]] == [11, 10, 10]
    assert [each.seq for each in seen[3] or seen[2][-1:]] == [1]
    assert outbox.bytes == 0


def test_what_is_not_heard_any_more_does_not_wait():
    outbox = Outbox()
    outbox.put([quote(1), *trades(1, 3), Item(BOOK, 1, {}), Item(ORDERS, 5, {"seq": 5})])
    outbox.forget([TRADES, BOOK, QUOTES["ACME"]])
    assert taken(outbox) == [{"seq": 5}]
    assert outbox.bytes == 0


def test_a_client_that_can_take_nothing_gets_the_rest_when_it_can():
    ear = Ear()
    client = Client(ear, None)
    client.take(Told(trades(1, 2)), 1.0)
    ear.ready = False
    client.take(Told([*trades(3, 2), quote(1)]), 2.0)
    client.take(Told([*trades(5, 1), quote(2)]), 3.0)
    client.look(4.0)
    assert [each["seq"] for each in ear.take()] == [1, 2]
    ear.ready = True
    client.look(5.0)
    assert [(each["seq"], each.get("skipped", 0)) for each in ear.take()] == [(3, 0), (4, 0), (5, 0), (2, 1)]
    assert not client.behind


def test_a_client_is_looked_after_until_the_last_piece_of_what_waits_has_been_sent():
    ear = Ear()
    client = Client(ear, None)
    ear.ready = False
    client.take(Told([Item(ORDERS, seq, {"seq": seq, "rest": "x" * PIECE}) for seq in (1, 2)]), 1.0)
    ear.ready = True
    assert client.waits_since == 1.0
    client.look(2.0)
    assert [each["seq"] for each in ear.take()] == [1]
    assert client.waits_since == 2.0
    client.look(3.0)
    assert [each["seq"] for each in ear.take()] == [2]
    assert client.waits_since is None


def test_a_client_whose_outbox_is_full_or_that_takes_nothing_is_closed_with_the_reason():
    full, stalled = Ear(), Ear()
    for ear in (full, stalled):
        ear.ready = False
    slow = Client(full, None)
    slow.take(Told(trades(1, 9000)), 1.0)
    assert full.closed is not None
    assert full.closed[0] == TOO_SLOW
    assert "8192 messages waited" in full.closed[1]
    quiet = Client(stalled, None)
    quiet.take(Told([quote(1)]), 1.0)
    quiet.look(1.0 + STALLED_S / 2)
    assert not stalled.closed
    quiet.look(1.0 + STALLED_S)
    assert stalled.closed == (TOO_SLOW, "too slow: nothing was taken for 10 s")
    assert len(quiet.outbox) == 0
    quiet.take(Told(trades(1, 1)), 20.0)
    assert stalled.heard == []
