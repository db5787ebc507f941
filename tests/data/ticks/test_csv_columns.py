import numpy as np
import polars as pl
import pytest

from lockstep.data import Instrument
from lockstep.data.ticks import Findings
from lockstep.data.ticks.csv_columns import Border, Stamps, Texts, pictures, sides
from lockstep.data.ticks.decimals import Grid
from lockstep.data.ticks.lines import Lines
from lockstep.data.ticks.rows import UNTIMED
from lockstep.kernels.book.events import EventFlag, TickBlock
from lockstep.kernels.book.frame import Book

DEPTH = [(side, f"{side}.{level}.p", f"{side}.{level}.s") for side in (0, 1) for level in range(4)]


@pytest.fixture
def border(tmp_path):
    (tmp_path / "f").write_bytes(b"x")
    findings = Findings(strict=True)
    return Border(Grid(Instrument("X", tick=0.5, lot=0.1)), Lines([tmp_path / "f"], findings), findings)


def shown(count, seed):
    """Pictures of a book: its best levels by side, (tick, lots), and the same as columns of text."""
    rng = np.random.default_rng(seed)
    books: list[dict[int, dict[int, int]]] = []
    columns: dict[str, list[str]] = {name: [] for _, *names in DEPTH for name in names}
    for _ in range(count):
        book: dict[int, dict[int, int]] = {}
        for side in (0, 1):
            ticks = 100 + (1 if side else -1) * (1 + np.sort(rng.choice(7, rng.integers(0, 5), replace=False)))
            book[side] = {int(tick): int(rng.integers(1, 4)) for tick in ticks}
            texts = [(str(tick * 0.5), f"{lots / 10:.2f}") for tick, lots in book[side].items()] + 4 * [("", "")]
            for level in range(4):
                columns[f"{side}.{level}.p"].append(texts[level][0])
                columns[f"{side}.{level}.s"].append(texts[level][1])
        books.append(book)
    return books, pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


@pytest.mark.parametrize("size", [1, 3, 60])
def test_changes_from_picture_to_picture_rebuild_each(border, size):
    books, frame = shown(60, seed=5)
    book, before = Book(0, window=256, slots=0), None
    for start in range(0, 60, size):
        part = frame[start : start + size]
        times = np.arange(start, start + len(part))
        rows, before = pictures(Texts(part, times + 1), Stamps(times, times), DEPTH, before, border)
        for line in range(start, start + len(part)):
            one = rows.pick(rows.time_ns == line)
            last = np.flatnonzero(one.flags & EventFlag.LAST)
            assert last.tolist() == ([len(one.flags) - 1] if len(one.flags) else [])
            assert bool((one.flags & EventFlag.SNAPSHOT).any()) == (line == 0)
            book.replay(TickBlock(*one[:8], np.full(len(one.kind), -1, np.int32)))
            for side in (0, 1):
                assert dict(book.depth(side)[:, :2].tolist()) == books[line][side]


def test_columns_of_text_become_numbers():
    texts = Texts(pl.DataFrame({"a": ["1", " 22 ", None, "x", "99999999999999999999"]}), np.arange(5))
    assert texts.whole("a").tolist() == [1, 22, UNTIMED, UNTIMED, UNTIMED]
    assert texts.number("a").tolist() == [1, 22, 0, 0, 0]
    assert texts.text("a") == b"1\n 22 \n\nx\n99999999999999999999"
    assert texts.pick(np.array([True, False, False, False, True])).spot.tolist() == [0, 4]


def test_words_are_told_whatever_their_case():
    texts = Texts(pl.DataFrame({"a": ["Buy", " sell", None, "SELL", "?"]}), np.arange(5))
    assert sides(texts.is_any("a", "sell"), texts.is_any("a", "buy")).tolist() == [1, 0, -1, 0, -1]
