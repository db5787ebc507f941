"""A lane goes on under another mode: strategy and indicators as they are, without its orders, at its real position.

``begin`` ends what is open and sets position and cash. ``wake`` lets the strategy go on, which out of a history it does
with the first event of the feed that follows: between the two no time passes for it. ``align`` sends the order for the
difference between the position that it had and the real one, as soon as there is a book, through the risk check.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from lockstep.data.instrument import Instrument
from lockstep.data.recordings.terms import HeldTerms
from lockstep.kernels.account import new_account, new_holdings
from lockstep.kernels.book.events import EventFlag
from lockstep.kernels.book.frame import Book
from lockstep.kernels.order_terms import NEVER, Force, OrderType, Prevention
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.frame import Frame
from lockstep.kernels.ticks.hand_over import end_all
from lockstep.kernels.ticks.outside import send_order
from lockstep.strategies.event import ModeChange
from lockstep.strategies.orders import Order
from lockstep.strategies.over_ticks.frame import WINDOW
from lockstep.strategies.over_ticks.steps import Steps
from lockstep.strategies.over_ticks.told import Told

LIVE = "live"
HISTORY = "backtest"
"""The mode of a session that still lives through a history."""
LAST = int(EventFlag.LAST)


class Real(NamedTuple):
    """What is a lane's from here on."""

    position: int
    """Lots."""
    cash: float
    price: float
    """What its units are taken to have cost, 0 where it holds none."""


def real_of(content: Mapping[str, Any], lane: str) -> Real:
    """Return what a mode_change says of a lane."""
    return Real(**{name: content["lanes"][lane][name] for name in Real._fields})


def take_over(frame: Frame, held: HeldTerms | None, cash: float, instrument: Instrument) -> float:
    """Let a run that begins hold what another has left; return what all that it has is worth."""
    if held is None:
        return cash
    frame.run["position"] = frame.run["exchange_position"] = held.position
    _open_account(frame, Real(held.position, cash, held.price), instrument)
    return cash + held.position * instrument.lot * held.price * instrument.multiplier


class HandOver:
    """One lane's way into another mode. ``tell`` runs a hook of an event strategy, ``told``, and waits for it."""

    def __init__(
        self, frame: Frame, instrument: Instrument, content: Mapping[str, Any], lane: str,
        told: Told | None = None, tell: Callable[[Any], Any] | None = None,
    ) -> None:  # fmt: skip
        self._frame, self._instrument, self._told, self._tell = frame, instrument, told, tell
        self._content = content
        self._mode, self.sleeps = str(content["to"]), content["from"] == HISTORY
        self._real, self._aligns = real_of(content, lane), content["position"] == "align"
        self._size = Steps(instrument.lot)
        self._wake_ns = NEVER
        self._before = 0  # lots
        self.asleep = False
        """Does it wait for the first event of the feed?"""
        self.over = False
        """Is nothing left to be done?"""

    def values(self) -> dict[str, Any]:
        """Return where it stands, as plain values."""
        return {"content": self._content, "wake_ns": self._wake_ns, "before": self._before, "asleep": self.asleep}

    def resume(self, values: Mapping[str, Any]) -> None:
        """Go on where another stood whose ``values`` these are, instead of ``begin``."""
        self._wake_ns, self._before, self.asleep = values["wake_ns"], values["before"], values["asleep"]

    @property
    def worth(self) -> float:
        """Of what is really the lane's, in account currency."""
        held = self._real.position * self._instrument.lot
        return self._real.cash + held * self._real.price * self._instrument.multiplier

    def begin(self, time_ns: int) -> None:
        """End what is open, take the real position, and fall asleep where a history is left."""
        frame, real = self._frame, self._real
        while not end_all(frame.run, time_ns):
            frame.grow(Stop.RECORDS)
        run = frame.run
        self._before = int(run["position"][0])
        run["position"] = run["exchange_position"] = real.position
        run["remote"] = int(self._mode == LIVE)
        _open_account(frame, real, self._instrument)
        if self._told is not None:
            self._told.desk.hand_over(real.cash)
        if self.sleeps:
            row = frame.book.row
            frame.leave_market(Book(int(row["base"][0]), window=WINDOW, slots=int(row["slots"][0])))
            self._wake_ns = int(run["wake_ns"][0])
            run["wake_ns"] = NEVER
            self.asleep = True

    def wake(self, time_ns: int) -> None:
        """Let the strategy go on: a timer that is due rings at this moment, and so does who acts upon reports."""
        run = self._frame.run
        if self.sleeps and self._wake_ns != NEVER:
            run["wake_ns"] = max(self._wake_ns, time_ns)
        if run["act"][0] and run["wake_on_report"][0]:
            run["wake_ns"] = time_ns  # its orders have ended, and no report will say so
        run["now_ns"] = max(int(run["now_ns"][0]), time_ns)
        self.asleep, self.over = False, not self._aligns or self._before == self._real.position
        if self._told is not None and self._tell is not None:
            self._tell(self._told.tell_mode(self._change()))

    def _change(self) -> ModeChange:
        position, before = self._size.value(self._real.position), self._size.value(self._before)
        return ModeChange(self._instrument.symbol, self._mode, position, before)

    def give_up(self) -> None:
        """Leave it at that: the strategy goes on no more."""
        self.asleep, self.over = False, True

    def align(self, flags: int) -> None:
        """Send the order for the difference where an event has left a book with two sides."""
        book = self._frame.book
        if self.over or self.asleep or not flags & LAST or not (book.best(0) and book.best(1)):
            return
        self.over = True
        lots = self._before - self._real.position
        if self._told is not None:
            self._told.desk.request(Order(symbol=self._instrument.symbol, quantity=self._size.value(lots)))
            return
        side = int(lots < 0)
        while _send(self._frame, side, abs(lots)) < 0:
            self._frame.grow(Stop.ROWS)
            self._frame.grow(Stop.INTENTS)


def _send(frame: Frame, side: int, lots: int) -> int:
    row, _ = send_order(frame.run, side, OrderType.MARKET, 0, lots, Force.IOC, 0, 0, 0, Prevention.NEWEST, 0)
    return int(row)


def _open_account(frame: Frame, real: Real, instrument: Instrument) -> None:
    """Let the run's account begin with what is real. Modified in place: the run names these records."""
    frame.account[:] = new_account(real.cash)
    frame.holding[:] = new_holdings(frame.holding["lot"].copy())
    frame.run["turnover"] = frame.run["peak"] = 0.0
    if real.position == 0:
        return
    holding, price = frame.holding, real.price * instrument.multiplier
    holding["quantity"] = real.position * instrument.lot
    holding["average_cost"], holding["direction"] = price, 1 if real.position > 0 else -1
    holding["entered"] = abs(real.position) * instrument.lot
    holding["entry_value"] = abs(real.position) * instrument.lot * price
    holding["entry_time_ns"] = frame.run["now_ns"]
