"""Whatever comes in, from feeds, clocks and strategies: contained, journaled, and the batch makes the same of it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.live.session import failing
from tests.live.session.played import MS, Played, best, contents, lane, ns, opened, quotes, ran, rows_of
from tests.live.sources.gateway import Gateway, saying
from tests.live.sources.histories import ACME
from tests.live.sources.virtual import START_NS, now_ns, run

from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_layout import Input
from lockstep.kernels.book.events import EventKind
from lockstep.live.session import event_lane
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.session.views import view_of
from lockstep.live.sources.websocket import WebSocketFeed
from lockstep.vector.parity.prove import prove

FAILING = Path(failing.__file__)
ASKING = FAILING.with_name("asking.py")
T = ns(2026, 11, 23, 15)
HOUR_NS = 3_600_000_000_000


def raw(**content):
    """A message as it stands, with a sending time."""
    return lambda speaker: json.dumps({"ts_send": speaker.now_ns, **content})


def trade(price, size=1, **more):
    return lambda speaker: speaker.trade("ACME", price, size, **more)


BAD = {
    "malformed": [lambda _: "{", lambda _: "null", lambda _: "[1]", lambda _: "\x00", trade("ten"), trade(None)],
    "unknown_type": [raw(type="gossip", symbol="ACME")],
    "unknown_symbol": [raw(type="trade", symbol=f"X{k}", seq=1, price=1, size=1) for k in range(50)],
    "bad_price": [trade(0), trade(-1), trade("NaN"), trade("Infinity"), trade(1e300)],
    "bad_size": [trade(10, 0), trade(10, -5), trade(10, "NaN")],
    "off_tick": [trade("10.005")],
    "off_lot": [trade(10, "0.5")],
    "far_price": [trade(100), trade("1.00")],
    "far_time": [trade(10, ts_event=START_NS + 30 * HOUR_NS)],
    "repeated": [trade(10, seq=1)],
    "crossed": [lambda s: s.picture("ACME", bids=(("10.03", 5),))],
}
"""Code of the finding -> messages that lead to it."""


def feed_session(folder, gateway, *lanes, until_s=30.0, clock=now_ns):
    async def session():
        feed = WebSocketFeed({"ACME": ACME}, open=gateway.open, now_ns=clock)
        host = Host(folder, session_terms("paper", feed, lanes, now_ns=1, id="one"), feed, now_ns=clock)
        asyncio.get_running_loop().call_later(until_s, host.stop)
        await host.run()
        return host

    return run(session)


def test_messages_that_can_not_be_are_findings_and_never_events(tmp_path):
    says = [trade(10), *(message for kind in BAD.values() for message in kind), trade("10.01")]
    lanes = (lane(f"{ASKING}:Holder", instrument=ACME, first=1), lane("simple_market_maker", "maker", ACME))
    host = feed_session(tmp_path / "s", Gateway(saying(*says, every_s=0.1)), *lanes)
    told: dict[str, int] = {}
    for finding in contents(tmp_path / "s", "feed_finding"):
        told[finding["code"]] = told.get(finding["code"], 0) + finding["count"]
    assert set(BAD) <= set(told)
    assert {code: told[code] for code in BAD if code not in ("malformed", "bad_price")} == {
        code: len(messages) for code, messages in BAD.items() if code not in ("malformed", "bad_price")
    }
    with Recording(tmp_path / "s") as recording:
        tape = recording.tape.copy()
    market = tape[tape["input"] == Input.MARKET]
    assert market["tick"][market["kind"] == EventKind.TRADE].tolist() == [1000, 1001]
    # What is told does not grow with what is said: once at once, later ones together.
    assert len(rows_of(tmp_path / "s", "feed_finding")) < 3 * len(told)
    assert host.core.halted == {}
    assert host.core.lanes["one"].position == 1
    assert prove(tmp_path / "s").equal


def test_a_clock_that_jumps_makes_a_feed_stale_and_a_session_goes_on(tmp_path):
    jumps = [(5.0, 2 * HOUR_NS), (10.0, -3 * HOUR_NS), (15.0, 0)]

    def clock():
        at = asyncio.get_running_loop().time()
        return now_ns() + next((by for since, by in reversed(jumps) if at >= since), 0)

    says = [lambda s, k=k: s.trade("ACME", f"10.0{k % 3}") for k in range(100)]
    maker = lane("simple_market_maker", "maker", ACME, interval_ms=1000)
    host = feed_session(tmp_path / "s", Gateway(saying(*says, every_s=0.2)), maker, clock=clock)
    with Recording(tmp_path / "s") as recording:
        tape = recording.tape.copy()
    assert (np.diff(tape["received_ns"]) > 0).all()
    assert tape["received_ns"][-1] >= START_NS + 2 * HOUR_NS
    assert host.core.clock.backward > 0
    codes = {finding["code"] for finding in contents(tmp_path / "s", "feed_finding")}
    assert "far_time" in codes
    jumped = contents(tmp_path / "s", "clock_jumped")
    assert [round(row["by_s"]) for row in jumped] == [7200, -18000, 10800]
    assert prove(tmp_path / "s").equal


def impossible(at_ns):
    """Events that no feed of ours lets through, but a stored history or another source might."""
    crossed = best(at_ns, 0, 10020, 5)
    negative, side, kind = (best(at_ns + k, 1, 10010, 5) for k in (1, 2, 3))
    negative["lots"], side["side"], kind["kind"] = -5, 7, 99
    return [crossed, best(at_ns, 0, 9990, 5), negative, side, kind]


def test_events_that_can_not_be_are_refused_by_each_lane_and_the_batch_refuses_them_too(tmp_path):
    script = [*quotes(T, 9990, 10010), *impossible(T + 10 * MS), *quotes(T + 20 * MS, 9991, 10010),
              *impossible(T + 30 * MS), *quotes(T + 50 * MS, 9990, 10011)]  # fmt: skip
    lanes = (lane(f"{ASKING}:Holder", first=2), lane("simple_market_maker", "maker", interval_ms=5))
    host = ran(tmp_path / "s", script, *lanes)
    why = [row.content()["why"] for row in rows_of(tmp_path / "s", "event_refused") if row.strategy == "one"]
    assert [text[text.index("(") :] for text in why] == ["(crossed)", "(bad_size)", "(bad_side)", "(unknown_kind)"] * 2
    assert len(contents(tmp_path / "s", "event_refused")) == 16
    assert host.core.lanes["one"].position == 2
    assert host.core.halted == {}
    again = opened(tmp_path / "s", script, *lanes)
    assert again.core.lanes["maker"].state == host.core.lanes["maker"].state
    again._storage.close()
    assert prove(tmp_path / "s").equal


FAULTS = {
    "AtStart": "RuntimeError: no model",
    "AtFill": "KeyError",
    "AtQuote": "OrderError",
    "Wild": "ValueError: no own order has this row",
}


@pytest.mark.parametrize("limits", [None, {"maxPositionSize": 100}])
def test_a_strategy_that_raises_goes_on_no_more_its_orders_end_and_the_others_go_on(limits, tmp_path):
    lanes = [lane(f"{FAILING}:{name}", name) for name in FAULTS]
    lanes += [lane(f"{ASKING}:Holder", "steady", first=2)]
    script = [one for k in range(12) for one in quotes(T + 10 * k * MS, 9990 - k % 2, 10010)]
    host = ran(tmp_path / "s", script, *lanes, limits=limits)
    halted = {row.strategy: row.content()["why"] for row in rows_of(tmp_path / "s", "strategy_halted")}
    assert halted.keys() == FAULTS.keys() == host.core.halted.keys()
    assert all(why.startswith(FAULTS[name]) for name, why in halted.items())
    assert host.core.lanes["steady"].position == 2
    # What was bought stays and is valued; what was left behind is canceled, at the venue too.
    assert host.core.lanes["AtFill"].position == 3
    for name in ("AtFill", "Wild"):
        frame = host.core.lanes[name].frame
        assert frame.run["resting_count"][0] == frame.run["request_count"][0] == 0
        assert frame.run["events"][0] == len(script)
        assert [each.content()["why"] for each in rows_of(tmp_path / "s", "order") if each.strategy == name][-1] == (
            "requested"
        )
    again = opened(tmp_path / "s", script, *lanes, limits=limits)
    assert again.core.halted == host.core.halted
    assert {n: one.state for n, one in again.core.lanes.items()} == {
        n: one.state for n, one in host.core.lanes.items()
    }  # fmt: skip
    again._storage.close()
    assert prove(tmp_path / "s").equal


def test_what_a_strategy_holds_that_goes_on_no_more_is_closed_when_all_is(tmp_path):
    script: list[Any] = [one for k in range(12) for one in quotes(T + 10 * k * MS, 9990 - k % 2, 10010)]
    script.insert(12, lambda host: host.command("flatten"))
    seen: list[tuple[str, ...]] = []
    script.insert(13, lambda host: seen.append(view_of(host.core).notices))
    host = ran(tmp_path / "s", script, lane(f"{FAILING}:AtFill", "failed"))
    assert host.core.halted.keys() == {"failed"}
    assert [row["position"] for row in contents(tmp_path / "s", "fill")] == [3.0, 0.0]
    assert seen == [("positions are being closed: failed 3 ACME; 0 orders are open",)]
    assert not host.core.controls.flattening
    assert prove(tmp_path / "s").equal


def test_a_strategy_that_raises_at_the_end_is_told_of_and_the_session_ends_in_order(tmp_path):
    ran(tmp_path / "s", quotes(T, 9990, 10010), lane(f"{FAILING}:AtStop"))
    assert contents(tmp_path / "s", "strategy_stop_failed") == [{"why": "RuntimeError: no disk"}]
    assert rows_of(tmp_path / "s", "session_ended")
    assert prove(tmp_path / "s").equal


@pytest.mark.parametrize("limits", [None, {"maxPositionSize": 100}])
def test_a_strategy_that_does_not_come_back_goes_on_no_more_its_orders_end_and_the_others_go_on(
    limits, tmp_path, monkeypatch
):
    monkeypatch.setattr(event_lane, "PATIENCE_SECONDS", 0.5)
    lanes = (lane(f"{FAILING}:Silent", "silent"), lane(f"{ASKING}:Holder", "steady", first=2))
    script = [one for k in range(8) for one in quotes(T + 10 * k * MS, 9990 - k % 2, 10010)]
    script.insert(12, lambda host: host.command("kill", {"why": "all of them"}))
    try:
        host = ran(tmp_path / "s", script, *lanes, limits=limits)
        assert host.core.halted == {"silent": "it did not come back within 0.5 s"}
        (row,) = rows_of(tmp_path / "s", "strategy_stalled")
        later = [each for each in rows_of(tmp_path / "s", "intent", "order") if each.seq > row.seq]
        silent = [each.content() for each in later if each.strategy == "silent"]
        assert [each["action"] for each in silent if "action" in each] == ["cancel"]
        assert [each["why"] for each in silent if "action" not in each] == ["requested"]
        assert host.core.lanes["silent"].frame.run["events"][0] == len(script) - 1
        assert host.core.lanes["steady"].position == 2
        again = opened(tmp_path / "s", script, *lanes, limits=limits)
        assert again.core.halted == host.core.halted
        assert {n: one.state for n, one in again.core.lanes.items()} == {
            n: one.state for n, one in host.core.lanes.items()
        }  # fmt: skip
        again._storage.close()
        assert prove(tmp_path / "s").equal
    finally:
        failing.Silent.LEFT.set()


def test_a_source_that_fails_ends_the_session_with_what_it_has(tmp_path):
    class Torn(Played):
        async def batches(self):
            async for batch in super().batches():
                yield batch
            raise OSError("the disk is gone")

    source = Torn(quotes(T, 9990, 10010))
    terms = session_terms("paper", source, (lane(f"{ASKING}:Holder"),), now_ns=1, id="one")
    source.host = Host(tmp_path / "s", terms, source)
    with pytest.raises(OSError, match="the disk is gone"):
        asyncio.run(source.host.run())
    with Recording(tmp_path / "s") as recording:
        assert len(recording.tape) == 2
    assert prove(tmp_path / "s").equal
