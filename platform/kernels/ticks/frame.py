"""A tick run's memory: the record, the arrays it names, and the growing of what is full."""

from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.kernels.account import new_account, new_holdings
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventKind, TickBlock
from lockstep.kernels.book.frame import Book
from lockstep.kernels.book.tables import NOWHERE
from lockstep.kernels.layout import Packed
from lockstep.kernels.order_terms import NEVER, NO_TICK, NO_TICK_ABOVE
from lockstep.kernels.records import TRADE
from lockstep.kernels.ticks.advance import Stop, advance, catch_up, moved
from lockstep.kernels.ticks.ending import finish
from lockstep.kernels.ticks.guards import Guards
from lockstep.kernels.ticks.latency import FEED_DRAWS, delay_feed
from lockstep.kernels.ticks.tables import (
    COLUMNS,
    DECLINE,
    INTENT,
    MESSAGE,
    OWN,
    SAMPLE,
    TICK_FILL,
    TICK_FLOW,
    TICK_ORDER,
    TICK_RUN,
)
from lockstep.kernels.ticks.written import Held, unheard_fill

Array = npt.NDArray[Any]
_DECLINES = 256
"""Room for refusals to begin with."""
_STOPS = tuple(Stop)
"""By number: calling the enumeration costs 0.4 us, a fifth of a single event."""
ROOMS = {
    "own": (OWN, "own_room"), "resting": (np.dtype(np.int64), "own_room"), "requests": (MESSAGE, "request_room"),
    "reports": (MESSAGE, "report_room"), "fills": (TICK_FILL, "fill_room"), "trades": (TRADE, "fill_room"),
    "orders": (TICK_ORDER, "order_room"), "intents": (INTENT, "intent_room"), "samples": (SAMPLE, "sample_room"),
    "declines": (DECLINE, "decline_room"), "flows": (TICK_FLOW, "flow_room"),
}  # fmt: skip
"""Arrays that grow -> what they are of, and the field of a run that says how many there is room for."""
RECORDS = ("fills", "orders", "intents", "trades", "samples", "declines", "flows")
"""Of them, what a run writes and does not look at again."""
_LACKING = {
    Stop.ROWS: ("own_room", "request_room", "report_room", "decline_room", "intent_room"),
    Stop.RECORDS: ("fill_room", "order_room", "sample_room", "report_room", "flow_room"),
    Stop.INTENTS: ("intent_room", "decline_room"),
}
"""The rooms that grow, by why."""
# Memory that is not written to costs nothing; each growth copies what was written.
_START = {"own_room": 256, "request_room": 512, "report_room": 1024, "fill_room": 1 << 16, "order_room": 1 << 18,
          "sample_room": 1 << 16, "flow_room": 64}  # fmt: skip


class Frame:
    """The memory of one run over one instrument.

    ``book`` is the book at the exchange, ``seen`` the one that the strategy hears of later (None where it hears at
    once). ``state`` and ``params`` are the packed values of the strategy whose compiled code is at address ``act``;
    with address 0 ``advance`` comes back (Stop.ACT) wherever a strategy may act.
    ``settings`` are fields of TICK_RUN.
    """

    own: Array
    """OWN[own_room]"""
    reports: Array
    """MESSAGE[report_room]: behind those under way lies the one that has arrived at a Stop.REPORT."""

    def __init__(
        self, book: Book, seen: Book | None, act: int, state: Packed, params: Packed, cash: float, **settings: Any
    ) -> None:
        self.run = np.zeros(1, TICK_RUN)
        self.book, self.seen = book, seen
        self.state, self.params = state, params
        self.account, self.holding = new_account(cash), new_holdings(np.zeros(1))
        self.refusals = np.zeros(len(Code), np.int64)
        self.guards: Guards | None = None
        """What its orders are held against, as lane number ``lane``; None for nothing."""
        self.lane = 0
        self.day_ends: Array | None = None
        """int64[n] ns UTC, see ``close_days``."""
        self._kept: dict[str, Any] = {}
        self._held = Held()
        self._draws: dict[str, Array] = {}
        start = {
            "act": act, "wake_ns": NEVER, "free_own": -1, "refused_own": -1,
            "multiplier": 1.0, "tick_size": 1.0, "lot_size": 1.0,
            "seen_apart": seen is not None, "next_expiry_ns": NEVER, "settle_ns": NEVER, "known_ns": -NEVER,
            "last_ns": -NEVER, "heard_by_ns": -NEVER, "last_middle": np.nan,
            "best_own_bid": NOWHERE, "best_own_ask": NOWHERE,
            "worst_own_bid": -NOWHERE, "worst_own_ask": -NOWHERE,
            "last_trade": NO_TICK, "buy_trigger": NO_TICK_ABOVE, "sell_trigger": NO_TICK, **_START,
        }  # fmt: skip
        for name, value in {**start, **settings}.items():
            self.run[name] = value
        for name, (dtype, room) in ROOMS.items():
            setattr(self, name, np.zeros(int(self.run[room][0]), dtype))
        self.run["self_address"] = self.run.ctypes.data
        self.name_arrays()

    def name_arrays(self) -> None:
        """Say where all arrays lie, once one of them lies elsewhere."""
        arrays = {name: getattr(self, name) for name in ROOMS}
        arrays |= {"book": self.book.row, "seen": (self.seen or self.book).row, "account": self.account}
        arrays |= {"holding": self.holding, "refusals": self.refusals}
        arrays |= {"floats": self.state.floats, "integers": self.state.integers, "arena": self.state.arena}
        arrays |= {"offsets": self.state.offsets, "param_floats": self.params.floats}
        arrays |= {"param_integers": self.params.integers}
        for name, array in arrays.items():
            # Kernels count records from the run's first one: those that are no longer held would lie before the array.
            self.run[f"{name}_address"] = array.ctypes.data - self._held.first.get(name, 0) * array.itemsize
        sizes = {"float_count": self.state.floats, "integer_count": self.state.integers}
        sizes |= {"arena_size": self.state.arena, "window_count": self.state.offsets}
        sizes |= {"param_float_count": self.params.floats, "param_integer_count": self.params.integers}
        for name, array in sizes.items():
            self.run[name] = len(array)

    def give(self, block: TickBlock, *, seen: bool = False) -> None:
        """Hand the next block to the exchange, or to the strategy's ear."""
        prefix = "seen_" if seen else ""
        columns = {name: np.ascontiguousarray(getattr(block, name), dtype) for name, dtype in COLUMNS.items()}
        if seen:
            # Clocks that are not aligned must not let the strategy hear of an event before it happens.
            columns["received_ns"] = self._received(block, prefix)
        self._note_passed(prefix)
        self._kept[prefix] = columns
        for name, column in columns.items():
            self.run[f"{prefix}{name}_column"] = column.ctypes.data
        self.run[f"{prefix}next"] = 0
        self.run[f"{prefix}count"] = len(block.time_ns)
        if len(block.time_ns) and not seen:
            self._expect(block)

    def _received(self, block: TickBlock, ear: str) -> Array:
        """Return when events are received, with the chance of the feed; each ear hears a history from its start on."""
        received: Array = np.maximum(block.received_ns, block.time_ns)
        mean = int(self.run["feed_jitter_ns"][0])
        if mean > 0:
            draws = self._draws.setdefault(ear, np.zeros(1, FEED_DRAWS))
            delay_feed(received, draws, int(self.run["seed"][0]), mean)
        return received

    def _note_passed(self, prefix: str) -> None:
        """Keep when the last event of the block was heard that is about to go: marks have that time."""
        before, following = self._kept.get(prefix), int(self.run[f"{prefix}next"][0])
        if before is not None and following and (prefix != "") == (self.seen is not None):
            self.run["passed_ns"] = before["received_ns" if prefix else "time_ns"][following - 1]

    def _expect(self, block: TickBlock) -> None:
        """Note when the last event of a block happens, and by when the strategy has heard of all of it."""
        run = self.run[0]
        run["last_ns"] = heard = int(block.time_ns[-1])
        if self.seen is not None:
            heard = max(heard, int(self._received(block, "expected").max())) + int(run["feed_ns"])
        run["heard_by_ns"] = max(int(run["heard_by_ns"]), heard)

    def listen(self) -> None:
        """Make ready for events that come one at a time, see inbound.py: the block under way is the frame's own."""
        self.give(TickBlock(*(np.zeros(1, COLUMNS[name]) for name in TickBlock._fields)))
        self.run["next"] = self.run["count"] = 0
        self.run["last_ns"] = self.run["heard_by_ns"] = -NEVER

    def under_way(self) -> dict[str, Array]:
        """Return the columns of the block under way at the exchange."""
        return dict(self._kept.get("", {}))

    def leave_out(self) -> None:
        """Go on behind the event of the block at which ``advance`` has stopped (Stop.EVENT), as if it had not come."""
        columns, k = self._kept[""], int(self.run["next"][0])
        columns["kind"][k] = EventKind.NONE
        columns["time_ns"][k] = columns["time_ns"][k - 1] if k else self.run["passed_ns"][0]
        self.run["next"] += 1

    def let_go(self) -> None:
        """Leave the block under way, of which nothing more is to come."""
        self._note_passed("")
        self.run["next"] = self.run["count"] = 0

    def advance(self, most: int = NEVER) -> tuple[Stop, int]:
        """Do the next ``most`` things, growing what is full; return (Stop, things done)."""
        total = 0
        while True:
            stop, done = _advanced(self.run, most - total)
            total += done
            if stop not in (Stop.BOOK, Stop.SEEN_BOOK, Stop.RECORDS, Stop.ROWS, Stop.INTENTS):
                return _STOPS[stop], total
            self.grow(_STOPS[stop])

    def hear(self) -> Stop:
        """Let a strategy that acts by its timer hear what has reached it; Stop.SEEN where it wants its next block."""
        while (stop := catch_up(self.run)) == Stop.SEEN_BOOK:
            self.grow(Stop.SEEN_BOOK)
        return _STOPS[stop]

    def finish(self) -> None:
        """Write down the orders that are still open, and the account as it stands. Once, at the end."""
        while not finish(self.run):
            self.grow(Stop.RECORDS)

    def grow(self, stop: Stop) -> None:
        """Make room for what ``stop`` says is lacking: BOOK, SEEN_BOOK, RECORDS, ROWS or INTENTS."""
        if stop == Stop.BOOK:
            self.book.grow(Code(int(self.run["refused"][0])))
            moved(self.run)
        elif stop == Stop.SEEN_BOOK and self.seen is not None:
            self.seen.grow(Code(int(self.run["refused"][0])))
        elif not self._reclaim(_LACKING[stop]):
            self._double(_LACKING[stop])
        self.name_arrays()

    def _double(self, rooms: tuple[str, ...]) -> None:
        for name, (dtype, room) in ROOMS.items():
            if room in rooms:
                array: Array = getattr(self, name)
                larger = np.zeros(2 * len(array), dtype)
                # Reading what was never written would make it take memory.
                kept = self.written(name) if name in RECORDS else array
                larger[: len(kept)] = kept
                setattr(self, name, larger)
                self._say_room(name)

    def _reclaim(self, rooms: tuple[str, ...]) -> bool:
        """Give the room of released records to new ones, where that is at least half; return whether any was given."""
        ends = self._held.released
        if not ends:
            return False
        heard = min(ends["fills"], unheard_fill(self.run[0], self.reports))
        ends = {**ends, "fills": heard, "samples": self.count("samples")}
        given = [
            name for name, end in ends.items()
            if ROOMS[name][1] in rooms and 2 * (end - self._held.first.get(name, 0)) >= len(getattr(self, name)) > 0
        ]  # fmt: skip
        for name in given:
            self._forget(name, ends[name])
        if "fills" in given:
            # With every fill that goes: held ones are then no more than held fills, as their room is.
            self._forget("trades", self.count("trades"))
        return bool(given)

    def _forget(self, name: str, end: int) -> None:
        kept = self.written(name, end).copy()
        getattr(self, name)[: len(kept)] = kept
        self._held.first[name] = end
        self._say_room(name)

    def _say_room(self, name: str) -> None:
        if name != "trades":
            self.run[ROOMS[name][1]] = self._held.first.get(name, 0) + len(getattr(self, name))

    def hold(self, name: str, kept: Array, room: int) -> None:
        """Go on behind the records of which ``kept`` are the latest, with room for ``room``; name arrays after."""
        array = np.zeros(room, ROOMS[name][0])
        array[: len(kept)] = kept
        setattr(self, name, array)
        self._held.first[name] = self.count(name) - len(kept)
        self._say_room(name)

    def release(self, *, intents: int, declines: int, fills: int, orders: int) -> None:
        """Let records go when there is need for room: so many of each kind, from the first on, all trades and samples.

        So a run that goes on for days does not grow. Fills whose reports are under way are held.
        """
        self._held.released = {"intents": intents, "declines": declines, "fills": fills, "orders": orders}

    def follow(self, tables: dict[str, Array | None]) -> None:
        """Take delays from LATENCY[n] that were recorded, by 'entry', 'cancel', 'replace' and 'report'; None: no."""
        self._latencies = tables
        for name, table in tables.items():
            if table is not None:
                self.run[f"{name}_table_address"], self.run[f"{name}_points"] = table.ctypes.data, len(table)

    def close_days(self, ends: Array) -> None:
        """Say when days end, int64[n] ns UTC ascending: DAY orders end at the next one after their arrival."""
        self.day_ends = np.ascontiguousarray(ends, np.int64)
        if self.guards is not None:
            self.guards.rows["next_day_ns"][self.lane] = 0  # to be found anew
        self.run["day_ends_address"], self.run["day_count"] = self.day_ends.ctypes.data, len(ends)

    def charge_shorts(self, rate: float) -> None:
        """Charge what is short when a day ends (``close_days``) a 365th of ``rate``, the share of its value a year."""
        self.run["borrow_rate"] = rate
        if rate > 0.0 and self.day_ends is not None and len(self.day_ends):
            self.run["settle_ns"] = self.day_ends[0]

    def watch(self, guards: Guards, lane: int) -> None:
        """Hold every order against the limits of ``guards``, as its lane number ``lane``."""
        self.guards, self.lane = guards, lane
        if not int(self.run["decline_room"][0]):
            self.declines = np.zeros(_DECLINES, DECLINE)
            self.run["decline_room"] = _DECLINES
        self.run["guard"], self.run["guard_address"] = guards.address, guards.begin(lane, self.run.ctypes.data)
        self.name_arrays()

    def part(self) -> None:
        """Give the strategy a book of its own, as the exchange's stands: from here on it hears late.

        At the end of a block, before the next is given.
        """
        self._note_passed("")
        self.seen = self.book.copy()
        run, lead = self.run[0], int(self.run["lead_ns"][0])
        run["seen_apart"], run["seen_next"], run["seen_count"] = 1, 0, 0
        # What was to happen here by the engine's clock is due by the strategy's own from now on.
        self.reports["time_ns"][: run["report_count"]] += lead
        self.own["report_ns"][: run["own_used"]] += lead
        run["wake_ns"] += lead if run["wake_ns"] != NEVER else 0
        run["fresh_ns"] = run["now_ns"] + lead
        run["busy_from_ns"] += lead
        run["value_due_ns"] += lead
        run["lead_ns"] = 0
        self.name_arrays()

    def leave_market(self, book: Book) -> None:
        """Go on beside another market, whose book is empty yet: no own trade weighs on it. What was heard stays heard.

        Only while no own order is open.
        """
        self.book, self.seen = book, None if self.seen is None else book.copy()
        self.run["last_trade"], self.run["level"], self.run["fresh"] = NO_TICK, 0, 0
        self.run["pressure"], self.run["pressure_ns"] = 0.0, 0
        self.name_arrays()

    def copy(self) -> "Frame":
        """Return a run of its own that stands where this one does and goes on alike; blocks and settings are shared.

        Of an account that it shares with other lanes it has a copy to itself.
        """
        other = Frame.__new__(Frame)
        vars(other).update(vars(self))
        for name in ("run", "account", "holding", "refusals", *ROOMS):
            setattr(other, name, getattr(self, name).copy())
        other.book = self.book.copy()
        other.seen = None if self.seen is None else self.seen.copy()
        floats, integers, arena, offsets = self.state
        other.state = Packed(floats.copy(), integers.copy(), arena.copy(), offsets)
        other._kept = dict(self._kept)
        other._held = self._held.copy()
        other._draws = {ear: draws.copy() for ear, draws in self._draws.items()}
        other.run["self_address"] = other.run.ctypes.data
        other.name_arrays()
        if self.guards is not None:
            other.watch(self.guards.copy(), self.lane)
        return other

    def written(self, name: str, first: int = 0, end: int | None = None) -> Array:
        """Return records: 'fills', 'orders', 'intents', 'declines', 'trades', 'samples' or 'flows'.

        All that were written, or those from number ``first`` (from 0) on and before ``end``; of released ones those
        that are still held.
        """
        array: Array = getattr(self, name)
        before = self._held.first.get(name, 0)
        return array[max(first - before, 0) : (self.count(name) if end is None else end) - before]

    def count(self, name: str) -> int:
        """Return how many records of a kind were written so far."""
        return int(self.run[f"{name[:-1]}_count"][0])


def _advanced(run: Array, most: int) -> tuple[int, int]:
    """Call ``advance``; Ctrl-C comes out of it as what it is, not as the error that numba makes of it."""
    try:
        stop, done = advance(run, most)
    except SystemError as error:
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        raise
    return stop, done
