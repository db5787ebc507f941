"""Every kind of event, and every way in which one can be bad: beside the reference book, command by command."""

import pytest
from tests.kernels.book.agreement import SETTINGS, TINY, Setting, orders_agree
from tests.kernels.book.commands import WILD, Command
from tests.kernels.book.invariants import check_memory

from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventKind, Phase
from lockstep.kernels.book.frame import Book

ADD, REDUCE, DELETE, EXECUTE, MODIFY = (
    EventKind.ADD, EventKind.REDUCE, EventKind.DELETE, EventKind.EXECUTE, EventKind.MODIFY
)  # fmt: skip


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda s: f"{'slots' if s.by_slot else 'ids'}-{s.window}")
@pytest.mark.parametrize("seed", range(2))
def test_the_same_code_and_hash_as_the_reference_book_after_every_command(setting: Setting, seed: int) -> None:
    went = orders_agree(seed, 15_000, setting, every=1000)
    assert went.codes[Code.OK] > 0.95 * went.commands
    assert {Code.UNKNOWN_ORDER, Code.DUPLICATE_ORDER, Code.BAD_SIZE, Code.BAD_SIDE, Code.BAD_PRICE} < set(went.codes)
    assert min(went.kinds[kind] for kind in (ADD, REDUCE, DELETE, EXECUTE, MODIFY)) > 500
    assert (went.growths > 5) == (setting.window == TINY.window), "a tiny book grows on the way, a wide one has room"


@pytest.mark.parametrize("seed", range(3))
def test_books_of_any_size_by_slot_and_by_id_reach_the_same_state(seed: int) -> None:
    hashes = {orders_agree(seed, 3000, setting, every=700).hash for setting in SETTINGS if setting.by_slot}
    assert len(hashes) == 1


def by_slot() -> Book:
    book = Book(-32, window=64, slots=4, far_room=1)
    assert book.apply(ADD, 0, 5, 10, 7, 0) == book.apply(ADD, 1, 9, 20, 8, 1) == Code.OK
    return book


def by_id() -> Book:
    book = Book(-32, window=64, slots=4, far_room=1, entries=8)
    assert book.apply(ADD, 0, 5, 10, 7) == book.apply(ADD, 1, 9, 20, 8) == Code.OK
    return book


def levels() -> Book:
    book = Book(-32, window=64, slots=0, far_room=1)
    assert book.apply(EventKind.SET, 0, 5, 10) == book.apply(EventKind.SET, 1, 9, 20) == Code.OK
    return book


BAD = [
    # by slot
    (by_slot, Command(DELETE, 0, 5, 0, 7, 3), Code.UNKNOWN_ORDER),
    (by_slot, Command(DELETE, 0, 5, 0, 7, 4), Code.UNKNOWN_ORDER),
    (by_slot, Command(REDUCE, 0, 5, 1, 7, 2), Code.UNKNOWN_ORDER),
    (by_slot, Command(EXECUTE, 0, 5, 1, 7, 2**62), Code.UNKNOWN_ORDER),
    (by_slot, Command(MODIFY, 0, 5, 1, 7, 2**31 - 1), Code.UNKNOWN_ORDER),
    (by_slot, Command(DELETE, 0, 5, 0, 7, -(2**63)), Code.UNKNOWN_ORDER),
    (by_slot, Command(ADD, 0, 5, 1, 9, 0), Code.DUPLICATE_ORDER),
    (by_slot, Command(ADD, 0, 5, 1, 9, -1), Code.BAD_SLOT),
    (by_slot, Command(ADD, 0, 5, 1, 9, -(2**63)), Code.BAD_SLOT),
    (by_slot, Command(ADD, 0, 5, 1, 9, 2**31 - 1), Code.BAD_SLOT),
    (by_slot, Command(ADD, 0, 5, 1, 9, 2**63 - 1), Code.BAD_SLOT),
    (by_slot, Command(ADD, 0, 5, 0, 9, 2), Code.BAD_SIZE),
    (by_slot, Command(REDUCE, 0, 5, 11, 7, 0), Code.BAD_SIZE),
    (by_slot, Command(EXECUTE, 0, 5, 0, 7, 0), Code.BAD_SIZE),
    (by_slot, Command(MODIFY, 0, 5, -3, 7, 0), Code.BAD_SIZE),
    (by_slot, Command(ADD, 0, 5, 2**62 - 9, 9, 2), Code.BAD_SIZE),
    (by_slot, Command(MODIFY, 0, 5, 2**63 - 1, 7, 0), Code.BAD_SIZE),
    (by_slot, Command(EventKind.SET, 0, 5, 1), Code.OTHER_FEED),
    (by_slot, Command(EventKind.QUOTE, 0, 5, 1), Code.OTHER_FEED),
    # by id
    (by_id, Command(DELETE, 0, 5, 0, 9), Code.UNKNOWN_ORDER),
    (by_id, Command(REDUCE, 0, 5, 1, -(2**63)), Code.UNKNOWN_ORDER),
    (by_id, Command(EXECUTE, 0, 5, 1, 2**63 - 1), Code.UNKNOWN_ORDER),
    (by_id, Command(MODIFY, 0, 5, 1, 0), Code.UNKNOWN_ORDER),
    (by_id, Command(ADD, 0, 6, 1, 7), Code.DUPLICATE_ORDER),
    (by_id, Command(ADD, 0, 6, 1, 7, 3), Code.DUPLICATE_ORDER),
    (by_id, Command(EXECUTE, 0, 5, 0, 7), Code.BAD_SIZE),
    (by_id, Command(REDUCE, 0, 5, -1, 7), Code.BAD_SIZE),
    (by_id, Command(REDUCE, 0, 5, 11, 7), Code.BAD_SIZE),
    (by_id, Command(ADD, 0, 5, -(2**63), 9), Code.BAD_SIZE),
    # both
    (by_slot, Command(ADD, 2, 5, 1, 9, 2), Code.BAD_SIDE),
    (by_id, Command(ADD, -1, 5, 1, 9), Code.BAD_SIDE),
    (by_id, Command(ADD, -(2**63), 5, 1, 9), Code.BAD_SIDE),
    (by_id, Command(EventKind.CLEAR, 2, 0, 0), Code.BAD_SIDE),
    (by_slot, Command(12, 0, 5, 1, 7, 0), Code.UNKNOWN_KIND),
    (by_id, Command(-1, 0, 5, 1, 7), Code.UNKNOWN_KIND),
    (by_id, Command(EventKind.PHASE, -1, 0, 4), Code.UNKNOWN_KIND),
    # levels
    (levels, Command(ADD, 0, 5, 1, 9, 0), Code.OTHER_FEED),
    (levels, Command(ADD, 0, 5, 1, 9), Code.OTHER_FEED),
    (levels, Command(DELETE, 0, 5, 1, 9, 0), Code.UNKNOWN_ORDER),
    (levels, Command(EXECUTE, 0, 5, 1, 9), Code.UNKNOWN_ORDER),
    (levels, Command(EventKind.SET, 0, 5, -1), Code.BAD_SIZE),
    (levels, Command(EventKind.SET, 0, 5, 2**62 + 1), Code.BAD_SIZE),
    (levels, Command(EventKind.SET, 2, 5, 1), Code.BAD_SIDE),
    (levels, Command(EventKind.QUOTE, 0, 5, -1), Code.BAD_SIZE),
    (levels, Command(EventKind.QUOTE, -1, 5, 1), Code.BAD_SIDE),
    (levels, Command(EventKind.CLEAR, 7, 0, 0), Code.BAD_SIDE),
    (levels, Command(200, 0, 5, 1), Code.UNKNOWN_KIND),
]


@pytest.mark.parametrize(("make", "command", "code"), BAD)
def test_a_bad_event_gets_its_code_and_changes_nothing(make, command: Command, code: Code) -> None:
    book, untouched = make(), make()
    size = len(book.nodes)
    assert book.apply(*command) == code
    assert book.digest == untouched.digest == book.recount()
    for side in (0, 1):
        assert book.depth(side).tolist() == untouched.depth(side).tolist()
    assert len(book.nodes) == size, "a bad event made the book grow"
    if book.row["slots"][0]:
        check_memory(book)


@pytest.mark.parametrize("tick", [wild for wild in WILD if abs(wild) > 2**60])
@pytest.mark.parametrize("side", [0, 1])
def test_prices_at_the_ends_of_int64_are_refused_by_every_kind(tick: int, side: int) -> None:
    cases = [
        (by_slot(), Command(ADD, side, tick, 1, 9, 2)), (by_slot(), Command(MODIFY, side, tick, 1, 7, side)),
        (by_id(), Command(ADD, side, tick, 1, 9)), (by_id(), Command(MODIFY, side, tick, 1, 7 + side)),
        (levels(), Command(EventKind.SET, side, tick, 1)), (levels(), Command(EventKind.QUOTE, side, tick, 1)),
    ]  # fmt: skip
    for book, command in cases:
        before = book.digest, book.depth(0).tolist(), book.depth(1).tolist()
        assert book.apply(*command) == Code.BAD_PRICE
        assert (book.digest, book.depth(0).tolist(), book.depth(1).tolist()) == before


@pytest.mark.parametrize("base", [-(2**60), 0, 2**60])
@pytest.mark.parametrize("tick", [-(2**60), -(2**60) + 1, 0, 2**60 - 1, 2**60])
def test_the_farthest_prices_allowed_sort_rightly_from_any_window(base: int, tick: int) -> None:
    book = Book(base, window=64, slots=8, far_room=1)
    for slot, (side, at) in enumerate([(0, tick), (0, 17), (1, tick), (1, 17)]):
        assert book.apply(ADD, side, at, 1 + slot, slot, slot) == Code.OK
    assert [row[0] for row in book.depth(0).tolist()] == sorted([tick, 17], reverse=True)
    assert [row[0] for row in book.depth(1).tolist()] == sorted([tick, 17])
    check_memory(book)


def test_a_modified_order_keeps_its_place_unless_price_or_size_go_up() -> None:
    book = Book(0, window=64, slots=4)
    for slot in range(3):
        book.apply(ADD, 0, 10, 5, 100 + slot, slot)

    def queue() -> list[int]:
        nodes = book.nodes[len(book.levels) :]
        return sorted((slot for slot in range(4) if nodes["lots"][slot]), key=lambda slot: nodes["rank"][slot])

    assert book.apply(MODIFY, 0, 10, 4, 100, 0) == Code.OK
    assert queue() == [0, 1, 2]
    assert book.apply(MODIFY, 0, 10, 4, 100, 0) == Code.OK, "as it was"
    assert queue() == [0, 1, 2]
    assert book.apply(MODIFY, 0, 10, 6, 100, 0) == Code.OK
    assert queue() == [1, 2, 0]
    assert book.apply(MODIFY, 0, 11, 1, 101, 1) == Code.OK
    assert queue() == [2, 0, 1]
    assert book.depth(0).tolist() == [[11, 1, 1], [10, 11, 2]]


def test_a_modified_order_keeps_its_id() -> None:
    book = by_slot()
    book.apply(MODIFY, 0, 4, 10, 0, 0)
    assert book.nodes["id"][len(book.levels)] == 7


def test_a_book_with_a_table_of_ids_never_trusts_slots() -> None:
    book = by_id()
    assert book.apply(ADD, 0, 3, 1, 9, 0) == Code.OK, "slot 0 is taken by order 7"
    assert book.apply(DELETE, 0, 5, 0, 8, 0) == Code.OK
    assert book.depth(1).tolist() == []
    assert book.depth(0).tolist() == [[5, 10, 1], [3, 1, 1]]
    check_memory(book)


def test_clearing_takes_one_side_or_both_and_gives_slots_back() -> None:
    book = by_id()
    assert book.apply(EventKind.CLEAR, 0, 0, 0) == Code.OK
    assert book.best(0) is None
    assert book.best(1) == (9, 20)
    assert book.apply(EventKind.CLEAR, -1, 0, 0) == Code.OK
    assert book.digest == 0
    for order_id in range(4):
        assert book.apply(ADD, 0, 5, 1, order_id) == Code.OK
    assert int(book.row["slots"][0]) == 4, "four orders fit where four slots were given back"
    check_memory(book)


@pytest.mark.parametrize("kind", [EventKind.NONE, EventKind.TRADE, EventKind.HIDDEN])
def test_events_beside_the_book_leave_it(kind: EventKind) -> None:
    book = by_slot()
    assert book.apply(kind, 0, 5, 3, 7, 0) == Code.OK
    assert book.digest == by_slot().digest


def test_the_phase_is_what_the_feed_said_last() -> None:
    book = by_slot()
    assert book.row["phase"][0] == Phase.CONTINUOUS
    book.apply(EventKind.PHASE, -1, 0, Phase.AUCTION)
    assert book.row["phase"][0] == Phase.AUCTION
    book.grow()
    assert book.copy().row["phase"][0] == Phase.AUCTION
