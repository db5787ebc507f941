"""Before a session listens its kernels have run, and nothing of that is left or seen."""

import json
import subprocess
import sys

from tests.live.session import warmed

from lockstep.data.instrument import Instrument
from lockstep.data.recordings.terms import LaneTerms, SessionTerms
from lockstep.data.ticks.execution import TickExecution
from lockstep.kernels.ticks import inbound
from lockstep.live.session.warm import warm_up
from lockstep.strategies import registry
from lockstep.strategies.event import BaseStrategy

BEGUN: list[str] = []


class Seen(BaseStrategy):
    """One that is not compiled, and would be seen."""

    async def on_start(self) -> None:
        BEGUN.append("begun")


def test_lanes_have_traded_and_strategies_that_are_not_compiled_have_not_begun(monkeypatch):
    facts, rules = Instrument("ACME").to_dict(), TickExecution().to_dict()
    maker = LaneTerms("maker", "simple_market_maker", {"interval_ms": 20}, facts, rules, 1e6)
    seen = LaneTerms("seen", "seen", {"no": "such"}, facts, rules, 1e6)
    found = registry.find
    monkeypatch.setattr("lockstep.live.session.warm.find", lambda name: Seen if name == "seen" else found(name))
    taken: list[int] = []

    def watched(run, time_ns):
        taken.append(time_ns)
        return inbound.take_time(run, time_ns)

    monkeypatch.setattr("lockstep.live.session.lane.take_time", watched)
    terms = SessionTerms("one", "paper", 1_700_000_000_000_000_000, ("ACME",), ("made",), (maker, seen), {})
    warm_up(terms)
    assert len(taken) == 2
    assert BEGUN == []


def test_nothing_is_compiled_once_a_session_listens():
    """Compiled in the midst of trading it would keep orders, cancels and the kill switch waiting for seconds."""
    ran = subprocess.run([sys.executable, "-m", warmed.__name__], stdout=subprocess.PIPE, check=True)
    assert json.loads(ran.stdout) == []
