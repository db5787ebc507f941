"""Who serves, who stands in, when it is switched and what is said then."""

import numpy as np
from tests.live.sources.scripted import gap, level, lost, trade

from lockstep.data.recordings.tape_layout import Input
from lockstep.kernels.book.events import EventKind
from lockstep.live.sources import news
from lockstep.live.sources.source import News
from lockstep.live.sources.switchboard import Patience, Switchboard
from lockstep.live.sources.table import Line
from lockstep.live.sources.translate import Now

SET, CLEAR, TRADE = EventKind.SET, EventKind.CLEAR, EventKind.TRADE
MAIN, SPARE = 0, 1
PATIENCE = Patience(1.0, 30.0)


class Board:
    """Main has (A, B), spare has (B, A): the same symbols under other numbers."""

    def __init__(self, lines=None):
        lines = lines or [Line(s, g, (MAIN, SPARE)) for s in ("A", "B") for g in ("book", "trade")]
        self.board = Switchboard(lines, ["main", "spare"], [["A", "B"], ["B", "A"]], ["A", "B"], PATIENCE)

    def take(self, source, record, at=0.0):
        return shown(self.board.take(source, record, Now(at, round(at * 1e9))))

    def tell(self, source, kind, symbol="", at=0.0, **content):
        self.board.told(source, News(kind, content, symbol), Now(at, 0))

    def look(self, at):
        return shown(self.board.look(Now(at, round(at * 1e9))))

    def switches(self):
        return [item for item in self.board.news() if item.kind == news.SWITCHED]


def shown(records):
    return [
        (int(r["source"]), int(r["symbol"]), "gap" if r["input"] == Input.GAP else int(r["kind"]), int(r["tick"]))
        for r in records
    ]


def up(board, at=0.0):
    """Both sources say how both books stand."""
    for source in (MAIN, SPARE):
        for symbol in (0, 1):
            board.take(source, level(symbol, 100 + 10 * source + symbol), at)


def test_the_first_source_serves_and_symbols_have_one_number():
    board = Board()
    assert board.take(MAIN, np.concatenate([level(0, 100), trade(1, 5)])) == [(0, 0, SET, 100), (0, 1, TRADE, 100)]
    assert board.take(SPARE, np.concatenate([level(0, 100), trade(1, 5)])) == []


def test_a_symbol_and_a_kind_come_from_where_the_table_says():
    board = Board([Line("A", "book", (MAIN,)), Line("A", "trade", (SPARE,))])
    both = np.concatenate([level(0, 100), trade(0, 1), level(1, 200), trade(1, 2)])
    assert board.take(MAIN, both) == [(0, 0, SET, 100)]
    assert board.take(SPARE, both) == [(1, 0, TRADE, 100)]


def test_another_stands_in_with_its_picture_when_one_is_down_for_long_enough():
    board = Board()
    up(board)
    board.take(MAIN, np.concatenate([lost(0), lost(1)]), 5.0)
    board.tell(MAIN, news.DISCONNECTED, at=5.0, why="cut")
    assert board.look(5.9) == []
    assert board.look(6.0) == [
        (1, 0, "gap", 0), (1, 0, CLEAR, 111), (1, 0, SET, 111),
        (1, 1, "gap", 0), (1, 1, CLEAR, 110), (1, 1, SET, 110),
    ]  # fmt: skip
    told = board.switches()
    assert [(item.symbol, item.content["type"]) for item in told] == [
        ("A", "book"), ("A", "trade"), ("B", "book"), ("B", "trade"),
    ]  # fmt: skip
    assert told[0].content == {"type": "book", "was": "main", "serves": "spare", "why": "cut"}
    assert board.take(SPARE, trade(0, 1), 6.1) == [(1, 1, TRADE, 100)]
    assert board.take(MAIN, trade(0, 1), 6.1) == []


def test_the_picture_is_of_the_moment_of_the_switch():
    board = Board([Line("A", "book", (MAIN, SPARE))])
    up(board)
    for tick in (115, 116):
        board.take(SPARE, level(1, tick, side=1), 1.0)
    board.take(SPARE, level(1, 115, 0, side=1), 1.0)
    board.tell(MAIN, news.DISCONNECTED, at=2.0)
    assert board.look(3.0)[1:] == [(1, 0, CLEAR, 111), (1, 0, SET, 111), (1, 0, SET, 116)]


def test_it_serves_again_when_it_has_been_well_for_long_enough():
    board = Board([Line("A", "trade", (MAIN, SPARE))])
    up(board)
    board.tell(MAIN, news.DISCONNECTED, at=5.0)
    board.look(6.0)
    board.take(MAIN, trade(0, 1), 10.0)
    assert board.look(39.9) == []
    board.tell(MAIN, news.DISCONNECTED, at=39.9)
    board.take(MAIN, trade(0, 2), 40.0)
    assert board.look(69.9) == []
    assert board.look(70.0) == [(0, 0, "gap", 0)]
    assert [item.content["why"] for item in board.switches()] == ["", "well again"]
    assert board.board.serving("A", "trade") == "main"


def test_a_stale_symbol_is_switched_alone():
    board = Board()
    up(board)
    board.tell(MAIN, news.STALE, "B", at=5.0, seconds=15.0)
    assert {row[1] for row in board.look(6.0)} == {1}
    assert board.board.serving("A", "book") == "main"
    assert board.board.serving("B", "book") == "spare"


def test_a_source_whose_book_is_lost_is_down_and_a_gap_of_its_own_is_passed_on():
    board = Board([Line("A", "book", (MAIN, SPARE))])
    up(board)
    assert board.take(MAIN, np.concatenate([gap(0), lost(0)]), 5.0) == [(0, 0, "gap", 0), (0, 0, CLEAR, 0)]
    assert board.take(SPARE, gap(1), 5.0) == []
    assert len(board.look(6.0)) == 3


def test_nobody_stands_in_who_is_down_himself():
    board = Board()
    board.take(MAIN, level(0, 100))
    board.tell(MAIN, news.DISCONNECTED, at=1.0)
    assert board.look(100.0) == []
    board.take(SPARE, level(1, 111), 100.0)
    assert [row[:3] for row in board.look(100.1)] == [(1, 0, "gap"), (1, 0, CLEAR), (1, 0, SET)]


def test_one_that_has_ended_is_told_and_never_serves_again():
    board = Board([Line("A", "trade", (MAIN, SPARE))])
    up(board)
    board.board.ended(MAIN, "OSError: disk", Now(1.0, 0))
    board.look(2.0)
    assert board.look(1000.0) == []
    told = board.board.news()
    assert (told[0].kind, told[0].content) == (news.ENDED, {"source": "main", "why": "OSError: disk"})


def test_what_happens_to_a_source_is_passed_on_with_its_name():
    board = Board()
    board.tell(SPARE, news.CONNECTED, attempts=3)
    assert board.board.news() == [News(news.CONNECTED, {"source": "spare", "attempts": 3})]
    assert board.board.news() == []
