"""A live session and its exchange in one thread: feed, clocks, network, disk, faults and crashes come from one seed.

    python -m tests.live.session.venue_simulation --seeds 10000 [--first 0]

The core, its recovery, the conversation with the venue and the exchange are the real ones. Connections are cut, with
what is under way lost or late; reports are lost, doubled and overtake each other; the session crashes, and its disk
keeps what was synced and a random part of the rest. Beside what holds of every session (simulation.py) after each seed:

1. no order was accepted twice, and none reached the exchange before its row was durable;
2. when all is quiet, the session's orders and positions are the exchange's, and nothing is in doubt;
3. the two never found that they differ.

``BUGS`` are faults to plant: each breaks one of the rules that keep orders whole.
"""

from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

import msgspec
from tests.live.session.simulation import CRASHES, Crash, Journal, World, instrument_of, main
from tests.live.session.wires import Wire, Wires

from lockstep.data.instrument import Instrument
from lockstep.data.recordings.terms import LaneTerms, SessionTerms, VenueTerms
from lockstep.data.ticks.execution import TickExecution
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.conversation import Conversation
from lockstep.live.exchange.fault_rules import read_rules
from lockstep.live.exchange.faults import Faults
from lockstep.live.exchange.gate import Gate
from lockstep.live.exchange.listing import Steps, read_listings
from lockstep.live.exchange.log import Line, Log
from lockstep.live.exchange.testimony import epochs_of
from lockstep.live.exchange.venue import Venue
from lockstep.live.session.core import Core
from lockstep.live.venues import exchange, tracker
from lockstep.live.venues.exchange import ExchangeVenue
from lockstep.live.venues.orders import VenueOrder
from lockstep.live.venues.tracker import Tracker

QUIET_STEPS = 5_000
"""Steps of a world in which all must have come to rest."""
STEP_NS = 2_000_000
IMPATIENT = {
    "ANSWER_NS": 15_000_000, "ASK_NS": 4_000_000, "RECONCILE_NS": 40_000_000, "SILENCE_NS": 400_000_000,
    "HEARTBEAT_MS": 100,
}  # fmt: skip
PATIENT_NS, HASTY_NS = 80_000_000, 5_000_000
"""Longer than what was sent may be under way, and shorter: then orders arrive that were given up."""
FAULTS: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("message", {"type": "new"}, {"do": "cut_after"}),
    ("message", {"type": "new"}, {"do": "cut_after", "late": True}),
    ("message", {"type": "cancel"}, {"do": "cut_before"}),
    ("message", {}, {"do": "pause", "ms": 10}),
    ("report", {}, {"do": "lose"}),
    ("report", {}, {"do": "lose", "silent": True}),
    ("report", {}, {"do": "duplicate", "copies": 2, "ms": 1}),
    ("report", {}, {"do": "delay", "ms": 1, "jitter_ms": 5, "overtake": True}),
)  # fmt: skip
BUGS = (
    "time-out taken as failure", "cut taken as failure", "no dedupe", "sent before durable", "sent again after a crash",
    "no doubt after a cut", "fills not asked for", "given up at once", "report not on the tape",
    "refusal taken at its word",
)  # fmt: skip


class VenueWorld(World):
    """One seed, with a venue."""

    def __init__(self, seed: int, bug: str = "") -> None:
        super().__init__(seed, bug)
        self.patient = seed // 2 % 2 == 0
        instrument = instrument_of()
        self.steps = Steps(str(instrument.tick)), Steps(str(instrument.lot))
        self.terms = _live_terms(instrument)
        self.lines: list[bytes] = []
        listings = read_listings(f"{instrument.symbol}:{instrument.tick}:{instrument.lot}")
        self.passed_ns = self.now_ns
        self.gate = Gate(
            Venue(listings, epoch=1, start_ns=self.now_ns), time_ns=self.now_ns, log=Log(self.lines.append),
            faults=Faults(_script(self.chance), seed=seed, start_ns=self.now_ns),
        )  # fmt: skip
        self.wires = Wires(self.gate, self.chance)
        self.wire: Wire | None = None
        self.again_ns = 0
        self.other = Conversation()
        self.gate.open(1_000_000, self.now_ns)
        self._say_other(m.Hello(account="other"))

    def run(self) -> None:
        """Run to the end of the feed through all crashes, let all come to rest, and check what is left."""
        with ExitStack() as stack:
            for name, value in IMPATIENT.items():
                stack.enter_context(patch.object(exchange, name, value))
            stack.enter_context(patch.object(tracker, "GRACE_NS", PATIENT_NS if self.patient else HASTY_NS))
            if self.bug in _PLANTED:
                stack.enter_context(_PLANTED[self.bug]())
            super().run()

    # --- a session and its venue --------------------------------------------------------------------------------------

    def _opened(self, journal: Journal) -> Core:
        core = self._core = super()._opened(journal)
        assert core.orders is not None
        core.now_ns = lambda: self.now_ns
        core.outbox.clear()
        core.orders.lost(all_of_them=True)
        self.venue = ExchangeVenue(
            core.orders, [lane.traded() for lane in self.terms.lanes], "session",
            note=lambda kind, content: None, differs=self._differ, cancel_on_disconnect=self.seed % 2 == 0,
        )  # fmt: skip
        self.venue.base = {self.terms.symbols[0]: 0}
        if self.bug == "sent again after a crash":
            _send_again(self.venue)
        return core

    def _differ(self, what: str) -> None:
        raise self._broken(what)

    def _go_on(self, core: Core, journal: Journal) -> None:
        self._journal = journal
        try:
            while self.feed:
                for _ in range(min(self.chance.randint(1, 8), len(self.feed))):
                    self._step(self.chance.choice((1_000, 200_000, 2_000_000)))
                    core.take(self.feed.pop(0), self.now_ns + self.chance.choice((0, 0, 0, -5_000_000)))
                    if self.chance.random() < 0.004 and self.crashes < CRASHES:
                        raise Crash
                if self.chance.random() < 0.1:
                    self._pass_time(core)
                self._turn()
            self._rest(core, journal)
        except Crash:
            self._cut()
            raise

    def _turn(self) -> None:
        """What a host does after each batch."""
        core, journal = self._core, self._journal
        for asked in core.outbox:
            self.venue.ask(*asked)
        core.outbox.clear()
        if self.crashes < CRASHES:
            journal.hand_over()
        else:
            journal.settle()
        durable = 1 << 62 if self.bug == "sent before durable" else len(self.disk.rows)
        self.venue.durable(durable, self.now_ns)
        self._flush()

    def _step(self, ns: int) -> None:
        """Let a little time pass for everyone."""
        self.now_ns += ns
        self.wires.pass_time(self.now_ns)
        if self.wire is None:
            if self.now_ns >= self.again_ns:
                self.wire = self.wires.connect(self.now_ns)
                self.venue.opened(self.now_ns)
        else:
            data = self.wires.take(self.wire, self.now_ns)
            if data:
                self.venue.received(data, self.now_ns)
            self.venue.wake(self.now_ns)
            # More often while something is under way: then a cut matters.
            likely = 0.05 if self.wire.up else 0.004
            if data is None or self.venue.failure or (self.crashes < CRASHES and self.chance.random() < likely):
                self._cut()
                self.venue.closed("cut")
        if self.chance.random() < 0.15 and self.feed:
            self._trade()
        self._flush()

    def _flush(self) -> None:
        if self.wire is not None and self.venue.out:
            self.wires.send(self.wire, bytes(self.venue.out), self.now_ns)
        self.venue.out.clear()

    def _cut(self) -> None:
        if self.wire is not None:
            self.wires.cut(self.wire, self.now_ns)
        self.wire, self.again_ns = None, self.now_ns + self.chance.randint(0, 10_000_000)

    def _rest(self, core: Core, journal: Journal) -> None:
        """Nothing goes wrong any more: the session ends, and everything comes to rest."""
        self.crashes = CRASHES
        self.gate._leaving.faults = Faults()
        self._quiet(lambda: self.venue.ready and not any(one.stray for one in core.orders.orders.values()))  # type: ignore[union-attr]
        for kind, content in (("trading_state", {"state": "halted"}), ("cancel_all", {"why": "the end"})):
            seq = core.order(kind, content)
            self._turn()
            core.obey(seq, self.now_ns)
            self._turn()
        self._quiet(lambda: not self.venue.waits and not core.orders.orders)  # type: ignore[union-attr]
        until = self.now_ns + 3 * IMPATIENT["RECONCILE_NS"]
        self._quiet(lambda: self.now_ns > until)

    def _quiet(self, at_rest: Any) -> None:
        for _ in range(QUIET_STEPS):
            if at_rest():
                return
            self._step(STEP_NS)
            self._core.pass_time(self.now_ns)
            self._turn()
        raise self._broken("it does not come to rest")

    # --- somebody else ------------------------------------------------------------------------------------------------

    def _trade(self) -> None:
        """Somebody takes what the session shows, or a part of it."""
        resting = [one for one in self.gate._venue.trading.orders.live("session") if one.remaining]
        if resting:
            one = self.chance.choice(resting)
            prices, sizes = self.steps
            self._say_other(m.New(
                client_id=f"o{self.now_ns}", symbol=one.asked.symbol, force="ioc",
                side="sell" if one.asked.side == "buy" else "buy", price=prices.text(one.tick),
                quantity=sizes.text(self.chance.randint(1, one.remaining)),
            ))  # fmt: skip

    def _say_other(self, message: m.FromClient) -> None:
        _, data = self.other.say(message)
        self.wires._do(self.gate.receive(1_000_000, data, self.now_ns), self.now_ns)

    # --- what must hold -----------------------------------------------------------------------------------------------

    def _check(self) -> None:
        super()._check()
        lines = msgspec.json.Decoder(Line).decode_lines(b"".join(self.lines))
        (epoch,) = epochs_of(lines)
        for client_id, count in epoch.accepted("session").items():
            if count > 1:
                raise self._broken(f"{client_id} was accepted {count} times")
        if epoch.live("session"):
            raise self._broken(f"the exchange still has {epoch.live('session')}")
        held = epoch.positions("session").get(self.terms.symbols[0], 0)
        lots = sum(self._core.orders.positions.values())  # type: ignore[union-attr]
        if self.steps[1].count(f"{held}", "", "") != lots:
            raise self._broken(f"the exchange has {held}, the session {lots} lots")
        lanes = [int(lane.frame.run["exchange_position"][0]) for lane in self._core.lanes.values()]
        if sum(lanes) != lots:
            raise self._broken(f"strategies hold {lanes}, the session {lots} lots")
        journaled = {row.content()["order"] for row in self.disk.rows if row.kind == "intent"}
        ends = {row.content()["order"]: row.content()["why"] for row in self.disk.rows if row.kind == "order"}
        for client_id in epoch.accepted("session"):
            why = ends.get(int(client_id.rpartition("-")[2]))
            if why == "not_sent" or (why == "not_arrived" and self.patient):
                raise self._broken(f"{client_id} was taken for {why} and accepted")
        for line in lines:
            if line.event != "received" or line.account != "session" or line.message["message"] != "new":
                continue
            if int(line.message["client_id"].rpartition("-")[2]) not in journaled:
                raise self._broken(f"{line.message['client_id']} left and is in no row")


def _script(chance: Any) -> Any:
    """Draw a few faults."""
    rules = []
    for on, when, what in chance.sample(FAULTS, 3):
        chance_of = 0.3 if when.get("type") == "cancel" else 0.05
        often = {"on": on, "account": "session", "nth": 1, "times": 0, "chance": chance_of, **when}
        rules.append({"when": often, "what": what})
    return read_rules(rules)


def _live_terms(instrument: Instrument) -> SessionTerms:
    execution = TickExecution(strict=True, sample=10**12).to_dict()
    lanes = (LaneTerms("timer", "simple_market_maker", {"interval_ms": 2}, instrument.to_dict(), execution, 1e6),)
    venue = VenueTerms("exchange", "session")
    return SessionTerms("s", "live", 1, (instrument.symbol,), ("made",), lanes, {}, venue=venue)


# --- faults to plant --------------------------------------------------------------------------------------------------


def _fail(self: Tracker, **_: Any) -> None:
    for order in list(self.orders.values()):
        for request in order.requests:
            if request.sent_ns and order.awaits(request):
                self.give_up(order, request)


def _send_again(venue: ExchangeVenue) -> None:
    for order in venue.tracker.orders.values():
        for request in order.requests:
            request.doubtful = False
            venue.ask(order, request)


def _look_and_fail(self: ExchangeVenue, now_ns: int) -> None:
    for order in list(self.tracker.orders.values()):
        for request in order.requests:
            if request.sent_ns and now_ns - request.sent_ns > exchange.ANSWER_NS and order.awaits(request):
                self.tracker.give_up(order, request)
    _LOOK(self, now_ns)


def _hear_every_fill(self: Tracker, order: VenueOrder | None, heard: Any) -> None:
    self.known = -1
    self._fills.clear()
    _HEAR_FILL(self, order, heard)


def _take_at_its_word(self: Tracker, order: VenueOrder, heard: Any) -> None:
    _HEAR_REFUSAL(self, order, heard._replace(gone=False))


def _not_taped(self: Core, record: Any, now_ns: int) -> None:
    record["received_ns"] = self.clock.stamp(now_ns)
    self.happen(record)


_LOOK, _HEAR_FILL, _HEAR_REFUSAL = (
    ExchangeVenue._look_at_orders, Tracker._hear_fill, Tracker._hear_refusal
)  # fmt: skip
_PLANTED: dict[str, Any] = {
    "time-out taken as failure": lambda: patch.object(ExchangeVenue, "_look_at_orders", _look_and_fail),
    "cut taken as failure": lambda: patch.object(Tracker, "lost", _fail),
    "no dedupe": lambda: patch.object(Tracker, "_hear_fill", _hear_every_fill),
    "no doubt after a cut": lambda: patch.object(Tracker, "lost", lambda self, **_: None),
    "fills not asked for": lambda: patch.object(ExchangeVenue, "_ask_fills", lambda self, since=None: None),
    "given up at once": lambda: patch.object(tracker, "GRACE_NS", 0),
    "report not on the tape": lambda: patch.object(Core, "report", _not_taped),
    "refusal taken at its word": lambda: patch.object(Tracker, "_hear_refusal", _take_at_its_word),
}


if __name__ == "__main__":
    main(VenueWorld, BUGS, __doc__ or "")
