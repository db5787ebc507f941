"""Agents that trade against each other at a venue, in the order of time.

An agent hears of the market and of its orders late, and its requests arrive late, each by latencies of its own.
Nothing overtakes anything among one agent's requests, nor among its reports, nor in its feed. At one moment orders
from a background history come first, then requests in the order of their sending, then what agents hear in the order
of its happening, then alarms.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.ticks.execution import Latency
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import VenueError
from lockstep.kernels.matching.codes import CommandKind, ReportKind
from lockstep.kernels.matching.tables import REPORT
from lockstep.kernels.ticks.latency import LatencyModel
from lockstep.vector.ticks.purse import Purse, purse
from lockstep.vector.ticks.reports import Report
from lockstep.vector.ticks.resent import ROOM, Resent
from lockstep.vector.ticks.venue import Command, Level, Venue, passing

Records = npt.NDArray[Any]
_MARKET, _REQUEST, _HEARD, _ALARM = range(4)
_BACKGROUND_IDS = 1 << 60
MOST_AT_ONCE = 100_000
"""Things that may happen at one moment: agents without latency could go on for ever."""


class Quote(NamedTuple):
    """The best prices of an instrument, None for an empty side, and when they were so at the venue."""

    symbol: str
    bid: Level | None
    ask: Level | None
    time_ns: int


class Trade(NamedTuple):
    """A trade; ``side`` is who came in: buy or sell, '' in an auction."""

    symbol: str
    side: str
    price: float
    size: float
    time_ns: int


class Agent:
    """One who trades: override what matters to it. ``desk`` is how it sees the market and sends orders."""

    def on_start(self, desk: "Desk") -> None:
        """Act before anything happens."""

    def on_quote(self, desk: "Desk", quote: Quote) -> None:
        """Act when it hears that the best prices or their sizes have changed."""

    def on_trade(self, desk: "Desk", trade: Trade) -> None:
        """Act when it hears of a trade, its own ones included."""

    def on_report(self, desk: "Desk", report: Report) -> None:
        """Act when it hears of an order of its own."""

    def on_alarm(self, desk: "Desk") -> None:
        """Act at a moment that it asked for."""


class Desk:
    """What one agent knows, and its way to the venue."""

    def __init__(self, run: "_Run", name: str, agent: Agent, latency: Latency) -> None:
        self.name, self.agent = name, agent
        self.quotes: dict[str, Quote] = {}
        """The latest of each instrument that it has heard of."""
        self._run, self._latency = run, latency
        self._positions: dict[str, float] = {}
        self._chance = np.random.default_rng(latency.seed)
        self._there = self._reported = self._fed = 0

    @property
    def now_ns(self) -> int:
        """The time."""
        return self._run.now_ns

    def position(self, symbol: str) -> float:
        """Return units bought less units sold, as far as it has heard."""
        return self._positions.get(symbol, 0.0)

    def submit(self, symbol: str, side: str, size: float, price: float | None = None, **terms: Any) -> int:
        """Send an order (see Venue.submit for the terms); return its id."""
        command = self._run.venue.new(symbol, side, size, price, owner=self.name, **terms)
        self._send(command, self._latency.submit)
        if terms.get("expires"):
            self._run.put(max(terms["expires"], self._there), _REQUEST, None, passing())
        return command[2]

    def cancel(self, order: int) -> None:
        """Ask for an order's end."""
        late = self._latency
        command = self._run.venue.request(CommandKind.CANCEL, order, self.name)
        self._send(command, late.submit if late.cancel is None else late.cancel)

    def replace(self, order: int, size: float, price: float | None = None, **terms: Any) -> None:
        """Ask for another price or size (see Venue.replace)."""
        late = self._latency
        trigger, display = terms.get("trigger"), terms.get("display", 0.0)
        command = self._run.venue.request(CommandKind.REPLACE, order, self.name, size, price, trigger, display)
        self._send(command, late.submit if late.replace is None else late.replace)

    def alarm(self, time_ns: int) -> None:
        """Ask to act at a moment, not before now."""
        self._run.put(max(time_ns, self.now_ns), _ALARM, self, None)

    def _send(self, command: Command, delay: int) -> None:
        self._there = max(self._there, self.now_ns + delay + self._jitter())
        self._run.put(self._there, _REQUEST, self, command)

    def tell(self, what: Quote | Trade | Report) -> None:
        """Let something travel to the agent."""
        if isinstance(what, Report):
            arrives = self._reported = max(self._reported, self.now_ns + self._latency.report + self._jitter())
        else:
            arrives = self._fed = max(self._fed, self.now_ns + self._latency.feed + self._jitter())
        self._run.put(arrives, _HEARD, self, what)

    def hear(self, what: Quote | Trade | Report) -> None:
        """Take in what has arrived, and let the agent act."""
        if isinstance(what, Quote):
            self.quotes[what.symbol] = what
            self.agent.on_quote(self, what)
        elif isinstance(what, Trade):
            self.agent.on_trade(self, what)
        else:
            if what.kind == "fill":
                signed = what.size if what.side == "buy" else -what.size
                self._positions[what.symbol] = self.position(what.symbol) + signed
            self.agent.on_report(self, what)

    def _jitter(self) -> int:
        return round(self._chance.exponential(self._latency.jitter)) if self._latency.jitter else 0


@dataclass(frozen=True)
class Traded:
    """What agents did. ``reports`` are all REPORT[n] of the venue, in ticks and lots."""

    reports: Records
    quotes: list[Quote]
    trades: list[Trade]
    purses: dict[str, dict[str, Purse]]
    """by agent and symbol: position, cash and fees of its fills"""


def run_agents(
    venue: Venue, agents: Mapping[str, Agent], *, until_ns: int, latency: Mapping[str, Latency] | None = None,
    background: Ticks | None = None, maker_fee: float = 0.0, taker_fee: float = 0.0,
) -> Traded:  # fmt: skip
    """Let agents trade until a time (ns, included), from the venue's time on; what is under way then is dropped.

    ``latency`` is by name, none for those without. The orders of ``background``, an L3 history of one of the
    instruments, are sent too, by nobody; it does not answer to what agents do. Fees are shares of the traded value.
    Raises VenueError for agents without a name, recorded latencies, and a history of something else.
    """
    late = latency or {}
    strangers = [name for name in late if name not in agents]
    if "" in agents or strangers:
        raise VenueError(f"agents need names, and latencies an agent each: found {['', *strangers][-1]!r}")
    if any(each.model == LatencyModel.RECORDED for each in late.values()):
        raise VenueError("recorded latencies belong to a history's times: give agents constant ones, with jitter")
    run = _Run(venue)
    run.desks = {name: Desk(run, name, agent, late.get(name, Latency())) for name, agent in agents.items()}
    if background is not None:
        run.begin(background)
    for desk in run.desks.values():
        desk.agent.on_start(desk)
    run.until(until_ns)
    return run.traded(maker_fee, taker_fee)


class _Run:
    """The messages under way, by time."""

    def __init__(self, venue: Venue) -> None:
        self.venue, self.now_ns = venue, venue.now_ns
        self.desks: dict[str, Desk] = {}
        self._heap: list[tuple[int, int, int, Desk | None, Any]] = []
        self._number = count()
        self._background: Iterator[tuple[int, Command]] = iter(())
        self._reports: list[Records] = []
        self._shown: dict[str, Quote] = {}
        self._quotes: list[Quote] = []
        self._trades: list[Trade] = []

    def put(self, time_ns: int, kind: int, desk: Desk | None, what: Any) -> None:
        """Let something happen at a time."""
        heappush(self._heap, (time_ns, kind, next(self._number), desk, what))

    def begin(self, history: Ticks) -> None:
        """Send the orders of a history too."""
        if history.symbol not in self.venue.symbols:
            listed = ", ".join(self.venue.symbols)
            raise VenueError(
                f"the background must be of an instrument that the venue lists ({listed}), found {history.symbol}"
            )
        self._background = _commands(history, self.venue)
        self._next_of_background()

    def _next_of_background(self) -> None:
        found = next(self._background, None)
        if found is not None:
            self.put(max(found[0], self.now_ns), _MARKET, None, found[1])

    def until(self, end_ns: int) -> None:
        """Let everything happen up to a time."""
        heap, things = self._heap, 0
        while heap and heap[0][0] <= end_ns:
            things = 0 if heap[0][0] > self.now_ns else things + 1
            if things > MOST_AT_ONCE:
                raise VenueError(
                    f"agents go on answering each other at {self.now_ns} ns, {things:,} times so far: give them latency"
                )
            self.now_ns, kind, _, desk, what = heappop(heap)
            self._happen(kind, desk, what)

    def _happen(self, kind: int, desk: Desk | None, what: Any) -> None:
        if kind == _HEARD and desk is not None:
            desk.hear(what)
        elif kind == _ALARM and desk is not None:
            desk.agent.on_alarm(desk)
        else:
            self._carry_out(what)
            if kind == _MARKET:
                self._next_of_background()

    def _carry_out(self, command: Command) -> None:
        reports = self.venue.carry_out(command, self.now_ns)
        if not len(reports):
            return
        self._reports.append(reports.records)
        trades = []
        about = zip(*(reports.records[name].tolist() for name in ("kind", "owner")), strict=True)
        for k, (kind, owner) in enumerate(about):
            if owner > 0 or kind == ReportKind.FILL:
                trades += self._tell(reports[k])
        for trade in trades:
            self._publish(trade, self._trades)
        for number in set(reports.records["instrument"].tolist()):
            self._look_at(self.venue.symbols[number])

    def _tell(self, report: Report) -> list[Trade]:
        """Let an owner know; return the trade, where it is the first of its two fills."""
        if report.owner in self.desks:
            self.desks[report.owner].tell(report)
        first = report.role == "taker" or (report.role, report.side) == ("auction", "buy")
        return [_trade(report)] if report.kind == "fill" and first else []

    def _look_at(self, symbol: str) -> None:
        quote = Quote(symbol, self.venue.best(symbol, "buy"), self.venue.best(symbol, "sell"), self.now_ns)
        if quote[:3] != self._shown.get(symbol, (symbol, None, None))[:3]:
            self._shown[symbol] = quote
            self._publish(quote, self._quotes)

    def _publish(self, what: Any, written: list[Any]) -> None:
        written.append(what)
        for desk in self.desks.values():
            desk.tell(what)

    def traded(self, maker_fee: float, taker_fee: float) -> Traded:
        """Return what happened."""
        reports = np.concatenate([np.zeros(0, REPORT), *self._reports])
        purses: dict[str, dict[str, Purse]] = {}
        for name in self.desks:
            own = reports[reports["owner"] == self.venue.number_of(name)]
            purses[name] = {
                symbol: purse(own[own["instrument"] == k], instrument, maker_fee=maker_fee, taker_fee=taker_fee)
                for k, (symbol, instrument) in enumerate(self.venue.instruments.items())
            }
        return Traded(reports, self._quotes, self._trades, purses)


def _trade(fill: Report) -> Trade:
    side = fill.side if fill.role == "taker" else ""
    return Trade(fill.symbol, side, fill.price or 0.0, fill.size, fill.time_ns)


def _commands(history: Ticks, venue: Venue) -> Iterator[tuple[int, Command]]:
    """Yield the commands of a history, with the times at which they come."""
    resent, number = Resent(history), venue.symbols.index(history.symbol)

    def queue(side: int) -> Records:
        return venue.exchange.queue(number, side)

    for block in history.blocks(ROOM):
        for commands, _ in resent.commands(block, 0, len(block.time_ns), queue):
            shifted = commands.copy()
            shifted["instrument"] = number
            # Apart from ids of the venue's own; cancels of what rests already have such.
            shifted["id"] += np.where(commands["id"] < _BACKGROUND_IDS, _BACKGROUND_IDS, 0)
            for command in shifted.tolist():
                yield command[-2], command
