"""A hundred thousand random orders of 32 lanes that share a session's account never pass a limit; none leaves a kill.

The oracle is plain Python over the rows that the session gives to its journal: it knows an order from its intent on,
fills when they happen, and ends when they do, all of which the risk check hears later.
"""

from collections import defaultdict, deque
from pathlib import Path

import numpy as np
import pytest

from lockstep.data import Instrument
from lockstep.data.recordings.tape_layout import TAPE
from lockstep.data.recordings.terms import LaneTerms, SessionTerms
from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.live.session.clock import SessionClock
from lockstep.live.session.core import Core
from lockstep.live.session.watch import LOOK_NS, Watch
from lockstep.live.storage.watermark import Watermark

LANES, SYMBOLS, ASKED = 32, 4, 100_000
WINDOW_NS, REPORT_NS = 20_000_000, 1_000_000
LIMITS = {
    "maxPositionSize": 30, "maxOrderSize": 12, "maxGrossExposure": 80_000, "maxOpenOrders": 24,
    "maxSymbolOpenOrders": 9, "maxOrderRate": 60, "orderRateWindow": WINDOW_NS / 1e9, "preventSelfTrade": False,
}  # fmt: skip
EXECUTION = TickExecution(Latency(submit=2_000_000, report=REPORT_NS), maker_fee=-1e-5, taker_fee=2e-4)


class Rows:
    """Stands for the journal: hands each row to the oracle."""

    def __init__(self):
        self.given, self.rows = 0, []

    def put(self, kind, content, *, time_ns, strategy="", symbol="", tape=None):
        self.given += 1
        self.rows.append((kind, content, strategy, symbol, time_ns))
        return self.given

    def taken(self):
        rows, self.rows = self.rows, []
        return rows


class Oracle:
    """Adds up what is true of all orders, and what the worst is that could become of them."""

    def __init__(self):
        self.orders = {}
        self.position, self.before = defaultdict(int), defaultdict(lambda: deque(maxlen=50))
        self.sent: deque[int] = deque(maxlen=int(LIMITS["maxOrderRate"]) + 1)
        self.low = 1e9
        self.asked, self.accepted, self.full_rate, self.canceled_at = 0, 0, set(), set()

    def take(self, rows):
        """Take the rows of one event: of each lane in the order in which they came about, lane after lane.

        Limits hold behind each acceptance.
        """
        moments, lanes = [], list(dict.fromkeys(strategy for _, _, strategy, _, _ in rows))
        for number, (kind, content, strategy, symbol, _) in enumerate(rows):
            if kind == "intent":
                moments.append((content["sent_ns"], 2, number, self.intent, (strategy, symbol, content)))
            elif kind == "fill":
                moments.append((content["time_ns"], 0, number, self.fill, (strategy, symbol, content)))
            elif kind == "order":
                moments.append((content["ended_ns"], 1, number, self.end, (strategy, symbol, content)))
            elif kind == "risk":
                self.refused(content)
        for _, _, _, do, given in sorted(moments, key=lambda each: (lanes.index(each[4][0]), *each[:3])):
            do(*given)

    def refused(self, content):
        self.asked += 1
        if content["refusal"] == "order_rate":
            self.full_rate.add(content["time_ns"])

    def intent(self, strategy, symbol, content):
        key = strategy, content["order"]
        if content["action"] == "cancel":
            self.canceled_at.add(content["sent_ns"])
            return
        self.asked += 1
        self.accepted += 1
        filled = self.orders[key]["filled"] if key in self.orders else 0
        if content["action"] == "submit" or key in self.orders:  # a replacement may come too late
            side = 1 if content["side"] == "buy" else -1
            self.orders[key] = {"symbol": symbol, "side": side, "lots": content["lots"], "filled": filled}
        assert content["lots"] - filled <= LIMITS["maxOrderSize"]
        self.sent.append(content["sent_ns"])
        if len(self.sent) > LIMITS["maxOrderRate"]:
            assert self.sent[-1] - self.sent[0] >= WINDOW_NS
        side = 1 if content["side"] == "buy" else -1
        counts = content["action"] == "submit" and not self.may_reduce(symbol, side, content["sent_ns"])
        self.hold(symbol, counts)

    def may_reduce(self, symbol, side, time_ns):
        """Is an order against a position that the account had since the latest fill that it can have heard of?"""
        heard = [position for at, position in self.before[symbol] if at >= time_ns - REPORT_NS]
        return any(side * position < 0 for position in (self.position[symbol], *heard))

    def fill(self, strategy, symbol, content):
        order = self.orders[strategy, content["order"]]
        order["filled"] += content["lots"]
        self.before[symbol].append((content["time_ns"], self.position[symbol]))
        self.position[symbol] += order["side"] * content["lots"]
        self.low = min(self.low, content["price"])

    def end(self, strategy, symbol, content):
        del self.orders[strategy, content["order"]]

    def hold(self, symbol, counts):
        """No order in which all that works could fill passes a limit; numbers of orders hold for what may open."""
        left: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
        count: defaultdict[str, int] = defaultdict(int)
        for order in self.orders.values():
            count[order["symbol"]] += 1
            left[order["symbol"]][order["side"] > 0] += order["lots"] - order["filled"]
        reach = {name: max(self.position[name] + left[name][1], left[name][0] - self.position[name], 0)
                 for name in (*left, *self.position)}  # fmt: skip
        assert reach[symbol] <= LIMITS["maxPositionSize"]
        if counts:
            assert count[symbol] <= LIMITS["maxSymbolOpenOrders"]
            assert len(self.orders) <= LIMITS["maxOpenOrders"]
        assert sum(reach.values()) * min(self.low, 990.0) <= LIMITS["maxGrossExposure"]


@pytest.fixture(scope="module")
def markets():
    """Events of four symbols, one after the other as they happened."""
    flows = [synthetic_flow(2500, "L2", seed=k + 1, instrument=Instrument(f"S{k}")) for k in range(SYMBOLS)]
    parts = []
    for k, flow in enumerate(flows):
        (block,) = flow.blocks(flow.rows)
        records = np.zeros(flow.rows, TAPE)
        for name in set(TAPE.names or ()) & set(block._fields):
            records[name] = getattr(block, name)
        records["symbol"] = k
        parts.append(records)
    records = np.concatenate(parts)
    return flows, records[np.argsort(records["time_ns"], kind="stable")]


def core_over(flows, **changed):
    strategy = f"{Path(__file__).with_name('chancer.py')}:Chancer"
    lanes = tuple(
        LaneTerms(f"lane{k}", strategy, {"seed": k + 1}, flows[k % SYMBOLS].instrument.to_dict(), EXECUTION.to_dict(),
                  1e9, flows[k % SYMBOLS].slots) for k in range(LANES)
    )  # fmt: skip
    symbols = tuple(flow.symbol for flow in flows)
    terms = SessionTerms("one", "paper", 1, symbols, ("made",), lanes, {}, LIMITS | changed)
    rows = Rows()
    return Core(terms, lambda record: None, rows, SessionClock()), rows


def events(core, records, each):
    """Give events, one at a time, at the moments at which they happened."""
    for k, moment in enumerate(records["time_ns"].tolist()):
        core.take(records[k : k + 1], moment)
        each(moment)


def test_a_hundred_thousand_orders_and_a_kill_that_flattens(markets, tmp_path):
    flows, records = markets
    core, rows = core_over(flows)
    oracle, place = Oracle(), 0
    while oracle.asked < ASKED:
        events(core, records[place : place + 50], lambda _: oracle.take(rows.taken()))
        place += 50
    assert place < len(records) - 500  # something is left for what follows
    assert oracle.accepted > 5_000
    assert sum(len(lane.written().fills) for lane in core.lanes.values()) == 0
    assert any(oracle.position.values())
    assert oracle.full_rate & oracle.canceled_at  # where no order could be sent for the rate, cancels were
    _kill(core, rows, oracle, records[place:].copy(), Watch(Watermark(tmp_path, 1)))


@pytest.mark.parametrize(
    "limit", ["maxPositionSize", "maxOrderSize", "maxOpenOrders", "maxSymbolOpenOrders", "maxOrderRate"]
)
def test_one_more_than_a_limit_is_seen(limit, markets):
    flows, records = markets
    core, rows = core_over(flows, **{limit: LIMITS[limit] + 1})
    oracle = Oracle()
    with pytest.raises(AssertionError, match=str(LIMITS[limit])):
        events(core, records[:2000], lambda _: oracle.take(rows.taken()))


def _kill(core, rows, oracle, records, watch):
    """From the kill on nothing leaves but cancels, and what closes positions once they have had their effect."""
    core.obey(core.order("kill", {"flatten": True}), core.clock.last_ns)
    working, left = set(oracle.orders), []

    def look(moment):
        for kind, content, *_ in taken(rows, oracle):
            if kind == "intent":
                left.append((content["action"], content["type"], tuple(content["flags"])))
        for found in watch.look(core, moment * LOOK_NS):
            if found.command:
                core.obey(core.order(found.kind, found.content), moment)

    events(core, records, look)
    assert working
    assert not working & set(oracle.orders)
    assert set(left) - {each for each in left if each[0] == "cancel"} == {("submit", "market", ("reduce_only",))}
    assert not any(oracle.position.values())
    assert core.controls.killed
    assert not core.controls.flattening


def taken(rows, oracle):
    found = rows.taken()
    oracle.sent.clear()  # what closes positions is held to the rate as well; the oracle need not
    oracle.take(found)
    return found
