"""The fast book and the reference book, side by side through seeded commands."""

from collections import Counter
from typing import NamedTuple

from tests.kernels.book.commands import LevelFlow, OrderFlow
from tests.kernels.book.invariants import check_agreement, check_memory
from tests.twins.book import LevelBook, OrderBook

from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.frame import Book


class Setting(NamedTuple):
    """A kind of book."""

    by_slot: bool
    window: int
    slots: int
    far_room: int


TINY = Setting(by_slot=True, window=64, slots=1, far_room=0)
TINY_BY_ID = TINY._replace(by_slot=False)
WIDE = Setting(by_slot=True, window=1 << 14, slots=1 << 12, far_room=1 << 10)
WIDE_BY_ID = WIDE._replace(by_slot=False)
SETTINGS = (TINY, TINY_BY_ID, WIDE, WIDE_BY_ID)


class Agreement(NamedTuple):
    """What two books went through together."""

    commands: int
    codes: Counter[Code]
    kinds: Counter[int]
    orders: int
    """That rested at the end."""
    growths: int
    """Times the book was larger than before."""
    hash: int
    """At the end."""


def orders_agree(seed: int, commands: int, setting: Setting, *, every: int = 10_000) -> Agreement:
    """Assert the same code and hash after each of so many L3 commands.

    ``every`` so many commands, memory and queues are checked in full, and the book moves to a window elsewhere or is
    copied.
    """
    twin = OrderBook(by_slot=setting.by_slot)
    flow = OrderFlow(seed, twin)
    book = Book(
        flow.middle - setting.window // 2, window=setting.window, slots=setting.slots, far_room=setting.far_room,
        entries=0 if setting.by_slot else 2 * setting.slots,
    )  # fmt: skip
    codes, kinds, sizes, growths = Counter[Code](), Counter[int](), book_size(book), 0
    for done in range(1, commands + 1):
        command = flow.next()
        code = book.apply(*command)
        assert code == twin.apply(*command), f"seed {seed}, command {done}: {command} gave {code!r}"
        assert book.digest == twin.hash, f"seed {seed}: another state after command {done}, {command}"
        codes[code] += 1
        kinds[command.kind] += 1
        if book_size(book) != sizes:
            sizes, growths = book_size(book), growths + 1
        if done % every == 0:
            check_memory(book)
            check_agreement(book, twin)
            book = moved(book, flow.middle - setting.window // 2, done // every)
    check_memory(book)
    check_agreement(book, twin)
    return Agreement(commands, codes, kinds, len(twin.orders), growths, book.digest)


def book_size(book: Book) -> tuple[int, int, int]:
    """Return the capacities of a book."""
    return len(book.levels), len(book.nodes), len(book.entries)


def moved(book: Book, base: int, turn: int) -> Book:
    """Return a copy, or the book itself with its window elsewhere, in turn."""
    if turn % 2:
        return book.copy()
    book.grow(base=base)
    return book


def levels_agree(seed: int, commands: int, *, quotes: bool, window: int, far_room: int) -> Counter[Code]:
    """Assert the same code and the same levels after each of so many L2 or L1 commands."""
    twin, flow = LevelBook(), LevelFlow(seed, quotes=quotes)
    book = Book(flow.middle - window // 2, window=window, slots=0, far_room=far_room)
    codes = Counter[Code]()
    for done in range(1, commands + 1):
        command = flow.next()
        code = book.apply(*command)
        assert code == twin.apply(*command), f"seed {seed}, command {done}: {command} gave {code!r}"
        for side in (0, 1):
            assert book.depth(side).tolist() == twin.depth(side), f"seed {seed}: command {done}, {command}"
        codes[code] += 1
        if done % 1000 == 0:
            book = moved(book, flow.middle, done // 1000)
    return codes
