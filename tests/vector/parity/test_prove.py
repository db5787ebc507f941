"""Recorded sessions are what the batch makes of their tapes, and each kind of planted difference is found and named."""

import asyncio
import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.live.sources.histories import quotes_of
from tests.vector.parity.planting import planted

from lockstep.data.recordings.tape_layout import TAPE
from lockstep.data.recordings.terms import LaneTerms
from lockstep.data.ticks.execution import Impact, Latency, TickExecution
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.kernels.book.events import EventKind
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.sources.replay import Replay
from lockstep.vector.parity.causes import Cause
from lockstep.vector.parity.prove import prove

EVENTS = 20_000
EXECUTION = TickExecution(
    Latency(submit=2_000_000, report=1_000_000), maker_fee=-1e-5, taker_fee=2e-4, impact=Impact(0.2, half_life=10**10)
)
JITTERED = TickExecution(Latency(submit=2_000_000, report=1_000_000, jitter=300_000, seed=4), queue="log")
SHIPPED = {
    "simple_market_maker": {"interval_ms": 20}, "avellaneda_stoikov": {}, "book_imbalance_taker": {},
    "twap": {"lots": 200}, "vwap": {"lots": 200}, "iceberg": {"lots": 200},
}  # fmt: skip


EVENT_STRATEGIES = Path(__file__).parents[2] / "live/session/event_strategies.py"


def session(folder, histories, lanes):
    source = Replay(histories)
    asyncio.run(Host(folder, session_terms("paper", source, tuple(lanes), now_ns=1, id="one"), source).run())
    return folder


def lane(name, ticks, strategy, parameters, execution=EXECUTION):
    return LaneTerms(
        name, strategy, parameters, ticks.instrument.to_dict(), execution.to_dict(), 1e6, ticks.slots
    )  # fmt: skip


@pytest.fixture(scope="module", params=["L2", "L3"])
def recorded(request, tmp_path_factory):
    """A session of every shipped order kernel beside one feed."""
    ticks = synthetic_flow(EVENTS, request.param, seed=5)
    lanes = [lane(name, ticks, name, parameters) for name, parameters in SHIPPED.items()]
    lanes.append(lane("jittered", ticks, "simple_market_maker", {}, JITTERED))
    lanes += [lane(name, ticks, f"{EVENT_STRATEGIES}:{name}", {}) for name in ("Joiner", "Raiser")]
    return session(tmp_path_factory.mktemp("parity") / "session", [ticks], lanes)


def test_every_kind_of_strategy_in_a_session_is_the_batch(recorded):
    parity = prove(recorded)
    assert parity.equal, parity.differences
    assert parity.records == EVENTS
    assert parity.rows > 1_000
    assert parity.states == 3 * (len(SHIPPED) + 3)  # one raises, and its lane goes on without it


def test_every_kind_of_strategy_beside_quotes_is_the_batch(tmp_path):
    quotes = quotes_of(synthetic_flow(90_000, "L2", seed=5), EVENTS)
    lanes = [lane(name, quotes, name, parameters) for name, parameters in SHIPPED.items()]
    lanes.append(lane("Joiner", quotes, f"{EVENT_STRATEGIES}:Joiner", {"every": 5}))
    parity = prove(session(tmp_path / "session", [quotes], lanes))
    assert parity.equal, parity.differences
    assert (parity.records, parity.states) == (EVENTS, 3 * len(lanes))
    assert parity.rows > 1_000


def test_another_fee_is_found(recorded, tmp_path):
    def change(terms):
        terms["execution"]["maker_fee"] = terms["execution"]["taker_fee"] = 0.001

    assert planted(recorded, tmp_path, TAPE, change)["simple_market_maker"].cause == Cause.FEE


def test_another_latency_is_found(recorded, tmp_path):
    def change(terms):
        terms["execution"]["latency"]["report"] = 999_999

    assert planted(recorded, tmp_path, TAPE, change)["twap"].cause == Cause.LATENCY


def test_another_fill_is_found(recorded, tmp_path):
    def change(terms):
        terms["execution"]["impact"]["coefficient"] = 3.0

    assert planted(recorded, tmp_path, TAPE, change)["book_imbalance_taker"].cause == Cause.FILL


def test_another_parameter_is_found(recorded, tmp_path):
    def change(terms):
        if terms["strategy"] == "simple_market_maker":
            terms["parameters"]["lots"] = 2

    found = planted(recorded, tmp_path, TAPE, change)
    assert found["simple_market_maker"].cause == Cause.STATE
    assert set(found) == {"simple_market_maker", "jittered"}


def test_another_event_is_found_even_where_no_order_feels_it(recorded, tmp_path):
    def change(tape):
        # The last level change far behind the best prices, one lot more.
        changes = np.flatnonzero(np.isin(tape["kind"], (EventKind.SET, EventKind.ADD)) & (tape["lots"] > 0))
        tape["lots"][changes[-1]] += 1

    assert {found.cause for found in planted(recorded, tmp_path, TAPE, None, change).values()} <= {
        Cause.DATA,
        Cause.FILL,
    }


def test_another_clock_is_found(recorded, tmp_path):
    def change(tape):
        tape["received_ns"][1000:] += 1

    assert planted(recorded, tmp_path, TAPE, None, change)["book_imbalance_taker"].cause == Cause.CLOCK


def test_what_the_journal_lost_is_found(recorded, tmp_path):
    import sqlite3

    folder = shutil.copytree(recorded, tmp_path / "copy")
    base = sqlite3.connect(folder / "journal.db")
    seq = base.execute("SELECT seq FROM journal WHERE kind = 'fill' AND strategy = 'twap'").fetchone()[0]
    base.execute("DELETE FROM journal WHERE seq = ?", (seq,))
    base.commit()
    base.close()
    assert prove(folder).differences[0].lane == "twap"
