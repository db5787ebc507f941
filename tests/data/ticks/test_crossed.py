import pytest
from tests.data.ticks.helpers import START, block, cut

from lockstep.data.ticks import Batch, Findings, Trouble
from lockstep.data.ticks.crossed import CrossedWatch
from lockstep.errors import CrossedBookError
from lockstep.kernels.book.events import EventKind

SET = EventKind.SET
EVENTS = block(
    [
        (START, SET, 0, 100, 1, 0), (START, SET, 1, 102, 1, 0), (START, SET, 0, 102, 1, 0), (START, SET, 0, 101, 1, 0),
        (START, SET, 0, 102, 0, 0), (START, SET, 1, 101, 1, 0), (START, SET, 0, 101, 0, 0),
    ]
)  # fmt: skip
CROSSED = [2, 3, 5]
"""Events after which a bid is at or above an ask: 102 from 2 to 4, 101 from 5 to 6."""


def found(events, size, strict=False):
    findings = Findings(strict=strict)
    watch = CrossedWatch(findings)
    for start in range(0, len(events.kind), size):
        place = lambda row, start=start: f"line {start + row}"  # noqa: E731  # a batch's places begin with its rows
        watch.check(Batch("X", cut(events, start, start + size), None, place))
    return findings


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_events_that_leave_a_book_crossed_are_found_in_batches_of_any_size(size):
    findings = found(EVENTS, size)
    assert [place.split(":")[0] for place in findings.places[Trouble.CROSSED]] == [f"line {row}" for row in CROSSED]


def test_a_book_in_the_middle_of_a_message_may_be_crossed():
    flags = EVENTS.flags.copy()
    flags[2:4] = 0
    assert not found(cut(EVENTS._replace(flags=flags), 0, 5), 100).counts


def test_a_strict_watch_stops():
    with pytest.raises(CrossedBookError, match="line 2: X's best bid is at or above its best ask"):
        found(EVENTS, 100, strict=True)


def test_prices_far_apart_find_room():
    rows = [(START, SET, 0, 100 - 10_000 * n, 1, 0) for n in range(3000)]
    assert not found(block(rows), 1000).counts


def test_a_batch_without_prices_waits_for_one_with():
    events = block([(START, EventKind.CLEAR, -1, 0, 0, 0), (START, SET, 0, 5, 1, 0), (START, SET, 1, 5, 1, 0)])
    assert found(events, 1).counts == {Trouble.CROSSED: 1}
