"""The core of a session: what comes in goes on the tape and through the lanes, what they write goes into the journal.

No socket, no clock, no file of its own: the shell gives moments and what came in, and hands the journal over.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from lockstep.data.recordings.tape_layout import TAPE, Input
from lockstep.data.recordings.terms import BarTerms, LaneTerms, SessionTerms
from lockstep.errors import CommandError, SessionError, StalledError
from lockstep.live.session.clock import SessionClock
from lockstep.live.session.event_lane import EventLane
from lockstep.live.session.hearing import Hearing
from lockstep.live.session.lane import Lane
from lockstep.live.session.modes import MODE_COMMANDS, Modes
from lockstep.live.venues.orders import Request, VenueOrder
from lockstep.live.venues.tracker import Tracker
from lockstep.strategies.event import BaseStrategy
from lockstep.strategies.over_ticks.controls import CANCELING, MODE_CHANGE, Controls
from lockstep.strategies.over_ticks.corporate import CORPORATE, due_ns, is_split
from lockstep.strategies.over_ticks.obeying import concerns
from lockstep.strategies.over_ticks.rows import RowMaker
from lockstep.strategies.registry import create

if TYPE_CHECKING:
    from lockstep.live.session.bar_lane import BarLane

    AnyLane = Lane | BarLane

Records = npt.NDArray[np.void]
STATE_EVERY = 10_000
"""Records of the tape from one row of states to the next."""
_MARKET, _TIME, _GAP, _COMMAND = (int(each) for each in (Input.MARKET, Input.TIME, Input.GAP, Input.COMMAND))
_REPORT = int(Input.REPORT)


class Rows(Protocol):
    """Takes rows of the journal."""

    def put(
        self, kind: str, content: Any, *, time_ns: int, strategy: str = "", symbol: str = "", tape: int | None = None
    ) -> int:
        """Take a row; return its number."""


class Extra(Protocol):
    """Something beside the lanes that a snapshot is to hold."""

    def save_state(self) -> Any:
        """Return all that it knows, as plain values."""

    def load_state(self, values: Any) -> None:
        """Stand where ``values`` were given."""


class Core:
    """A session's lanes, and what is kept of what they do.

    ``tape`` takes each record before anybody acts on it.
    """

    def __init__(
        self, terms: SessionTerms, tape: Callable[[Records], None], journal: Rows, clock: SessionClock
    ) -> None:
        self.terms, self.clock = terms, clock
        self._tape = tape
        self.journal = journal
        self.lanes: dict[str, Lane] = {}
        self.bar_lanes: dict[str, BarLane] = {}
        self._waiting: dict[int, list[LaneTerms]] = defaultdict(list)
        for lane in terms.lanes:
            for instrument in lane.bars.instruments if lane.bars else (lane.instrument,):
                self._waiting[terms.symbols.index(instrument["symbol"])].append(lane)
        self._of_symbol: dict[int, list[AnyLane]] = defaultdict(list)
        self._makers: dict[str, RowMaker] = {}
        self._numbers = {lane.name: number for number, lane in enumerate(terms.lanes)}
        self._record = np.zeros(1, TAPE)
        self.halted: dict[str, str] = {}
        """Lanes that go on no more, and why."""
        self.stalled: set[str] = set()
        """Of them, those whose strategy did not come back: it may still move what is the lane's."""
        self.stalls: dict[str, int] = {}
        """When a tape is taken again: at which of its records strategies did not come back in time, from 1."""
        self.taken = self.market_taken = 0
        """Records of the tape that have happened, and of them events of the market."""
        self.controls = Controls(terms.lanes, terms.limits)
        """What lanes are held against, and what commands change of it."""
        self.modes = Modes(terms)
        self.orders = None if terms.venue is None else Tracker(terms.id, self._emit, len(terms.lanes))
        """Orders at the venue of a live session."""
        self.now_ns: Callable[[], int] = lambda: self.clock.last_ns + 1
        """Moments for the venue's reports."""
        self.outbox: list[tuple[VenueOrder, Request]] = []
        """What lanes have asked of the venue and nobody has taken on yet."""
        self.announced: list[tuple[int, int]] = []
        """Commands that are to be obeyed later: (ns, row of the journal), the next one first."""
        self.hearing = Hearing()
        """What its source has told."""
        self.commands: dict[int, tuple[str, Any]] = {}
        """Commands that have not been obeyed, by the journal's rows that hold them."""
        self.extras: dict[str, Extra] = {"modes": self.modes}
        """What else a session must know to go on, by name."""
        if self.orders is not None:
            self.extras["orders"] = self.orders

    def take(self, record: Records, now_ns: int) -> None:
        """Take a market event of TAPE[1], whose ``received_ns`` and ``input`` are set here."""
        if self.announced:
            self._obey_due(now_ns)
        record["received_ns"], record["input"] = self.clock.stamp(now_ns), _MARKET
        self._tape(record)
        self.happen(record)

    def take_bar(self, record: Records, now_ns: int) -> None:
        """Take BAR of TAPE[1]: a bar opens or closes."""
        record["received_ns"] = self.clock.stamp(now_ns)
        self._tape(record)
        self.happen(record)

    def miss(self, record: Records, now_ns: int) -> None:
        """Take GAP of TAPE[1]: events of a symbol are missing. For its lanes no more than time passes."""
        if self.announced:
            self._obey_due(now_ns)
        record["received_ns"], record["input"] = self.clock.stamp(now_ns), _GAP
        self._tape(record)
        self.happen(record)

    def report(self, record: Records, now_ns: int) -> None:
        """Take a venue's report of TAPE[1] about an order, or with lane -1 about none."""
        record["received_ns"] = self.clock.stamp(now_ns)
        lane = int(record["slot"][0])
        if lane >= 0:
            record["symbol"] = self.terms.symbols.index(self.terms.lanes[lane].instrument["symbol"])
        self._tape(record)
        self.happen(record)

    def _emit(self, record: Records) -> None:
        self.report(record, self.now_ns())

    def pass_time(self, now_ns: int) -> None:
        """Take that nothing else has come in: timers ring."""
        if self.announced:
            self._obey_due(now_ns)
        record = self._record
        record["received_ns"], record["input"] = self.clock.stamp(now_ns), _TIME
        self._tape(record)
        self.happen(record)

    def order(
        self, kind: str, content: Mapping[str, Any], by: Mapping[str, Any] | None = None, *, now_ns: int = 0
    ) -> int:  # fmt: skip
        """Put an operator's command into the journal; return its row, which ``obey`` takes once that is durable.

        ``by`` says who gave it.

        Raises ``CommandError`` or ``RiskLimitsError`` for one that can't be; nothing is put then but, where another
        mode is refused, why.
        """
        now_ns = max(now_ns, self.clock.last_ns)
        if kind in MODE_COMMANDS:
            checked = self.modes.checked(self, kind, content, now_ns)
        else:
            checked = self.controls.checked(kind, content, now_ns)
        if self.orders is not None and is_split(kind, checked):
            raise CommandError(
                "orders and positions at a venue are split by the venue: end this session, and start another after it"
            )
        if kind == CORPORATE and any(lane.bars is not None for lane in self.terms.lanes):
            raise CommandError("strategies over bars know no splits and dividends: run them without those over ticks")
        if by is not None:
            checked["by"] = dict(by)
        seq = self.journal.put(kind, checked, time_ns=self.clock.last_ns)
        self.commands[seq] = kind, checked
        return seq

    def obey(self, seq: int, now_ns: int) -> None:
        """Take the command of a row of the journal: from here on it holds, or from when it is to take effect."""
        moment = due_ns(*self.commands[seq])
        if moment > max(now_ns, self.clock.last_ns):
            self.announced = sorted([*self.announced, (moment, seq)])
            return
        record = np.zeros(1, TAPE)
        record["received_ns"], record["input"], record["id"] = self.clock.stamp(now_ns), _COMMAND, seq
        self._tape(record)
        self.happen(record)

    def _obey_due(self, now_ns: int) -> None:
        """Obey what is to take effect before something that comes in now."""
        while self.announced and self.announced[0][0] <= max(now_ns, self.clock.last_ns):
            self.obey(self.announced[0][1], self.announced.pop(0)[0])

    def happen(self, record: Records) -> None:
        """Let a record that is on the tape happen; now and then say where all lanes stand."""
        self._let_happen(record)
        self.taken += 1
        if self.taken % STATE_EVERY == 0:
            self.say_states("state")

    def say_states(self, kind: str) -> None:
        """Put the fingerprint of each lane: whoever takes the tape again must come to the same."""
        for lane in self._each():
            if not self._stands_still(lane):
                self._put(kind, {"fingerprint": lane.fingerprint}, lane, self.clock.last_ns)

    def close(self) -> None:
        """Let the strategies that still go on end."""
        for lane in self._each():
            if lane.name not in self.halted:
                try:
                    lane.close()
                except Exception as error:  # whatever a user's strategy raises
                    why = {"why": f"{type(error).__name__}: {error}"}
                    self._put("strategy_stop_failed", why, lane, self.clock.last_ns)

    def _each(self) -> list["AnyLane"]:
        return [*self.lanes.values(), *self.bar_lanes.values()]

    def _let_happen(self, record: Records) -> None:
        row = record[0]
        what = row["input"]
        if what == _TIME:
            for lane in self._each():
                self._guarded(lane, lane.pass_time, int(row["received_ns"]))
            return
        if what == _COMMAND:
            self._obey(*self.commands.pop(int(row["id"])), int(row["received_ns"]))
            return
        if what == _REPORT:
            self._hear(record)
            return
        symbol = int(row["symbol"])
        if what == _GAP:
            for lane in self._of_symbol[symbol]:
                self._guarded(lane, lane.pass_time, int(row["received_ns"]))
            return
        self.market_taken += 1
        if symbol in self._waiting:
            for terms in self._waiting.pop(symbol):
                self._start(terms, symbol, record)
        for lane in self._of_symbol[symbol]:
            self._guarded(lane, lane.take, record)

    def _obey(self, kind: str, content: Any, time_ns: int) -> None:
        """Let a command hold: what comes before it comes under what held before."""
        for lane in self._each():
            self._guarded(lane, lane.pass_time, time_ns)
        concerned = [
            lane for lane in self.lanes.values()
            if concerns(kind, content, lane.instrument.symbol)
            and (self.modes.live or not self._stands_still(lane))
        ]  # fmt: skip
        for lane in concerned:
            lane.prepare(kind, content, time_ns)
        self.controls.obey(kind, content)
        # Of strategies too that go on no more: their orders may still work.
        for lane in concerned:
            if lane.obey(self.controls, kind, content, time_ns):
                self.write(lane)
        if kind in MODE_COMMANDS:
            self.modes.obey(kind, content)
        for lane in concerned:
            self._guarded(lane, lane.hear_of, (kind, content, time_ns))
        if kind == MODE_CHANGE:
            self.say_states("state")
        self._obey_over_bars(kind, time_ns)

    def _obey_over_bars(self, kind: str, time_ns: int) -> None:
        for lane in self.bar_lanes.values():
            if kind in CANCELING and lane.cancel_all(time_ns):
                self.write(lane)

    def _hear(self, record: Records) -> None:
        """Let a venue's report take effect: on what is known of orders, and on its lane."""
        if self.orders is not None:
            self.orders.taken(record[0])
        number = int(record["slot"][0])
        lane = self.lanes.get(self.terms.lanes[number].name) if number >= 0 else None
        if lane is None or not self.modes.live:
            return
        if lane.name not in self.stalled:
            self._guarded(lane, lane.hear, record)
        elif lane.hear(record):  # a strategy that does not come back still has its orders
            self.write(lane)

    def _start(self, terms: LaneTerms, symbol: int, record: Records) -> None:
        """Start a lane at the first event of its symbol, or of one of its symbols."""
        if terms.bars is not None:
            self._start_bars(terms, terms.bars, int(record["received_ns"][0]))
            return
        lane = self._made(terms, int(record["tick"][0]), int(record["received_ns"][0]))
        self._join(lane, symbol)
        self._guarded(lane, _begins(lane), None)

    def resume(self, name: str) -> Lane:
        """Return a lane that was just made, which is to go on from a snapshot."""
        terms = next(lane for lane in self.terms.lanes if lane.name == name)
        symbol = self.terms.symbols.index(terms.instrument["symbol"])
        self._waiting[symbol].remove(terms)
        lane = self._made(terms, 0, self.clock.last_ns)
        self._join(lane, symbol)
        return lane

    def _made(self, terms: LaneTerms, middle: int, start_ns: int) -> Lane:
        strategy: Any = create(terms.strategy, terms.parameters)
        kind = EventLane if isinstance(strategy, BaseStrategy) else Lane
        return kind(
            terms.name, strategy, terms.traded(), terms.rules(), cash=terms.cash, slots=terms.slots, middle=middle,
            start_ns=start_ns, guard=self.controls.guards[terms.name], remote=self.modes.live, held=terms.held,
        )  # fmt: skip

    def _join(self, lane: Lane, symbol: int) -> None:
        # In the order of the terms, whichever symbol comes first: lanes may see each other through one account.
        there = self.lanes | {lane.name: lane}
        self.lanes = {each.name: there[each.name] for each in self.terms.lanes if each.name in there}
        self._of_symbol[symbol].append(lane)
        self._makers[lane.name] = RowMaker(lane.instrument)

    def _start_bars(self, terms: LaneTerms, bars: BarTerms, start_ns: int) -> None:
        from lockstep.live.session.bar_lane import BarLane  # brings kernels that ticks never load

        symbols = [self.terms.symbols.index(one["symbol"]) for one in bars.instruments]
        for other in symbols:
            if terms in self._waiting.get(other, []):
                self._waiting[other].remove(terms)
        places = {symbol: row for row, symbol in enumerate(symbols)}
        lane = BarLane(terms, bars, places, self.controls.bars[terms.name], start_ns)
        self.bar_lanes[terms.name] = lane
        for symbol in symbols:
            self._of_symbol[symbol].append(lane)

    def _guarded(self, lane: "AnyLane", act: Callable[[Any], bool], what: Any) -> None:
        """Let a lane act; one whose strategy can't go on does so without it, the others go on."""
        if self._stands_still(lane):
            return
        if self.stalls.get(lane.name) == self.taken + 1:
            self.halted[lane.name] = "it did not come back in time"
            self.stalled.add(lane.name)
            return
        try:
            news = act(what)
        except StalledError as error:
            self.stalled.add(lane.name)
            self._stop(lane, "strategy_stalled", str(error))
            return
        except SessionError as error:
            self._refuse(lane, str(error))
            news = lane.name in self.lanes and lane.pass_time(self.clock.last_ns)
        except Exception as error:  # whatever a user's strategy raises
            self.write(lane)  # what the venue did before
            self._stop(lane, "strategy_halted", f"{type(error).__name__}: {error}")
            news = what is not None and lane.name in self.lanes and lane.pass_time(self.clock.last_ns)
        if news:
            self.write(lane)

    def _stands_still(self, lane: "AnyLane") -> bool:
        """Is nothing of a lane to be moved? A strategy that did not come back may still be at work on it."""
        return lane.name in self.stalled or (lane.name in self.halted and lane.name in self.bar_lanes)

    def write(self, lane: "AnyLane") -> None:
        """Put what a lane has written since."""
        if lane.name in self.bar_lanes:
            for kind, content in self.bar_lanes[lane.name].rows():
                self._put(kind, content, lane, self.clock.last_ns)
        else:
            self._write(self.lanes[lane.name])

    def _write(self, lane: Lane) -> None:
        maker, written, time_ns = self._makers[lane.name], lane.written(), self.clock.last_ns
        for kind, rows in (
            ("intent", maker.intents(written.intents)), ("risk", maker.risks(written.declines)),
            ("fill", maker.fills(written.fills)), ("order", maker.orders(written.orders)),
            ("flow", maker.flows(written.flows)),
        ):  # fmt: skip
            for k, row in enumerate(rows):
                seq = self._put(kind, row, lane, time_ns)
                if kind == "intent" and self.modes.live:
                    self._ask(seq, lane, written.intents[k])

    def _ask(self, seq: int, lane: Lane, intent: Any) -> None:
        """Have the venue asked for what a lane wants, once the row that says so is durable."""
        if self.orders is not None:
            asked = self.orders.asked(seq, self._numbers[lane.name], intent.copy())
            self.outbox += [asked] if asked is not None else []

    def _refuse(self, lane: "AnyLane", why: str) -> None:
        self._put("event_refused", {"why": why}, lane, self.clock.last_ns)

    def _stop(self, lane: "AnyLane", kind: str, why: str) -> None:
        self.halted[lane.name] = why
        self._put(kind, {"why": why}, lane, self.clock.last_ns)
        if lane.name in self.lanes and (self.modes.live or not self._stands_still(lane)):
            self.lanes[lane.name].leave(self.clock.last_ns)
            self.write(lane)

    def _put(self, kind: str, content: dict[str, Any], lane: "AnyLane", time_ns: int) -> int:
        return self.journal.put(
            kind, content, time_ns=time_ns, strategy=lane.name, symbol=content.get("symbol", lane.instrument.symbol),
        )  # fmt: skip


def _begins(lane: Lane) -> Callable[[Any], bool]:
    def begin(_: Any) -> bool:
        lane.begin()
        return False

    return begin
