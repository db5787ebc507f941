"""An exchange's memory: the records and the arrays they name, made, grown and read from Python."""

from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import Phase
from lockstep.kernels.book.frame import Book
from lockstep.kernels.matching.apply import look_ahead, run
from lockstep.kernels.matching.auction import Uncross
from lockstep.kernels.matching.codes import CommandKind, Shortage
from lockstep.kernels.matching.reading import QUEUED, read_queue
from lockstep.kernels.matching.tables import COMMAND, EXPIRY, MARK, MARKET, REPORT, TAKER, TERMS, VENUE
from lockstep.kernels.order_terms import NEVER, NO_TICK, NO_TICK_ABOVE, Prevention

Array = npt.NDArray[Any]
_BLANK = dict.fromkeys(COMMAND.names or (), 0)


class Exchange:
    """A venue without instruments.

    ``owners`` is how many may trade, numbers 0 to owners - 1; 0 is everybody else, whose position nobody counts.
    ``reports`` and ``expiries`` are rooms to begin with: they grow.
    """

    def __init__(self, *, owners: int = 2, reports: int = 1 << 12, expiries: int = 1 << 8) -> None:
        if owners < 1:
            raise ValueError(f"owners must be 1 or more, found {owners}: owner 0 is everybody without a number")
        self.venue = np.zeros(1, VENUE)
        self.markets: Array = np.zeros(0, MARKET)
        self.books: list[Book] = []
        self.stops: list[Book] = []
        self._terms: list[Array] = []
        self._stop_terms: list[Array] = []
        self.positions = np.zeros((owners, 0), np.int64)
        self._reports: Array = np.zeros(reports, REPORT)
        self._expiries: Array = np.zeros(expiries, EXPIRY)
        self._taker = np.zeros(1, TAKER)
        self._command = np.zeros(1, COMMAND)
        self.venue["day_end_ns"] = NEVER
        # Views that spare each call a microsecond.
        self._written, self._now = self.venue["reports"], self.venue["now_ns"]
        self._no_marks = np.zeros(0, MARK)
        self._name_arrays()

    def list_instrument(
        self, base: int, *, window: int = 1 << 10, slots: int = 1 << 10, far_room: int = 1 << 6,
        reference: int | None = None,
    ) -> int:  # fmt: skip
        """Add an instrument, closed and empty; return its number.

        ``window``, ``slots`` and ``far_room`` are those of Book, and grow. ``reference`` is the price that an auction
        goes by before the first trade.
        """
        row = np.zeros(1, MARKET)
        row["instrument"], row["phase"] = len(self.markets), Phase.CLOSED
        row["last"], row["low"], row["high"] = NO_TICK, NO_TICK_ABOVE, NO_TICK
        row["reference"] = NO_TICK if reference is None else reference
        if slots < 1:
            raise ValueError(f"slots must be 1 or more, found {slots}: they are the room for orders, and grow")
        entries = 1 << (2 * slots - 1).bit_length()
        book = Book(base, window=window, slots=slots, far_room=far_room, entries=entries)
        self.stops.append(Book(base, window=window, slots=64, far_room=far_room, entries=128))
        self.books.append(book)
        self.markets = np.concatenate([self.markets, row])
        self._terms.append(np.zeros(slots, TERMS))
        self._stop_terms.append(np.zeros(64, TERMS))
        self.positions = np.concatenate([self.positions, np.zeros((len(self.positions), 1), np.int64)], axis=1)
        self._name_arrays()
        return len(self.markets) - 1

    def admit(self, owners: int) -> None:
        """Let more owners trade: ``owners`` of them altogether."""
        more = max(owners - len(self.positions), 0)
        self.positions = np.concatenate([self.positions, np.zeros((more, len(self.markets)), np.int64)])
        self._name_arrays()

    def _name_arrays(self) -> None:
        for k in range(len(self.markets)):
            named = {"book": self.books[k].row, "stops": self.stops[k].row}
            named |= {"terms": self._terms[k], "stop_terms": self._stop_terms[k]}
            for name, array in named.items():
                self.markets[f"{name}_address"][k] = array.ctypes.data
        arrays = {"markets": self.markets, "positions": self.positions, "reports": self._reports}
        for name, array in (arrays | {"expiries": self._expiries, "taker": self._taker}).items():
            self.venue[f"{name}_address"] = array.ctypes.data
        self.venue["markets"], self.venue["owners"] = len(self.markets), len(self.positions)
        self.venue["report_room"], self.venue["expiry_room"] = len(self._reports), len(self._expiries)

    def run(self, commands: Array, marks: Array | None = None) -> Array:
        """Carry out COMMAND[n]; return their reports, REPORT[m], which stand until the next call.

        ``marks`` MARK[n], where given, receives the number of reports and the state hashes after each command.
        """
        if commands.dtype is not COMMAND and commands.dtype != COMMAND:
            raise TypeError(f"commands must be an array of COMMAND (see new_commands), found {commands.dtype}")
        if marks is not None and len(marks) != len(commands):
            raise ValueError(f"marks must be as many as commands, {len(commands)}, found {len(marks)}")
        self._written[0] = 0
        marked = self._no_marks if marks is None else marks
        commands = np.ascontiguousarray(commands)
        done, lacking = run(self.venue, commands, 0, marked)
        while lacking != Shortage.NONE:
            self._grow(Shortage(lacking))
            done, lacking = run(self.venue, commands, done, marked)
        return self._reports[: self._written[0]]

    def submit(self, kind: CommandKind = CommandKind.NEW, **fields: int) -> Array:
        """Carry out one command, given by fields of COMMAND, all others 0; its time is the latest unless given."""
        given = _BLANK | {"kind": kind, "time_ns": self._now[0]} | fields
        if len(given) != len(_BLANK):
            unknown = ", ".join(name for name in fields if name not in _BLANK)
            raise TypeError(f"a command has the fields {', '.join(_BLANK)}; found {unknown}")
        self._command[0] = tuple(given.values())
        return self.run(self._command)

    def _grow(self, lacking: Shortage) -> None:
        """Make twice the room for what a command lacks."""
        if lacking == Shortage.REPORTS:
            self._reports = _twice(self._reports)
        elif lacking == Shortage.EXPIRIES:
            self._expiries = _twice(self._expiries)
        else:
            waiting = lacking in (Shortage.STOPS, Shortage.TRIGGERS)
            terms, books = (self._stop_terms, self.stops) if waiting else (self._terms, self.books)
            k = int(self.venue["lacking"][0])
            orders = lacking in (Shortage.ORDERS, Shortage.STOPS)
            books[k].grow(Code.NO_ORDER_ROOM if orders else Code.NO_LEVEL_ROOM)
            terms[k] = _twice(terms[k]) if orders else terms[k]
        self._name_arrays()

    def indicative(self, instrument: int) -> Uncross:
        """Return price, lots and surplus of an uncross at this moment."""
        return Uncross(*look_ahead(self.venue, self._known(instrument)))

    def queue(self, instrument: int, side: int, *, waiting: bool = False) -> Array:
        """Return QUEUED[n]: resting orders of a side, or stops that wait, in the order in which they trade."""
        # Buys wait on the ask side, so that the next to be triggered is the best.
        book = (self.stops if waiting else self.books)[self._known(instrument)]
        found = np.zeros(int(book.row["orders"][0]), QUEUED)
        return found[: read_queue(book.row, 1 - side if waiting else side, found)]

    def _known(self, instrument: int) -> int:
        if not 0 <= instrument < len(self.books):
            raise ValueError(f"instrument must be one of {len(self.books)} that are listed, found {instrument}")
        return instrument


def _twice(array: Array) -> Array:
    larger = np.zeros(max(2 * len(array), 1), array.dtype)
    larger[: len(array)] = array
    return larger


def new_commands(count: int) -> Array:
    """Return COMMAND[count]: new good-till-canceled limit orders without prevention, to be filled in."""
    commands = np.zeros(count, COMMAND)
    commands["kind"], commands["prevention"] = CommandKind.NEW, Prevention.NONE
    return commands
