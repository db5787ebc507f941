"""A session that lives through a history first: what its strategies know is carried over, what they hold is not."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lockstep.data.instrument import Instrument
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_layout import Input
from lockstep.data.recordings.terms import LaneTerms
from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import SessionError, TransitionError
from lockstep.kernels.book.events import EventFlag, EventKind, TickBlock
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.sources.histories import TickHistory
from lockstep.live.sources.replay import Replay
from lockstep.live.sources.warmed import Warmed
from lockstep.strategies.registry import create
from lockstep.vector.parity.prove import prove
from lockstep.vector.ticks.drive import Driven

OWN = Path(__file__).with_name("warm_strategies.py")
LATE = TickExecution(Latency(submit=2_000_000, report=1_000_000), maker_fee=-1e-5, taker_fee=2e-4)
COIN = Instrument("COIN", tick=1.0)
SECOND = 10**9


def quotes(middles, start_s=0):
    """An L1 history: the best prices one tick beside a middle, one change a second."""
    rows = len(middles)
    times = (np.repeat(np.arange(rows), 2) + 1 + start_s) * SECOND
    ticks = np.array([(middle - 1, middle + 1) for middle in middles]).ravel()
    columns: dict[str, Any] = {name: np.zeros(2 * rows, np.int64) for name in TickBlock._fields}
    columns |= {"time_ns": times, "received_ns": times, "tick": ticks, "lots": np.full(2 * rows, 9)}
    columns |= {"kind": np.full(2 * rows, EventKind.QUOTE, np.uint8), "slot": np.full(2 * rows, -1, np.int32)}
    columns["side"] = np.tile([0, 1], rows).astype(np.int8)
    columns["flags"] = np.tile([0, int(EventFlag.LAST)], rows).astype(np.uint8)
    return Ticks.from_blocks(TickBlock(**columns), COIN, level="L1")


def lane(strategy, ticks, name="", execution=None, **parameters):
    rules = (execution or TickExecution()).to_dict()
    return LaneTerms(
        name or strategy, strategy, parameters, ticks.instrument.to_dict(), rules, 1e6, ticks.slots
    )  # fmt: skip


def before(history, source):
    return Warmed(TickHistory({history.symbol: history}, source), source)


def warmed(folder, history, feed, lanes, *, position="keep", limits=None, seen=None):
    source = before(history, Replay([feed]))
    terms = session_terms("paper", source, tuple(lanes), now_ns=1, id="one", limits=limits)
    return Host(folder, terms, source, position=position, seen=seen)


def ran(*given, **named):
    host = warmed(*given, **named)
    asyncio.run(host.run())
    return host


def rows_of(folder, *kinds, after=0):
    with Recording(folder) as recording:
        return [(row.seq, row.content()) for row in recording.rows(kinds=kinds) if row.seq > after]


def sides(folder, after=0):
    return [
        (row["side"], row["quantity"], row["sent_ns"] // SECOND) for _, row in rows_of(folder, "intent", after=after)
    ]


# Means of the last three: (106+102+104)/3 = 104 where the history ends, then (102+104+110)/3 = 105.3 at 110, which lies
# above it, (104+110+100)/3 = 104.7 at 100, below it. Without a past the first mean is that at 99.
PAST, PRESENT = (106, 102, 104), (110, 100, 99)
TOLD = f"{OWN}:OverMeanTold"


@pytest.mark.parametrize("strategy", [f"{OWN}:OverMean", TOLD])
def test_a_warmed_strategy_decides_with_its_past(strategy, tmp_path):
    history, feed = quotes(PAST), quotes(PRESENT, 3)
    host = ran(tmp_path / "warm", history, feed, [lane(strategy, history, "it")])
    assert sides(tmp_path / "warm") == [("buy", 1.0, 4), ("sell", 1.0, 5)]
    whole = Replay([quotes((*PAST, *PRESENT))])
    terms = session_terms("paper", whole, (lane(strategy, history, "it"),), now_ns=1, id="one")
    asyncio.run(Host(tmp_path / "whole", terms, whole).run())
    assert sides(tmp_path / "whole") == sides(tmp_path / "warm")
    cold = Replay([feed])
    terms = session_terms("paper", cold, (lane(strategy, feed, "it"),), now_ns=1, id="one")
    asyncio.run(Host(tmp_path / "cold", terms, cold).run())
    assert sides(tmp_path / "cold") == []
    assert prove(tmp_path / "warm").equal
    assert host.core.modes.mode == "paper"
    if strategy == TOLD:
        (change,) = host.core.lanes["it"].strategy.modes
        assert change == ("COIN", "paper", 0.0, 0.0)


# At 108 it lies above (102+104+108)/3 and buys: the history ends with one lot held.
HELD = (102, 104, 108)


def test_a_position_of_the_history_is_refused_and_the_journal_says_why(tmp_path):
    history = quotes(HELD)
    with pytest.raises(TransitionError, match="believes to hold 1 COIN, and 0 are held: choose flat"):
        ran(tmp_path / "s", history, quotes(PRESENT, 3), [lane(f"{OWN}:OverMean", history, "it")])
    ((_, refused),) = rows_of(tmp_path / "s", "mode_refused")
    assert (refused["from"], refused["to"], len(refused["reasons"])) == ("backtest", "paper", 1)


@pytest.mark.parametrize("strategy", [f"{OWN}:OverMean", TOLD])
def test_flat_tells_the_strategy_that_it_holds_nothing(strategy, tmp_path):
    history = quotes(HELD)
    host = ran(tmp_path / "s", history, quotes((109, 90), 3), [lane(strategy, history, "it")], position="flat")
    ((changed, content),) = rows_of(tmp_path / "s", "mode_change")
    assert content["lanes"] == {"it": {"symbol": "COIN", "position": 0, "units": 0.0, "cash": 1e6, "price": 0.0}}
    # (104+108+109)/3 = 107 lies below 109: it buys, as it holds nothing; 90 lies below its mean.
    assert sides(tmp_path / "s", after=changed) == [("buy", 1.0, 4), ("sell", 1.0, 5)]
    assert host.core.lanes["it"].cash == 1e6 - 110 + 89
    assert prove(tmp_path / "s").equal
    if strategy == TOLD:
        assert host.core.lanes["it"].strategy.modes == [("COIN", "paper", 0.0, 1.0)]


@pytest.mark.parametrize("strategy", [f"{OWN}:OverMean", TOLD])
def test_align_buys_the_difference_through_risk(strategy, tmp_path):
    history, feed = quotes(HELD), quotes((109, 90), 3)
    # At 109 the strategy would buy by itself, as it holds nothing; to that comes what it held: two bought, two sold.
    ran(tmp_path / "s", history, feed, [lane(strategy, history, "it")], position="align")
    (changed, _), *_ = rows_of(tmp_path / "s", "mode_change")
    assert sides(tmp_path / "s", after=changed) == [("buy", 1.0, 4), ("buy", 1.0, 4), ("sell", 2.0, 5)]
    assert prove(tmp_path / "s").equal
    ran(
        tmp_path / "held",
        history,
        feed,
        [lane(strategy, history, "it")],
        position="align",
        limits={"maxPositionSize": 1},
    )
    refused = [row["refusal"] for _, row in rows_of(tmp_path / "held", "risk")]
    assert refused == ["max_position_size"]
    assert prove(tmp_path / "held").equal


EVENTS = 4000


@pytest.fixture(scope="module")
def halves():
    """A generated market, cut in the middle; its moments are all different, as a session's clock makes them."""
    made = synthetic_flow(EVENTS, "L2", seed=5)
    block = next(made.blocks(made.rows))
    steps = np.arange(made.rows)
    times = np.maximum.accumulate(block.time_ns - steps) + steps
    rising = Ticks.from_blocks(block._replace(time_ns=times, received_ns=times), made.instrument, level="L2")
    middle = int(times[EVENTS // 2])
    return rising.between(0, middle), rising.between(middle, int(times[-1]) + 1)


def lanes_of(ticks):
    return [
        lane("simple_market_maker", ticks, "maker", LATE, interval_ms=20),
        lane("twap", ticks, "twap", LATE, lots=200),
        lane(f"{OWN.with_name('event_strategies.py')}:Joiner", ticks, "joiner", LATE),
    ]  # fmt: skip


def test_the_state_after_the_history_is_that_of_the_backtest(halves, tmp_path):
    history, feed = halves
    found: dict[str, Any] = {}

    def seen(core):
        if core.taken == history.rows and not found:
            frame = core.lanes["it"].frame
            found.update(state=[part.copy() for part in frame.state[:3]], position=int(frame.run["position"][0]))

    given: tuple[str, dict[str, Any]] = (f"{OWN}:OverMean", {"length": 50})
    ran(tmp_path / "s", history, feed, [lane(given[0], history, "it", LATE, **given[1])], position="flat", seen=seen)
    instrument = history.instrument
    strategy: Any = create(*given)
    batch = Driven(
        history.blocks(1000), strategy, LATE, slots=0, cash=1e6, tick_size=instrument.tick,
        lot_size=instrument.lot, multiplier=instrument.multiplier,
    )  # fmt: skip
    batch.step(1 << 62)
    assert found["position"] == int(batch.frame.run["position"][0])
    assert found["state"][1][0] > 1_000  # quotes that it has seen
    for part, expected in zip(found["state"], batch.frame.state[:3], strict=True):
        np.testing.assert_array_equal(part, expected)


@pytest.mark.parametrize("position", ["flat", "align"])
def test_a_warmed_session_is_the_batch_and_comes_back(position, halves, tmp_path):
    history, feed = halves
    given = (history, feed, lanes_of(history))
    limits = {"maxPositionSize": 300, "maxDailyLoss": 1e6, "preventSelfTrade": False}
    whole = ran(tmp_path / "whole", *given, position=position, limits=limits)
    parity = prove(tmp_path / "whole")
    assert parity.equal, parity.differences
    with Recording(tmp_path / "whole") as recording:
        tape = recording.tape["input"]
        assert (tape == Input.MARKET).sum() == history.rows + feed.rows
        assert (tape == Input.COMMAND).nonzero()[0].tolist() == [history.rows]
    for stop in (history.rows, history.rows + 1, history.rows + 500) if position == "align" else ():
        host = warmed(tmp_path / f"{stop}", *given, position=position, limits=limits)
        host._seen = lambda core, host=host, stop=stop: host.stop() if core.taken >= stop else None
        asyncio.run(host.run())
        again = ran(tmp_path / f"{stop}", *given, position=position, limits=limits)
        assert again.recovered >= stop
        for name, one in whole.core.lanes.items():
            assert again.core.lanes[name].fingerprint == one.fingerprint
        assert prove(tmp_path / f"{stop}").equal


def test_orders_of_the_history_are_over_and_its_losses_forgotten(halves, tmp_path):
    history, feed = halves
    host = ran(tmp_path / "s", history, feed, lanes_of(history), position="flat", limits={"maxDailyLoss": 0.001})
    (changed, _), *_ = rows_of(tmp_path / "s", "mode_change")
    with Recording(tmp_path / "s") as recording:
        rows = [(row, (row.strategy, row.content()["order"])) for row in recording.rows(kinds=["intent", "fill"])]
    sent = [(row.seq, order) for row, order in rows if row.content().get("action") == "submit"]
    before, later = {order for seq, order in sent if seq < changed}, {order for seq, order in sent if seq > changed}
    assert before
    assert later
    assert not before & later
    assert not {order for row, order in rows if row.kind == "fill" and row.seq > changed} & before
    assert {row["refusal"] for seq, row in rows_of(tmp_path / "s", "risk") if seq < changed} == {"max_daily_loss"}
    assert host.core.lanes["maker"].start_cash == 1e6


def test_a_history_that_does_not_fit_the_feed_is_refused(halves, tmp_path):
    history, feed = halves
    with pytest.raises(SessionError, match="the history before it ends at"):
        ran(tmp_path / "s", feed, history, lanes_of(history)[:1], position="flat")
    with pytest.raises(SessionError, match="there is no history of"):
        TickHistory({}, Replay([feed]))
    with pytest.raises(SessionError, match="names orders"):
        before(synthetic_flow(10, "L3", seed=1), Replay([feed]))


@pytest.mark.parametrize("position", ["flat", "align"])
def test_a_snapshot_between_history_and_feed_goes_on_into_the_feed(position, halves, tmp_path):
    history, feed = halves
    given = (history, feed, lanes_of(history)[:2])
    whole = ran(tmp_path / "whole", *given, position=position)
    host = warmed(tmp_path / "cut", *given, position=position)
    host._seen = lambda core: host.stop() if core.taken == history.rows + 1 else None
    asyncio.run(host.run())
    again = ran(tmp_path / "cut", *given, position=position)
    assert (again.recovered, again.again) == (history.rows + 1, 0)  # nothing is taken again: it stands on a snapshot
    for name, one in whole.core.lanes.items():
        assert again.core.lanes[name].fingerprint == one.fingerprint
    assert prove(tmp_path / "cut").equal
