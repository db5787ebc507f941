"""Sessions over bars come back from snapshots as from their whole tape, and are proven from them."""

import asyncio
import os
import shutil
import signal

import pytest
from tests.live.session.bar_sessions import EVENTS, Fine, FineTicks, derived, lanes_of_all, made_bars
from tests.live.session.test_warm_bars import warmed

from lockstep.data.recordings.files import TAPE_PARTS
from lockstep.data.recordings.recording import Recording
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.storage.tape_retention import move_tape
from lockstep.vector.parity.prove import prove

STRATEGIES = ("mean_reversion", "cross_sectional_momentum", f"{EVENTS}:Keeper")


def host_of(folder, source, *, limits=None, bars=None, seen=None, every=150):
    lanes = lanes_of_all(source, STRATEGIES, bars)
    terms = session_terms("paper", source, lanes, now_ns=1, id="one", limits=limits)
    return Host(folder, terms, source, seen=seen, snapshots=every, position="align")


def cut(folder, source, stop, **named):
    """Let a session end, as by a fault, once so many records were taken: no last snapshot is there."""
    host = host_of(folder, source, **named)

    def seen(core):
        host._snapshots._note(wait=True)  # of one that is being written
        if core.taken >= stop:
            raise KeyboardInterrupt

    host._seen = seen
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(host.run())


def assert_comes_back(folder, made, stops, **named):
    whole = host_of(folder / "whole", made(), **named)
    asyncio.run(whole.run())
    for stop in stops:
        cut(folder / f"{stop}", made(), stop, **named)
        again = host_of(folder / f"{stop}", made(), **named)
        assert 0 < again.again < again.recovered, again.again
        asyncio.run(again.run())
        assert derived(folder / f"{stop}") == derived(folder / "whole")
        parity = prove(folder / f"{stop}")
        assert parity.equal, parity.differences


@pytest.mark.parametrize("limits", [None, {"maxOrderSize": 400, "maxDailyLoss": 2_000}])
def test_bars_that_are_given(limits, tmp_path):
    bars = made_bars(400)
    assert_comes_back(tmp_path, lambda: Fine(bars, 7), (401, 777, 1_100), limits=limits)
    with Recording(tmp_path / "777") as recording:
        assert len(list(recording.rows(kinds=["snapshot"]))) > 3
        assert not list(recording.rows(kinds=["snapshot_failed"]))


def test_bars_that_are_built(tmp_path):
    ticks = synthetic_flow(8_000, "L2", seed=5)
    assert_comes_back(tmp_path, lambda: FineTicks(ticks), (3_456, 5_000), bars="50ms", every=1_000)


def test_a_history_before_them(tmp_path):
    bars = made_bars(400)
    middle = int(next(bars.blocks(200)).close_time_ns[-1])
    past, present = bars.between(bars.span[0], middle), bars.between(middle, bars.span[1])
    assert_comes_back(tmp_path, lambda: warmed(past, lambda: Fine(present, 7)), (900, 1_300))


@pytest.mark.parametrize("moved", [None, 3], ids=["hole to the snapshot", "records before it stay"])
@pytest.mark.parametrize("built", [False, True])
def test_what_lies_behind_the_oldest_snapshot_is_proven_alone(built, moved, tmp_path, monkeypatch):
    bars, ticks = made_bars(400), synthetic_flow(8_000, "L2", seed=5)
    source, every = (FineTicks(ticks), 1_000) if built else (Fine(bars, 7), 150)
    cut(tmp_path / "s", source, 5_500 if built else 900, bars="50ms" if built else None, every=every)
    whole, blocks = prove(tmp_path / "s"), Recording.blocks
    with monkeypatch.context() as patch:
        # Blocks end where the writer found records, so what is moved may end well before the snapshot.
        patch.setattr(Recording, "blocks", lambda recording: _first(list(blocks(recording)), moved))
        assert move_tape(tmp_path / "s") is not None
    shutil.rmtree(tmp_path / "s" / TAPE_PARTS)
    rest = prove(tmp_path / "s")
    assert rest.equal, rest.differences
    assert 0 < rest.begin == whole.records - rest.records
    assert 0 < rest.rows < whole.rows


def _first(blocks, many):
    """Give so many of the first blocks, and the last two, which never move."""
    return [*blocks[:-2][:many], *blocks[-2:]]


def test_a_killed_session_comes_back_as_it_was(tmp_path):
    bars, folder = made_bars(400), tmp_path / "cut"
    asyncio.run(host_of(tmp_path / "whole", Fine(bars, 7)).run())
    child = os.fork()
    if child == 0:

        def kill(core):
            if core.taken > 900:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            asyncio.run(host_of(folder, Fine(bars, 7), seen=kill, every=50).run())
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    again = host_of(folder, Fine(bars, 7), every=50)
    asyncio.run(again.run())
    assert derived(folder) == derived(tmp_path / "whole")
    assert prove(folder).equal


def test_one_that_can_not_tell_its_state_takes_none(tmp_path):
    source = Fine(made_bars(100), 7)
    terms = session_terms("paper", source, lanes_of_all(source, [f"{EVENTS}:Hearer"]), now_ns=1, id="one")
    asyncio.run(Host(tmp_path / "s", terms, source, snapshots=50).run())
    with Recording(tmp_path / "s") as recording:
        (started,) = [row.content() for row in recording.rows(kinds=["session_started"])]
        assert started["snapshots"] == {"none": "Hearer gives no save_state and no load_state"}
        assert not list(recording.rows(kinds=["snapshot"]))
