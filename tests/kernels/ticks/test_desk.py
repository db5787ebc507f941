"""What a strategy may ask for, and what it is told at once that it may not."""

import numpy as np
import pytest
from numba import carray
from tests.kernels.ticks.ticks_run import P, drive, event, frame_of
from tests.twins.tick_run import Ask, Settings

from lockstep.kernels._jit import kernel
from lockstep.kernels.address import pointer
from lockstep.kernels.book.events import EventKind
from lockstep.kernels.order_terms import NO_TICK, Force, OrderType
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.call import address_of
from lockstep.kernels.ticks.desk import (
    cancel,
    order_at,
    position,
    replace,
    replace_stop,
    submit,
    submit_limit,
    wake_at,
)
from lockstep.kernels.ticks.own_order import OwnOrder
from lockstep.kernels.ticks.tables import TICK_RUN, OrderState

SET, TRADE, NONE = EventKind.SET, EventKind.TRADE, EventKind.NONE
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
def asks_about_a_row(address: int) -> int:
    """State: which row, and what to ask about it."""
    desk = carray(pointer(address), 1, TICK_RUN)[0]
    state = carray(pointer(desk.integers_address), desk.integer_count, np.int64)
    submit_limit(desk, 0, P, 1)
    if state[1] == 0:
        state[2] = order_at(desk, state[0]).id
    elif state[1] == 1:
        cancel(desk, state[0])
    elif state[1] == 2:
        replace(desk, state[0], P, 1)
    else:
        replace_stop(desk, state[0], P, P, 1)
    return 0


@pytest.mark.parametrize("what", range(4))
@pytest.mark.parametrize("row", [-1, 1, 255, 256, 1_000_000, 1 << 60])
def test_a_row_without_an_order_is_an_error_at_once(row, what):
    frame = frame_of(EVENTS, [], Settings(), act=address_of(asks_about_a_row))
    frame.state.integers[:2] = row, what
    with pytest.raises(ValueError, match="no own order has this row"):
        drive(frame, EVENTS)


def test_a_row_with_an_order_is_none():
    frame = frame_of(EVENTS, [], Settings(), act=address_of(asks_about_a_row))
    assert drive(frame, EVENTS) == Stop.END
    assert frame.state.integers[2] == 1


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
        row = submit(desk, 0, 0, 1, 1, 0, 0, 0, 0)
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


FACTS = len(OwnOrder._fields)
ORDERS = 4


@kernel(cache=True)
def writes_down_all_it_sees(address: int) -> int:
    """Send four orders at the first act; then write down the time, the position and all of the four at each."""
    desk = carray(pointer(address), 1, TICK_RUN)[0]
    seen = carray(pointer(desk.integers_address), desk.integer_count, np.int64)
    if seen[0] == 0:
        submit_limit(desk, 0, P, 5)
        submit_limit(desk, 0, P - 1, 5)
        submit_limit(desk, 1, P + 2, 5)
        submit(desk, 1, OrderType.LIMIT, P + 2, 9, Force.GTD, 0, 40, 0)
    else:
        at = 1 + (seen[0] - 1) * (2 + ORDERS * FACTS)
        seen[at], seen[at + 1] = desk.now_ns, position(desk)
        at += 2
        for row in range(ORDERS):
            for fact in order_at(desk, row):
                seen[at] = fact
                at += 1
    seen[0] += 1
    wake_at(desk, desk.now_ns + 1)
    return 0


def test_nothing_of_a_fill_or_an_end_is_seen_before_its_report_arrives():
    # At 30 the first order is filled in part, at 34 whole and the second too, at 40 the fourth expires.
    # Reports take 25.
    touch = [event(0, SET, 0, P, 10), event(0, SET, 1, P + 2, 10)]
    quiet = [*touch, *(event(t, NONE) for t in range(1, 101))]
    busy = [*quiet[:32], event(30, TRADE, 0, P, 12), *quiet[32:36], event(34, TRADE, 0, P - 1, 50), *quiet[36:]]
    rows = []
    for events in (quiet, busy):
        frame = frame_of(events, [], Settings(report=25), act=address_of(writes_down_all_it_sees))
        frame.state.integers[1:] = -1
        drive(frame, events)
        count = int(frame.state.integers[0]) - 1
        rows.append(frame.state.integers[1 : 1 + count * (2 + ORDERS * FACTS)].reshape(count, -1))
    one, other = ({int(row[0]): row[1:].tolist() for row in table} for table in rows)
    assert all(one[t] == other[t] for t in range(1, 55))
    assert (one[55][0], other[55][0], other[59][0]) == (0, 2, 10)
    state, ended = 1 + 3 * FACTS + OwnOrder._fields.index("state"), (OrderState.RESTING, OrderState.FREE)
    assert (one[64][state], one[65][state]) == ended
