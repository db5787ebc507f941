"""What a strategy may ask for, and what it is told at once that it may not."""

import numpy as np
import pytest
from numba import carray
from tests.kernels.ticks.ticks_run import P, drive, event, frame_of
from tests.twins.tick_run import Ask, Settings

from lockstep.kernels._jit import kernel
from lockstep.kernels.address import pointer
from lockstep.kernels.book.events import EventKind
from lockstep.kernels.order_terms import NO_TICK
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.call import address_of
from lockstep.kernels.ticks.desk import replace, submit, wake_at
from lockstep.kernels.ticks.tables import TICK_RUN

EVENTS = [event(10, EventKind.SET, 0, P, 10), event(50, EventKind.NONE)]


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (Ask(10, 0, 0, 2, 0, P, 1), "side"),
        (Ask(10, 0, 0, -1, 0, P, 1), "side"),
        (Ask(10, 0, 0, 0, 0, NO_TICK + 1, 1), "NO_TICK"),
        (Ask(10, 0, 0, 1, 0, -NO_TICK, 1), "NO_TICK"),
    ],
)
def test_an_order_that_can_be_none_is_an_error_at_once(ask, message):
    frame = frame_of(EVENTS, [ask], Settings())
    with pytest.raises(ValueError, match=message):
        drive(frame, EVENTS)


def test_a_replacement_at_no_price_is_an_error_at_once():
    frame = frame_of(EVENTS, [Ask(10, 0, 0, 0, 0, P, 1), Ask(20, 2, 1, 0, 0, NO_TICK, 1)], Settings())
    with pytest.raises(ValueError, match="NO_TICK"):
        drive(frame, EVENTS)


@kernel(cache=True)
def wakes_in_the_past(address: int) -> int:
    desk = carray(pointer(address), 1, TICK_RUN)[0]
    state = carray(pointer(desk.integers_address), desk.integer_count, np.int64)
    state[0] += 1
    wake_at(desk, desk.now_ns - 5)
    return 0


@kernel(cache=True)
def sends_without_end(address: int) -> int:
    desk = carray(pointer(address), 1, TICK_RUN)[0]
    for _ in range(100_000):
        row = submit(desk, 0, 0, 1, 1, 0, 0, 0)
        if row >= 0:
            replace(desk, row, 2, 1)
    return 0


def test_a_timer_in_the_past_rings_a_nanosecond_later():
    frame = frame_of(EVENTS, [], Settings(), act=address_of(wakes_in_the_past))
    assert drive(frame, EVENTS) == Stop.END
    assert frame.state.integers[0] == 41  # at 10, 11, ... 50


def test_more_orders_than_there_is_room_for_stop_the_run():
    frame = frame_of(EVENTS, [], Settings(), act=address_of(sends_without_end))
    assert drive(frame, EVENTS) == Stop.OVERRUN
