"""One book and a clock that runs ahead make the run that two books make."""

from dataclasses import replace

import pytest
from tests.kernels.ticks.test_advance import FEEDS, case, whole
from tests.kernels.ticks.ticks_run import agree, block_of, drive, frame_of, log_of, slots_of

from lockstep.kernels.ticks.advance import Stop


def late_feed(feed, seed):
    """A history received as it happens, heard late, with reports that are no faster."""
    events, script, settings = case(feed, 2 * seed + 1)
    late = 1 + settings.feed
    settings = replace(settings, apart=True, feed=late, report=late + settings.report * (seed % 3), jitter=0)
    return [(e[0], e[0], *e[2:]) for e in events], script, settings


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("seed", range(20))
def test_a_clock_ahead_makes_the_run_of_the_twin_with_two_books(feed, seed):
    events, script, settings = late_feed(feed, seed)
    agree(events, script, settings, lead=settings.feed)


@pytest.mark.parametrize("feed", FEEDS)
def test_a_clock_ahead_makes_the_same_run_one_thing_at_a_time(feed):
    events, script, settings = late_feed(feed, 4)
    one, many, blocks = (frame_of(events, script, settings, lead=settings.feed) for _ in range(3))
    assert drive(one, events) == drive(many, events, most=1) == drive(blocks, events, block=7) == Stop.END
    assert whole(one) == whole(many) == whole(blocks)


@pytest.mark.parametrize("seed", range(6))
def test_a_history_that_comes_late_from_some_event_on_gets_a_second_book_there(seed):
    events, script, settings = late_feed("L2", seed)
    half = len(events) // 2
    later = [(e[0], e[0] + 5 * (k >= half), *e[2:]) for k, e in enumerate(events)]
    two = frame_of(later, script, settings)
    drive(two, later)
    one = frame_of(later, script, settings, lead=settings.feed)
    parted = _parting(one, later, half)
    assert log_of(parted) == log_of(two)
    assert whole(parted)[0] == whole(two)[0]


def _parting(frame, events, half):
    frame.give(block_of(events[:half], slots_of(events)))
    assert frame.advance()[0] == Stop.EVENTS
    frame.part()
    second = block_of(events[half:], slots_of(events))
    frame.give(second)
    while (stop := frame.advance()[0]) != Stop.END:
        if stop == Stop.SEEN and frame.run["seen_count"][0] == 0:
            frame.give(second, seen=True)
        else:
            frame.run["finished" if stop == Stop.EVENTS else "seen_finished"] = 1
    return frame
