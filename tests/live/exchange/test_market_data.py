"""What subscribers hear: pictures first, then what changes, in step with the book."""

import random

from tests.live.exchange.floor import Floor, Seat, kinds, order

from lockstep.live.exchange import messages as m
from lockstep.live.exchange.market_data import LEVELS


def test_a_subscription_begins_with_how_things_stand() -> None:
    floor = Floor()
    floor.join("bob").sell("b1", 5, "101.00")
    heard = floor.join("ann").say(m.Subscribe(symbol="ACME", book=True, trades=True, quotes=True))
    assert kinds(heard) == ["Subscribed", "PhaseChange", "BookUpdate", "Quote"]
    assert (heard[0].re, heard[0].book, heard[0].trades, heard[0].quotes) == (2, True, True, True)
    assert (heard[2].snapshot, heard[2].bids, heard[2].asks) == (True, [], [("101.00", "5")])
    assert (heard[3].bid, heard[3].ask) == (None, ("101.00", "5"))


def test_quotes_trades_and_levels_are_told_as_they_change() -> None:
    floor = Floor()
    bob, ann = floor.join("bob"), floor.join("ann")
    bob.sell("b1", 5, "101.00")
    ann.say(m.Subscribe(symbol="ACME", book=True, trades=True, quotes=True))
    ann.heard.clear()
    bob.buy("b2", 3, "101.00")
    assert kinds(ann.heard) == ["Trade", "BookUpdate", "Quote"]
    trade, update, quote = ann.heard
    assert (trade.price, trade.quantity, trade.side, trade.trade) == ("101.00", "3", "buy", 1)
    assert (update.snapshot, update.bids, update.asks) == (False, [], [("101.00", "2")])
    assert quote.ask == ("101.00", "2")
    ann.heard.clear()
    bob.buy("b3", 4, "99.00")
    assert [one.bids for one in ann.heard if isinstance(one, m.BookUpdate)] == [[("99.00", "4")]]
    ann.heard.clear()
    bob.buy("b4", 4, "98.00")
    assert kinds(ann.heard) == ["BookUpdate"], "the best is what it was"
    bob.say(m.Cancel(client_id="b3"))
    assert ann.heard[-2].bids == [("99.00", "0")]
    assert ann.heard[-1].bid == ("98.00", "4")


def test_only_what_was_asked_for_is_told_and_until_it_is_not() -> None:
    floor = Floor("ACME:0.01:1,COIN:0.5:0.001")
    bob, ann = floor.join("bob"), floor.join("ann")
    ann.say(m.Subscribe(symbol="ACME", trades=True))
    ann.heard.clear()
    bob.sell("b1", 5, "101.00")
    assert ann.heard == []
    bob.buy("b2", 1, "101.00")
    assert kinds(ann.heard) == ["Trade"]
    assert kinds(ann.say(m.Subscribe(symbol="ACME"))) == ["Subscribed", "PhaseChange"]
    bob.buy("b3", 1, "101.00")
    assert kinds(ann.heard) == ["Trade", "Subscribed", "PhaseChange"]
    (refused,) = ann.say(m.Subscribe(symbol="NONE", quotes=True))
    assert (refused.reason, refused.what) == ("unknown_symbol", "subscribe")


def test_an_icebergs_hidden_part_is_not_shown() -> None:
    floor = Floor()
    bob, ann = floor.join("bob"), floor.join("ann")
    bob.sell("b1", 50, "101.00", display="10")
    heard = ann.say(m.Subscribe(symbol="ACME", quotes=True))
    assert heard[-1].ask == ("101.00", "10")


def test_a_picture_and_all_changes_make_the_book() -> None:
    floor = Floor()
    bob, ann = floor.join("bob"), floor.join("ann")
    ann.say(m.Subscribe(symbol="ACME", book=True))
    chance = random.Random(3)
    for k in range(400):
        step(bob, k, chance)
    shown: dict[str, dict[str, str]] = {"bids": {}, "asks": {}}
    for update in (one for one in ann.heard if isinstance(one, m.BookUpdate)):
        for side in ("bids", "asks"):
            shown[side] |= dict(getattr(update, side))
            shown[side] = {price: size for price, size in shown[side].items() if size != "0"}
    book = floor.venue.trading.matching.exchange.books[0]
    for number, name in enumerate(("bids", "asks")):
        depth = book.depth(number, LEVELS).tolist()
        assert len(depth) == LEVELS
        assert sorted(shown[name].items()) == sorted((f"{tick / 100:.2f}", str(lots)) for tick, lots, _ in depth)


def step(seat: Seat, k: int, chance: random.Random) -> None:
    if k > 150 and chance.random() < 0.3:
        seat.say(m.Cancel(client_id=f"o{chance.randrange(k)}"))
        return
    trade, away = chance.choice([(seat.buy, -1), (seat.sell, 1)])
    price = f"{100 + away * chance.randrange(-1, 40) / 100:.2f}"
    trade(f"o{k}", chance.randrange(1, 9), price)


def test_a_subscriber_that_is_gone_is_told_nothing() -> None:
    floor = Floor()
    bob, ann = floor.join("bob"), floor.join("ann")
    ann.say(m.Subscribe(symbol="ACME", quotes=True))
    ann.drop()
    out = floor.venue.handle(bob.number, order("b1", "sell", 5, "101.00"), floor.now)
    assert {connection for connection, _ in out} == {0, bob.number}
