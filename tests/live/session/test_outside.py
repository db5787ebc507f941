"""A live session and a venue outside: the venue's log is the witness."""

import asyncio
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.live.session.outside import ACCOUNT, Place, Waits, terms_of, trade

from lockstep.data.recordings.recording import Recording
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.kernels.ticks.tables import Action
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.client import connect
from lockstep.live.session.host import Host
from lockstep.live.session.outside import Address
from lockstep.live.session.views import view_of
from lockstep.live.sources.backoff import BackoffRules
from lockstep.live.sources.replay import Replay
from lockstep.live.venues import exchange, link, tracker
from lockstep.vector.parity.prove import prove
from lockstep.vector.parity.simulated import simulated_fills

MAKER = ("simple_market_maker", {"interval_ms": 20, "limit": 3})


@pytest.fixture(scope="module")
def ticks():
    return synthetic_flow(4_000, "L2", seed=3)


def agrees(folder, host, place, tmp_path):
    """The session and the log tell the same: nothing twice, nothing left, the same position, parity equal."""
    (epoch,) = place.epochs(tmp_path)
    accepted = epoch.accepted(ACCOUNT)
    assert set(accepted.values()) == {1}
    assert epoch.live(ACCOUNT) == []
    instrument = next(iter(host.core.lanes.values())).instrument
    lots = sum(host.outside.venue.tracker.positions.values())
    assert epoch.positions(ACCOUNT).get(instrument.symbol, Decimal(0)) == lots * Decimal(str(instrument.lot))
    assert sum(lane.position for lane in host.core.lanes.values()) == pytest.approx(lots * instrument.lot)
    parity = prove(folder)
    assert parity.equal, parity.differences
    return epoch, parity


def test_a_live_session_trades_at_an_exchange(ticks, tmp_path):
    place = Place(ticks.instrument, tmp_path)
    host = asyncio.run(trade(tmp_path / "s", ticks, place, MAKER))
    epoch, parity = agrees(tmp_path / "s", host, place, tmp_path)
    fills = sum(len(order.executions) for order in epoch.orders.values() if order.account == ACCOUNT)
    with Recording(tmp_path / "s") as recording:
        kinds = [row.kind for row in recording.rows()]
    assert kinds.count("fill") == fills > 10
    assert parity.rows > 100
    assert "venue_differs" not in kinds
    assert kinds[-1] == "session_ended"


def test_positions_that_are_left_at_the_venue_are_named(ticks, tmp_path):
    def stop(core):
        (lane,) = core.lanes.values()
        if abs(lane.position) >= 3 * lane.instrument.lot and not told:  # what still works can fill while it ends
            told.append(host[0].leaves())
            host[0].stop()

    host: list[Any] = []
    told: list[Any] = []
    place = Place(ticks.instrument, tmp_path)
    session = asyncio.run(trade(tmp_path / "s", ticks, place, MAKER, seen=stop, made=host.append))
    (epoch,) = place.epochs(tmp_path)
    held = float(epoch.positions(ACCOUNT)[ticks.symbol])
    with Recording(tmp_path / "s") as recording:
        (left,) = recording.rows(kinds=["positions_left"])
        *_, ended = recording.rows()
    position = {"lane": "lane0", "symbol": ticks.symbol, "quantity": held}
    assert (left.kind, left.content(), ended.kind) == ("positions_left", {"positions": [position]}, "session_ended")
    assert told[0]["positions"][0]["symbol"] == ticks.symbol
    assert f"positions are left open at the venue: lane0 {held:g} {ticks.symbol}" in view_of(session.core).notices


def test_after_a_kill_no_order_leaves_that_had_not_left(ticks, tmp_path):
    place = Place(ticks.instrument, tmp_path)
    killed: dict[str, Any] = {}

    def kill(core):
        venue = host[0].outside.venue
        waiting = [one.order.client_id for one in (*venue._journaling, *venue._held)
                   if one.request.action == Action.SUBMIT and not one.request.sent_ns]  # fmt: skip
        if waiting and core.taken > 1000 and not killed:
            killed["waiting"] = waiting
            killed["row"] = host[0].command("kill")
            killed["orders"] = int(core.lanes["lane0"].frame.run["next_id"][0])

    host: list[Any] = []
    made = trade(tmp_path / "s", ticks, place, MAKER, seen=kill, made=host.append)
    session = asyncio.run(made)
    epoch, _ = agrees(tmp_path / "s", session, place, tmp_path)
    accepted = epoch.accepted(ACCOUNT)
    assert killed
    assert accepted
    assert not set(killed["waiting"]) & set(accepted)
    with Recording(tmp_path / "s") as recording:
        after = {row.content()["action"] for row in recording.rows(first=killed["row"], kinds=["intent"])}
    assert after <= {"cancel"}


def test_what_a_timer_asks_for_up_to_a_kill_does_not_leave(ticks, tmp_path):
    place = Place(ticks.instrument, tmp_path)
    killed: list[int] = []

    def kill(core):
        sides = {order.side for order in core.orders.orders.values()}
        if core.taken > 1000 and len(sides) < 2 and not killed:  # it will quote the other one
            host[0]._moment = lambda: core.clock.last_ns + 400_000_000
            killed.append(host[0].command("kill"))

    host: list[Any] = []
    maker = ("simple_market_maker", {"interval_ms": 200})
    session = asyncio.run(trade(tmp_path / "s", ticks, place, maker, seen=kill, made=host.append))
    epoch, _ = agrees(tmp_path / "s", session, place, tmp_path)
    with Recording(tmp_path / "s") as recording:
        intents = [row.content() for row in recording.rows(first=killed[0], kinds=["intent"])]
    late = {f"s1-0-{intent['order']}" for intent in intents if intent["action"] == "submit"}
    assert late
    assert not late & set(epoch.accepted(ACCOUNT))


def test_what_a_kill_cancels_leaves_though_nothing_else_happens(ticks, tmp_path, monkeypatch):
    place = Place(ticks.instrument, tmp_path)
    killed: list[int] = []

    async def quiet(source):
        orders = source.host.core.orders.orders
        if source.host.core.taken > 1000 and len(orders) == 2 and not killed:
            await settled(source)
            killed.append(source.host.command("kill"))
            until = time.monotonic() + 10
            while orders:
                await asyncio.sleep(0.01)
                assert time.monotonic() < until, "the cancels did not leave"
        await settled(source)

    settled = Waits._settled
    monkeypatch.setattr(Waits, "_settled", quiet)
    host = asyncio.run(trade(tmp_path / "s", ticks, place, MAKER, counterparty=False))
    assert killed
    agrees(tmp_path / "s", host, place, tmp_path)


@pytest.mark.parametrize("client_id", ["s1--5", "s1-7-5", "s1-0-05", f"s1-0-{'9' * 30}"])
def test_an_order_that_is_named_almost_like_one_of_the_session_is_somebody_elses(client_id, ticks, tmp_path):
    place = Place(ticks.instrument, tmp_path)

    async def beside():
        port = await place.server.start()
        client = await connect("127.0.0.1", port, ACCOUNT)
        await client.request(m.New(client_id=client_id, symbol=ticks.symbol, side="buy", quantity="1", price="1"))
        host = await trade(tmp_path / "s", ticks, place, MAKER, port=port, counterparty=False)
        await client.close()
        await place.stop()
        return host

    host = asyncio.run(beside())
    with Recording(tmp_path / "s") as recording:
        rows = list(recording.rows())
    differs = next(row for row in rows if row.kind == "venue_differs")
    assert differs.content() == {"what": f"order {client_id} is not of this session"}
    assert [row.kind for row in rows].count("venue_connected") == 1
    assert rows[-1].kind == "session_ended"
    assert host.core.controls.state == "halted"


def test_why_trading_was_halted_is_told_until_the_state_is_set_again(ticks, tmp_path):
    host: list[Any] = []
    told: list[list[str]] = []

    def halts(core):
        return [line for line in view_of(core).notices if line.startswith("trading was halted")]

    def seen(core):
        if core.taken > 500 and not told:
            host[0]._halt("positions differ")
            told.append(halts(core))
        elif core.taken > 800 and len(told) == 1:
            host[0].command("trading_state", {"state": "active"})
            told.append(halts(core))
            host[0].command("trading_state", {"state": "halted"})
            told.append(halts(core))
            host[0].command("trading_state", {"state": "active"})
            host[0]._halt("fills differ")

    place = Place(ticks.instrument, tmp_path)
    asyncio.run(trade(tmp_path / "s", ticks, place, MAKER, seen=seen, made=host.append))
    (line,) = told[0]
    assert "trading was halted: positions differ" in line
    assert told[1:] == [[], []]
    source = Replay([ticks])
    terms = terms_of(source, ticks.instrument, MAKER)
    again = Host(tmp_path / "s", terms, source, venue=Address("127.0.0.1", 1))
    away, (halted,) = view_of(again.core).notices[0], halts(again.core)
    again._storage.close()
    assert "is not connected: no order leaves" in away
    assert "trading was halted: fills differ" in halted


NEW = {"on": "message", "account": "maker", "type": "new", "nth": 5, "times": 0, "chance": 0.1}
CANCEL = {"on": "message", "account": "maker", "type": "cancel", "nth": 3, "times": 0, "chance": 0.2}
REPORT = {"on": "report", "account": "maker", "times": 0, "chance": 0.05}
OFTEN = {**REPORT, "chance": 0.3}
FAULTS = {
    "answers cut off": (NEW, {"do": "cut_after"}),
    "requests cut off": (NEW, {"do": "cut_before"}),
    "cancels cut off": (CANCEL, {"do": "cut_before"}),
    "late reports": (NEW, {"do": "cut_after", "late": True}),
    "lost reports": (REPORT, {"do": "lose"}),
    "lost without a trace": (REPORT, {"do": "lose", "silent": True}),
    "doubled reports": (OFTEN, {"do": "duplicate", "copies": 2, "ms": 3}),
    "overtaking": (OFTEN, {"do": "delay", "ms": 2, "jitter_ms": 6, "overtake": True}),
    "pauses": (NEW, {"do": "pause", "ms": 120}),
}


@pytest.fixture
def impatient(monkeypatch):
    """Time-outs of a session that has no time."""
    monkeypatch.setattr(exchange, "ANSWER_NS", 60_000_000)
    monkeypatch.setattr(exchange, "ASK_NS", 20_000_000)
    monkeypatch.setattr(exchange, "RECONCILE_NS", 100_000_000)
    monkeypatch.setattr(tracker, "GRACE_NS", 150_000_000)
    monkeypatch.setattr(link, "WAKE_SECONDS", 0.005)
    monkeypatch.setattr(link, "RULES", BackoffRules(0.001, 0.002, 0.01))


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("cancel_on_disconnect", [True, False])
@pytest.mark.parametrize("name", FAULTS)
def test_nothing_is_lost_or_doubled_whatever_the_wire_does(name, cancel_on_disconnect, ticks, tmp_path):
    when, what = FAULTS[name]
    place = Place(ticks.instrument, tmp_path, [{"when": when, "what": what}])
    session = trade(tmp_path / "s", ticks, place, MAKER, cancel_on_disconnect=cancel_on_disconnect)
    host = asyncio.run(session)
    agrees(tmp_path / "s", host, place, tmp_path)


class Cut(Exception):
    """The session ends here, in no order."""


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("cancel_on_disconnect", [True, False])
@pytest.mark.parametrize("when", [3, 17, 40])
def test_a_session_that_was_cut_off_comes_back_to_its_orders(when, cancel_on_disconnect, ticks, tmp_path):
    place = Place(ticks.instrument, tmp_path)
    batches = 0

    def cut(_):
        nonlocal batches
        batches += 1
        if batches == when:
            raise Cut

    async def twice():
        port = await place.server.start()
        changes = {"port": port, "cancel_on_disconnect": cancel_on_disconnect}
        with pytest.raises(Cut):
            await trade(tmp_path / "s", ticks, place, MAKER, seen=cut, **changes)
        host = await trade(tmp_path / "s", ticks, place, MAKER, **changes)
        await place.stop()
        return host

    host = asyncio.run(twice())
    agrees(tmp_path / "s", host, place, tmp_path)
    with Recording(tmp_path / "s") as recording:
        kinds = [row.kind for row in recording.rows()]
    assert "session_recovered" in kinds
    assert "venue_differs" not in kinds


def test_what_is_known_of_orders_survives_being_saved(ticks, tmp_path):
    place = Place(ticks.instrument, tmp_path)
    kept = []

    def keep(core):
        if core.orders.orders:
            kept.append((core.orders.save_state(), core.taken))

    asyncio.run(trade(tmp_path / "s", ticks, place, MAKER, seen=keep))
    values = msgspec.msgpack.decode(msgspec.msgpack.encode(kept[len(kept) // 2][0]))
    other = tracker.Tracker("s1", lambda _: None)
    other.load_state(values)
    assert other.orders
    assert msgspec.msgpack.encode(other.save_state()) == msgspec.msgpack.encode(values)


def test_a_live_sessions_orders_are_sent_again_in_simulation(ticks, tmp_path):
    place = Place(ticks.instrument, tmp_path)
    asyncio.run(trade(tmp_path / "s", ticks, place, MAKER))
    (diff,) = simulated_fills(tmp_path / "s").values()
    with Recording(tmp_path / "s") as recording:
        fills = [row.content() for row in recording.rows(kinds=["fill"])]
    # The exchange's market was another than the session saw: every difference has a cause, and nothing is left out.
    assert sum(pair.first is not None for pair in diff.pairs) == len(fills)
    assert sum(diff.causes.values()) == len(diff.differences) > 0
    assert any(pair.second is not None for pair in diff.pairs)


def test_a_trailing_stop_is_rejected_and_never_sent(ticks, tmp_path):
    strategy = f"{Path(__file__).with_name('following.py')}:Following"
    place = Place(ticks.instrument, tmp_path)
    host = asyncio.run(trade(tmp_path / "s", ticks, place, (strategy, {})))
    (epoch,) = place.epochs(tmp_path)
    assert epoch.accepted(ACCOUNT) == {}
    ended = view_of(host.core).ended
    assert {(one.type, one.state, one.why) for one in ended} == {("trailing_stop", "rejected", "bad_type")}
    parity = prove(tmp_path / "s")
    assert parity.equal, parity.differences
