"""Own orders inside a history: its orders are sent to an exchange again, together with ours, and two worlds part.

Beside a history (``backtest``) own orders change nothing, which is right for small ones. Injected, they take what
others then don't get, and stand where others then queue behind. What history does next was decided in a world without
them: the more they trade, the less it means. So the distance between the two books is measured, and can be bounded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import BacktestError
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventKind, Phase, TickBlock
from lockstep.kernels.book.frame import Book
from lockstep.kernels.matching.codes import CommandKind, ReportKind
from lockstep.kernels.matching.frame import Exchange
from lockstep.kernels.matching.tables import COMMAND
from lockstep.kernels.matching.translate import AGGRESSOR_IDS, translate

Records = npt.NDArray[Any]
OWN_IDS = 1 << 60
WINDOW = 1 << 14
ROOM = 1 << 16

DIVERGENCE = np.dtype([
    ("time_ns", np.int64), ("middle", np.float64), ("injected", np.float64),  # ticks; nan without two sides
    ("bid_lots", np.int64), ("injected_bid_lots", np.int64), ("ask_lots", np.int64), ("injected_ask_lots", np.int64),
])  # fmt: skip
"""The two books at one moment."""


@dataclass(frozen=True)
class Injected:
    """What happened. ``reports`` are REPORT[n] of own orders, with the ids they were sent with."""

    reports: Records
    divergence: Records
    """DIVERGENCE[n], at the grid of times"""
    unmatched: int
    """lots that history traded and that found nobody"""
    ended_ns: int
    """when the run ended: the end of the history, or where the books were further apart than allowed"""
    book: Book
    history: Book

    @property
    def distance(self) -> npt.NDArray[np.float64]:
        """float64[n] ticks between the two middles."""
        distance: npt.NDArray[np.float64] = np.abs(self.divergence["injected"] - self.divergence["middle"])
        return distance


def inject(
    ticks: Ticks, commands: Records, *, sample_ns: int = 1_000_000_000, bound: float | None = None
) -> Injected:  # fmt: skip
    """Run COMMAND[n] (own orders, ascending by time, owner 1, ids from 1 up) inside a history of orders (L3).

    ``bound`` ends the run once the middles are further apart than so many ticks. Raises BacktestError for histories
    without orders and commands that can't be told from history's.
    """
    own = _checked(ticks, commands)
    run = _Run(ticks, own)
    for block in ticks.blocks(ROOM):
        for start, stop in _stretches(block, sample_ns):
            run.forward(block, start, stop)
            if bound is not None and run.sample(int(block.time_ns[stop - 1])) > bound:
                return run.result()
            if bound is None:
                run.sample(int(block.time_ns[stop - 1]))
    return run.result()


def _checked(ticks: Ticks, commands: Records) -> Records:
    if ticks.level != "L3":
        raise BacktestError(f"orders are injected into a history of orders (L3), found {ticks.level} of {ticks.symbol}")
    if commands.dtype != COMMAND:
        raise BacktestError(f"commands must be an array of COMMAND (see new_commands), found {commands.dtype}")
    if len(commands) and (np.diff(commands["time_ns"]).min(initial=0) < 0):
        raise BacktestError("commands must ascend by time: sort them")
    known = (commands["id"] >= 1) & (commands["id"] < OWN_IDS)
    wrong = np.flatnonzero(~known | (commands["owner"] != 1) | (commands["instrument"] != 0))
    if len(wrong):
        raise BacktestError(f"command {wrong[0]} must be of owner 1, instrument 0, with an id from 1 up")
    own = commands.copy()
    own["id"] += OWN_IDS
    return own


def _stretches(block: TickBlock, sample_ns: int) -> Iterator[tuple[int, int]]:
    """Cut a block where the grid of times is passed."""
    cell = block.time_ns // sample_ns
    edges = np.flatnonzero(np.diff(cell)) + 1
    yield from zip([0, *edges.tolist()], [*edges.tolist(), len(cell)], strict=True)


class _Run:
    """The exchange, the history beside it, and own commands still to come."""

    def __init__(self, ticks: Ticks, own: Records) -> None:
        first = next(ticks.blocks(10_000))
        base = int(np.median(first.tick)) - WINDOW // 2
        self._exchange = Exchange(owners=2)
        self._exchange.list_instrument(base, window=WINDOW)
        opening = np.zeros(1, COMMAND)
        opening["kind"], opening["lots"], opening["time_ns"] = CommandKind.PHASE, Phase.CONTINUOUS, first.time_ns[0]
        self._exchange.run(opening)
        self._history = Book(base, window=WINDOW, slots=max(ticks.slots, 1))
        self._executed = np.zeros(max(ticks.slots, 1), np.int64)
        self._own, self._next = own, 0
        self._room = np.zeros(ROOM, COMMAND)
        self._sent = self._unmatched = 0
        self._reports: list[Records] = []
        self._divergence: list[Records] = []
        self._now = int(first.time_ns[0])

    def forward(self, block: TickBlock, start: int, stop: int) -> None:
        """Send the events of a stretch, and own commands of the same time behind them."""
        if self._exchange.books[0].row["orders"][0] and (block.kind[start:stop] == EventKind.CLEAR).any():
            raise BacktestError("the history is cleared in the middle: inject into each stretch between such moments")
        event = start
        while event < stop:
            event, code, count, self._sent = translate(
                self._history.row, self._executed, block, event, stop, self._sent, self._room
            )  # fmt: skip
            if code != Code.OK:
                self._history.grow(Code(code))
            self._send(self._room[:count], int(block.time_ns[event]) if event < stop else None)
        self._send(self._room[:0], int(block.time_ns[stop - 1]) + 1)

    def _send(self, market: Records, until_ns: int | None) -> None:
        """Send commands of the market, with own ones that are due before ``until_ns`` in between."""
        end = self._own["time_ns"].searchsorted(until_ns, "left") if until_ns is not None else self._next
        if until_ns is None and len(market):
            end = self._own["time_ns"].searchsorted(market["time_ns"][-1], "left")
        own = self._own[self._next : max(int(end), self._next)]
        self._next += len(own)
        merged = np.concatenate([market, own])
        if len(merged):
            merged = merged[np.argsort(merged["time_ns"], kind="stable")]
            self._read(self._exchange.run(merged))

    def _read(self, reports: Records) -> None:
        mine = reports[(reports["id"] >= OWN_IDS) & (reports["id"] < AGGRESSOR_IDS)].copy()
        mine["id"] -= OWN_IDS
        self._reports.append(mine)
        left = reports[(reports["id"] >= AGGRESSOR_IDS) & (reports["kind"] == ReportKind.CANCELED)]
        self._unmatched += int(left["lots"].sum())

    def sample(self, time_ns: int) -> float:
        """Write the two books down; return the distance of their middles in ticks, 0 where one is unknown."""
        self._now = time_ns
        row = np.zeros(1, DIVERGENCE)
        row["time_ns"] = time_ns
        for book, middle, prefix in ((self._history, "middle", ""), (self._exchange.books[0], "injected", "injected_")):
            bid, ask = book.best(0), book.best(1)
            row[middle] = 0.5 * (bid[0] + ask[0]) if bid and ask else np.nan
            row[f"{prefix}bid_lots"], row[f"{prefix}ask_lots"] = bid[1] if bid else 0, ask[1] if ask else 0
        self._divergence.append(row)
        distance = float(abs(row["injected"][0] - row["middle"][0]))
        return distance if np.isfinite(distance) else 0.0

    def result(self) -> Injected:
        """Return what happened."""
        reports = np.concatenate(self._reports) if self._reports else self._exchange.run(np.zeros(0, COMMAND)).copy()
        book, divergence = self._exchange.books[0], np.concatenate(self._divergence)
        return Injected(reports, divergence, self._unmatched, self._now, book, self._history)
