"""The core of a session: what comes in goes on the tape and through the lanes, what they write goes into the journal.

No socket, no clock, no file of its own: the shell gives moments and what came in, and hands the journal over.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from lockstep.data.recordings.files import ADD
from lockstep.data.recordings.tape_layout import TAPE, Input
from lockstep.data.recordings.terms import BarTerms, LaneTerms, SessionTerms
from lockstep.errors import CommandError, SessionError, StalledError
from lockstep.live.session.adding import add, checked
from lockstep.live.session.by_hand import ByHand
from lockstep.live.session.clock import SessionClock
from lockstep.live.session.event_lane import EventLane
from lockstep.live.session.hearing import Hearing
from lockstep.live.session.lane import Lane
from lockstep.live.session.modes import MODE_COMMANDS, Modes
from lockstep.live.session.recent import Recent
from lockstep.live.session.stamp import Stamp, read
from lockstep.live.session.waiting import Waiting
from lockstep.live.venues.orders import Request, VenueOrder
from lockstep.live.venues.tracker import Tracker
from lockstep.strategies.event import BaseStrategy
from lockstep.strategies.over_ticks.by_hand import BY_HAND
from lockstep.strategies.over_ticks.controls import BEGIN, CLOSE, MODE_CHANGE, PARAMETERS, Controls
from lockstep.strategies.over_ticks.corporate import CORPORATE, due_ns, is_split
from lockstep.strategies.over_ticks.joining import Shown, show
from lockstep.strategies.over_ticks.obeying import concerns
from lockstep.strategies.over_ticks.rows import RowMaker
from lockstep.strategies.registry import create

if TYPE_CHECKING:
    from lockstep.live.session.bar_lane import BarLane

    AnyLane = Lane | BarLane

Records = npt.NDArray[np.void]
RowsOf = Callable[[Records], Iterator[dict[str, Any]]]
_KINDS = ("intent", "risk", "fill", "order", "flow")
"""Of the rows that a lane's records become, in the order of Written."""
STATE_EVERY = 10_000
"""Records of the tape from one row of states to the next."""
_MARKET, _BAR, _TIME, _GAP = (int(each) for each in (Input.MARKET, Input.BAR, Input.TIME, Input.GAP))
_COMMAND, _REPORT = int(Input.COMMAND), int(Input.REPORT)
_EVENTS, _NO_EVENTS = (_MARKET, _BAR), (_TIME, _GAP)
_NOTHING = np.zeros(1, TAPE)


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


class Stall(NamedTuple):
    """A strategy did not come back."""

    record: int
    """Of the tape, from 1."""
    content: Mapping[str, Any]
    """Of the journal's row."""


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
        self.waiting = Waiting(terms.symbols)
        for lane in terms.lanes:
            self.waiting.expect(lane)
        self.added: list[Mapping[str, Any]] = []
        """Commands by which lanes were added, in their order."""
        self._of_symbol: dict[int, list[AnyLane]] = defaultdict(list)
        self._makers: dict[str, tuple[RowsOf, ...]] = {}
        self.numbers = {lane.name: number for number, lane in enumerate(terms.lanes)}
        """Of lanes, by name."""
        self._stamp = Stamp()
        self.halted: dict[str, str] = {}
        """Lanes that go on no more, and why."""
        self.stalled: set[str] = set()
        """Of those over bars, lanes whose strategy did not come back: it may still move what is the lane's."""
        self.stalls: dict[str, Stall] = {}
        """When a tape is taken again: where strategies did not come back in time, by name of lane."""
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
        self.recent = Recent(self.numbers)
        """What became of orders."""
        self.by_hand = ByHand(terms)
        """Orders that an operator has given."""
        self.extras: dict[str, Extra] = {"modes": self.modes, "recent": self.recent, "by_hand": self.by_hand}
        """What else a session must know to go on, by name."""
        if self.orders is not None:
            self.extras["orders"] = self.orders

    def join(self, lane: LaneTerms, book: Shown | None) -> None:
        """Have one more lane begin with the next event of its symbol, before which the book stood as ``book``."""
        self.numbers[lane.name] = len(self.numbers)
        self.recent.join(lane.name)
        self.by_hand.join(lane)
        self.waiting.join(lane, book)

    @property
    def latest(self) -> Records:
        """TAPE[1]: what came in last, as it is on the tape, but for commands and venues' reports; to be copied."""
        return self._stamp.record

    def take(self, record: Records, now_ns: int) -> None:
        """Take a market event of TAPE[1], whatever its ``received_ns`` and ``input`` say."""
        if self.announced:
            self._obey_due(now_ns)
        record = self._stamp.put(record, self.clock.stamp(now_ns), _MARKET)
        self._tape(record)
        self.happen(record)

    def take_bar(self, record: Records, now_ns: int) -> None:
        """Take BAR of TAPE[1]: a bar opens or closes."""
        record = self._stamp.put(record, self.clock.stamp(now_ns), _BAR)
        self._tape(record)
        self.happen(record)

    def miss(self, record: Records, now_ns: int) -> None:
        """Take GAP of TAPE[1]: events of a symbol are missing. For its lanes no more than time passes."""
        if self.announced:
            self._obey_due(now_ns)
        record = self._stamp.put(record, self.clock.stamp(now_ns), _GAP)
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
        record = self._stamp.put(_NOTHING, self.clock.stamp(now_ns), _TIME)
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
        found = self._checked(kind, content, max(now_ns, self.clock.last_ns))
        if self.orders is not None and is_split(kind, found):
            raise CommandError(
                "orders and positions at a venue are split by the venue: end this session, and start another after it"
            )
        if kind == CORPORATE and any(lane.bars is not None for lane in self.terms.lanes):
            raise CommandError("strategies over bars know no splits and dividends: run them without those over ticks")
        if by is not None:
            found["by"] = dict(by)
        seq = self.journal.put(kind, found, time_ns=self.clock.last_ns)
        self.commands[seq] = kind, found
        return seq

    def _checked(self, kind: str, content: Mapping[str, Any], now_ns: int) -> dict[str, Any]:
        """Return a command as it is to be written down and obeyed."""
        if kind in MODE_COMMANDS:
            return self.modes.checked(self, kind, content, now_ns)
        if kind in BY_HAND:
            return self.by_hand.checked(self, kind, content, now_ns)
        if kind == ADD:
            return checked(self, content)
        found = self.controls.checked(kind, content, now_ns)
        if kind == PARAMETERS:
            self._check_may_change(found["lanes"])
        return found

    def _check_may_change(self, lanes: Iterable[str]) -> None:
        if self.orders is not None:
            raise CommandError(
                "a session with a venue keeps the parameters that its certificate is for: prove others on paper, and"
                " start a session with them"
            )
        for name in lanes:
            if name in self.halted:
                raise CommandError(f"{name} goes on no more ({self.halted[name]}): it can't begin anew")

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
        time_ns, symbol, what = read(record)
        if what in _EVENTS:
            self.market_taken += 1
            if self.waiting:
                for terms in self.waiting.due(symbol, record):
                    self._start(terms, symbol, record)
            for lane in self._of_symbol[symbol]:
                self._guarded(lane, lane.take, record)
        elif what in _NO_EVENTS:
            for lane in self._each() if what == _TIME else self._of_symbol[symbol]:
                self._guarded(lane, lane.pass_time, time_ns)
        elif what == _COMMAND:
            self._obey(int(record["id"][0]), time_ns)
        elif what == _REPORT:
            self._hear(record)

    def _obey(self, seq: int, time_ns: int) -> None:
        """Let a command hold: what comes before it comes under what held before."""
        kind, content = self.commands.pop(seq)
        for lane in self._each():
            self._guarded(lane, lane.pass_time, time_ns)
        concerned = [
            lane for lane in self.lanes.values()
            if concerns(kind, content, lane.name, lane.instrument.symbol)
        ]  # fmt: skip
        for lane in concerned:
            lane.prepare(kind, content, time_ns)
        self.controls.obey(kind, content)
        if kind == ADD:
            add(self, content)
        if kind in BY_HAND:
            self.by_hand.obey(self, kind, content, seq, time_ns)
        if kind == MODE_CHANGE:
            self.recent.begin_anew()
        # Of strategies too that go on no more: their orders may still work.
        for lane in concerned:
            if lane.obey(self.controls, kind, content, time_ns):
                self.write(lane)
        still = self.halted if kind == CLOSE else self.stalled
        over_bars = [lane for lane in self.bar_lanes.values() if lane.name not in still]
        for each in over_bars:
            if each.obey(kind, content, time_ns):
                self.write(each)
        if kind in MODE_COMMANDS:
            self.modes.obey(kind, content)
        told: list[AnyLane] = [*concerned, *over_bars]
        if kind == BEGIN:
            told = [each for each in told if each.name not in self.halted]
        for one in told:
            self._guarded(one, one.hear_of, (kind, content, time_ns))
        if kind == MODE_CHANGE:
            self.say_states("state")

    def _hear(self, record: Records) -> None:
        """Let a venue's report take effect: on what is known of orders, and on its lane."""
        if self.orders is not None:
            self.orders.taken(record[0])
        number = int(record["slot"][0])
        lane = self.lanes.get(self.terms.lanes[number].name) if number >= 0 else None
        if lane is not None and self.modes.live:
            self._guarded(lane, lane.pass_time, int(record["received_ns"][0]) - 1)
            self._guarded(lane, lane.hear, record)

    def _start(self, terms: LaneTerms, symbol: int, record: Records) -> None:
        """Start a lane at the first event of its symbol, or of one of its symbols."""
        if terms.bars is not None:
            self._start_bars(terms, terms.bars, int(record["received_ns"][0]))
            return
        lane = self._made(terms, int(record["tick"][0]), int(record["received_ns"][0]))
        if (book := self.waiting.book(terms.name)) is not None:
            show(lane.frame, book)
        self._join(lane, symbol)
        self._guarded(lane, _begins(lane), None)

    def resume(self, name: str) -> Lane:
        """Return a lane that was just made, which is to go on from a snapshot."""
        terms = self.waiting.resumed(name)
        lane = self._made(terms, 0, self.clock.last_ns)
        self._join(lane, self.terms.symbols.index(terms.instrument["symbol"]))
        return lane

    def _made(self, terms: LaneTerms, middle: int, start_ns: int) -> Lane:
        strategy: Any = create(terms.strategy, self.controls.of(terms.name))
        kind = EventLane if isinstance(strategy, BaseStrategy) else Lane
        lane = kind(
            terms.name, strategy, terms.traded(), terms.rules(), cash=terms.cash, slots=terms.slots, middle=middle,
            start_ns=start_ns, guard=self.controls.guards[terms.name], remote=self.modes.live, held=terms.held,
        )  # fmt: skip
        self._expect_stall(lane)
        return lane

    def expect_stalls(self, stalls: Mapping[str, Stall]) -> None:
        """Leave strategies where they did not come back, when the tape that led there is taken again."""
        self.stalls = dict(stalls)
        for lane in self.lanes.values():
            self._expect_stall(lane)

    def _expect_stall(self, lane: Lane) -> None:
        if lane.name in self.stalls and isinstance(lane, EventLane):
            stall = self.stalls[lane.name].content
            lane.stall_behind(stall["steps"], stall["why"])

    def _join(self, lane: Lane, symbol: int) -> None:
        # In the order of the terms, whichever symbol comes first: lanes may see each other through one account.
        there = self.lanes | {lane.name: lane}
        self.lanes = {each.name: there[each.name] for each in self.terms.lanes if each.name in there}
        self._of_symbol[symbol].append(lane)
        maker = RowMaker(lane.instrument)
        self._makers[lane.name] = maker.intents, maker.risks, maker.fills, maker.orders, maker.flows

    def resume_bars(self, name: str) -> "BarLane":
        """Return a lane over bars that was just made, which is to go on from a snapshot."""
        terms = self.waiting.resumed(name)
        assert terms.bars is not None
        self._start_bars(terms, terms.bars, self.clock.last_ns, begins=False)
        return self.bar_lanes[name]

    def _start_bars(self, terms: LaneTerms, bars: BarTerms, start_ns: int, *, begins: bool = True) -> None:
        from lockstep.live.session.bar_lane import BarLane  # brings kernels that ticks never load

        symbols = [self.terms.symbols.index(one["symbol"]) for one in bars.instruments]
        terms = replace(terms, parameters=self.controls.of(terms.name))
        places = {symbol: row for row, symbol in enumerate(symbols)}
        lane = BarLane(terms, bars, places, self.controls.bars[terms.name], start_ns, begins=begins)
        self.bar_lanes[terms.name] = lane
        for symbol in symbols:
            self._of_symbol[symbol].append(lane)

    def _guarded(self, lane: "AnyLane", act: Callable[[Any], bool], what: Any) -> None:
        """Let a lane act; one whose strategy can't go on does so without it, the others go on."""
        if self.halted and self._stands_still(lane):
            return
        try:
            if self.stalls:
                self._check_stall(lane)
            news = act(what)
        except StalledError as error:
            news = self._stall(lane, str(error)) and what is not None and lane.pass_time(self.clock.last_ns)
        except SessionError as error:
            self._refuse(lane, str(error))
            news = lane.name in self.lanes and lane.pass_time(self.clock.last_ns)
        except Exception as error:  # whatever a user's strategy raises
            self.write(lane)  # what the venue did before
            self._stop(lane, "strategy_halted", {"why": f"{type(error).__name__}: {error}"})
            news = what is not None and lane.name in self.lanes and lane.pass_time(self.clock.last_ns)
        if news:
            self.write(lane)

    def _check_stall(self, lane: "AnyLane") -> None:
        """Raise ``StalledError`` where a strategy over bars did not come back when this record was taken first."""
        stall = self.stalls.get(lane.name) if lane.name in self.bar_lanes else None
        if stall is not None and stall.record == self.taken + 1:
            raise StalledError(stall.content["why"])

    def _stall(self, lane: "AnyLane", why: str) -> bool:
        """A strategy did not come back; return whether its lane goes on without it."""
        if lane.name in self.bar_lanes:
            self.stalled.add(lane.name)
            self._stop(lane, "strategy_stalled", {"why": why})
            return False
        self.write(lane)  # what the venue did before, and what it has still asked for
        self._stop(lane, "strategy_stalled", {"why": why, "steps": self.lanes[lane.name].steps})
        return True

    def _stands_still(self, lane: "AnyLane") -> bool:
        """Is nothing of a lane to be moved? Over bars all that its account does happens while its strategy is told."""
        return lane.name in self.halted and lane.name in self.bar_lanes

    def write(self, lane: "AnyLane") -> None:
        """Put what a lane has written since."""
        if lane.name in self.bar_lanes:
            for kind, content in self.bar_lanes[lane.name].rows():
                self._put(kind, content, lane, self.clock.last_ns)
        else:
            self._write(self.lanes[lane.name])

    def _write(self, lane: Lane) -> None:
        time_ns = self.clock.last_ns
        for kind, make, records in zip(_KINDS, self._makers[lane.name], lane.written(), strict=True):
            if not len(records):
                continue
            for k, row in enumerate(make(records)):
                seq = self._put(kind, row, lane, time_ns)
                if kind == "intent" and self.modes.live:
                    self._ask(seq, lane, records[k])

    def _ask(self, seq: int, lane: Lane, intent: Any) -> None:
        """Have the venue asked for what a lane wants, once the row that says so is durable."""
        if self.orders is not None:
            asked = self.orders.asked(seq, self.numbers[lane.name], intent.copy())
            self.outbox += [asked] if asked is not None else []

    def _refuse(self, lane: "AnyLane", why: str) -> None:
        self._put("event_refused", {"why": why}, lane, self.clock.last_ns)

    def _stop(self, lane: "AnyLane", kind: str, content: dict[str, Any]) -> None:
        self.halted[lane.name] = content["why"]
        self._put(kind, content, lane, self.clock.last_ns)
        if lane.name in self.lanes:
            self.lanes[lane.name].leave(self.clock.last_ns)
            self.write(lane)

    def _put(self, kind: str, content: dict[str, Any], lane: "AnyLane", time_ns: int) -> int:
        symbol = content.get("symbol", lane.instrument.symbol)
        seq = self.journal.put(kind, content, time_ns=time_ns, strategy=lane.name, symbol=symbol)
        ended = self.recent.hear(kind, content, seq, lane.name, symbol, time_ns)
        if ended is not None:
            self.by_hand.hear(ended, seq)
        return seq


def _begins(lane: Lane) -> Callable[[Any], bool]:
    def begin(_: Any) -> bool:
        lane.begin()
        return False

    return begin
