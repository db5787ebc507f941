"""What an event strategy trades through over ticks: requests out, reports in. It knows what has been heard, no more."""

from collections import defaultdict, deque
from typing import Any, Literal

import numpy as np

from lockstep._turnstile import Turnstile
from lockstep.data.instrument import Instrument
from lockstep.errors import OrderError
from lockstep.kernels.book.tables import ASK
from lockstep.kernels.order_terms import NO_TICK, OrderType, Reason
from lockstep.kernels.ticks.advance import Stop
from lockstep.kernels.ticks.frame import Frame
from lockstep.kernels.ticks.outside import Asked, ask_cancel, ask_replace, heard_middle, send_order
from lockstep.kernels.ticks.tables import FILL_REPORT, TRIGGERED_REPORT, OrderState
from lockstep.strategies.event import Fill
from lockstep.strategies.orders import Cancel, Order, Replace, Request, use_tags_after
from lockstep.strategies.over_ticks.trails import kind_of
from lockstep.strategies.over_ticks.units import Units, Wire

_STILL_OPEN = (OrderState.RESTING, OrderState.WAITING, OrderState.FILLED, TRIGGERED_REPORT)
"""Answers that end nothing: an order that is filled has been ended by its last fill."""

_OF_FILL = ("time_ns", "tick", "lots", "fee", "side")


class Sent:
    """An order that is open as far as the strategy knows."""

    __slots__ = ("filled", "id", "lots", "row", "side", "tag", "tick", "trail", "trigger", "type", "wish")

    def __init__(self, tag: int, row: int, order_id: int, wire: Wire) -> None:
        self.tag, self.row, self.id, self.side, self.type = tag, row, order_id, wire.side, wire.order_type
        self.tick, self.lots, self.filled = wire.tick, wire.lots, 0
        """As asked for last; lots filled so far."""
        self.trigger = NO_TICK
        """Of a stop, still to be asked for; of a trailing one its distance. NO_TICK: as it is."""
        self.trail = kind_of(wire.trigger)
        """Of a trailing stop: by what it trails."""
        self.wish: Literal["cancel", "replace"] | None = None
        """What is to be asked once the answer to an earlier request has come."""

    def values(self) -> list[Any]:
        """Return it as plain values."""
        return [getattr(self, name) for name in self.__slots__]

    @classmethod
    def of_values(cls, values: list[Any]) -> "Sent":
        """Return what ``values`` came from."""
        sent = cls.__new__(cls)
        for name, value in zip(cls.__slots__, values, strict=True):
            setattr(sent, name, value)
        return sent


class TickDesk:
    """The desk of a tick run; requests about one order go one at a time, a later one when the earlier is answered."""

    def __init__(self, frame: Frame, instrument: Instrument, cash: float, turnstile: Turnstile) -> None:
        self._turnstile = turnstile
        self.symbols = (instrument.symbol,)
        self.cash = cash
        """In account currency, after the fills that were heard of."""
        self._units, self._frame = Units(instrument), frame
        self._by_tag: dict[int, Sent] = {}
        self._by_id: dict[int, Sent] = {}
        self._ended: set[int] = set()
        self._unheard: dict[int, deque[tuple[Any, ...]]] = defaultdict(deque)
        self._fills_read = self._flows_read = 0
        self._middle = 0.0

    @property
    def now_ns(self) -> int:
        """The time, ns UTC."""
        return int(self._frame.run["now_ns"][0] + self._frame.run["lead_ns"][0])

    @property
    def open_tags(self) -> tuple[int, ...]:
        """Tags of the orders that are on their way or rest, the oldest first."""
        return tuple(self._by_tag)

    @property
    def equity(self) -> float:
        """Cash, and the position at the middle of the book as it was heard; an empty book keeps the latest."""
        with self._turnstile:
            middle = float(heard_middle(self._frame.run))
        if not np.isnan(middle):
            self._middle = middle
        return self.cash + self._held() * self._middle * self._units.price.step * self._units.multiplier

    def position(self, symbol: str) -> float:
        """Return signed units held, after the fills that were heard of."""
        self._units.check_symbol(symbol)
        return self._held()

    def _held(self) -> float:
        return self._units.size.value(int(self._frame.run["position"][0]))

    def request(self, request: Request) -> None:
        """Send an order, cancel or replacement now; raises ``OrderError`` for what ticks can't serve."""
        with self._turnstile:
            self._serve(request)

    def _serve(self, request: Request) -> None:
        if isinstance(request, Order):
            self._submit(request)
            return
        sent = self._open(request)
        if isinstance(request, Cancel):
            if sent is not None:
                sent.wish = "cancel"
                self._ask(sent)
        elif sent is not None:
            self._replace(sent, request)

    def _submit(self, order: Order) -> None:
        wire = self._units.wire(order)
        if order.tag in self._by_tag:
            raise OrderError(f"order {order.tag} is open already: make a new Order, each has a tag of its own")
        row, order_id = send_order(self._frame.run, *wire)
        if row < 0:
            self._frame.grow(Stop.ROWS)
            row, order_id = send_order(self._frame.run, *wire)
        if self._frame.own["local_state"][row] == OrderState.REJECTED:  # by the risk check: it never left
            self._ended.add(order.tag)
            return
        self._by_tag[order.tag] = self._by_id[order_id] = Sent(order.tag, row, order_id, wire)

    def _open(self, request: Cancel | Replace) -> Sent | None:
        """Return the order that a request is about, None for one that has ended: an answer may cross a request."""
        self._units.check_symbol(request.symbol)
        sent = self._by_tag.get(request.tag)
        if sent is None and request.tag not in self._ended:
            raise OrderError(
                f"no order with the tag {request.tag} was sent: give the tag that submit_order returned, open are"
                f" {', '.join(map(str, self._by_tag)) or 'none'}"
            )
        return sent

    def _replace(self, sent: Sent, change: Replace) -> None:
        if sent.type == OrderType.MARKET:
            raise OrderError(f"order {sent.tag} is a market order, which never rests: send another order instead")
        trigger = self._units.new_trigger(change, sent.type, sent.trail)
        sent.tick, sent.lots = self._units.changed(change, sent.side, sent.tick, sent.lots)
        if trigger != NO_TICK:
            sent.trigger = trigger
        if sent.wish != "cancel":
            sent.wish = "replace"
            self._ask(sent)

    def _ask(self, sent: Sent) -> None:
        """Send what is wished of an order, or leave it for later where an answer is awaited."""
        asked = self._asked(sent)
        if asked == Asked.NO_ROOM:
            self._frame.grow(Stop.ROWS)
            asked = self._asked(sent)
        if asked == Asked.REFUSED:
            own = self._frame.own[sent.row]
            sent.tick, sent.lots = int(own["local_tick"]), int(own["local_remaining"]) + sent.filled
        if asked != Asked.UNDER_WAY:
            sent.wish, sent.trigger = None, NO_TICK

    def _asked(self, sent: Sent) -> int:
        run = self._frame.run
        if sent.wish == "cancel":
            return ask_cancel(run, sent.row, sent.id)
        return ask_replace(run, sent.row, sent.id, sent.trigger, sent.tick, sent.lots)

    def hear_report(self) -> Fill | None:
        """Take in the report that has just arrived; return the fill that it tells of."""
        report = self._frame.reports[int(self._frame.run["report_count"][0])]
        sent, filled = self._by_id.get(int(report["id"])), report["kind"] == FILL_REPORT
        if sent is None:
            if filled:  # of an order that the operator sent: the money is the strategy's all the same
                self._paid(int(report["id"]))
            return None
        if report["remaining"] == 0 if filled else report["kind"] not in _STILL_OPEN:
            del self._by_tag[sent.tag], self._by_id[sent.id]
            self._ended.add(sent.tag)
        elif sent.wish is not None:
            self._ask(sent)
        elif report["why"] != Reason.NONE:
            # A refused replacement: the order stands as it did.
            sent.tick, sent.lots = int(report["tick"]), int(report["remaining"]) + sent.filled
        return self._fill(sent) if filled else None

    def hand_over(self, cash: float) -> None:
        """Begin anew with this cash: all orders have ended, and no fill of theirs is still to be heard."""
        self._ended.update(self._by_tag)
        self._by_tag.clear()
        self._by_id.clear()
        self._unheard.clear()
        self._fills_read, self._flows_read = self._frame.count("fills"), self._frame.count("flows")
        self.cash = cash

    def _fill(self, sent: Sent) -> Fill:
        time_ns, lots, price, quantity, fee = self._paid(sent.id)
        sent.filled += lots
        return Fill(self.symbols[0], sent.tag, time_ns, quantity, price, fee, self._held())

    def _paid(self, order: int) -> tuple[int, int, float, float, float]:
        """Book the next fill of an order that is heard of; return time, lots, price, signed units and fee."""
        written = self._frame.written("fills", self._fills_read)
        for fill in written:
            self._unheard[int(fill["order"])].append(tuple(fill[name].item() for name in _OF_FILL))
        self._fills_read += len(written)
        time_ns, tick, lots, fee, side = self._unheard[order].popleft()
        if not self._unheard[order]:
            del self._unheard[order]
        price, quantity = self._units.price.value(tick), self._units.size.value(-lots if side == ASK else lots)
        self.cash -= price * quantity * self._units.multiplier + fee
        return time_ns, lots, price, quantity, fee

    @property
    def fills_read(self) -> int:
        """How many of the fills that were written it has looked at."""
        return self._fills_read

    @property
    def flows_read(self) -> int:
        """How many of the flows that were written it has looked at."""
        return self._flows_read

    def receive(self) -> None:
        """Take in cash that has come or gone without a trade."""
        count = self._frame.count("flows")
        if count != self._flows_read:
            self.cash += float(self._frame.written("flows", self._flows_read)["amount"].sum())
            self._flows_read = count

    def values(self) -> dict[str, Any]:
        """Return what it remembers, as plain values."""
        return {
            "cash": self.cash, "open": [sent.values() for sent in self._by_tag.values()], "ended": list(self._ended),
            "unheard": [[order, list(fills)] for order, fills in self._unheard.items()],
            "fills_read": self._fills_read, "flows_read": self._flows_read, "middle": self._middle,
        }  # fmt: skip

    def resume(self, values: dict[str, Any]) -> None:
        """Go on where the desk stood whose ``values`` these are."""
        self.cash, self._fills_read, self._middle = values["cash"], values["fills_read"], values["middle"]
        self._flows_read = values["flows_read"]
        sent = [Sent.of_values(each) for each in values["open"]]
        self._by_tag, self._by_id = {each.tag: each for each in sent}, {each.id: each for each in sent}
        self._ended = set(values["ended"])
        self._unheard = defaultdict(deque, {order: deque(map(tuple, fills)) for order, fills in values["unheard"]})
        use_tags_after(max((*self._by_tag, *self._ended), default=0))
