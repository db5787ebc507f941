"""The shell of a session: a folder, a source and a loop around the core."""

import asyncio
import gc
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from lockstep.data.recordings.files import DESCRIPTION
from lockstep.data.recordings.recording import Recording
from lockstep.data.recordings.snapshots import read_snapshot, snapshots_of
from lockstep.data.recordings.tape_layout import Input
from lockstep.data.recordings.terms import LaneTerms, SessionTerms, TakenOver, VenueTerms, terms_of
from lockstep.errors import CommandError, JournalError, SessionError
from lockstep.live.control.handler import Handler
from lockstep.live.control.server import serving
from lockstep.live.session.clock import SessionClock
from lockstep.live.session.clock_watch import ClockWatch
from lockstep.live.session.core import Core
from lockstep.live.session.hearing import Hearing
from lockstep.live.session.identity import differences, identity_of
from lockstep.live.session.last_resort import LastCancel, close_down, kill_without_journal
from lockstep.live.session.latencies import Latencies
from lockstep.live.session.modes import REFUSED, still_due
from lockstep.live.session.outside import Address, Outside
from lockstep.live.session.readiness import Reached, surroundings_of
from lockstep.live.session.recovery import stand_up, take_again
from lockstep.live.session.snapshots import EVERY, KEEP, Snapshots
from lockstep.live.session.status import status_of
from lockstep.live.session.taking_over import check_not_handed_over
from lockstep.live.session.transitions import BACKTEST, PAPER
from lockstep.live.session.watch import Watch
from lockstep.live.sources.rows import cleared, unpacked
from lockstep.live.sources.source import MarketDataSource
from lockstep.live.sources.warmed import Warmed
from lockstep.live.storage.storage import Storage
from lockstep.live.storage.watermark import Watermark
from lockstep.strategies.over_ticks.controls import CANCEL_ALL, INTERNAL, KILL, MODE_CHANGE, Controls
from lockstep.strategies.registry import find

Records = npt.NDArray[np.void]
_HALTED, _TRADING_STATE = "halted", "trading_state"
SWITCH_SECONDS = 1e-4
"""How long the journal's thread may keep the session's waiting for the interpreter; Python's 5 ms make a late order."""
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
        self.recovered = self.again = 0
        """Records of the tape that it came back with, and of them those that were taken again."""
        self.last_cancels: list[LastCancel] | None = None
        """What left though the journal had failed; None while it has not."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self.outside: Outside | None = None
        """The venue of a live session."""
        self.certificates: Callable[[], Mapping[str, str]] = dict
        """Asked when the session is to trade live: of each lane why it has no fresh certificate, empty where it has."""
        self.latencies = Latencies()
        """Of the last minute."""
        self._storage = Storage(folder, told=self._told)
        self._watch = watch or Watch(Watermark(folder))
        try:
            self.core = self._opened(folder, terms, snapshots, keep)
            self.core.hearing = Hearing(source.name)
            if venue is not None:
                self.outside = self._connected(folder, venue)
        except BaseException:
            self._storage.close()
            raise
        reached = None if self.outside is None or venue is None else Reached(venue.name, self.outside.venue)
        self.core.modes.surroundings = lambda: surroundings_of(
            self.core, self._storage.journal, reached, self.certificates
        )  # fmt: skip

    def _opened(self, folder: Path, terms: SessionTerms, snapshots: int, keep: int) -> Core:
        storage = self._storage

        def made(of: SessionTerms) -> Core:
            return Core(of, storage.tape.append, storage.journal, SessionClock())

        def watched(core: Core) -> Snapshots:
            return Snapshots(core, storage.journal, folder, every=snapshots, keep=keep)

        if not (folder / DESCRIPTION).exists():
            described = storage.describe(msgspec.to_builtins(terms))
            core = made(terms)
            self._snapshots = watched(core)
            self._note("session_started", {
                "mode": terms.mode, "identity": terms.identity, "description": described,
                "snapshots": self._snapshots.told(),
            })  # fmt: skip
            return core
        with Recording(folder) as recording, recording.frozen():
            kept = terms_of(recording.description())
            check_not_handed_over(recording)
            _check_same(kept, terms)
            read = partial(read_snapshot, folder)
            core, snapshot, passed = stand_up(partial(made, kept), snapshots_of(recording), read, len(recording.tape))
            compared, due = take_again(core, recording, storage.journal, snapshot)
            known = list(snapshots_of(recording, snapshot.seq)) if snapshot else []
            refused = {row.content().get("command") for row in recording.rows(kinds=[REFUSED])}
        core.journal = storage.journal
        self.recovered, self.again = core.taken, core.taken - (snapshot.noted.records if snapshot else 0)
        self._source.go_on(core.market_taken)
        self._snapshots = watched(core)
        self._snapshots.begin(known)
        self._note("session_recovered", {
            "records": self.recovered, "again": self.again, "agreed": compared.agreed, "added": compared.added,
            "snapshot": snapshot.seq if snapshot else None, "passed_over": passed, "snapshots": self._snapshots.told(),
        })  # fmt: skip
        for seq in still_due(core, due, refused):
            core.obey(seq, core.clock.last_ns)
        return core

    def _connected(self, folder: Path, venue: Address) -> Outside:
        outside = Outside(self.core, self._storage, venue, halt=self._halt, now_ns=self._now_ns)
        self.core.now_ns = self._moment
        if self.recovered:
            with Recording(folder) as recording:
                outside.go_on(recording)
                self._trade_again(recording)
                self.core.hearing.halted = _why_halted(recording)
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
        if self._loop is None:
            return
        with suppress(RuntimeError):  # the loop is closed: there is nobody to be told
            if self._storage.journal.failure:
                self._loop.call_soon_threadsafe(self._journal_failed)
            elif self.outside is not None:
                self._loop.call_soon_threadsafe(self.outside.durable)

    def _journal_failed(self) -> None:
        """End now, and not when something comes in the next time."""
        self._journal_lost()
        self._ends.set()

    async def run(self) -> None:
        """Run until the source has no more, ``stop`` is called or the journal fails; then close the folder.

        A live session ends when its orders are canceled and the venue has said so, or after some seconds.
        """
        switch = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_SECONDS)
        gc.freeze()
        self._loop = asyncio.get_running_loop()
        try:
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
            self._note("session_ended", {"records": self._storage.tape.taken, "state": state})
        except JournalError:
            self._journal_lost()
            raise
        finally:
            gc.unfreeze()
            sys.setswitchinterval(switch)
            self._snapshots.close()
            if self.outside is not None:
                await self.outside.close()
            self._storage.close()

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
        journal = self._storage.journal
        now_ns = self._moment()
        seq = self.core.order(kind, content or {}, by, now_ns=now_ns)
        journal.hand_over()
        journal.wait(seq)
        self.core.obey(seq, now_ns)
        if kind == _TRADING_STATE:
            self.core.hearing.halted = ""
        journal.hand_over()
        return seq

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

    def status(self) -> dict[str, Any]:
        """Return how the session stands, as values of JSON."""
        return status_of(self.core, self._storage.journal, self._storage.folder, self.latencies)

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
        ended = asyncio.ensure_future(self._ends.wait())
        coming = asyncio.ensure_future(anext(batches, None))
        try:
            while not self._ends.is_set():
                await asyncio.wait({coming, ended}, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if not self._source.own_clock:
                    self._look_at_clock()
                if coming.done():
                    batch = coming.result()
                    if batch is None:
                        return
                    self._take(batch)
                    coming = asyncio.ensure_future(anext(batches, None))
                elif not self._source.own_clock:
                    self.core.pass_time(self._now_ns())
                    self._tell_news()
                    if self.outside is not None:
                        self.outside.forward()
                    self._storage.journal.hand_over()
                    self._snapshots.look()
                    self._show()
        finally:
            for task in (coming, ended):
                task.cancel()
                with suppress(asyncio.CancelledError, StopAsyncIteration):
                    await task
            await batches.aclose()

    def _look_at_clock(self) -> None:
        """Tell where the machine's clock has jumped; the session's moments rise all the same."""
        by_s = self._clock.jumped(self._now_ns(), asyncio.get_running_loop().time())
        if by_s:
            self._storage.journal.put("clock_jumped", {"by_s": by_s}, time_ns=self.core.clock.last_ns)

    def _take(self, batch: Records) -> None:
        """Take a batch of events, and let the journal write what came of it."""
        core, batch = self.core, batch.copy()  # the tape's moments are written into it
        journal, took = self._storage.journal, self.latencies
        moments = batch["received_ns"].tolist()
        takes = {0: core.take, int(Input.GAP): core.miss, int(Input.BAR): core.take_bar}
        for k, (moment, what) in enumerate(zip(moments, batch["input"].tolist(), strict=True)):
            since_ns, given = took.clock(), journal.given
            takes[what](batch[k : k + 1], moment or self._now_ns())
            if journal.given != given:
                took.decided(since_ns)
        if isinstance(self._source, Warmed) and self._source.over and core.modes.mode == BACKTEST:
            self.command(MODE_CHANGE, {"to": PAPER, "position": self._position})
        self._tell_news()
        if self.outside is not None:
            self.outside.forward()
        took.handed_over(journal.given)
        journal.hand_over()
        self._snapshots.look()
        self._show()

    def _show(self) -> None:
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


def _why_halted(recording: Recording) -> str:
    """Return why a session has halted trading, if nobody has set the state since."""
    halted, changed = (next(recording.latest(kind), None) for kind in ("trading_halted", _TRADING_STATE))
    return "" if halted is None or (changed and changed.seq > halted.seq) else str(halted.content()["why"])


def _check_same(kept: SessionTerms, asked: SessionTerms) -> None:
    same = ("mode", "symbols", "lanes", "limits", "venue", "warm")
    if any(getattr(kept, name) != getattr(asked, name) for name in same):
        raise SessionError(
            f"the folder holds session {kept.id} with other strategies, symbols or settings: go on with those, or start"
            " another session in a folder of its own"
        )
    changed = differences(kept.identity, asked.identity)
    if changed:
        raise SessionError(
            "decisions of this session were made by other code and are not replayed under this one"
            f" ({'; '.join(changed)}): run it with the version that it was started with, or let a new one take"
            " over what it has (lockstep paper --from)"
        )


def session_terms(
    mode: str, source: MarketDataSource, lanes: tuple[LaneTerms, ...], *, now_ns: int, id: str,
    limits: dict[str, Any] | None = None, venue: VenueTerms | None = None, taken_over: TakenOver | None = None,
) -> SessionTerms:  # fmt: skip
    """Return the terms of a new session over a source's symbols, live where it has a venue."""
    Controls(lanes, limits)  # raises RiskLimitsError for limits that are none
    over_bars = any(lane.bars is not None for lane in lanes)
    if over_bars and venue is not None:
        raise SessionError("strategies over bars trade on paper: give a live session strategies over ticks")
    if over_bars and isinstance(source, Warmed):
        raise SessionError("a history comes before strategies over ticks alone: leave strategies over bars out, or it")
    code = identity_of([find(lane.strategy) for lane in lanes], bars=over_bars)
    warm = source.terms if isinstance(source, Warmed) else None
    return SessionTerms(
        id, mode, now_ns, tuple(source.instruments), (source.name,), lanes, code, limits, venue, warm, taken_over
    )
