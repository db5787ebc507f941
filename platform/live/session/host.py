"""The shell of a session: a folder, a source and a loop around the core."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep._memory import give_back
from lockstep._undisturbed import undisturbed
from lockstep.data.recordings.files import ADD, RING
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.tape_layout import TAPE, Input
from lockstep.data.recordings.terms import SessionTerms
from lockstep.errors import CommandError, JournalError
from lockstep.live.control.handler import Handler
from lockstep.live.control.server import serving
from lockstep.live.ring.writer import RingWriter
from lockstep.live.session.additions import Additions
from lockstep.live.session.awaited import Awaited
from lockstep.live.session.books import books_of, described
from lockstep.live.session.clock_watch import ClockWatch
from lockstep.live.session.core import Core
from lockstep.live.session.days import Days, Prover
from lockstep.live.session.hearing import Hearing, why_halted
from lockstep.live.session.last_resort import LastCancel, close_down, kill_without_journal
from lockstep.live.session.latencies import Latencies
from lockstep.live.session.left_open import POSITIONS_LEFT, closing_in, named, open_in
from lockstep.live.session.opening import opened
from lockstep.live.session.outside import Address, Outside
from lockstep.live.session.past_by_hand import PastByHand
from lockstep.live.session.preview import previewed
from lockstep.live.session.readiness import Reached, surroundings_of
from lockstep.live.session.snapshots import EVERY, KEEP
from lockstep.live.session.status import status_of
from lockstep.live.session.trading import order_of, traded
from lockstep.live.session.transitions import BACKTEST, PAPER
from lockstep.live.session.view_types import OrderAnswer, OrderView, PreviewView, StatusView
from lockstep.live.session.watch import Watch
from lockstep.live.sources.rows import cleared, unpacked
from lockstep.live.sources.source import MarketDataSource
from lockstep.live.sources.synthetic import Synthetic
from lockstep.live.sources.warmed import Warmed
from lockstep.live.storage.storage import Storage
from lockstep.live.storage.watermark import Watermark
from lockstep.strategies.over_ticks.controls import CANCEL_ALL, INTERNAL, KILL, MODE_CHANGE

Records = npt.NDArray[np.void]
_HALTED, _TRADING_STATE = "halted", "trading_state"
_GAP, _BAR = int(Input.GAP), int(Input.BAR)
EVERYTHING = 1 << 62
"""Behind every row of the journal."""
HEARTBEAT_SECONDS = 0.1
"""After so long without events of a live source the session takes that time has passed."""


class Host:
    """Runs one session in a folder that this process owns.

    A folder that holds the session already is recovered first: its lanes stand where they stood when it was cut off.
    ``seen`` is called after each batch, and while nothing comes, with the core. A snapshot is taken every ``snapshots``
    records (0: never), of which the latest ``keep`` are kept. ``position`` says what becomes of positions that differ
    where a history is left.
    """

    def __init__(
        self, folder: Path, terms: SessionTerms, source: MarketDataSource, *,
        seen: Callable[[Core], None] | None = None, now_ns: Callable[[], int] = time.time_ns, snapshots: int = EVERY,
        keep: int = KEEP, venue: Address | None = None, watch: Watch | None = None, position: str = "keep",
    ) -> None:  # fmt: skip
        self._source, self._seen, self._now_ns, self._position = source, seen, now_ns, position
        self._ends, self._clock = asyncio.Event(), ClockWatch()
        self._took_at = 0.0
        """When the latest batch was taken, by the event loop's clock."""
        self.recovered = self.again = 0
        """Records of the tape that it came back with, and of them those that were taken again."""
        self.last_cancels: list[LastCancel] | None = None
        """What left though the journal had failed; None while it has not."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self.ring: RingWriter | None = None
        """What other processes see of the market, while it runs."""
        self.outside: Outside | None = None
        """The venue of a live session."""
        self.certificates: Callable[[], Mapping[str, str]] = dict
        """Asked when the session is to trade live: of each lane why it has no fresh certificate, empty where it has."""
        self.days: Days | None = None
        """The days that are proven while it runs."""
        self.latencies = Latencies()
        """Of the last minute."""
        self._storage = Storage(folder, told=self._told, durable=terms.journal)
        self._awaited = Awaited(self._storage.journal)
        self._watch = watch or Watch(Watermark(folder))
        try:
            begun = opened(self._storage, terms, source, self._note, snapshots=snapshots, keep=keep)
            self.core, self._snapshots = begun.core, begun.snapshots
            self.recovered, self.again = begun.recovered, begun.again
            self.core.hearing = Hearing(source.name)
            self.additions = Additions(self.core)
            self.core.by_hand.again = PastByHand(self._storage.journal, folder, self.core.numbers)
            if venue is not None:
                self.outside = self._connected(folder, venue)
        except BaseException:
            self._storage.close()
            raise
        reached = None if self.outside is None or venue is None else Reached(venue.name, self.outside.venue)
        self.core.modes.surroundings = lambda: surroundings_of(
            self.core, self._storage.journal, reached, self.certificates
        )  # fmt: skip

    def prove_days(self, prove: Prover) -> None:
        """Have all up to the end of each day proven while the session runs (``Days``)."""
        self.days = Days(self.core, self._storage.journal, prove)
        if self.recovered:
            with Recording(self._storage.folder) as recording:
                self.days.go_on(recording)

    def _connected(self, folder: Path, venue: Address) -> Outside:
        outside = Outside(self.core, self._storage, venue, halt=self._halt, now_ns=self._now_ns)
        self.core.now_ns = self._moment
        if self.recovered:
            with Recording(folder) as recording:
                outside.go_on(recording)
                self._trade_again(recording)
                self.core.hearing.halted = why_halted(recording)
        return outside

    def _halt(self, why: str) -> None:
        """The venue and the session don't agree: nothing new is sent until an operator has looked."""
        if self.core.controls.state != _HALTED:
            self.command(_TRADING_STATE, {"state": _HALTED})
            self._storage.journal.put("trading_halted", {"why": why}, time_ns=self.core.clock.last_ns)
            self.core.hearing.halted = why

    def _forget_market(self) -> None:
        """What books showed before the session was cut off is no market: timers of that time ring on empty ones."""
        if not self.recovered or self._source.own_clock:
            return
        traded = {lane.instrument.symbol for lane in self.core.lanes.values()}
        for number, symbol in enumerate(self.core.terms.symbols):
            if symbol in traded:
                self.core.take(unpacked(cleared(number, 0)), self.core.clock.last_ns + 1)

    async def _wind_down(self, outside: Outside) -> None:
        """Have all orders canceled; what strategies ask meanwhile is refused."""
        if self.core.controls.state != _HALTED:
            self.command(_TRADING_STATE, {"state": _HALTED})
        self.command(CANCEL_ALL, {"why": "the session ends"})
        await outside.end()

    def _trade_again(self, recording: Recording) -> None:
        """Let a session that had ended in order trade as it did before it ended."""
        ended, changed = (next(recording.latest(kind), None) for kind in ("session_ended", _TRADING_STATE))
        if ended is None or changed is None or changed.seq > ended.seq:
            return
        if (state := ended.content()["state"]) != self.core.controls.state:
            self.command(_TRADING_STATE, {"state": state})

    def _told(self, durable: int) -> None:
        """The journal's thread tells that it has come further, or has failed."""
        self.latencies.durable(durable)
        if self.ring is not None:
            self.ring.durable(durable)
        if self._loop is None:
            return
        with suppress(RuntimeError):  # the loop is closed: there is nobody to be told
            if self._storage.journal.failure:
                self._loop.call_soon_threadsafe(self._journal_failed)
                return
            if self.outside is not None:
                self._loop.call_soon_threadsafe(self.outside.durable)
            if self._awaited:
                self._loop.call_soon_threadsafe(self._awaited.look)

    def when_durable(self, row: int, then: Callable[[str], None]) -> None:
        """Call once a row is durable, with "", or with why it never will be; where that is known, at once."""
        self._awaited.when_durable(row, then)

    def _journal_failed(self) -> None:
        """End now, and not when something comes in the next time."""
        self._awaited.look()
        self._journal_lost()
        self._ends.set()

    async def run(self) -> None:
        """Run until the source has no more, ``stop`` is called or the journal fails; then close the folder.

        A live session ends when its orders are canceled and the venue has said so, or after some seconds.
        """
        self._loop = asyncio.get_running_loop()
        try:
            give_back()  # what it took to come so far
            with undisturbed():
                self._open_ring()
                self._forget_market()
                async with serving(self._storage.folder, Handler(self, os.geteuid())):
                    if self.outside is not None:
                        self.outside.start()
                    await self._taking()
                    state = self.core.controls.state
                    if self.outside is not None:
                        await self._wind_down(self.outside)
                self.core.say_states("final_state")
                self._snapshots.finish()
                self.core.close()
                if (left := self.leaves()) is not None:
                    self._note(POSITIONS_LEFT, {"positions": left["positions"]})
                    self.core.hearing.left = named(left["positions"])
                self._note("session_ended", {"records": self._storage.tape.taken, "state": state})
        except JournalError:
            self._journal_lost()
            raise
        finally:
            self._snapshots.close()
            if self.days is not None:
                await self.days.close()
            if self.outside is not None:
                await self.outside.close()
            try:
                self._storage.close()
            finally:
                if self.ring is not None:
                    self.ring.close()

    def _open_ring(self) -> None:
        """Let other processes see what comes in. Without room for that the session trades all the same."""
        description = described(self.core.terms, self._source, fresh=not (self.recovered and self._source.own_clock))
        try:
            self.ring = RingWriter(self._storage.folder / RING, description)
        except OSError as error:
            content = {"why": error.strerror or str(error)}
            self._storage.journal.put("ring_failed", content, time_ns=self.core.clock.last_ns)
        else:
            self.ring.durable(self._storage.journal.durable)

    def books(self) -> dict[str, Any]:
        """Return the books as they stand behind the ring's latest record, as values of JSON."""
        return {"at": self.ring.written if self.ring else 0, "books": books_of(self.core)}

    @property
    def live(self) -> bool:
        """Do requests leave for a venue?"""
        return self.core.modes.live

    def command(self, kind: str, content: Mapping[str, Any] | None = None, by: Mapping[str, Any] | None = None) -> int:
        """Let an operator's command hold (docs/risk.md); return the row of the journal that has it, which is durable.

        To be called where the session runs; ``by`` says who gave it. Raises ``CommandError`` or ``RiskLimitsError``
        for one that can't be, and ``JournalError`` where it can't be written down: then nothing has changed. The kill
        switch holds all the same then, from the reserve at the next start too, and its row is 0.
        """
        if kind == KILL:
            return self._kill(content or {}, by)
        if kind in INTERNAL and by is not None:
            raise CommandError(f"{kind} is for the session itself to say")
        if kind == ADD:
            content = self.additions.command(content or {})
        journal = self._storage.journal
        now_ns = self._moment()
        seq = self.core.order(kind, content or {}, by, now_ns=now_ns)
        journal.hand_over()
        journal.wait(seq)
        self.core.obey(seq, now_ns)
        if kind == _TRADING_STATE:
            self.core.hearing.halted = ""
        if kind == ADD:
            self._snapshots.look_anew()
        journal.hand_over()
        return seq

    def prepare(self, content: Mapping[str, Any]) -> bool:
        """Have a strategy compiled that is to be added; return whether that is done (``Additions``)."""
        return self.additions.prepare(content)

    def trade(
        self, kind: str, content: Mapping[str, Any], by: Mapping[str, Any] | None = None
    ) -> OrderAnswer:  # fmt: skip
        """Let a command about an order hold (docs/orders_by_hand.md); return what became of it.

        That is durable with its ``last_row`` (``when_durable``). To be called as ``command`` is, and raises as it does.
        """

        def command() -> int:
            # Nothing waits for the disk here: what comes of it is answered, and leaves, when it is durable, and with it
            # the command. To wait for the command's own row first took a second commit, and the feed waited as well.
            now_ns = self._moment()
            row = self.core.order(kind, content, by, now_ns=now_ns)
            self.core.obey(row, now_ns)
            if self.outside is not None:
                self.outside.forward()
            self.latencies.handed_over(self._storage.journal.given)
            self._storage.journal.hand_over()
            return row

        return traded(self.core, kind, content, command, lambda: self._storage.journal.given)

    def preview(self, content: Mapping[str, Any]) -> PreviewView:
        """Return what the risk check says to an order by hand, and what it would cost; nothing is sent."""
        return previewed(self.core, content)

    def order(self, content: Mapping[str, Any]) -> OrderView:
        """Return the order that is named by its ``clientOrderId`` or ``orderId``; raises ``UnknownOrderError``."""
        return order_of(self.core, content)

    def _kill(self, content: Mapping[str, Any], by: Mapping[str, Any] | None) -> int:
        """Let the kill switch hold at once, and return when that is durable."""
        journal = self._storage.journal
        try:
            seq = self.core.order(KILL, content, by)
            self.core.obey(seq, self._moment())
            self._void(journal.given)  # with what timers rang for up to the kill's moment
            journal.hand_over()
            journal.wait(seq)
        except JournalError:
            if not journal.failure:
                raise
            why = {**content, "by": dict(by or {})}
            self._leave(kill_without_journal(self.core, self._storage.reserve, journal.lost(), why))
            return 0
        return seq

    def _moment(self) -> int:
        """Now; beside a history its clock is the session's."""
        return self.core.clock.last_ns if self._source.own_clock else self._now_ns()

    def refused(self, asked: str, why: str, by: Mapping[str, Any]) -> None:
        """Write down what was asked from outside and refused."""
        with suppress(JournalError):
            content = {"asked": asked, "by": dict(by), "why": why}
            self._storage.journal.put("command_refused", content, time_ns=self.core.clock.last_ns)

    def status(self) -> StatusView:
        """Return how the session stands."""
        return status_of(self.core, self._storage.journal, self._storage.folder, self.latencies)

    def closing(self) -> dict[str, Any] | None:
        """Return what is still open where all positions are being closed, else None."""
        return closing_in(self.core)

    def leaves(self) -> dict[str, Any] | None:
        """Return what is open where positions would be left at the venue, else None."""
        found = open_in(self.core)
        return found if self.core.modes.live and found["positions"] else None

    def stop(self, by: Mapping[str, Any] | None = None) -> None:
        """Let the session end after the events at hand."""
        if by is not None:
            with suppress(JournalError):
                self._storage.journal.put("stop_asked", {"by": dict(by)}, time_ns=self.core.clock.last_ns)
        self._ends.set()

    def _journal_lost(self) -> None:
        """Let cancels leave, and nothing else, where the journal has failed."""
        journal = self._storage.journal
        if journal.failure and self.last_cancels is None:
            self._leave(close_down(self.core, self._storage.reserve, journal.lost(), journal.failure))

    def _leave(self, cancels: list[LastCancel]) -> None:
        """Let cancels leave that no journal has."""
        self._void(EVERYTHING)
        self.last_cancels = cancels
        if self.outside is not None:
            self.outside.leave(cancels)

    def _void(self, row: int) -> None:
        """Let no order leave that was asked for up to a row of the journal and has not left."""
        if self.outside is not None:
            self.outside.venue.void_to = row

    async def _taking(self) -> None:
        batches = self._source.batches()
        self._took_at = asyncio.get_running_loop().time()
        # No task and no wait of its own for each batch: those are two turns of the event loop, 20 us.
        work = [asyncio.ensure_future(each) for each in (self._take_all(batches), self._beating(), self._ends.wait())]
        try:
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            await batches.aclose()

    async def _take_all(self, batches: AsyncGenerator[Records, None]) -> None:
        loop, paced = asyncio.get_running_loop(), False
        async for batch in batches:
            if self._ends.is_set():
                return
            if not self._source.own_clock:
                self._look_at_clock()
            self._take(batch)
            paced = paced or self._tell_pace()
            self._took_at = loop.time()
            await asyncio.sleep(0)  # let others have their turn, however much is waiting

    async def _beating(self) -> None:
        """While nothing comes time passes all the same."""
        loop = asyncio.get_running_loop()
        while True:
            wait_s = self._took_at + HEARTBEAT_SECONDS - loop.time()
            if wait_s > 0.0:
                await asyncio.sleep(wait_s)
                continue
            if self.ring is not None:
                self.ring.beat(self._now_ns())
            if not self._source.own_clock:
                self._beat()
            self._took_at = loop.time()

    def _beat(self) -> None:
        self._look_at_clock()
        self.core.pass_time(self._now_ns())
        self._tell_news()
        if self.outside is not None:
            self.outside.forward()
        self._storage.journal.hand_over()
        self._look()

    def _look_at_clock(self) -> None:
        """Tell where the machine's clock has jumped; the session's moments rise all the same."""
        by_s = self._clock.jumped(self._now_ns(), asyncio.get_running_loop().time())
        if by_s:
            self._storage.journal.put("clock_jumped", {"by_s": by_s}, time_ns=self.core.clock.last_ns)
            self._tell_pace()

    def _tell_pace(self) -> bool:
        """Say in the ring when events of a generated market are due; return whether nothing is left to be said."""
        source = self._source.feed if isinstance(self._source, Warmed) else self._source
        if self.ring is None or not isinstance(source, Synthetic):
            return True
        if (due := source.due(self._now_ns())) is not None:
            self.ring.due(*due)
        return due is not None

    def _take(self, batch: Records) -> None:
        """Take a batch of events, and let the journal write what came of it."""
        core, journal, took = self.core, self._storage.journal, self.latencies
        takes = {0: core.take, _GAP: core.miss, _BAR: core.take_bar}
        moments, taped = batch["received_ns"].tolist(), list[bytes]()
        for k, (moment, what) in enumerate(zip(moments, batch["input"].tolist(), strict=True)):
            since_ns, given = took.clock(), journal.given
            takes[what](batch[k : k + 1], moment or self._now_ns())
            taped.append(core.latest.tobytes())
            if journal.given != given:
                took.decided(since_ns)
        if self.ring is not None:
            self.ring.extend(np.frombuffer(b"".join(taped), TAPE), self._now_ns())
        if isinstance(self._source, Warmed) and self._source.over and core.modes.mode == BACKTEST:
            self.command(MODE_CHANGE, {"to": PAPER, "position": self._position})
        self._tell_news()
        if self.outside is not None:
            self.outside.forward()
        took.handed_over(journal.given)
        journal.hand_over()
        self._look()

    def _look(self) -> None:
        """Do what is done now and then, and show how the session stands."""
        self._snapshots.look()
        if self.days is not None:
            self.days.look()
        if self._seen is not None:
            self._seen(self.core)

    def _tell_news(self) -> None:
        """Put what has happened to the source: reconnects, stale symbols, gaps, messages that were not taken.

        And to disk and accounts: there some of it is a command, which is obeyed.
        """
        for found in self._watch.look(self.core, self._now_ns()):
            if found.command:
                self.command(found.kind, found.content)
            else:
                self._storage.journal.put(found.kind, found.content, time_ns=self.core.clock.last_ns)
        for item in self._source.news():
            self.core.hearing.hear(item)
            self._storage.journal.put(item.kind, item.content, time_ns=self.core.clock.last_ns, symbol=item.symbol)

    def _note(self, kind: str, content: object) -> None:
        journal = self._storage.journal
        seq = journal.put(kind, content, time_ns=self._now_ns())
        journal.hand_over()
        journal.wait(seq)
