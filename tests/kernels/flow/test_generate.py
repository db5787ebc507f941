import numpy as np
import pytest

from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventFlag, EventKind, TickBlock
from lockstep.kernels.book.frame import Book
from lockstep.kernels.flow.frame import Flow, Hawkes, Marks

RATES = np.array([12.0, 12.0, 120.0, 120.0, 150.0, 150.0])
BRANCHING = 0.4 * np.eye(6)[None]
MARKS = Marks(
    furthest=200, distance=5.0, distance_tail=0.6, most_lots=1000, lots_tail=1.5, limit_lots=10.0, market_lots=10.0,
    whole_cancels=0.72 / 60,
)  # fmt: skip


def flow(seed=3, *, orders=60, rows=4096, marks=MARKS):
    process = Hawkes(0.6 * RATES, BRANCHING, np.array([50.0]), seed=seed)
    return Flow(process, marks, middle=10_000, orders=orders, rows=rows)


def history(made, rows, *, disturb=None):
    taken: list[TickBlock] = []
    count = 0
    for block in made.blocks():
        if disturb is not None and not taken:
            disturb(made)
        taken.append(TickBlock._make(column.copy() for column in block))
        count += len(block.kind)
        if count >= rows:
            break
    return TickBlock._make(np.concatenate(columns) for columns in zip(*taken, strict=True))


@pytest.fixture(scope="module")
def events():
    return history(flow(), 60_000)


def test_every_event_can_be_and_all_orders_are_the_generator_s(events):
    made = flow()
    blocks = made.blocks()
    book = Book(0, window=1 << 14, slots=1024)
    for _ in range(10):
        block = next(blocks)
        done = book.replay(block)
        assert done.code == Code.OK
        assert done.events == len(block.kind)
        assert book.digest == made.book.digest


def test_trades_hit_the_first_of_the_best_queue_and_the_book_never_crosses_or_empties(events):
    # Queues as lists, by the rules of the exchange alone.
    queues: tuple[dict[int, list[int]], ...] = ({}, {})
    orders: dict[int, int] = {}
    for kind, side, tick, lots, order_id, flags in zip(
        *(column.tolist() for column in (events.kind, events.side, events.tick, events.lots, events.id, events.flags)),
        strict=True,
    ):
        if kind == EventKind.ADD:
            assert order_id not in orders
            orders[order_id] = lots
            queues[side].setdefault(tick, []).append(order_id)
        elif kind != EventKind.CLEAR:
            best = max(queues[0]) if side == 0 else min(queues[1])
            if kind == EventKind.EXECUTE:
                assert (tick, order_id) == (best, queues[side][best][0])
            orders[order_id] -= lots
            assert orders[order_id] >= 0
            assert orders[order_id] == 0 or kind != EventKind.DELETE
            if orders[order_id] == 0:
                del orders[order_id]
                queues[side][tick].remove(order_id)
                if not queues[side][tick]:
                    del queues[side][tick]
        if flags & EventFlag.LAST:
            assert max(queues[0]) < min(queues[1])


def test_events_of_one_arrival_share_its_time_and_end_with_the_last(events):
    ends = np.flatnonzero(events.flags & EventFlag.LAST)
    starts = np.concatenate([[0], ends[:-1] + 1])
    np.testing.assert_array_equal(events.time_ns[starts], events.time_ns[ends])
    several = ends > starts
    several[0] = False  # the picture that the history begins with
    assert several.sum() > 100
    assert set(events.kind[starts[several]].tolist()) == {EventKind.EXECUTE}
    np.testing.assert_array_equal(events.received_ns, events.time_ns)


def test_it_begins_with_a_picture_of_the_book(events):
    picture = events.flags & EventFlag.SNAPSHOT > 0
    assert np.flatnonzero(picture).tolist() == list(range(121))
    assert events.kind[0] == EventKind.CLEAR
    assert events.side[0] == -1
    assert np.flatnonzero(events.flags & EventFlag.LAST)[0] == 120
    assert np.bincount(events.side[1:121]).tolist() == [60, 60]


def test_the_number_of_orders_stays_about_its_mean():
    made = flow(seed=5)
    counts = []
    for number, _ in enumerate(made.blocks()):
        counts.append(sum(level[2] for level in made.book.depth(0).tolist()))
        if number == 60:
            break
    assert 30 < np.mean(counts) < 120
    assert max(counts) < 480


def test_distances_fall_off_as_the_source_says():
    made = flow(seed=9, marks=MARKS._replace(whole_cancels=1.0 / 60))
    taken = history(made, 60_000)
    book = Book(0, window=1 << 14, slots=1024)
    distances = []
    rows = list(zip(*(column.tolist() for column in taken), strict=True))
    for _, _, kind, side, flags, tick, lots, order_id, slot in rows[:40_000]:
        if kind == EventKind.ADD and not flags & EventFlag.SNAPSHOT:
            other = book.best(1 - side)
            assert other is not None
            distances.append(other[0] - tick if side == 0 else tick - other[0])
        book.apply(kind, side, tick, lots, order_id, slot)
    found = np.array(distances)
    assert found.min() == 1
    assert found.max() == MARKS.furthest
    for away in (1, 3, 10, 50):
        # Lomax tail, cut off at the furthest: P(distance > x).
        tail, cut = (1.0 + away / 5.0) ** -0.6, (1.0 + 200 / 5.0) ** -0.6
        share = (tail - cut) / (1.0 - cut)
        assert abs(np.mean(found > away) - share) < 4.0 * np.sqrt(share * (1.0 - share) / len(found))


def test_growing_changes_nothing():
    small, large = flow(seed=4, orders=20), flow(seed=4, orders=20)
    # Cancels that never take a whole order let their number grow.
    for made in (small, large):
        made.row["whole_cancels"] = 0.0
    one, other = history(small, 50_000), history(large, 50_000, disturb=_grown)
    assert min(len(small.position), len(large.position)) > 160
    for name in ("time_ns", "kind", "side", "flags", "tick", "lots", "id"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def _grown(made):
    for code in (Code.NO_ORDER_ROOM, Code.NO_LEVEL_ROOM, Code.NO_ORDER_ROOM):
        made._grow(code)


def test_a_flow_wants_all_kinds_of_arrivals():
    process = Hawkes(np.ones(2), np.zeros((1, 2, 2)), np.ones(1), seed=1)
    with pytest.raises(ValueError, match="a flow has 6 kinds of arrivals, found 2"):
        Flow(process, MARKS, middle=10_000, orders=10, rows=100)
