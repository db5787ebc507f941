"""L2 and L1 books: what is displayed, beside the reference book; crossed or not."""

import pytest
from tests.kernels.book.agreement import levels_agree

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventKind
from lockstep.kernels.book.frame import Book
from lockstep.kernels.book.levels import crossed
from lockstep.kernels.borrow import borrow


@pytest.mark.parametrize(("window", "far_room"), [(64, 0), (4096, 16)])
@pytest.mark.parametrize("quotes", [False, True], ids=["L2", "L1"])
def test_the_same_codes_and_levels_as_the_reference_book_after_every_command(
    quotes: bool, window: int, far_room: int
) -> None:
    codes = levels_agree(3, 8000, quotes=quotes, window=window, far_room=far_room)
    assert set(codes) == {Code.OK, Code.BAD_SIZE, Code.BAD_SIDE, Code.BAD_PRICE}


def test_a_quote_is_the_only_level_of_its_side() -> None:
    book = Book(0, window=64, slots=0, far_room=0)
    for tick in (-500, 3, 9, 700):
        book.apply(EventKind.SET, 0, tick, 5)
    assert book.apply(EventKind.QUOTE, 0, 3, 8) == Code.OK
    assert book.depth(0).tolist() == [[3, 8, 1]]
    assert book.apply(EventKind.QUOTE, 0, -900, 4) == Code.OK
    assert book.depth(0).tolist() == [[-900, 4, 1]]
    assert book.apply(EventKind.QUOTE, 0, 0, 0) == Code.OK
    assert book.depth(0).tolist() == []


@kernel
def is_crossed(book) -> bool:
    return crossed(borrow(book)[0])


@pytest.mark.parametrize(
    ("bid", "ask", "expected"),
    [(10, 11, False), (10, 10, True), (11, 10, True), (-5000, 4000, False), (4000, -5000, True), (None, 3, False),
     (3, None, False), (None, None, False)],
)  # fmt: skip
def test_crossed_is_a_best_bid_at_or_above_the_best_ask(bid, ask, expected: bool) -> None:
    book = Book(0, window=64, slots=0)
    for side, tick in ((0, bid), (1, ask)):
        if tick is not None:
            book.apply(EventKind.SET, side, tick, 1)
    assert is_crossed(book.row) is expected
