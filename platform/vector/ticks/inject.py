"""Own orders inside a history: its orders are sent to an exchange again, together with ours, and two worlds part.

Beside a history (``backtest``) own orders change nothing, which is right for small ones. Injected, they take what
others then don't get, and stand where others then queue behind. What history does next was decided in a world without
them: the more they trade, the less it means. So the distance between the two books is measured, and can be bounded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.rules import show_time
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import BacktestError
from lockstep.kernels.book.events import Phase, TickBlock
from lockstep.kernels.book.frame import Book
from lockstep.kernels.matching.codes import CommandKind, ReportKind
from lockstep.kernels.matching.frame import Exchange
from lockstep.kernels.matching.tables import COMMAND, REPORT
from lockstep.kernels.matching.translate import AGGRESSOR_IDS
from lockstep.vector.ticks.purse import Purse, purse
from lockstep.vector.ticks.resent import ROOM, WINDOW, Resent

Records = npt.NDArray[Any]
OWN_IDS = 1 << 60

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
    unsent: int
    """own commands that a run which was ended early did not come to"""
    ended_ns: int
    """when the run ended: the end of the history, or where the books were further apart than allowed"""
    account: Purse
    """position, cash and fees of own fills"""
    book: Book
    history: Book

    @property
    def distance(self) -> npt.NDArray[np.float64]:
        """float64[n] ticks between the two middles."""
        distance: npt.NDArray[np.float64] = np.abs(self.divergence["injected"] - self.divergence["middle"])
        return distance


def inject(
    ticks: Ticks, commands: Records, *, sample_ns: int = 1_000_000_000, bound: float | None = None,
    cash: float = 0.0, maker_fee: float = 0.0, taker_fee: float = 0.0,
) -> Injected:  # fmt: skip
    """Run COMMAND[n] (own orders, ascending by time, owner 1, ids from 1 up) inside a history of orders (L3).

    At one moment the history comes first. ``bound`` ends the run once the middles are further apart than so many
    ticks. Fees are shares of the traded value. Raises BacktestError for histories without orders, commands that can't
    be told from history's, and commands before the history or after it.
    """
    own = _checked(ticks, commands)
    run = _Run(ticks, own)
    furthest = np.inf if bound is None else bound
    for block, start, stop in _stretches(ticks, sample_ns):
        # Only an event of another cell tells that a cell of the grid is over: blocks end anywhere.
        if int(block.time_ns[start]) // sample_ns != run.now_ns // sample_ns and run.close() > furthest:
            break
        run.forward(block, start, stop)
    else:
        run.close()
    return run.result(purse(run.own_reports(), ticks.instrument, cash=cash, maker_fee=maker_fee, taker_fee=taker_fee))


def _checked(ticks: Ticks, commands: Records) -> Records:
    if commands.dtype != COMMAND:
        raise BacktestError(f"commands must be an array of COMMAND (see new_commands), found {commands.dtype}")
    times = commands["time_ns"]
    if np.diff(times).min(initial=0) < 0:
        raise BacktestError("commands must ascend by time: sort them")
    known = (commands["id"] >= 1) & (commands["id"] < OWN_IDS)
    wrong = np.flatnonzero(~known | (commands["owner"] != 1) | (commands["instrument"] != 0))
    if len(wrong):
        raise BacktestError(f"command {wrong[0]} must be of owner 1, instrument 0, with an id from 1 up")
    start, end = ticks.span
    outside = np.flatnonzero((times < start) | (times > end))
    if len(outside):
        raise BacktestError(
            f"command {outside[0]} is of {show_time(int(times[outside[0]]))}, but the history of {ticks.symbol} reaches"
            f" from {show_time(start)} to {show_time(end)}: nobody else would trade then; send it within, or take a"
            " longer history"
        )
    own = commands.copy()
    own["id"] += OWN_IDS
    return own


def _stretches(ticks: Ticks, sample_ns: int) -> Iterator[tuple[TickBlock, int, int]]:
    """Yield blocks with where to start and stop in them: they are cut where the grid of times is passed."""
    for block in ticks.blocks(ROOM):
        edges = np.flatnonzero(np.diff(block.time_ns // sample_ns)) + 1
        for start, stop in pairwise([0, *edges.tolist(), len(block.time_ns)]):
            yield block, start, stop


class _Run:
    """The exchange, the history beside it, and own commands still to come."""

    def __init__(self, ticks: Ticks, own: Records) -> None:
        self._history = Resent(ticks)
        self._exchange = Exchange(owners=2)
        self._exchange.list_instrument(self._history.base, window=WINDOW)
        self.now_ns = ticks.span[0]
        self._exchange.submit(CommandKind.PHASE, lots=Phase.CONTINUOUS, time_ns=self.now_ns)
        self._own, self._next = own, 0
        self._unmatched = 0
        self._reports: list[Records] = []
        self._divergence: list[Records] = []

    def forward(self, block: TickBlock, start: int, stop: int) -> None:
        """Send the events of a stretch, and own commands of times before its last."""
        for market, until_ns in self._history.commands(block, start, stop, self._queue):
            self._send(market, until_ns)
        self.now_ns = int(block.time_ns[stop - 1])

    def close(self) -> float:
        """Send own commands up to now and write the two books down; return how far apart they are."""
        self._send(np.zeros(0, COMMAND), self.now_ns + 1)
        return self._sample()

    def _queue(self, side: int) -> Records:
        return self._exchange.queue(0, side)

    def _send(self, market: Records, until_ns: int) -> None:
        """Send commands of the market, with own ones that are due before ``until_ns`` in between."""
        own = self._own[self._next : int(self._own["time_ns"].searchsorted(until_ns))]
        self._next += len(own)
        merged = np.concatenate([market, own]) if len(own) else market
        if len(own):
            merged = merged[np.argsort(merged["time_ns"], kind="stable")]
        if len(merged):
            self._read(self._exchange.run(merged))

    def _read(self, reports: Records) -> None:
        mine = reports[(reports["id"] >= OWN_IDS) & (reports["id"] < AGGRESSOR_IDS)].copy()
        mine["id"] -= OWN_IDS
        self._reports.append(mine)
        # In a halt they are refused instead: history traded, and nothing can be met then.
        ended = (reports["kind"] == ReportKind.CANCELED) | (reports["kind"] == ReportKind.REJECTED)
        left = reports[(reports["id"] >= AGGRESSOR_IDS) & ended]
        self._unmatched += int(left["lots"].sum())

    def _sample(self) -> float:
        """Write the two books down; return the distance of their middles in ticks, 0 where one is unknown."""
        row = np.zeros(1, DIVERGENCE)
        row["time_ns"] = self.now_ns
        for book, middle, prefix in (
            (self._history.book, "middle", ""), (self._exchange.books[0], "injected", "injected_")
        ):  # fmt: skip
            bid, ask = book.best(0), book.best(1)
            row[middle] = 0.5 * (bid[0] + ask[0]) if bid and ask else np.nan
            row[f"{prefix}bid_lots"], row[f"{prefix}ask_lots"] = bid[1] if bid else 0, ask[1] if ask else 0
        self._divergence.append(row)
        distance = float(abs(row["injected"][0] - row["middle"][0]))
        return distance if np.isfinite(distance) else 0.0

    def own_reports(self) -> Records:
        """Return REPORT[n] of own orders so far."""
        return np.concatenate([np.zeros(0, REPORT), *self._reports])

    def result(self, account: Purse) -> Injected:
        """Return what happened."""
        return Injected(
            self.own_reports(), np.concatenate(self._divergence), self._unmatched, len(self._own) - self._next,
            self.now_ns, account, self._exchange.books[0], self._history.book,
        )  # fmt: skip
