import numpy as np
import pytest

from lockstep.data.ticks.flow import FlowParameters, flow_blocks, synthetic_arrivals, synthetic_flow
from lockstep.errors import DataError
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventFlag, EventKind
from lockstep.kernels.book.frame import Book

EVENTS = 40_000


@pytest.fixture(scope="module")
def orders():
    return synthetic_flow(EVENTS, seed=1)


@pytest.fixture(scope="module")
def levels():
    return synthetic_flow(EVENTS, "L2", seed=1)


def test_it_says_what_it_is(orders, levels):
    assert orders.synthetic
    assert levels.synthetic
    assert (orders.level, levels.level) == ("L3", "L2")
    assert orders.symbol == "SYNTHETIC"
    assert 0 < orders.slots < 2000
    assert levels.slots == 0
    for ticks in (orders, levels):
        events = next(ticks.blocks(1 << 30))
        assert EVENTS <= ticks.rows < EVENTS + 128
        assert events.flags[-1] & EventFlag.LAST
        assert ticks.parts[0].head > 100


def test_one_seed_gives_one_history_in_blocks_of_any_size(orders, levels):
    assert synthetic_flow(EVENTS, seed=1, size=1000).data_hash == orders.data_hash
    assert synthetic_flow(EVENTS, "L2", seed=1, size=1000).data_hash == levels.data_hash
    assert synthetic_flow(EVENTS, seed=2).data_hash != orders.data_hash


def test_both_views_replay_strictly_to_the_same_depths(orders, levels):
    by_order, by_level = Book(96_000, window=8192, slots=orders.slots), Book(96_000, window=8192, slots=0)
    all_orders, all_levels = next(orders.blocks(1 << 30)), next(levels.blocks(1 << 30))
    ends = all_levels.time_ns[np.flatnonzero(all_levels.flags & EventFlag.LAST)]
    before = [0, 0]
    for until in ends[:: len(ends) // 60].tolist():
        for at, (book, events) in enumerate(((by_order, all_orders), (by_level, all_levels))):
            stop = int(np.searchsorted(events.time_ns, until, side="right"))
            piece = events._make(column[before[at] : stop] for column in events)
            assert book.replay(piece).code == Code.OK
            before[at] = stop
        for side in (0, 1):
            np.testing.assert_array_equal(by_order.depth(side)[:, :2], by_level.depth(side)[:, :2])
        assert by_level.depth(0)[0, 0] < by_level.depth(1)[0, 0]


def test_the_level_feed_reports_every_trade(orders, levels):
    until = min(orders.span[1], levels.span[1])
    traded = []
    for ticks, kind in ((orders, EventKind.EXECUTE), (levels, EventKind.TRADE)):
        events = next(ticks.blocks(1 << 30))
        here = (events.kind == kind) & (events.time_ns <= until)
        traded.append(np.stack([events.time_ns[here], events.side[here], events.tick[here], events.lots[here]]))
    assert traded[0].shape[1] > 1000
    np.testing.assert_array_equal(traded[0], traded[1])


def test_arrivals_come_without_a_book_too():
    times, kinds = synthetic_arrivals(1000, seed=1)
    assert np.all(np.diff(times) >= 0)
    assert kinds.max() <= 5
    # The rates of market orders, limit orders and cancels that the defaults were chosen for.
    np.testing.assert_allclose(FlowParameters().rates, [12.0, 120.0, 150.0], rtol=0.01)


def test_a_flow_goes_on_without_end():
    blocks = flow_blocks("L2", size=500)
    assert sum(len(next(blocks).kind) for _ in range(50)) > 10_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"base": (0.0, 1.0, 1.0)}, "must be above 0"),
        ({"orders": 1}, "orders from 10"),
        ({"base": (2.9, 400.0, 37.2)}, "of the cancels would have to take a whole order"),
        ({"same": ((0.9, 0.3, 0.3), (0.1, 0.9, 0.3), (0.1, 0.3, 0.9))}, "branching ratio"),
    ],
)
def test_parameters_that_cannot_be_are_refused(change, message):
    with pytest.raises(DataError, match=message):
        FlowParameters(**change)


def test_a_level_or_a_price_that_cannot_be_is_refused():
    with pytest.raises(DataError, match="level 'L2' or 'L3', found 'L1'"):
        next(flow_blocks("L1"))
    with pytest.raises(DataError, match="prices reach 500 ticks below"):
        next(flow_blocks(middle=400))
