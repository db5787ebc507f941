"""Replays: when events come, in which order, and where a session goes on. Expected moments are worked out by hand."""

import asyncio
import math

import numpy as np
import pytest
from tests.live.sources.histories import ACME, BETA, SECOND, gathered, history
from tests.live.sources.virtual import run

from lockstep.errors import SessionError
from lockstep.live.sources.pace import MOST
from lockstep.live.sources.replay import Replay

BEGIN = 1_000 * SECOND
MOMENTS = [BEGIN, BEGIN + SECOND, BEGIN + SECOND, BEGIN + 4 * SECOND + 1]


async def timed(source, busy_s=0.0):
    """(seconds on the loop's clock, events) of each batch; whoever takes them is busy for a while after each."""
    clock = asyncio.get_running_loop().time
    found = []
    async for batch in source.batches():
        found.append((clock(), batch["id"].tolist()))
        if busy_s:
            await asyncio.sleep(busy_s)
    return found


@pytest.mark.parametrize(
    ("speed", "expected"),
    [
        (1.0, [(0.0, [0]), (1.0, [1, 2]), (4.000000001, [3])]),
        (10.0, [(0.0, [0]), (0.1, [1, 2]), (0.4000000001, [3])]),
        (0.5, [(0.0, [0]), (2.0, [1, 2]), (8.000000002, [3])]),
    ],
)
def test_events_come_when_they_happened_so_many_times_as_fast(speed, expected):
    found = run(lambda: timed(Replay([history(ACME, MOMENTS)], speed)))
    assert [events for _, events in found] == [events for _, events in expected]
    # Never early, and late by the nanosecond to which sleeps are rounded, and the float's last digit.
    for (at, _), (due, _) in zip(found, expected, strict=True):
        assert -1e-12 <= at - due <= 1.1e-9


def test_no_time_passes_where_nothing_is_waited_for():
    assert run(lambda: timed(Replay([history(ACME, MOMENTS)]))) == [(0.0, [0, 1, 2, 3])]


def test_a_session_that_is_slow_gets_all_that_is_due_at_once():
    moments = [BEGIN + k * SECOND for k in range(10)]
    found = run(lambda: timed(Replay([history(ACME, moments)], 1.0), busy_s=3.5))
    # Busy until 3.5, 7 and 10.5 s: events 1 to 3, 4 to 7, 8 and 9 have been due by then.
    assert [events for _, events in found] == [[0], [1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert [at for at, _ in found] == pytest.approx([0.0, 3.5, 7.0, 10.5], abs=1e-8)


def test_a_year_of_sleeping_does_not_drift():
    moments = [BEGIN, BEGIN + 90 * 86_400 * SECOND, BEGIN + 90 * 86_400 * SECOND + 1000]
    found = run(lambda: timed(Replay([history(ACME, moments)], 1.0)))
    assert [events for _, events in found] == [[0], [1], [2]]
    assert found[-1][0] == pytest.approx(90 * 86_400 + 1e-6, abs=3e-9 + 90 * 86_400 * 4e-16)


def test_several_symbols_come_in_one_order():
    one = history(ACME, [BEGIN, BEGIN + 5, BEGIN + 5])
    two = history(BETA, [BEGIN + 1, BEGIN + 5, BEGIN + 9])
    source = Replay([one, two])
    batch = np.concatenate(run(lambda: gathered(source)))
    assert list(source.instruments) == ["ACME", "BETA"]
    assert batch["symbol"].tolist() == [0, 1, 0, 0, 1, 1]
    assert (batch["received_ns"] - BEGIN).tolist() == [0, 1, 5, 5, 5, 9]
    assert set(batch["sequence"].tolist()) == {-1}
    assert set(batch["input"].tolist()) == {0}


@pytest.mark.parametrize("taken", [0, 1, 4, MOST - 1, MOST, MOST + 1, 3 * MOST + 7, 3 * MOST + 100, 10**6])
@pytest.mark.parametrize("symbols", [1, 2])
def test_a_session_goes_on_behind_what_it_took(taken, symbols):
    moments = [BEGIN + k for k in range(3 * MOST + 100)]
    histories = [history(facts, moments) for facts in (ACME, BETA)[:symbols]]
    whole = b"".join(batch.tobytes() for batch in run(lambda: gathered(Replay(histories))))
    source = Replay(histories)
    source.go_on(taken)
    assert b"".join(batch.tobytes() for batch in run(lambda: gathered(source))) == whole[64 * taken :]


def test_the_pace_begins_with_the_first_event_that_is_left():
    source = Replay([history(ACME, MOMENTS)], 1.0)
    source.go_on(1)
    assert run(lambda: timed(source)) == [(0.0, [1, 2]), (pytest.approx(3.000000001, abs=1.1e-9), [3])]


def test_a_history_of_one_event():
    assert run(lambda: timed(Replay([history(ACME, [BEGIN])], 1.0))) == [(0.0, [0])]


def test_nothing_is_received_before_it_happens_nor_before_what_came_before():
    ticks = history(ACME, [BEGIN, BEGIN + 10, BEGIN + 20])
    block = next(ticks.blocks())._replace(received_ns=np.array([BEGIN + 15, BEGIN + 5, BEGIN + 21]))
    late = type(ticks).from_blocks(block, ACME, level="L2")
    (batch,) = run(lambda: gathered(Replay([late])))
    assert (batch["received_ns"] - BEGIN).tolist() == [15, 15, 21]


def test_what_a_replay_does_not_play_is_refused():
    ticks = history(ACME, MOMENTS)
    for speed in (0.0, -1.0, math.nan):
        with pytest.raises(SessionError, match="speed"):
            Replay([ticks], speed)
    with pytest.raises(SessionError, match="one of each symbol"):
        Replay([ticks, ticks])
    with pytest.raises(SessionError, match="at least one"):
        Replay([])


def test_a_replay_says_where_its_prices_come_from_and_has_no_news():
    source = Replay([history(ACME, MOMENTS)])
    assert (source.synthetic, source.own_clock, source.news()) == (False, True, [])
