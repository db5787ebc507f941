"""Sessions that trade at a local exchange, killed at any moment: the exchange's log is the witness.

The exchange is a process of its own and loses, doubles, delays and cuts as a script says, another way for each session.
The market that a session sees waits for the exchange's answers, and somebody trades with its quotes. Whenever it has
come back and everything that was in doubt is resolved, and at its end, live orders and positions of the log and of the
session must be the same. At the end each of its orders is in the log once at most, with the fills that the journal has,
and the log has no order that the journal doesn't know.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.live.session.killing import Lost, Moments, Start, Voice, forked, speaking
from tests.live.session.outside import Waits, terms_of
from tests.live.session.test_outside import FAULTS

from lockstep.data.recordings.recording import Recording
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.live.exchange.client import connect
from lockstep.live.exchange.log import read_log
from lockstep.live.exchange.testimony import Epoch, epochs_of
from lockstep.live.session.host import Host
from lockstep.live.session.outside import Address, Outside
from lockstep.live.sources.backoff import BackoffRules
from lockstep.live.venues import exchange, link, tracker
from lockstep.live.venues.tracker import Tracker
from lockstep.vector.parity.prove import prove

EVENTS, SNAPSHOTS = 2_000, 300
BLOCK = 20
"""Sessions at one exchange: its log is read by each."""
MAKERS = (
    ("simple_market_maker", {"interval_ms": 20, "limit": 3}),
    ("simple_market_maker", {"interval_ms": 35, "limit": 5, "away": 1}),
)
HOST = "127.0.0.1"
LOOK_S = 0.01
BUGS = ("sent again after a restart", "fills counted again")
"""Faults to plant in sessions, each to be found."""
PATIENCE_S = 10.0
WARM = "warm"
IMPATIENT = (
    (exchange, "ANSWER_NS", 60_000_000), (exchange, "ASK_NS", 20_000_000), (exchange, "RECONCILE_NS", 100_000_000),
    (tracker, "GRACE_NS", 300_000_000), (link, "WAKE_SECONDS", 0.005),
    (link, "RULES", BackoffRules(0.001, 0.002, 0.01)),
)  # fmt: skip
"""Time-outs of a session that has no time."""


class Checked(Waits):
    """A market that begins when the session has been compared with the log."""

    check: Any = None

    async def batches(self) -> AsyncGenerator[Any, None]:
        """Compare, then give events."""
        await self._settled()
        await self.check(self.host)
        async for batch in super().batches():
            yield batch


class Venue:
    """Sessions in children of this process, at exchanges of their own."""

    def __init__(self, folder: Path, bug: str = "") -> None:
        self._folder, self._block, self._bug = folder, -1, ""
        self._process: subprocess.Popen[str] | None = None
        self._log, self._port = folder, 0
        self._ticks = synthetic_flow(EVENTS, "L2", seed=3)
        (self._symbol, self._instrument) = self._ticks.symbol, self._ticks.instrument
        self.start: Start = self._started
        self._fork = forked(self.run)
        try:
            self.moments = Moments(kills=4, words=self._words(), seconds=0.03)
        except BaseException:
            self.close()
            raise
        shutil.rmtree(folder / "cycle-0")
        self._block, self._bug = -1, bug

    def _words(self) -> int:
        """Compile all in this process; return how many words a session says that nobody kills."""
        self._open(0)
        self.run(self._folder / WARM, None)
        whole = self._fork(self._folder / "cycle-0")
        if whole.end():
            raise Lost("a session that nobody killed does not end")
        return len(whole.durable)

    def _started(self, folder: Path) -> Any:
        block = int(folder.name.rpartition("-")[2]) // BLOCK
        if block != self._block:
            self._open(block)
        return self._fork(folder)

    def _open(self, block: int) -> None:
        """Start the exchange of some sessions."""
        self.close()
        self._block = block
        place = self._folder / f"exchange-{block}-{len(list(self._folder.glob('exchange-*')))}"
        place.mkdir()
        self._log = place / "witness.jsonl"
        numbers = range(block * BLOCK, (block + 1) * BLOCK)
        (place / "faults.json").write_text(json.dumps([rule for n in numbers for rule in _faults(n)]))
        listed = f"{self._symbol}:{self._instrument.tick}:{self._instrument.lot}"
        program = [sys.executable, "-c", "from lockstep.cli import main; main()", "exchange", "--instruments", listed]
        options = ["--log", str(self._log), "--faults", str(place / "faults.json"), "--fault-seed", str(block)]
        self._process = subprocess.Popen([*program, *options], env=os.environ, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._port = int(self._process.stdout.readline())

    def close(self) -> None:
        """End the exchange."""
        if self._process is not None:
            self._process.terminate()
            self._process.communicate()
            self._process = None

    # --- a session ----------------------------------------------------------------------------------------------------

    def run(self, folder: Path, voice: Voice | None) -> None:
        """Run a session to its end."""
        with speaking(voice), impatient(), planted(self._bug):
            asyncio.run(self._traded(folder, voice))

    async def _traded(self, folder: Path, voice: Voice | None) -> None:
        source = Checked([self._ticks])
        source.check = self._compared
        terms = terms_of(
            source, self._instrument, *MAKERS, cancel_on_disconnect=_cancels(folder.name), account=folder.name,
            id=folder.name,
        )  # fmt: skip
        before = time.perf_counter_ns()
        source.host = Host(folder, terms, source, venue=Address(HOST, self._port), snapshots=SNAPSHOTS)
        if source.host.recovered and voice is not None:
            voice.recovered(time.perf_counter_ns() - before)
        source.other = await connect(HOST, self._port, f"other-{folder.name}")
        try:
            await source.host.run()
        finally:
            await source.other.close()
        await self._compared(source.host)

    async def _compared(self, host: Any) -> None:
        """Wait until session and log say the same. Raises ``Lost``."""
        account, venue = host.core.terms.venue.account, host.outside.venue
        loop = asyncio.get_running_loop()
        until = loop.time() + PATIENCE_S
        while (theirs := self._standing(account)) != (ours := _known(host)):
            if loop.time() > until:
                raise Lost(f"the exchange has {theirs}, the session {ours}, base {venue.base}")
            await asyncio.sleep(LOOK_S)

    def _standing(self, account: str) -> Any:
        epoch = self._epoch()
        lots = Decimal(str(self._instrument.lot))
        live = {order.client_id: int(order.remaining / lots) for order in epoch.live(account)}
        return live, int(epoch.positions(account).get(self._symbol, Decimal(0)) / lots)

    def _epoch(self) -> Epoch:
        (epoch,) = epochs_of(read_log(self._log))
        return epoch

    # --- what is left -------------------------------------------------------------------------------------------------

    def judge(self, folder: Path) -> None:
        """Hold the journal against the log. Raises ``Lost``."""
        epoch, account = self._epoch(), folder.name
        if self._doubled(account):
            raise Lost("orders are there twice")
        if epoch.live(account):
            raise Lost(f"orders still live: {epoch.live(account)}")
        told = {
            order.client_id: (order.side, order.filled) for order in epoch.orders.values() if order.account == account
        }
        sent, filled, over = _journaled(folder)
        unknown = told.keys() - sent
        if unknown:
            raise Lost(f"the journal has no orders {sorted(unknown)}, the exchange has")
        if sent - over:
            raise Lost(f"orders {sorted(sent - over)} were sent and never ended")
        wrong = {key for key in sent if filled[key] != (told[key][1] if key in told else Decimal(0))}
        if wrong:
            raise Lost(f"fills of {sorted(wrong)} are not those of the exchange")
        parity = prove(folder)
        if not parity.equal:
            raise Lost(f"the batch differs: {parity.differences}")

    def witnessed(self, folder: Path) -> str:
        """Return what the exchange says of a session."""
        return f"the exchange took {self._doubled(folder.name)} more than once"

    def _doubled(self, account: str) -> list[str]:
        return [client_id for client_id, times in self._epoch().accepted(account).items() if times > 1]


def _known(host: Any) -> Any:
    book = host.outside.venue.tracker
    live = {order.client_id: order.remaining for order in book.orders.values()}
    return live, sum(book.positions.values())


def _cancels(name: str) -> bool:
    """Does the exchange cancel the orders of a session that is gone?"""
    return name == WARM or int(name.rpartition("-")[2]) % 2 == 0


def _faults(number: int) -> list[Any]:
    """Return the script of a session: the faults by turns, and none at all."""
    chosen = [None, *FAULTS.values()][number % (len(FAULTS) + 1)]
    if chosen is None:
        return []
    when, what = chosen
    return [{"when": {**when, "account": f"cycle-{number}"}, "what": what}]


def _journaled(folder: Path) -> tuple[set[str], dict[str, Decimal], set[str]]:
    """Return, by client id, the orders that were sent, what was filled of each, and those that are over."""
    sent: set[str] = set()
    over: set[str] = set()
    filled: dict[str, Decimal] = defaultdict(Decimal)
    with Recording(folder) as recording:
        for row in recording.rows(kinds=("intent", "fill", "order")):
            content = row.content()
            key = f"{folder.name}-{row.strategy.removeprefix('lane')}-{content['order']}"
            if row.kind == "fill":
                filled[key] += Decimal(str(content["quantity"]))
            elif row.kind == "order":
                over.add(key)
            elif content["action"] == "submit":
                sent.add(key)
    return sent, filled, over


@contextmanager
def impatient() -> Iterator[None]:
    """Let time-outs be short."""
    with ExitStack() as stack:
        for module, name, value in IMPATIENT:
            stack.enter_context(patch.object(module, name, value))
        yield


@contextmanager
def planted(bug: str) -> Iterator[None]:
    """Let sessions have a fault."""
    go_on, hear = Outside.go_on, Tracker.hear

    def once_more(outside: Any, recording: Any) -> None:
        go_on(outside, recording)
        for order in outside.venue.tracker.orders.values():
            for request in order.requests:
                request.doubtful = False
                outside.venue.ask(order, request)

    def anew(book: Any, heard: Any) -> bool:
        book._fills.clear()
        return hear(book, heard)

    patches = {BUGS[0]: (Outside, "go_on", once_more), BUGS[1]: (Tracker, "hear", anew)}
    with patch.object(*patches[bug]) if bug else nullcontext():
        yield
