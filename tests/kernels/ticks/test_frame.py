"""The memory of a run: growing in mid-run, copies, and real data."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from tests.kernels.ticks.test_advance import FEEDS, case, whole
from tests.kernels.ticks.ticks_run import agree, block_of, drive, event, frame_of, outcome, slots_of
from tests.twins.tick_run import Ask, Settings

from lockstep.kernels.book.events import EventKind
from lockstep.kernels.order_terms import Force
from lockstep.kernels.ticks.advance import Stop

TINY = dict.fromkeys(("own_room", "request_room", "report_room", "fill_room", "order_room", "sample_room"), 1)


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("seed", range(8))
def test_a_run_that_grows_on_the_way_is_the_same(feed, seed):
    events, script, settings = case(feed, seed)
    roomy = frame_of(events, script, settings)
    small = frame_of(events, script, settings, far_room=0, slots=1 if feed == "L3" else 0, **TINY)
    assert drive(roomy, events) == drive(small, events, block=50) == Stop.END
    assert whole(roomy) == whole(small)


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_copy_in_mid_stream_goes_on_to_the_same_end(feed, seed, share):
    events, script, settings = case(feed, seed)
    straight = frame_of(events, script, settings)
    drive(straight, events)
    stopped = frame_of(events, script, settings)
    block = block_of(events, slots_of(events))
    stopped.give(block)
    stopped.run["finished"] = stopped.run["seen_finished"] = 1
    if settings.apart:
        stopped.give(block, seen=True)
    stopped.advance(int(share * len(events)))
    copies = [stopped.copy(), stopped.copy()]
    for run in (copies[0], stopped, copies[1]):  # one that goes on leaves the others where they stand
        assert run.advance()[0] == Stop.END
        assert whole(run) == whole(straight)


def lobster(path: Path, rows: int):
    """Read LOBSTER messages as events: orders never seen become trades beside the book, or nothing."""
    kinds = {1: EventKind.ADD, 2: EventKind.REDUCE, 3: EventKind.DELETE, 4: EventKind.EXECUTE}
    live: dict[int, int] = {}
    events = []
    with gzip.open(path, "rt") as file:
        for line, _ in zip(file, range(rows), strict=False):
            seconds, kind, order_id, size, price, direction = line.split(",")[:6]
            time = round(float(seconds) * 1e9)
            side, tick, lots, code = int(int(direction) < 0), int(price) // 100, int(size), int(kind)
            if code in (4, 5) and (code == 5 or int(order_id) not in live):
                events.append(event(time, EventKind.HIDDEN if code == 5 else EventKind.TRADE, side, tick, lots))
                continue
            if code not in kinds or (code != 1 and int(order_id) not in live):
                continue
            left = lots if code == 1 else live[int(order_id)] - lots
            live[int(order_id)] = left
            if left <= 0 and code != 1:
                del live[int(order_id)]
            events.append(event(time, EventKind.DELETE if code == 3 else kinds[code], side, tick, lots, int(order_id)))
    return events


@pytest.mark.real_data
def test_a_recorded_day_is_the_same_run_in_one_call_and_thing_by_thing(shared_data: Path):
    (path,) = (shared_data / "lobster").glob("AAPL*message_50.csv.gz")
    events = lobster(path, 12_000)
    first, last = events[0][0], events[-1][0]
    rng = np.random.default_rng(7)
    moments = np.sort(rng.integers(first, last, 400)).tolist()
    # At the touch, in front of it, behind it, and across the spread, a third of a dollar wide at most.
    offsets = rng.choice([-1, 0, 1, 2, 35], len(moments)).tolist()
    script = [Ask(t, 0, 0, k % 2, 1 + k % 2, offsets[k] * (1 - 2 * (k % 2)), 100, 0, Force.GTD, t + 20_000_000_000)
              for k, t in enumerate(moments)]  # fmt: skip
    delay = 2_000_000
    settings = Settings(book="L3", apart=True, feed=delay, entry=delay, report=delay, sample=1_000_000_000)
    states: list[list[int]] = []
    runs = []
    for most in (1 << 62, 1):
        digests: list[int] = []
        run = frame_of(events, script, settings, far_room=4096)
        assert drive(run, events, most=most, each=lambda r, to=digests: to.append(r.book.digest)) == Stop.END
        runs.append(run)
        states.append(digests)
    assert len(runs[0].written("fills")) > 100
    assert {int(m) for m in runs[0].written("fills")["maker"]} == {0, 1}
    assert whole(runs[0]) == whole(runs[1])
    alone = frame_of(events, script, settings, far_room=4096)
    slots = slots_of(events)
    replayed: list[int] = []
    for row in events:
        assert alone.book.replay(block_of([row], slots)).events == 1
        replayed.append(alone.book.digest)
    changes = [d for k, d in enumerate(states[1]) if k == 0 or d != states[1][k - 1]]
    expected = [d for k, d in enumerate(replayed) if k == 0 or d != replayed[k - 1]]
    assert [d for d in changes if d] == [d for d in expected if d]
    assert outcome(runs[0])["position"] == sum(
        f["lots"] if f["side"] == 0 else -f["lots"] for f in runs[0].written("fills")
    )


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("seed", range(10))
def test_a_strategy_that_hears_between_its_acts_knows_the_same(feed, seed):
    events, script, settings = case(feed, seed)
    settings.apart, settings.on_feed = True, False
    heard = 0

    def listen(frame):
        nonlocal heard
        before = int(frame.run["seen_next"][0])
        frame.hear()
        heard += int(frame.run["seen_next"][0]) - before

    agree(events, script, settings, most=5, block=40, each=listen)
    assert heard > 20
