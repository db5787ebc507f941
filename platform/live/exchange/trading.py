"""Orders from accounts to the matching, and what it tells back to those whom it concerns.

What goes out is (connection, message). Connection 0 is the log, which gets every report once. What happens to an order
is told on all connections of its account, a refusal only on the one that asked.
"""

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from msgspec.structs import replace

from lockstep.errors import OrderRefusedError
from lockstep.kernels.book.events import Phase
from lockstep.kernels.matching.codes import CommandKind, ReportKind
from lockstep.kernels.order_terms import NEVER, Force, Reason
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.listing import Listing
from lockstep.live.exchange.market_data import MarketData, phase_name
from lockstep.live.exchange.matching import Matching, Told
from lockstep.live.exchange.orders import Order, OrderList
from lockstep.live.exchange.reasons import text, word
from lockstep.live.exchange.translate import changed_fields, new_fields, report

LOG = 0
"""The number of no connection: what goes there is written down."""

To = tuple[int, m.Message]
Change = m.Cancel | m.Reduce | m.Replace


class Account:
    """Who trades: ``owner`` is its number in the matching."""

    def __init__(self, name: str, owner: int) -> None:
        self.name, self.owner = name, owner
        self.connections: list[int] = []
        self.fills: list[m.Fill] = []


class Request(NamedTuple):
    """What a client asks, or with connection LOG the venue itself, and the order that it is about."""

    connection: int
    seq: int
    what: str
    order: Order
    reason: str = "requested"


class Trading:
    """Instruments that trade from ``start_ns`` on, in one phase to begin with."""

    def __init__(self, listings: Sequence[Listing], *, start_ns: int, phase: Phase) -> None:
        self.listings = tuple(listings)
        self.matching = Matching(self.listings, start_ns=start_ns, phase=phase)
        self.market = MarketData(self.listings, self.matching)
        self.orders = OrderList()
        self.accounts: dict[str, Account] = {}
        self._instruments = {listing.symbol: k for k, listing in enumerate(self.listings)}
        self._day_end_ns = NEVER
        self._ends: list[int] = []
        self._executions = self._trades = 0
        self._half_told = False
        self.told_nobody: Callable[[Told], object] = lambda _: None
        """Hears what happens to nobody's orders, which are the flow's."""

    def account(self, name: str) -> Account:
        """Return an account, a new one at its first mention."""
        if name not in self.accounts:
            self.accounts[name] = Account(name, len(self.accounts) + 1)
            self.matching.exchange.admit(len(self.accounts) + 1)
        return self.accounts[name]

    def instrument(self, symbol: str) -> int:
        """Return an instrument's number. Raises OrderRefusedError."""
        if symbol not in self._instruments:
            raise OrderRefusedError("unknown_symbol", f"{text('unknown_symbol')}: {symbol}")
        return self._instruments[symbol]

    # --- requests -----------------------------------------------------------------------------------------------------

    def new(self, connection: int, account: Account, asked: m.New, time_ns: int) -> list[To]:
        """Take an order, whatever its client id; one that can't be is written down as refused."""
        order = self.orders.add(asked, account.name, account.owner, connection)
        request = Request(connection, asked.seq, "new", order)
        try:
            order.instrument = self.instrument(asked.symbol)
            fields = new_fields(self.listings[order.instrument], asked)
        except OrderRefusedError as error:
            order.reason = error.reason
            return self._refuse(request, error, time_ns)
        order.tick, order.trigger = fields.get("tick", 0), fields.get("trigger", 0)
        order.display = fields.get("display", 0)
        return self._run(CommandKind.NEW, request, fields, time_ns)

    def change(self, connection: int, account: Account, asked: Change, time_ns: int) -> list[To]:
        """Cancel, reduce or replace a live order."""
        kind = _KINDS[type(asked)]
        # Where no order is found, the request is about what it said.
        unknown = m.New(client_id=asked.client_id, symbol="", side="buy", quantity="0")
        request = Request(
            connection,
            asked.seq,
            kind.name.lower(),
            Order(asked.order, unknown, account.name, account.owner, connection),
        )
        try:
            request = request._replace(order=self._meant(account, asked))
            fields = self._changed(request.order, asked)
        except OrderRefusedError as error:
            return self._refuse(request, error, time_ns)
        return self._run(kind, request, fields, time_ns)

    def cancel_all(self, account: Account, connection: int, reason: str, time_ns: int) -> list[To]:
        """Cancel the live orders that came in by a connection."""
        out: list[To] = []
        for order in self.orders.live(account.name):
            if order.connection == connection:
                out += self._run(CommandKind.CANCEL, Request(LOG, 0, "cancel", order, reason), {}, time_ns)
        return out

    def set_phase(self, instrument: int, phase: Phase, time_ns: int) -> list[To]:
        """Change an instrument's phase."""
        told = self.matching.run(CommandKind.PHASE, instrument=instrument, lots=phase, time_ns=time_ns)
        return self._spread(told)

    def set_day_end(self, end_ns: int, time_ns: int) -> list[To]:
        """Say when the day ends for DAY orders from now on."""
        self._day_end_ns = end_ns
        return self._spread(self.matching.run(CommandKind.TIME, expiry_ns=end_ns, time_ns=time_ns))

    def flow(self, instrument: int, kind: CommandKind, **fields: int) -> list[To]:
        """Carry out a command of nobody's."""
        return self._spread(self.matching.run(kind, instrument=instrument, owner=0, **fields))

    def advance(self, time_ns: int) -> list[To]:
        """Let time pass: orders whose end has come expire."""
        if time_ns < max(self.next_ns(), self.matching.now_ns):
            return []
        while self.next_ns() <= time_ns:
            heappop(self._ends)
        return self._spread(self.matching.run(CommandKind.TIME, time_ns=time_ns))

    def next_ns(self) -> int:
        """When an order may expire next, NEVER if none will."""
        return self._ends[0] if self._ends else NEVER

    def _meant(self, account: Account, asked: Change) -> Order:
        """Return the live order that a request names. Raises OrderRefusedError where it is none, or one of several."""
        named = self.orders.named(account.name, asked.client_id)
        live = [order for order in named if order.live and asked.order in (0, order.number)]
        if len(live) == 1:
            return live[0]
        if live:
            raise OrderRefusedError("ambiguous_id", text("ambiguous_id"))
        ended = ", ".join(f"order {order.number} is {order.status}" for order in named[-3:])
        raise OrderRefusedError("unknown_order", text("unknown_order") + (f": {ended}" if ended else ""))

    def _changed(self, order: Order, asked: Change) -> dict[str, int]:
        if isinstance(asked, m.Cancel):
            return {}
        given = changed_fields(self.listings[order.instrument], asked)
        for name, had in (("tick", order.asked.price), ("trigger", order.asked.trigger)):
            if name in given and had is None:
                reason = "bad_price" if name == "tick" else "bad_trigger"
                raise OrderRefusedError(reason, text(reason))
        if isinstance(asked, m.Reduce):
            return given
        return {"tick": order.tick, "trigger": order.trigger, "lots": order.lots, "display": order.display} | given

    def _refuse(self, request: Request, error: OrderRefusedError, time_ns: int) -> list[To]:
        asked, order = request.order.asked, request.order
        refusal = m.Rejected(
            re=request.seq, account=order.account, client_id=asked.client_id, symbol=asked.symbol, order=order.number,
            time_ns=time_ns, what=request.what, reason=error.reason, text=str(error),
        )  # fmt: skip
        return [(LOG, refusal), (request.connection, refusal)]

    def _run(self, kind: CommandKind, request: Request, fields: dict[str, int], time_ns: int) -> list[To]:
        order = request.order
        told = self.matching.run(
            kind, instrument=order.instrument, id=order.number, owner=order.owner, time_ns=time_ns, **fields
        )
        kinds = {one.kind for one in told if one.id == order.number}
        if ReportKind.REPLACED in kinds:
            order.tick, order.trigger, order.display = fields["tick"], fields["trigger"], fields["display"]
        if kind == CommandKind.NEW and ReportKind.ACCEPTED in kinds:
            self._note_end(fields)
        return self._spread(told, request)

    def _note_end(self, fields: dict[str, int]) -> None:
        """Remember when an order that was taken will end."""
        ends = {Force.GTD: fields["expiry_ns"], Force.DAY: self._day_end_ns}
        end = ends.get(Force(fields["force"]), NEVER)
        if end < NEVER:
            heappush(self._ends, end)

    # --- reports ------------------------------------------------------------------------------------------------------

    def _spread(self, told: list[Told], request: Request | None = None) -> list[To]:
        """Turn what the matching told into what goes out; the first about the order of a request answers it."""
        out: list[To] = []
        open_request = request
        for one in told:
            self._count(one, out)
            if one.kind == ReportKind.PHASE:
                out += self._phase_changed(one)
            elif one.owner == 0:
                self.told_nobody(one)
            else:
                message = self._report(one, request)
                answers = open_request is not None and one.id == open_request.order.number
                out += self._addressed(message, one, open_request if answers else None, request)
                open_request = None if answers else open_request
        return out + self.market.changes({one.instrument for one in told})

    def _report(self, one: Told, request: Request | None) -> m.Report:
        order = self.orders[one.id]
        asked = request if request is not None and request.order is order else None
        _follow(self.orders, order, one, asked)
        what = asked.what if asked else ""
        message = report(self.listings[one.instrument], order, one, self._executions, self._trades, what)
        if isinstance(message, m.Fill):
            self.accounts[order.account].fills.append(message)
        return message

    def _addressed(self, message: m.Report, one: Told, answered: Request | None, request: Request | None) -> list[To]:
        asker = request.connection if request else LOG
        own = replace(message, re=answered.seq) if answered else message
        if one.kind == ReportKind.REJECTED:
            return [(LOG, message), (asker, own)]
        connections = self.accounts[message.account].connections
        return [(LOG, message), *((each, own if each == asker else message) for each in connections)]

    def _count(self, one: Told, out: list[To]) -> None:
        """Number a fill, and tell of the trade at the first of its two."""
        if one.kind != ReportKind.FILL:
            return
        self._executions += 1
        if not self._half_told:
            self._trades += 1
            out += self.market.trade(one, self._trades)
        self._half_told = not self._half_told

    def _phase_changed(self, one: Told) -> list[To]:
        change = m.PhaseChange(
            symbol=self.listings[one.instrument].symbol, time_ns=one.time_ns,
            phase=phase_name(self.matching, one.instrument),
        )  # fmt: skip
        everyone = (connection for account in self.accounts.values() for connection in account.connections)
        return [(LOG, change), *((connection, change) for connection in everyone)]


_KINDS = {m.Cancel: CommandKind.CANCEL, m.Reduce: CommandKind.REDUCE, m.Replace: CommandKind.REPLACE}


def _follow(orders: OrderList, order: Order, one: Told, request: Request | None) -> None:
    """Keep an order as the matching has it; ``request`` is the one that led to the report, if it is about the order."""
    match one.kind:
        case ReportKind.REJECTED:
            if request is not None and request.what == "new":
                order.reason = word(one.reason)
            return
        case ReportKind.CANCELED:
            asked = request is not None and one.reason == Reason.REQUESTED
            orders.ended(order, "canceled", request.reason if request and asked else word(one.reason))
            return
        case ReportKind.EXPIRED:
            orders.ended(order, "expired")
            return
        case ReportKind.ACCEPTED:
            orders.opened(order, "waiting" if order.asked.trigger is not None else "live")
        case ReportKind.TRIGGERED:
            orders.opened(order, "live")
        case ReportKind.FILL:
            order.filled += one.lots
    order.remaining, order.lots = one.remaining, order.filled + one.remaining
    if one.kind == ReportKind.FILL and one.remaining == 0:
        orders.ended(order, "filled")
