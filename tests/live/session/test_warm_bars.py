"""Sessions over bars that live through a history first: bars before bars, and before ticks of which bars are built."""

import asyncio

import numpy as np
import pytest
from tests.live.session.bar_sessions import EVENTS, derived, lanes_of_all, made_bars, rows_of, source_of

from lockstep.data.recordings.recording import Recording
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import SessionError, TransitionError
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.sources.histories import BarHistory, TickHistory
from lockstep.live.sources.replay import Replay
from lockstep.live.sources.warmed import Warmed
from lockstep.vector.parity.prove import prove

STRATEGIES = ("mean_reversion", "momentum", f"{EVENTS}:Rebound", f"{EVENTS}:Hearer")
LIMITS = {"maxOrderSize": 500}


def host_of(folder, source, strategies=STRATEGIES, *, position="flat", bars=None, limits=None, seen=None):
    terms = session_terms("paper", source, lanes_of_all(source, strategies, bars), now_ns=1, id="one", limits=limits)
    return Host(folder, terms, source, position=position, seen=seen)


def ran(*given, **named):
    host = host_of(*given, **named)
    asyncio.run(host.run())
    return host


@pytest.fixture(scope="module")
def halves():
    bars = made_bars(600)
    middle = int(next(bars.blocks(330)).close_time_ns[-1])
    return bars, bars.between(bars.span[0], middle), bars.between(middle, bars.span[1])


def warmed(past, feed):
    source = feed() if callable(feed) else source_of(feed)
    return Warmed(BarHistory(past, source), source)


def known(host, name):
    """What a strategy knows: a compiled one's states, the bars that another one was told of."""
    account = host.core.bar_lanes[name].trader.account
    decider = getattr(account, "_decider", None) or getattr(account, "_targets", None)
    return account._strategy.bars if decider is None else [each.tolist() for each in decider.signals.known()]


@pytest.mark.parametrize("limits", [None, LIMITS])
def test_a_strategy_knows_what_one_knows_that_lived_through_it_all(limits, halves, tmp_path):
    bars, past, present = halves
    whole = ran(tmp_path / "whole", source_of(bars), limits=limits)
    host = ran(tmp_path / "warm", warmed(past, present), limits=limits)
    cold = ran(tmp_path / "cold", source_of(present), limits=limits)
    for name in ("MeanReversion", "Momentum", "Hearer"):
        assert known(host, name) == known(whole, name) != known(cold, name)
    assert host.core.modes.mode == "paper"
    parity = prove(tmp_path / "warm")
    assert parity.equal, parity.differences
    with Recording(tmp_path / "warm") as recording:
        (change,) = recording.rows(kinds=["mode_change"])
        warm = recording.description()["warm"]
        later = [row for row in recording.rows(change.seq, kinds=["fill"]) if row.strategy == "MeanReversion"]
    assert change.tape == warm["rows"]
    assert later[0].content()["cash"] > 50_000.0  # of its own 100,000
    if limits is None:
        (modes,) = [host.core.bar_lanes["Hearer"].trader.account._strategy.modes]
        assert [(mode.symbol, mode.mode, mode.position) for mode in modes] == [
            ("AAPL", "paper", 0.0), ("MSFT", "paper", 0.0)
        ]  # fmt: skip


def test_positions_that_differ_are_refused_left_or_bought_again(halves, tmp_path):
    _, past, present = halves
    with pytest.raises(TransitionError, match="choose flat"):
        ran(tmp_path / "keep", warmed(past, present), ["buy_and_hold"], position="keep")
    host = ran(tmp_path / "flat", warmed(past, present), ["buy_and_hold"], position="flat")
    lane = host.core.bar_lanes["BuyAndHold"]
    assert (set(lane.positions().values()), lane.cash, lane.equity) == ({0.0}, 100_000.0, 100_000.0)
    for limits in (None, LIMITS):
        folder = tmp_path / f"align{limits is None}"
        host = ran(folder, warmed(past, present), ["buy_and_hold"], position="align", limits=limits)
        with Recording(folder) as recording:
            fills = [row.content() for row in recording.rows(kinds=["fill"])]
        before, after = fills[:2], fills[2:]
        assert {one["symbol"]: one["position"] for one in before} == {one["symbol"]: one["position"] for one in after}
        assert all(fill["time_ns"] >= past.span[1] for fill in after)
        assert prove(folder).equal


@pytest.mark.parametrize("limits", [None, LIMITS])
def test_it_comes_back_from_either_side_of_the_change(limits, halves, tmp_path):
    _, past, present = halves
    whole = ran(tmp_path / "whole", warmed(past, present), position="align", limits=limits)
    rows = whole._source.rows
    for stop in (rows - 200, rows + 1, rows + 300):
        folder = tmp_path / f"{stop}"
        host = host_of(folder, warmed(past, present), position="align", limits=limits)
        host._seen = lambda core, host=host, stop=stop: host.stop() if core.taken >= stop else None
        asyncio.run(host.run())
        again = ran(folder, warmed(past, present), position="align", limits=limits)
        assert again.recovered >= stop
        for name, one in whole.core.bar_lanes.items():
            assert again.core.bar_lanes[name].fingerprint == one.fingerprint
        assert prove(folder).equal


def test_bars_before_ticks_of_which_bars_are_built(tmp_path):
    ticks = synthetic_flow(20_000, "L2", seed=5)
    built, first = ticks.bars("50ms"), next(ticks.blocks(9_000))
    middle = int(first.received_ns[-1]) // 50_000_000 * 50_000_000
    past, names = built.between(built.span[0], middle), ["sma_cross", f"{EVENTS}:Hearer"]

    def feed():
        return Replay([ticks.between(middle, ticks.span[1] + 1)])

    whole = ran(tmp_path / "whole", Replay([ticks]), names, bars="50ms")
    host = ran(tmp_path / "warm", warmed(past, feed), names, bars="50ms", position="align")
    for name in ("SmaCross", "Hearer"):
        assert known(host, name) == known(whole, name)
    parity = prove(tmp_path / "warm")
    assert parity.equal, parity.differences
    fills = rows_of(tmp_path / "warm", "fill", "SmaCross")
    assert any(fill["time_ns"] < middle for fill in fills)
    assert any(fill["time_ns"] > middle for fill in fills)
    again = host_of(tmp_path / "warm", warmed(past, feed), names, bars="50ms", position="align")
    assert again.core.bar_lanes["SmaCross"].fingerprint == host.core.bar_lanes["SmaCross"].fingerprint
    again._storage.close()


def test_ticks_before_ticks_of_which_bars_are_built(tmp_path):
    ticks = synthetic_flow(20_000, "L2", seed=5)
    middle = int(next(ticks.blocks(9_000)).received_ns[-1])
    past, feed = ticks.between(0, middle), Replay([ticks.between(middle, ticks.span[1] + 1)])
    source = Warmed(TickHistory({ticks.symbol: past}, feed), feed)
    host = ran(tmp_path / "warm", source, [f"{EVENTS}:Hearer"], bars="50ms")
    whole = ran(tmp_path / "whole", Replay([ticks]), [f"{EVENTS}:Hearer"], bars="50ms")
    assert known(host, "Hearer") == known(whole, "Hearer")
    assert prove(tmp_path / "warm").equal


def test_what_does_not_fit_is_refused_and_what_is_missing_told(halves, tmp_path):
    bars, past, present = halves
    with pytest.raises(SessionError, match="interval '1m', and the feed's '5m'"):
        warmed(past, present.resample("5m"))
    with pytest.raises(SessionError, match="the history before it ends at"):
        ran(tmp_path / "order", warmed(present, past))
    ticks = synthetic_flow(1_000, "L2", seed=5)
    with pytest.raises(SessionError, match="those of the history are of 100ms"):
        host_of(tmp_path / "i", warmed(ticks.bars("100ms"), lambda: Replay([ticks])), ["sma_cross"], bars="50ms")
    with pytest.raises(SessionError, match="trades over ticks, and the history has bars"):
        host_of(tmp_path / "t", warmed(ticks.bars("50ms"), lambda: Replay([ticks])), ["simple_market_maker"])
    later = bars.between(int(past.span[1]) + 30 * 60_000_000_000, bars.span[1])
    ran(tmp_path / "gap", warmed(past, later), ["sma_cross"])
    with Recording(tmp_path / "gap") as recording:
        (gap,) = [row.content() for row in recording.rows(kinds=["history_gap"])]
    assert (gap["bars"], gap["partial"], gap["history_ends_ns"]) == (30, False, past.span[1])
    assert derived(tmp_path / "gap")
    assert np.isfinite(ran(tmp_path / "gap", warmed(past, later), ["sma_cross"]).core.bar_lanes["SmaCross"].equity)
