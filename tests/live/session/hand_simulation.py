"""A session whose orders are partly given by hand, in one thread, with crashes at any step: all from one seed.

    python -m tests.live.session.hand_simulation --seeds 1000 [--first 0]

Somebody gives orders, replaces and cancels them beside the strategies of simulation.py. Who has no answer after a crash
asks again with the same client id. Beside what holds of every session (there) after each seed:

1. no client id has led to two orders, and each that was answered has led to the one that was told;
2. whoever asks again is told the same;
3. what the journal tells of an order that is over is what was told when it ended.
"""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import Any
from unittest.mock import patch

import msgspec
import numpy as np
from tests.live.session.simulation import CRASHES, Journal, World, main

from lockstep.data.recordings.journal_rows import Row
from lockstep.data.recordings.tape_layout import TAPE, Input
from lockstep.data.recordings.terms import LaneTerms
from lockstep.errors import CommandError, OrderError
from lockstep.live.session.by_hand import ByHand, Given
from lockstep.live.session.core import Core
from lockstep.live.session.kept_orders import Kept
from lockstep.live.session.past_by_hand import given_in
from lockstep.strategies.over_ticks.by_hand import CANCEL, REPLACE, SUBMIT

BUGS = ("sent again", "ids forgotten", "a command kept without its row")
REMEMBERED = 2
"""Orders that are over and that are not read from the journal."""


class _Disk:
    """The rows of a journal that is read."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def row(self, seq: int) -> Row:
        return self._rows[seq - 1]

    def rows(self, first: int, last: int, *, kinds: Sequence[str]) -> Iterator[Row]:
        return (row for row in self._rows[first - 1 : last] if row.kind in kinds)


class HandWorld(World):
    """One seed, with orders by hand."""

    def __init__(self, seed: int, bug: str = "") -> None:
        super().__init__(seed, bug)
        first = self.terms.lanes[0]
        hand = LaneTerms("hand", "manual", {}, first.instrument, first.execution, 0.0)
        self.terms = msgspec.structs.replace(self.terms, lanes=(*self.terms.lanes, hand), limits={})
        self.waiting: dict[str, dict[str, Any]] = {}
        """Orders that were asked for and not answered."""
        self.answered: dict[str, tuple[dict[str, Any], int]] = {}

    def run(self) -> None:
        """Run as a world does."""
        with _PLANTED.get(self.bug, nullcontext)(), patch("lockstep.live.session.by_hand.KEPT", REMEMBERED):
            super().run()

    def _made(self, journal: Journal) -> Core:
        core = super()._made(journal)

        def again(kept: Kept) -> Given:
            self._make_durable(journal, max(kept.row, kept.end))
            return given_in(_Disk(self.disk.rows), kept, core.numbers)

        core.by_hand.again = again
        return core

    def _opened(self, journal: Journal) -> Core:
        if self.bug != "a command kept without its row":
            self._cut()
        try:
            core = super()._opened(journal)
        except KeyError as error:
            raise self._broken(f"a command on the tape has no row ({error})") from error
        for seq in list(core.commands):
            core.obey(seq, core.clock.last_ns)
        return core

    def _cut(self) -> None:
        """Leave out of the tape what came behind a command whose row was not durable, as the tape does when opened."""
        tape, durable = np.frombuffer(b"".join(self.disk.tape), TAPE), self.disk.rows[-1].seq if self.disk.rows else 0
        wrong = np.flatnonzero((tape["input"] == Input.COMMAND) & (tape["id"] > durable))
        if len(wrong):
            del self.disk.tape[int(wrong[0]) :]
            self.disk.synced = len(self.disk.tape)

    def _pass_time(self, core: Core) -> None:
        super()._pass_time(core)
        if "hand" in core.lanes and isinstance(core.journal, Journal):
            self._act(core, core.journal)

    def _go_on(self, core: Core, journal: Journal) -> None:
        for name in list(self.waiting):
            self._submit(core, journal, name)
        super()._go_on(core, journal)
        for ended in core.recent.ended:
            given = core.by_hand.given(ended.client_order_id)
            if given is not None and given.ended != ended:
                raise self._broken(f"{ended} was told, and the journal tells of {given.ended}")

    def _act(self, core: Core, journal: Journal) -> None:
        """Ask for something."""
        draw, names = self.chance.random(), list(self.answered)
        if draw < 0.5 or not names:
            name = f"{len(self.answered) + len(self.waiting)}"
            self.waiting[name] = self._order(core, name)
            self._submit(core, journal, name)
        elif draw < 0.6:
            self._submit(core, journal, self.chance.choice(names))
        else:
            named: dict[str, Any] = {"clientOrderId": self.chance.choice(names)}
            if draw < 0.8:
                change: dict[str, Any] = {"quantity": self.chance.randint(1, 9) * self._lot}
                if "trail" in self.answered[named["clientOrderId"]][0]:
                    change["trail"] = {"percent": 0.0005}
                self._give(core, journal, REPLACE, named | change)
            else:
                self._give(core, journal, CANCEL, named)

    def _order(self, core: Core, name: str) -> dict[str, Any]:
        lane = core.lanes["hand"]
        middle = lane.frame.book.best(self.chance.randint(0, 1))
        kind = self.chance.choice(("market", "limit", "limit", "trailing_stop")) if middle else "market"
        away, tick = self.chance.randint(-3, 3), lane.instrument.tick
        price: dict[str, Any] = {}
        if kind == "limit" and middle:
            price = {"limitPrice": (middle[0] + away) * tick}
        elif kind == "trailing_stop":
            price = {"trail": {"amount": (abs(away) + 1) * tick} if away else {"percent": 0.001}}
        return {
            "clientOrderId": name, "symbol": lane.instrument.symbol, "side": self.chance.choice(("buy", "sell")),
            "quantity": self.chance.randint(1, 9) * self._lot, "type": kind, **price,
        }  # fmt: skip

    @property
    def _lot(self) -> float:
        return float(self.terms.lanes[0].instrument["lot"])

    def _submit(self, core: Core, journal: Journal, name: str) -> None:
        content = self.waiting.get(name) or self.answered[name][0]
        if "hand" not in core.lanes:
            return
        before = core.by_hand.repeated(content)
        if before is None:
            row = self._give(core, journal, SUBMIT, content)
            if not row:
                return
            before = core.by_hand.of_row(row)
        if name in self.answered and self.answered[name][1] != before.order:
            raise self._broken(f"order {name} was {self.answered[name][1]} and is {before.order} now")
        self._make_durable(journal, journal.given)
        self.waiting.pop(name, None)
        self.answered[name] = content, before.order

    def _give(self, core: Core, journal: Journal, kind: str, content: dict[str, Any]) -> int:
        try:
            row = core.order(kind, content, now_ns=self.now_ns)
        except (CommandError, OrderError):
            return 0
        core.obey(row, self.now_ns)
        return row

    def _make_durable(self, journal: Journal, row: int) -> None:
        if self.crashes == CRASHES:
            journal.settle()
        while not self.disk.rows or self.disk.rows[-1].seq < row:
            journal.hand_over()

    def _check(self) -> None:
        super()._check()
        given = [row for row in self.disk.rows if row.kind == SUBMIT]
        names = [row.content()["order"]["clientOrderId"] for row in given]
        if len(set(names)) < len(names):
            raise self._broken("a client id has two orders")
        told = {row.content()["order"] for row in self.disk.rows if row.strategy == "hand"
                if row.kind == "intent" or row.kind == "risk"}  # fmt: skip
        for name, (_, order) in self.answered.items():
            if order and order not in told:
                raise self._broken(f"order {name} was answered as {order}, which nothing tells of")
        if len(told) > len(names):
            raise self._broken(f"{len(names)} orders were given, and {len(told)} made of them")


def _ids_forgotten() -> Any:
    return patch.object(ByHand, "load_state", lambda _self, _values: None)


def _sent_again() -> Any:
    return patch.object(ByHand, "repeated", lambda _self, _content: None)


_PLANTED: dict[str, Any] = {"ids forgotten": _ids_forgotten, "sent again": _sent_again}

if __name__ == "__main__":
    main(HandWorld, BUGS, __doc__ or "")
