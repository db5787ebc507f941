"""A session's conversation with the local exchange: bytes in, bytes out; no socket, no clock.

Whoever drives it gives it bytes and moments, sends ``out`` and ends the connection where ``failure`` is set. Requests
leave once the journal's row that holds them is durable. After each login, after a number that is missing, and every
few seconds the exchange is asked for fills, live orders and positions; what is in doubt is asked for by its client id.
Without a connection new orders and replacements are refused, and cancels wait for the next one.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from lockstep.data.instrument import Instrument
from lockstep.errors import OrderRefusedError, WireError
from lockstep.kernels.order_terms import OrderType, Reason, is_stop
from lockstep.kernels.ticks.tables import Action
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.conversation import Conversation
from lockstep.live.venues.heard import Standing
from lockstep.live.venues.orders import Request, VenueOrder
from lockstep.live.venues.tracker import Tracker
from lockstep.live.venues.words import Words

ANSWER_NS = 2_000_000_000
"""A request without an answer for so long is in doubt."""
ASK_NS = 250_000_000
"""What is in doubt is asked for again after so long."""
RECONCILE_NS = 5_000_000_000
HEARTBEAT_MS = 1_000
SILENCE_NS = 4_000_000_000
"""An exchange that has said nothing for so long is gone."""


class Waiting(NamedTuple):
    """A request whose row of the journal is not durable, or which waits for the connection."""

    order: VenueOrder
    request: Request


class ExchangeVenue:
    """The orders of a session at the local exchange, in an account of the session's own.

    ``note`` takes rows for the journal. ``differs`` is called where the exchange and the session don't agree on what
    there is, after the row.
    """

    def __init__(
        self, tracker: Tracker, instruments: Sequence[Instrument], account: str, *,
        note: Callable[[str, Mapping[str, Any]], None], differs: Callable[[str], None],
        cancel_on_disconnect: bool = True,
    ) -> None:  # fmt: skip
        self.tracker, self.account = tracker, account
        self._instruments = list(instruments)
        self._words = {one.symbol: Words(one) for one in instruments}
        self._note, self._differs = note, differs
        self._hello = m.Hello(
            account=account, cancel_on_disconnect=cancel_on_disconnect, heartbeat_ms=HEARTBEAT_MS
        )  # fmt: skip
        self.out = bytearray()
        self.failure = ""
        """Why the connection is to be ended, empty while it goes on."""
        self.ready = False
        """Are requests sent?"""
        self.base: dict[str, int] = {}
        """Lots that the account had of a symbol beside those of the session."""
        self.void_to = 0
        """Orders and replacements up to this row of the journal leave no more: the kill switch came behind them."""
        self._conversation = Conversation()
        self._open = self._synced = False
        self._asked: dict[int, Callable[[Any, int], None]] = {}
        self._journaling: deque[Waiting] = deque()
        self._held: deque[Waiting] = deque()
        self._asked_ns: dict[str, int] = {}
        self._unknown: set[str] = set()
        self._heard_ns = self._spoken_ns = self._reconcile_ns = 0
        self._missing = self._mismatches = 0
        self._wrong: dict[str, dict[str, int]] = {}

    @property
    def waits(self) -> bool:
        """Is there anything that the journal or the exchange has to answer?"""
        return bool(self._journaling or self._held or self.tracker.orders)

    @property
    def connected(self) -> bool:
        """Is it logged in?"""
        return self._open and self._conversation.missing == 0

    @property
    def reconciled(self) -> bool:
        """Have fills, live orders and positions been compared since the login, and did they agree?"""
        return self.ready and not self._mismatches and not any(order.stray for order in self.tracker.orders.values())

    @property
    def unknown(self) -> tuple[str, ...]:
        """Client ids of orders of which nobody knows what became."""
        return tuple(order.client_id for order in self.tracker.orders.values() if order.in_doubt)

    @property
    def held(self) -> dict[str, int]:
        """Lots that the account holds of each symbol, after the fills that were told; empty before it was asked."""
        held = dict(self.base)
        for lane, lots in self.tracker.positions.items():
            symbol = self._instruments[lane].symbol
            if symbol in held:
                held[symbol] += lots
        return held

    # --- requests -----------------------------------------------------------------------------------------------------

    def ask(self, order: VenueOrder, request: Request) -> None:
        """Take a request; it leaves when its row is durable."""
        self._journaling.append(Waiting(order, request))

    def durable(self, row: int, now_ns: int) -> None:
        """The journal is durable up to a row."""
        while self._journaling and self._journaling[0].request.row <= row:
            self._held.append(self._journaling.popleft())
        self._send_held(now_ns)

    def cancel(self, lane: int, order: int) -> None:
        """Have an order canceled at once, though no journal has it, if there is a connection."""
        if self.ready:
            self._say(m.Cancel(client_id=self.tracker.client_id(lane, order)))

    def _send_held(self, now_ns: int) -> None:
        if not self.ready:
            if not self._open:
                self._give_up_held()
            return
        while self._held:
            self._send(*self._held.popleft(), now_ns)

    def _give_up_held(self) -> None:
        """Without a connection only cancels wait."""
        held, self._held = self._held, deque()
        for order, request in held:
            if request.action == Action.CANCEL:
                self._held.append(Waiting(order, request))
            elif order.awaits(request):
                self.tracker.give_up(order, request)

    def _send(self, order: VenueOrder, request: Request, now_ns: int) -> None:
        if not order.awaits(request):
            return  # the order is over, or the request was answered
        if request.row <= self.void_to and request.action != Action.CANCEL:
            self.tracker.give_up(order, request)
            return
        if request.action == Action.SUBMIT and order.type == OrderType.TRAILING_STOP:
            self.tracker.give_up(order, request, Reason.BAD_TYPE)
            return
        if request.action == Action.REPLACE and is_stop(order.type) and not order.triggered:
            self.tracker.refuse(order, request, Reason.VENUE)  # it would change trigger and price at once
            return
        request.sent_ns = now_ns
        self._say(self._words_of(order).request(order.client_id, request.intent))

    def _words_of(self, order: VenueOrder) -> Words:
        return self._words[self._instruments[order.lane].symbol]

    def _say(self, message: m.FromClient) -> int:
        number, data = self._conversation.say(message)
        self.out += data
        return number

    # --- the connection -----------------------------------------------------------------------------------------------

    def opened(self, now_ns: int) -> None:
        """A connection stands: log in."""
        self._conversation, self._open, self.failure = Conversation(), True, ""
        self._asked.clear()
        self._heard_ns = self._spoken_ns = now_ns
        self._missing = 0
        self.out.clear()
        self._say(self._hello)

    def closed(self, why: str) -> None:
        """The connection is gone."""
        was_ready = self.ready
        self._open = self.ready = self._synced = False
        self.out.clear()
        if was_ready:
            self._note("venue_lost", {"why": why})
        self.tracker.lost()
        self._give_up_held()

    def received(self, data: bytes, now_ns: int) -> None:
        """Take bytes."""
        self._heard_ns = now_ns
        try:
            for message in self._conversation.hear(data):
                self._hear(message, now_ns)
        except (WireError, OrderRefusedError) as error:
            self.failure = str(error)
        if self._conversation.missing > self._missing:
            self._missing = self._conversation.missing
            self._reconcile(now_ns)

    def wake(self, now_ns: int) -> None:
        """Do what is due."""
        if not self._open:
            return
        if now_ns - self._heard_ns > SILENCE_NS:
            self.failure = f"the exchange was silent for {SILENCE_NS / 1e9:g} s"
            return
        if self.ready:
            self._look_at_orders(now_ns)
            if now_ns - self._reconcile_ns >= RECONCILE_NS:
                self._reconcile(now_ns)
        if now_ns - self._spoken_ns >= HEARTBEAT_MS * 1_000_000:
            self._spoken_ns = now_ns
            self._say(m.Heartbeat())

    def _hear(self, message: m.FromExchange, now_ns: int) -> None:
        match message:
            case m.Welcome():
                self._begin(message, now_ns)
            case m.Bye():
                self.failure = f"{message.reason}: {message.text}"
            case m.Orders() | m.Fills() | m.Positions():
                handler = self._asked.pop(message.re, None)
                if handler is not None:
                    handler(message, now_ns)
            case m.Report():
                self._hear_report(message, now_ns)
            case _:
                pass  # heartbeats and market data say nothing of orders

    def _begin(self, welcome: m.Welcome, now_ns: int) -> None:
        listed = {one.symbol: (float(one.tick), float(one.lot)) for one in welcome.instruments}
        wrong = [one.symbol for one in self._instruments if listed.get(one.symbol) != (one.tick, one.lot)]
        if wrong:
            self.failure = f"the exchange lists no {', '.join(wrong)} with the ticks and lots of the session"
            return
        if welcome.epoch != self.tracker.epoch:
            restarted = self.tracker.epoch != 0
            self.tracker.restarted(welcome.epoch)
            if restarted:
                self._disagree("the exchange has started anew: fills that were not told can't be asked for any more")
        self._note("venue_connected", {"account": self.account, "epoch": welcome.epoch, "sequence": welcome.sequence})
        self._reconcile(now_ns)

    def _hear_report(self, message: m.Report, now_ns: int) -> None:
        words = self._words.get(message.symbol)
        if words is None and not message.symbol:
            words = next(iter(self._words.values()))  # a refusal of something that it does not know
        if words is None or not self.tracker.hear(words.heard(message)):
            self._disagree(f"order {message.client_id} ({message.symbol}) is not of this session")
        self._cancel_strays(now_ns)

    # --- asking -------------------------------------------------------------------------------------------------------

    def _reconcile(self, now_ns: int) -> None:
        """Ask for all there is."""
        self._reconcile_ns = now_ns
        self._ask_fills()
        self._ask_open({})
        for order in self.tracker.orders.values():
            if order.in_doubt:
                self._ask_order(order, now_ns)
        self._asked[self._say(m.QueryPosition())] = self._positions

    def _ask_fills(self, since: int | None = None) -> None:
        number = self._say(m.QueryFills(since=self.tracker.known if since is None else since))
        self._asked[number] = self._fills

    def _fills(self, answer: m.Fills, now_ns: int) -> None:
        for fill in answer.fills:
            self._hear_report(fill, now_ns)
        if answer.more:
            self._ask_fills(answer.fills[-1].sequence)
        else:
            self.tracker.synced(answer.sequence)

    def _ask_open(self, live: dict[str, Standing], after: int = 0) -> None:
        """Ask for the live orders; ``live`` are those that pages before have told."""
        number = self._say(m.QueryOpen(after=after))
        self._asked[number] = lambda answer, now_ns: self._open_orders(live, answer, now_ns)

    def _open_orders(self, live: dict[str, Standing], answer: m.Orders, now_ns: int) -> None:
        for state in answer.orders:
            if state.symbol in self._words:
                live[state.client_id] = self._words[state.symbol].standing(state)
        if answer.more:
            self._ask_open(live, answer.orders[-1].order)
            return
        for client_id, standing in live.items():
            if self.tracker.place(client_id) is None:
                self._disagree(f"order {client_id} is not of this session")
            elif client_id not in self.tracker.orders:
                self.tracker.found(standing)
        for order in self.tracker.orders.values():
            if order.accepted and order.client_id not in live:
                order.doubtful = True
        self._cancel_strays(now_ns)

    def _ask_order(self, order: VenueOrder, now_ns: int) -> None:
        self._asked_ns[order.client_id] = now_ns
        if order.client_id not in self._unknown:
            self._unknown.add(order.client_id)
            self._note("order_unknown", {"client_id": order.client_id})
        self._asked[self._say(m.QueryOrder(client_id=order.client_id))] = lambda answer, at_ns: self._order(
            order, answer, at_ns
        )  # fmt: skip

    def _order(self, order: VenueOrder, answer: m.Orders, now_ns: int) -> None:
        if len(answer.orders) > 1:
            self._disagree(f"the exchange has {len(answer.orders)} orders {order.client_id}")
        if self.tracker.orders.get(order.client_id) is order and order.in_doubt:
            words = self._words_of(order)
            found = max(
                answer.orders, key=lambda state: (state.status in ("live", "waiting"), state.order), default=None
            )
            self.tracker.stands(order, None if found is None else words.standing(found), now_ns)
        if not order.in_doubt:
            self._clear(order.client_id)
            self._send_again(order)

    def _clear(self, client_id: str) -> None:
        self._asked_ns.pop(client_id, None)
        if client_id in self._unknown:
            self._unknown.discard(client_id)
            self._note("order_resolved", {"client_id": client_id})

    def _send_again(self, order: VenueOrder) -> None:
        """A cancel that was lost is asked for again: it can't be done twice."""
        held = {id(one.request) for one in (*self._held, *self._journaling)}
        again = [one for one in order.requests if one.action == Action.CANCEL and not one.sent_ns]
        self._held.extend(Waiting(order, one) for one in again if id(one) not in held)

    def _positions(self, answer: m.Positions, now_ns: int) -> None:
        """Compare the positions; two answers that differ in a row are a difference, one may have crossed a fill."""
        found = {symbol: words.lots(answer.positions.get(symbol, "0")) for symbol, words in self._words.items()}
        ours = dict.fromkeys(self._words, 0)
        for lane, lots in self.tracker.positions.items():
            ours[self._instruments[lane].symbol] += lots
        if not self.base:
            self.base = {symbol: found[symbol] - ours[symbol] for symbol in found}
        wrong = {
            symbol: {"venue": found[symbol], "session": ours[symbol] + self.base[symbol]}
            for symbol in found
            if found[symbol] != ours[symbol] + self.base[symbol]
        }
        self._mismatches, self._wrong = (self._mismatches + 1, self._wrong) if wrong else (0, {})
        if self._mismatches >= 2 and wrong != self._wrong:
            self._disagree(f"positions in lots differ: {wrong}")
            self._wrong = wrong
        if not self._synced:
            self._synced = self.ready = True
            self._note("reconciled", {"base": self.base, "epoch": self.tracker.epoch})
        self._send_held(now_ns)

    def _look_at_orders(self, now_ns: int) -> None:
        """Ask for what is in doubt."""
        asks = []
        for order in self.tracker.orders.values():
            for request in order.requests:
                if request.sent_ns and now_ns - request.sent_ns > ANSWER_NS:
                    request.doubtful = True
            if order.in_doubt and now_ns - self._asked_ns.get(order.client_id, 0) >= ASK_NS:
                asks.append(order)
        if asks:
            self._ask_fills()
        for order in asks:
            self._ask_order(order, now_ns)
        for client_id in [one for one in self._unknown if one not in self.tracker.orders]:
            self._unknown.discard(client_id)
            self._asked_ns.pop(client_id, None)
            self._note(
                "order_resolved", {"client_id": client_id, "order": (self.tracker.place(client_id) or (0, 0))[1]}
            )
        self._cancel_strays(now_ns)
        self._send_held(now_ns)

    def _cancel_strays(self, now_ns: int) -> None:
        for order in self.tracker.orders.values():
            if order.stray and not order.in_doubt and now_ns - order.canceled_ns >= ANSWER_NS:
                order.canceled_ns = now_ns
                self._say(m.Cancel(client_id=order.client_id))

    def _disagree(self, what: str) -> None:
        self._note("venue_differs", {"what": what})
        self._differs(what)


def _weight(state: m.OrderState) -> tuple[bool, int]:
    """Of several orders under one client id the live one matters most."""
    return state.status in ("live", "waiting"), state.order
