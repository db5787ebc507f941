"""Several feeds as one source, under a virtual clock."""

import asyncio
from contextlib import aclosing

import pytest
from tests.live.sources.gateway import Gateway, mute, saying
from tests.live.sources.histories import ACME
from tests.live.sources.scripted import A, B, Scripted, level, trade
from tests.live.sources.virtual import now_ns, run

from lockstep.data.recordings.tape_layout import Input
from lockstep.kernels.book.events import EventKind
from lockstep.live.sources import news
from lockstep.live.sources.routed import RoutedSource
from lockstep.live.sources.source import News
from lockstep.live.sources.synthetic import Synthetic
from lockstep.live.sources.table import read_table
from lockstep.live.sources.websocket import WebSocketFeed

BOTH = read_table({"route": [{"sources": ["main", "spare"]}]})


def trades(symbol, first, count, *, begin=0.0):
    return [(begin + 0.5 * k, trade(symbol, first + k)) for k in range(count)]


def routed(main, spare, table=BOTH):
    return RoutedSource(table, {"main": main, "spare": spare}, now_ns=now_ns)


async def taken(source, seconds):
    """(seconds, source, id or gap) of each record of so many seconds, and whether the source ended by itself."""
    clock, found = asyncio.get_running_loop().time, []
    try:
        async with asyncio.timeout(seconds), aclosing(source.batches()) as batches:
            async for batch in batches:
                for r in batch:
                    what = "gap" if r["input"] == Input.GAP else int(r["id"])
                    found.append((clock(), int(r["source"]), what))
        return found, True
    except TimeoutError:
        return found, False


def test_when_one_fails_another_goes_on_and_it_is_told():
    main = Scripted("main", [A], [*trades(0, 0, 4), (2.0, OSError("cable"))])
    spare = Scripted("spare", [A], trades(0, 100, 20, begin=0.1))
    source = routed(main, spare)
    found, ended = run(lambda: taken(source, 6.0))
    assert not ended
    assert [(round(at, 9), what) for at, place, what in found if place == 0] == [(0.5 * k, k) for k in range(4)]
    switched = [row for row in found if row[2] == "gap"]
    assert len(switched) == 1
    assert switched[0][:2] == (pytest.approx(3.0, abs=0.11), 1)
    behind = [what for at, place, what in found if place == 1 and what != "gap"]
    # Its book, of which nothing is known, and the trades after the switch at 3.0 s: from 3.1 s on.
    assert behind == [0, *range(106, 112)]
    told = source.news()
    assert [item.kind for item in told] == [news.ENDED, news.SWITCHED, news.SWITCHED]
    assert told[0].content == {"source": "main", "why": "OSError: cable"}
    assert told[2].content == {"type": "trade", "was": "main", "serves": "spare", "why": "OSError: cable"}


def test_a_session_ends_with_its_last_feed():
    main = Scripted("main", [A], [*trades(0, 0, 2), (1.0, None)])
    spare = Scripted("spare", [A], [(3.0, None)])
    source = routed(main, spare)
    found, ended = run(lambda: taken(source, 60.0))
    assert ended
    assert len(found) == 2
    assert [item.content["source"] for item in source.news()] == ["main", "spare"]


def test_symbols_come_from_where_the_table_says_under_numbers_of_their_own():
    table = read_table({"route": [{"symbols": ["B"], "sources": ["main"]}, {"symbols": ["A"], "sources": ["spare"]}]})
    main = Scripted("main", [A, B], [(0.0, trade(1, 7)), (0.0, trade(0, 8))])
    spare = Scripted("spare", [A], [(1.0, trade(0, 9))])
    source = routed(main, spare, table)
    assert list(source.instruments) == ["A", "B"]

    async def test():
        async with aclosing(source.batches()) as batches:
            return [(int(r["symbol"]), int(r["id"])) for b in [await anext(batches), await anext(batches)] for r in b]

    assert run(test) == [(1, 7), (0, 9)]
    assert (source.slots, source.synthetic, source.own_clock) == ({"A": 0, "B": 0}, False, False)


def test_all_feeds_are_closed_when_nobody_listens_any_more():
    main, spare = Scripted("main", [A]), Scripted("spare", [A])

    async def test():
        await taken(routed(main, spare), 2.0)
        return main.closed, spare.closed, len(asyncio.all_tasks())

    assert run(test) == (2.0, 2.0, 1)


def test_a_session_that_goes_on_is_told_to_feeds_but_generated_ones_begin_anew():
    main, made = Scripted("main", [A]), Synthetic({"B": B})
    table = read_table({"route": [{"symbols": ["A"], "sources": ["main"]}, {"sources": ["made"]}]})
    source = RoutedSource(table, {"main": main, "made": made})
    source.go_on(500)
    assert (main.taken, made._taken) == (500, 0)
    assert source.synthetic


def test_news_of_a_stale_symbol_switches_it():
    main = Scripted("main", [A], [(0.0, level(0, 100)), (5.0, News(news.STALE, {}, "A"))])
    spare = Scripted("spare", [A], [(0.0, level(0, 110))])
    found, _ = run(lambda: taken(routed(main, spare), 10.0))
    assert [place for _, place, _ in found] == [0, 1, 1, 1]  # gap and picture
    assert found[1][0] == pytest.approx(6.0, abs=0.21)


def test_two_gateways_one_of_which_goes_silent():
    first = Gateway(mute, OSError("refused"))
    second = Gateway(saying(lambda s: s.trade("ACME", 11), lambda s: s.trade("ACME", 12), every_s=4.0))
    feeds = [
        WebSocketFeed({"ACME": ACME}, name=name, open=gateway.open, now_ns=now_ns)
        for name, gateway in (("main", first), ("spare", second))
    ]
    source = routed(*feeds)

    async def test():
        kinds: list[tuple[int, str]] = []
        async with asyncio.timeout(20), aclosing(source.batches()) as batches:
            async for batch in batches:
                kinds += [
                    (int(r["source"]), "gap" if r["input"] == Input.GAP else EventKind(int(r["kind"])).name)
                    for r in batch
                ]
                if kinds[-1] == (1, "TRADE"):
                    break
        return kinds

    # The silent one is left after 5 s and its book is emptied; a second later the other one serves. Its first trade,
    # at 4 s, was heard while it stood by.
    picture = ["CLEAR", "SET", "SET"]
    assert run(test) == [
        *[(0, kind) for kind in picture], (0, "CLEAR"), (1, "gap"), *[(1, kind) for kind in picture], (1, "TRADE"),
    ]  # fmt: skip
