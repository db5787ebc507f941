"""A venue of one's own: an exchange without a history, told in prices, units and names.

The rules are those of docs/books.md. Orders come from anybody: by hand, from agents (agents.py), from a test.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from lockstep.data.instrument import Instrument
from lockstep.errors import VenueError
from lockstep.kernels.book.events import Phase
from lockstep.kernels.matching.codes import CommandKind, ReportKind
from lockstep.kernels.matching.frame import Exchange
from lockstep.kernels.matching.tables import COMMAND, REPORT
from lockstep.kernels.order_terms import NO_TICK, Force, OrderFlag, OrderType, Prevention, Reason
from lockstep.strategies.over_ticks.steps import Steps
from lockstep.vector.ticks.reports import Report, Reports

WINDOW = 1 << 12
MOST = 1 << 60
"""Ticks and lots of a price and a size at most; what the exchange takes is less, and refused there."""
SIDES = ("buy", "sell")
_SIDES = {name: k for k, name in enumerate(SIDES)}
_FORCES, _PREVENTIONS, _PHASES = ({e.name.lower(): int(e) for e in kind} for kind in (Force, Prevention, Phase))
_KINDS, _REASONS = ({int(e): e.name.lower() for e in kind} for kind in (ReportKind, Reason))
_PHASE_NAMES = {number: name for name, number in _PHASES.items()}
_ROLES = {1: "maker", 0: "taker", -1: "auction"}
_TYPES = {
    (True, False): int(OrderType.LIMIT), (False, False): int(OrderType.MARKET), (False, True): int(OrderType.STOP),
    (True, True): int(OrderType.STOP_LIMIT),
}  # fmt: skip
"""By whether there is a price and whether there is a trigger."""
_POST_ONLY, _REDUCE_ONLY = int(OrderFlag.POST_ONLY), int(OrderFlag.REDUCE_ONLY)
_TIME = (COMMAND.names or ()).index("time_ns")

Command = tuple[int, ...]
"""The fields of COMMAND in their order."""


class Level(NamedTuple):
    """A price of the book."""

    price: float
    size: float
    orders: int


class Venue:
    """An exchange for instruments, in continuous trading at first.

    ``reference`` gives prices that an auction goes by before the first trade. With ``units=False`` prices are ticks and
    sizes lots, given and told. Owners are names, known from their first order on; '' is everybody without one. Times
    are ns that never go back; a call without one happens at the latest. What is wrong with an order comes back as a
    report with a reason; what can't be written as an order at all raises VenueError.
    """

    def __init__(
        self, instruments: Instrument | Iterable[Instrument], *, phase: str = "continuous",
        reference: Mapping[str, float] | None = None, units: bool = True, time_ns: int = 0,
    ) -> None:  # fmt: skip
        listed = (instruments,) if isinstance(instruments, Instrument) else tuple(instruments)
        self.instruments = {instrument.symbol: instrument for instrument in listed}
        if not listed or len(self.instruments) < len(listed):
            raise VenueError(f"a venue has one or more instruments with symbols of their own, found {listed}")
        self.symbols = tuple(self.instruments)
        self.exchange = Exchange(owners=1)
        self._numbers = {symbol: k for k, symbol in enumerate(self.symbols)}
        self._ticks = [Steps(i.tick if units else 1.0) for i in listed]
        self._lots = [Steps(i.lot if units else 1.0) for i in listed]
        self._owners = {"": 0}
        self._names = [""]
        self._given = 0
        self._row = np.zeros(1, COMMAND)
        self._centred = [False] * len(listed)
        for symbol, k in self._numbers.items():
            price = (reference or {}).get(symbol)
            tick = None if price is None else self._tick(k, price)
            self.exchange.list_instrument((tick or 0) - WINDOW // 2, window=WINDOW, reference=tick)
            self._centred[k] = tick is not None
            self.phase(symbol, phase, time_ns=time_ns)

    @property
    def now_ns(self) -> int:
        """The latest time that it was told."""
        return int(self.exchange.venue["now_ns"][0])

    def submit(self, symbol: str, side: str, size: float, price: float | None = None, *, owner: str = "",
               time_ns: int | None = None, **terms: Any) -> Reports:  # fmt: skip
        """Send an order: with a ``price`` a limit order, without one a market order.

        Terms: ``trigger`` (a stop's price), ``force`` (gtc, day, gtd with ``expires`` in ns, ioc, fok), ``post_only``,
        ``reduce_only``, ``display`` (what an iceberg shows), ``prevention`` of trades with own orders (none, newest,
        oldest, both, decrement).
        """
        return self.carry_out(self.new(symbol, side, size, price, owner=owner, **terms), time_ns)

    def cancel(self, order: int, *, owner: str = "", time_ns: int | None = None) -> Reports:
        """Cancel an order of an owner."""
        return self.carry_out(self.request(CommandKind.CANCEL, order, owner), time_ns)

    def reduce(self, order: int, size: float, *, owner: str = "", time_ns: int | None = None) -> Reports:
        """Take so much off an order, which keeps its place."""
        return self.carry_out(self.request(CommandKind.REDUCE, order, owner, size), time_ns)

    def replace(
        self, order: int, size: float, price: float | None = None, *, trigger: float | None = None,
        display: float = 0.0, owner: str = "", time_ns: int | None = None,
    ) -> Reports:  # fmt: skip
        """Give an order this size (what has traded included), price, trigger and display."""
        request = self.request(CommandKind.REPLACE, order, owner, size, price, trigger, display)
        return self.carry_out(request, time_ns)

    def phase(self, symbol: str, phase: str, *, time_ns: int | None = None) -> Reports:
        """Go to a phase: closed, auction, continuous or halt."""
        number = _among(phase, _PHASES, "phase")
        fields = (int(CommandKind.PHASE), self._number(symbol), 0, 0, 0, 0, 0, 0, 0, 0, number, 0, 0, 0, 0)
        return self.carry_out(fields, time_ns)

    def time(self, time_ns: int, *, day_end_ns: int = 0) -> Reports:
        """Let time pass, and orders expire; ``day_end_ns`` above 0 is the end of the day from now on."""
        return self.carry_out(passing(day_end_ns), time_ns)

    def new(
        self, symbol: str, side: str, size: float, price: float | None = None, *, owner: str = "",
        trigger: float | None = None, force: str = "gtc", expires: int = 0, post_only: bool = False,
        reduce_only: bool = False, display: float = 0.0, prevention: str = "none",
    ) -> Command:  # fmt: skip
        """Write a new order down, with an id of its own and without a time, to be carried out later."""
        k = self._number(symbol)
        tick = 0 if price is None else self._tick(k, price)
        if price is not None and not self._centred[k]:
            self._centre(k, tick)
        self._given += 1
        return (
            int(CommandKind.NEW), k, k + 1 + len(self.symbols) * (self._given - 1), self.number_of(owner),
            _among(side, _SIDES, "side"), _TYPES[price is not None, trigger is not None],
            _among(force, _FORCES, "force"), _POST_ONLY * post_only + _REDUCE_ONLY * reduce_only,
            tick, 0 if trigger is None else self._tick(k, trigger), self._size(k, size),
            self._size(k, display) if display else 0, expires, 0, _among(prevention, _PREVENTIONS, "prevention"),
        )  # fmt: skip

    def request(
        self, kind: CommandKind, order: int, owner: str = "", size: float = 0.0, price: float | None = None,
        trigger: float | None = None, display: float = 0.0,
    ) -> Command:  # fmt: skip
        """Write a request about an order down, without a time, to be carried out later."""
        if kind == CommandKind.REPLACE and price is None and trigger is None:
            raise VenueError(f"order {order} is to be replaced without a price: give its price, or a stop's trigger")
        k = (order - 1) % len(self.symbols)
        tick, reached = (0 if value is None else self._tick(k, value) for value in (price, trigger))
        lots, shown = (self._size(k, value) if value else 0 for value in (size, display))
        return (int(kind), k, order, self.number_of(owner), 0, 0, 0, 0, tick, reached, lots, shown, 0, 0, 0)

    def carry_out(self, command: Command, time_ns: int | None = None) -> Reports:
        """Carry out what was written down."""
        self._row[0] = (*command[:_TIME], self.now_ns if time_ns is None else time_ns, *command[_TIME + 1 :])
        # The bytes at once: copying records field by field takes five times as long.
        return Reports(np.frombuffer(self.exchange.run(self._row).tobytes(), REPORT), self.told)

    def best(self, symbol: str, side: str) -> Level | None:
        """Return the best level of a side, None for an empty one."""
        found = self.depth(symbol, side, 1)
        return found[0] if found else None

    def depth(self, symbol: str, side: str, levels: int = 10) -> list[Level]:
        """Return the best levels of a side, the best first: displayed sizes."""
        k = self._number(symbol)
        rows = self.exchange.books[k].depth(_among(side, _SIDES, "side"), levels).tolist()
        ticks, lots = self._ticks[k].value, self._lots[k].value
        return [Level(ticks(tick), lots(size), orders) for tick, size, orders in rows]

    def position(self, owner: str, symbol: str) -> float:
        """Return what an owner has bought less what it has sold; 0 for one that has not traded."""
        k = self._number(symbol)
        number = self._owners.get(owner, 0)
        return self._lots[k].value(int(self.exchange.positions[number, k])) if number else 0.0

    def number_of(self, owner: str) -> int:
        """Return the number under which the exchange knows an owner, given now to one that is new."""
        number = self._owners.get(owner)
        if number is None:
            number = self._owners[owner] = len(self._names)
            self._names.append(owner)
            self.exchange.admit(len(self._names))
        return number

    def told(self, record: Any) -> Report:
        """Read one REPORT."""
        k, kind, phase = int(record["instrument"]), int(record["kind"]), int(record["remaining"])
        tick, lots = int(record["tick"]), self._lots[k].value
        told = kind == ReportKind.PHASE
        role = _ROLES[int(record["maker"])] if kind == ReportKind.FILL else _PHASE_NAMES[phase] if told else ""
        return Report(
            _KINDS[kind], _REASONS[int(record["reason"])], self.symbols[k], self._names[int(record["owner"])],
            SIDES[record["side"]] if record["side"] >= 0 else "", int(record["id"]), int(record["other"]),
            None if tick == NO_TICK else self._ticks[k].value(tick), lots(int(record["lots"])),
            0.0 if told else lots(phase), role, int(record["sequence"]), int(record["time_ns"]),
        )  # fmt: skip

    def _number(self, symbol: str) -> int:
        return _among(symbol, self._numbers, "symbol")

    def _centre(self, k: int, tick: int) -> None:
        """Move the window to where the first order is: it changes speed and nothing else."""
        for book in (self.exchange.books[k], self.exchange.stops[k]):
            book.grow(base=tick - WINDOW // 2)
        self._centred[k] = True

    def _tick(self, k: int, price: float) -> int:
        return self._counted(self._ticks[k], price, k, "price")

    def _size(self, k: int, size: float) -> int:
        return self._counted(self._lots[k], size, k, "size")

    def _counted(self, steps: Steps, value: float, k: int, what: str) -> int:
        found = steps.count(value) if math.isfinite(value) and abs(value) < steps.step * MOST else None
        if found is None:
            raise VenueError(
                f"{what} {value!r} of {self.symbols[k]} is no multiple of {steps.step}, or beyond all bounds: round it"
            )
        return found


def passing(day_end_ns: int = 0) -> Command:
    """Write down that time passes."""
    return (int(CommandKind.TIME), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, day_end_ns, 0, 0)


def _among(name: str, known: Mapping[str, int], what: str) -> int:
    try:
        return known[name]
    except KeyError:
        raise VenueError(f"{what} must be one of {', '.join(known)}, found {name!r}") from None
