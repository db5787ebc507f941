"""A session in a folder: what it keeps, and that it comes back as it was however it was cut off."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.terms import LaneTerms
from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import JournalError, SessionError
from lockstep.live.session import event_lane
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.sources.replay import Replay

EVENTS = 20_000
DERIVED = ("intent", "fill", "order")


@pytest.fixture(scope="module")
def ticks():
    return synthetic_flow(EVENTS, "L2", seed=3)


def lane_of(ticks, **changes):
    execution = TickExecution(Latency(submit=2_000_000, report=1_000_000), maker_fee=-1e-5, taker_fee=2e-4)
    parameters = {"interval_ms": 20, **changes}
    return LaneTerms("maker", "simple_market_maker", parameters, ticks.instrument.to_dict(), execution.to_dict(), 1e6)


def host_of(folder, ticks, seen=None, **changes):
    source = Replay([ticks])
    terms = session_terms("paper", source, (lane_of(ticks, **changes),), now_ns=1, id="one")
    return Host(folder, terms, source, seen=seen)


def ran(folder, ticks, seen=None):
    host = host_of(folder, ticks, seen)
    asyncio.run(host.run())
    return host


def derived(folder):
    with Recording(folder) as recording:
        return [(row.kind, row.tape, row.body) for row in recording.rows(kinds=DERIVED)]


@pytest.fixture(scope="module")
def whole(ticks, tmp_path_factory):
    """A session that nothing cut off: its folder, and the state of its lane."""
    folder = tmp_path_factory.mktemp("sessions") / "whole"
    return folder, ran(folder, ticks).core.lanes["maker"].state


def test_the_journal_tells_every_intent_fill_and_end(whole, ticks):
    folder, state = whole
    rows = derived(folder)
    kinds = [kind for kind, _, _ in rows]
    with Recording(folder) as recording:
        assert len(recording.tape) == ticks.rows
        named = [row.kind for row in recording.rows()]
        intents = [row.content() for row in recording.rows(kinds=["intent"])]
    assert named[0] == "session_started"
    assert named[-1] == "session_ended"
    assert sum(intent["action"] == "submit" for intent in intents) == state["orders"] > 100
    assert kinds.count("fill") > 10
    assert kinds.count("order") > 100


def test_an_ended_session_goes_on_where_it_ended(whole, ticks, tmp_path):
    host: Host = host_of(tmp_path / "one", ticks, seen=lambda _: host.stop())
    asyncio.run(host.run())
    again = ran(tmp_path / "one", ticks)
    assert 0 < again.recovered < ticks.rows
    assert again.core.lanes["maker"].state == whole[1]
    assert derived(tmp_path / "one") == derived(whole[0])


def test_a_strategy_that_raises_or_blocks_is_halted_and_the_others_go_on(ticks, tmp_path, monkeypatch, whole):
    monkeypatch.setattr(event_lane, "PATIENCE_SECONDS", 1.5)
    path = Path(__file__).with_name("event_strategies.py")
    others = [
        replace(lane_of(ticks), name=name, strategy=f"{path}:{name}", parameters={}) for name in ("Raiser", "Blocker")
    ]

    def opened():
        source = Replay([ticks])
        terms = session_terms("paper", source, (lane_of(ticks), *others), now_ns=1, id="one")
        return Host(tmp_path / "one", terms, source)

    host = opened()
    asyncio.run(host.run())
    assert host.core.halted == {"Raiser": "RuntimeError: out of paper", "Blocker": "it did not come back within 1.5 s"}
    assert host.core.lanes["maker"].state == whole[1]
    again = opened()
    assert again.core.halted.keys() == host.core.halted.keys()
    assert again.core.lanes["maker"].state == whole[1]
    asyncio.run(again.run())


def test_other_settings_are_refused_and_leave_the_session_as_it_was(whole, ticks):
    folder, _ = whole
    before = derived(folder)
    with pytest.raises(SessionError, match="other strategies, symbols or settings"):
        host_of(folder, ticks, lots=7)
    assert derived(folder) == before


def test_other_code_does_not_replay_decisions(whole, ticks, monkeypatch):
    folder, _ = whole
    real = session_terms

    def other(*given, **named):
        terms = real(*given, **named)
        return type(terms)(**{**{f: getattr(terms, f) for f in terms.__struct_fields__}, "identity": {"engine": "x"}})

    monkeypatch.setitem(globals(), "session_terms", other)
    with pytest.raises(SessionError, match="made by other code"):
        host_of(folder, ticks)


def test_a_second_owner_is_refused(ticks, tmp_path):
    host = host_of(tmp_path / "one", ticks)
    with pytest.raises(JournalError):
        host_of(tmp_path / "one", ticks)
    asyncio.run(host.run())
