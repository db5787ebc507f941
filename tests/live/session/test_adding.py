"""A strategy is added to a session that runs: what it knows and has, what the others keep, restarts, and the proof."""

import asyncio
import threading
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace
from tests.live.session.alike import check_ends_alike
from tests.live.session.test_commands import Fine, lane_of, rows_of
from tests.live.session.test_disable import Script, sent
from tests.live.session.test_snapshots import KEEPERS

from lockstep.data.recordings.additions import terms_in
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.state import state_of
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import CommandError, NotCompiledError, SessionError
from lockstep.live.session.asked import lanes_of
from lockstep.live.session.host import Host
from lockstep.live.session.identity import identity_of
from lockstep.live.session.new_terms import session_terms
from lockstep.live.session.travel import core_at
from lockstep.live.session.views import view_of
from lockstep.strategies.registry import create
from lockstep.vector.parity.prove import prove

ADD, CASH = "add_strategy", 5e5
TAKER = {"strategy": "book_imbalance_taker", "id": "taker"}
KEEPER = {"strategy": f"{KEEPERS}:Keeper", "id": "keeper", "parameters": {"every": 5}, "enabled": False}
SCRIPT = (
    (1_400, ADD, {**TAKER, "why": "more of it"}),
    (2_400, ADD, KEEPER),
    (3_400, "enable_strategy", {"strategy": "keeper"}),
    (4_400, "disable_strategy", {"strategy": "taker"}),
)


@pytest.fixture(scope="module", params=["L2", "L3"])
def ticks(request):
    return synthetic_flow(5_000, request.param, seed=3)


def asked(ticks, content):
    """Make the lane that is asked for, as whoever opened the session does."""
    made = create(content["strategy"], content.get("parameters", {}))
    if content.get("bars"):
        source = Fine([ticks])
        return lanes_of(source, [content["strategy"]], content["parameters"], {}, CASH, content["bars"])
    lane = lane_of(ticks, content.get("id") or "one", content["strategy"])
    return (replace(lane, parameters=made.params._asdict(), cash=CASH),)


def compiled(host, content):
    """Have what is asked for compiled; it is when this returns."""
    while not host.prepare(content):
        host.additions._thread.join()


class Prepared(Script):
    """Has all that is to be added compiled before the session begins."""

    def __call__(self, core):
        for _, kind, content in self.script:
            if kind == ADD:
                compiled(self.host, content)
        super().__call__(core)


def host_of(folder, ticks, script=SCRIPT, *, records=1 << 60, limits=None, snapshots=500):
    source, seen = Fine([ticks]), Prepared(script, records)
    terms = session_terms("paper", source, (lane_of(ticks),), now_ns=1, id="one", limits=limits)
    seen.host = Host(folder, terms, source, seen=seen, snapshots=snapshots)
    seen.host.additions.make = partial(asked, ticks)
    return seen.host


def ran(folder, ticks, script=SCRIPT, **how):
    host = host_of(folder, ticks, script, **how)
    asyncio.run(host.run())
    return host


@pytest.fixture(scope="module", params=[None, {"maxPositionSize": 40, "maxDailyLoss": 1e5}], ids=["bare", "limited"])
def added(ticks, tmp_path_factory, request):
    """A session to which strategies were added on the way."""
    folder = tmp_path_factory.mktemp("added") / "s"
    return folder, ran(folder, ticks, limits=request.param), request.param


def test_it_trades_from_then_on_in_the_book_that_there_is(added, ticks):
    folder, host, _ = added
    first, second = rows_of(folder, ADD)
    said = first.content()
    assert (said["strategy"], said["enabled"], said["why"]) == ("taker", True, "more of it")
    intents = [row for row in rows_of(folder, "intent") if row.strategy == "taker"]
    assert intents[0].seq > first.seq
    assert sent(folder, "keeper", second, rows_of(folder, "enable_strategy")[0]) == set()
    maker, taker = (host.core.lanes[name].frame.book for name in ("maker", "taker"))
    for side in (0, 1):
        assert taker.depth(side)[:, :2].tolist() == maker.depth(side)[:, :2].tolist()
    assert [lane.name for lane in view_of(host.core).lanes] == ["maker", "taker", "keeper"]
    assert view_of(host.core).lanes[1].disabled


def test_its_cash_is_no_profit(added):
    _, host, _ = added
    accounts = host.core.controls.risk_accounts
    lanes = view_of(host.core).lanes
    worth, profit = (sum(getattr(lane, name) or 0.0 for lane in lanes) for name in ("equity", "profit"))
    assert worth == pytest.approx(1e6 + 2 * CASH + profit)
    assert sum(accounts["equity"]) == pytest.approx(worth, rel=1e-3)
    assert sum(accounts["equity"] - accounts["day_start_equity"]) == pytest.approx(profit, abs=worth * 1e-3)
    assert len(accounts) == 1


def test_the_session_is_what_the_batch_makes_of_it(added):
    parity = prove(added[0])
    assert parity.equal, parity.differences
    assert parity.states == 3  # one for each lane


def test_the_recording_says_what_it_has_run(added):
    folder, host, _ = added
    with Recording(folder) as recording:
        whole, state = terms_in(recording), state_of(recording)
    assert whole == host.core.terms
    assert state.cash == {name: pytest.approx(lane.cash) for name, lane in host.core.lanes.items()}


@pytest.mark.parametrize("records", [None, 6_500])
@pytest.mark.parametrize("limits", [None, {"maxPositionSize": 40}])
def test_one_over_bars_has_those_that_close_from_then_on(limits, records, tmp_path):
    ticks, folder = synthetic_flow(10_000, "L2", seed=3), tmp_path / "s"
    bars = {"strategy": "sma_cross", "parameters": {"fast": 1, "slow": 2}, "bars": "1s"}
    ran(folder, ticks, [(3_000, ADD, bars)], limits=limits, records=records or 1 << 60)
    if records is not None:
        asyncio.run(host_of(folder, ticks, [], limits=limits).run())
    (row,) = rows_of(folder, ADD)
    ends = [each for each in rows_of(folder, "order") if each.strategy == "SmaCross"]
    assert min(each.seq for each in ends) > row.seq
    traded = [each.content()["filled"] for each in ends if each.content()["instruction"] == -1.0]
    assert traded == [499.0 if limits is None else 0.0]  # it would hold more than it may
    parity = prove(folder)
    assert parity.equal, parity.differences


@pytest.mark.parametrize("records", [1_900, 2_900])
def test_cut_off_anywhere_it_goes_on_as_if_it_had_not_been(records, added, ticks, tmp_path):
    _, host, limits = added
    folder, script = tmp_path / "s", [step for step in SCRIPT if step[0] < records]
    ran(folder, ticks, script, records=records, limits=limits)
    again = host_of(folder, ticks, [step for step in SCRIPT if step[0] >= records], limits=limits)
    assert again.recovered > again.again  # from a snapshot
    assert len(again.core.terms.lanes) == (2 if records < 2_400 else 3)
    check_ends_alike(again, host)


def test_without_a_snapshot_too(ticks, tmp_path):
    folder = tmp_path / "s"
    ran(folder, ticks, SCRIPT[:2], records=2_900, snapshots=0)
    again = host_of(folder, ticks, SCRIPT[2:], snapshots=0)
    assert again.recovered == again.again
    asyncio.run(again.run())
    assert prove(folder).equal


def test_a_command_that_was_journaled_but_not_taken_holds_after_the_restart(ticks, tmp_path):
    folder = tmp_path / "s"
    host = host_of(folder, ticks, [])

    def cut(core):
        if core.taken >= 1_500 and not core.commands:
            compiled(host, TAKER)
            core.order(ADD, host.additions.command(TAKER))
            host.stop()

    host._seen = cut
    asyncio.run(host.run())
    again = host_of(folder, ticks, [])
    assert [lane.name for lane in again.core.terms.lanes] == ["maker", "taker"]
    asyncio.run(again.run())
    assert prove(folder).equal


def test_a_session_of_the_past_has_who_was_there(added):
    folder, _, _ = added
    with Recording(folder) as recording:
        first, second = (row.seq for row in rows_of(folder, ADD))
        assert list(core_at(recording, first - 1).lanes) == ["maker"]
        assert list(core_at(recording, second - 1).lanes) == ["maker", "taker"]


def test_under_other_code_it_is_not_gone_on_with(added, ticks, monkeypatch, tmp_path):
    folder = tmp_path / "s"
    ran(folder, ticks, SCRIPT[:1], records=2_000)
    other = {"strategy BookImbalanceTaker": "other"}
    of = "lockstep.live.session.opening.identity_of"
    monkeypatch.setattr(of, lambda *strategies, **bars: identity_of(*strategies, **bars) | other)
    with pytest.raises(SessionError, match=r"BookImbalanceTaker: was .*, is other"):
        host_of(folder, ticks, [])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({"strategy": "book_imbalance_taker", "id": "maker"}, "already: give this one an id"),
        ({"strategy": "nobody", "id": "x"}, "nobody"),
        ({"strategy": 7}, "strategy must be the name"),
        ({**TAKER, "code": "x"}, "has no 'code'"),
        ({**TAKER, "parameters": {"far": 1}}, "far"),
    ],
)
def test_what_cannot_be_added_is_refused_whole(content, why, ticks, tmp_path):
    host = host_of(tmp_path / "s", ticks, [])
    said: list[Any] = []

    def ask(core):
        if core.taken >= 1_000 and not said:
            for act in (host.prepare, partial(host.command, ADD)):
                with pytest.raises(CommandError, match=why):
                    act(content)
                said.append(act)
            host.stop()

    host._seen = ask
    asyncio.run(host.run())
    assert len(said) == 2
    assert rows_of(tmp_path / "s", ADD) == []
    assert prove(tmp_path / "s").equal


def test_a_strategy_that_would_end_the_process_while_it_is_compiled_is_refused(ticks, tmp_path, monkeypatch):
    def leaves(_):
        raise SystemExit(3)

    monkeypatch.setattr("lockstep.live.session.additions.warm_up", leaves)
    host = host_of(tmp_path / "s", ticks, [])
    with pytest.raises(CommandError, match="book_imbalance_taker can't be added: SystemExit: 3"):
        compiled(host, TAKER)
    host._storage.close()


def test_nothing_joins_while_nothing_new_may_be_sent_or_it_is_not_compiled(ticks, tmp_path, monkeypatch):
    host = host_of(tmp_path / "s", ticks, [])
    said: list[int] = []
    compiles = threading.Event()
    monkeypatch.setattr("lockstep.live.session.additions.warm_up", lambda _: compiles.wait())

    def ask(core):
        if core.taken >= 1_000 and not said:
            with pytest.raises(NotCompiledError, match="being compiled"):
                host.command(ADD, TAKER)
            compiles.set()
            compiled(host, TAKER)
            for kind, content in (("kill", {}), ("trading_state", {"state": "reducing"})):
                host.command(kind, content)
                with pytest.raises(CommandError, match="release the kill switch"):
                    host.command(ADD, TAKER)
                host.command("release")
            said.append(host.command("trading_state", {"state": "active"}))
            host.command("restriction", {"symbol": ticks.instrument.symbol, "restriction": "close_only"})
            host.command(ADD, TAKER)
            host.stop()

    host._seen = ask
    asyncio.run(host.run())
    assert said
    assert {int(each["restriction"][0]) for each in (a.symbols for a in host.core.controls.accounts)} != {0}
    assert prove(tmp_path / "s").equal
