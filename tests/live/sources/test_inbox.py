"""The inbox: bounded, in order; quotes give way to later ones of their symbol, nothing else does."""

import random

import pytest

from lockstep.live.sources.inbox import Inbox
from lockstep.live.sources.rows import packed

QUOTE, TRADE = 8, 9


def rows(symbol, kind, number, count=1):
    return b"".join(packed(symbol, kind, 0, 1, 1, received_ns=number, sequence=number) for _ in range(count))


def numbers(records):
    return records["sequence"].tolist()


def test_all_is_taken_in_order_while_little_waits():
    inbox = Inbox(conflate_from=100)
    for k in range(10):
        assert inbox.put(rows(0, QUOTE, k, 2), 2, 0)
    assert numbers(inbox.take()) == [k for k in range(10) for _ in range(2)]
    assert (inbox.waiting, inbox.conflated, len(inbox.take())) == (0, 0, 0)


def test_under_load_the_latest_quote_of_each_symbol_is_left_and_every_trade():
    inbox = Inbox(conflate_from=0)
    said = [(0, QUOTE), (1, QUOTE), (0, TRADE), (0, QUOTE), (1, TRADE), (0, QUOTE), (0, TRADE)]
    for number, (symbol, kind) in enumerate(said):
        inbox.put(rows(symbol, kind, number), 1, symbol if kind == QUOTE else None)
    assert inbox.conflated == 2
    assert inbox.waiting == 5
    assert numbers(inbox.take()) == [1, 2, 4, 5, 6]


def test_a_quote_that_was_taken_gives_way_to_nobody():
    inbox = Inbox(conflate_from=0)
    inbox.put(rows(0, QUOTE, 1), 1, 0)
    assert numbers(inbox.take()) == [1]
    inbox.put(rows(0, QUOTE, 2), 1, 0)
    assert (numbers(inbox.take()), inbox.conflated) == ([2], 0)


def test_messages_are_taken_whole():
    inbox = Inbox()
    for k in range(4):
        inbox.put(rows(0, TRADE, k, 3), 3)
    assert numbers(inbox.take(7)) == [0, 0, 0, 1, 1, 1]
    assert numbers(inbox.take(2)) == [2, 2, 2]
    assert inbox.waiting == 3


def test_what_finds_no_room_is_not_taken_but_for_what_must_be():
    inbox = Inbox(room=4)
    assert inbox.put(rows(0, TRADE, 1, 3), 3)
    assert not inbox.put(rows(0, TRADE, 2, 2), 2)
    assert inbox.put(rows(0, TRADE, 3, 2), 2, must=True)
    assert numbers(inbox.take()) == [1, 1, 1, 3, 3]


def test_quotes_alone_never_fill_it():
    inbox = Inbox(room=100, conflate_from=10)
    for k in range(10_000):
        assert inbox.put(rows(k % 3, QUOTE, k, 2), 2, k % 3)
    assert inbox.waiting <= 10 + 3 * 2
    assert len(inbox._entries) <= 2 * 100 + 1  # those that gave way are cleared out
    assert set(numbers(inbox.take())) >= {9997, 9998, 9999}


def test_clearing_drops_all():
    inbox = Inbox()
    inbox.put(rows(0, TRADE, 1, 3), 3)
    assert (inbox.clear(), inbox.waiting, len(inbox.take())) == (3, 0, 0)


@pytest.mark.parametrize("seed", range(20))
def test_no_trade_is_lost_and_the_last_quote_of_each_symbol_comes(seed):
    rng = random.Random(seed)
    inbox = Inbox(conflate_from=8)
    trades, last, taken = [], {}, []
    for number in range(500):
        symbol = rng.randrange(4)
        if rng.random() < 0.5:
            last[symbol] = number
            assert inbox.put(rows(symbol, QUOTE, number, 2), 2, symbol)
        else:
            trades.append(number)
            assert inbox.put(rows(symbol, TRADE, number), 1)
        if rng.random() < 0.05:
            taken += inbox.take(rng.randrange(1, 30)).tolist()
    taken += inbox.take(10**6).tolist()
    order = [row[5] for row in taken]
    assert order == sorted(order)
    assert [row[5] for row in taken if row[10] == TRADE] == trades
    assert {row[7]: row[5] for row in taken if row[10] == QUOTE} == last
