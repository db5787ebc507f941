"""The exchange behind its wire: who is logged in, what is asked and what is answered. No input or output here.

Messages come in with their connection's number (1 or more) and the time, and go out as (connection, message), where
connection 0 is the log. A Bye ends its connection.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from lockstep.errors import OrderRefusedError
from lockstep.kernels.book.events import Phase
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.listing import Listing
from lockstep.live.exchange.market_data import phase_name
from lockstep.live.exchange.orders import Order
from lockstep.live.exchange.reasons import text
from lockstep.live.exchange.trading import Account, To, Trading
from lockstep.live.exchange.translate import state

PAGE = 64
"""Orders or fills in one answer at most: the longest that can be make no frame that is too long."""


class Venue:
    """Instruments that trade from ``start_ns`` on. Numbers of orders, reports and executions begin with each ``epoch``.

    With ``admin`` clients may change phases and the end of the day.
    """

    def __init__(
        self, listings: Sequence[Listing], *, epoch: int, start_ns: int, phase: Phase = Phase.CONTINUOUS,
        admin: bool = False,
    ) -> None:  # fmt: skip
        self.epoch, self._admin, self._time_ns = epoch, admin, start_ns
        self.trading = Trading(listings, start_ns=start_ns, phase=phase)
        self._logins: dict[int, m.Hello] = {}
        self._handlers: dict[type, Callable[[int, Any], list[To]]] = {
            m.New: self._new, m.Cancel: self._change, m.Reduce: self._change, m.Replace: self._change,
            m.QueryOrder: self._query_order, m.QueryOpen: self._query_open, m.QueryFills: self._query_fills,
            m.QueryPosition: self._query_position, m.Subscribe: self._subscribe, m.Heartbeat: self._heartbeat,
            m.SetPhase: self._set_phase, m.SetDayEnd: self._set_day_end,
        }  # fmt: skip

    def handle(self, connection: int, message: m.Message, time_ns: int) -> list[To]:
        """Take a client's message; return what goes out."""
        out = self.advance(time_ns)
        self._time_ns = time_ns
        if isinstance(message, m.Hello):
            return out + self._hello(connection, message)
        if connection not in self._logins:
            return [*out, (connection, m.Bye(reason="not_logged_in", text="the first message is hello"))]
        try:
            return out + self._handlers[type(message)](connection, message)
        except OrderRefusedError as error:
            return [*out, (connection, self.refusal(connection, message, error))]

    def close(self, connection: int, time_ns: int) -> list[To]:
        """The connection is gone: its orders are canceled where it asked for that at login."""
        out = self.advance(time_ns)
        hello = self._logins.pop(connection, None)
        self.trading.market.forget(connection)
        if hello is None:
            return out
        account = self.trading.account(hello.account)
        account.connections.remove(connection)
        if hello.cancel_on_disconnect:
            now = max(time_ns, self.trading.matching.now_ns)
            out += self.trading.cancel_all(account, connection, "disconnected", now)
        return out

    def advance(self, time_ns: int) -> list[To]:
        """Let time pass: orders whose end has come expire."""
        return self.trading.advance(time_ns)

    def next_ns(self) -> int:
        """When time matters next, NEVER if it doesn't."""
        return self.trading.next_ns()

    def login(self, connection: int) -> m.Hello | None:
        """Return how a connection logged in, None before."""
        return self._logins.get(connection)

    def check_admin(self) -> None:
        """Raise OrderRefusedError where clients may not change settings."""
        if not self._admin:
            raise OrderRefusedError("not_admin", text("not_admin"))

    def refusal(self, connection: int, asked: m.Message, error: OrderRefusedError) -> m.Rejected:
        """Return the refusal of a request that is about no order."""
        return m.Rejected(
            re=asked.seq, account=self._account(connection).name, client_id="", symbol=getattr(asked, "symbol", ""),
            time_ns=self._time_ns, what=str(type(asked).__struct_config__.tag), reason=error.reason, text=str(error),
        )  # fmt: skip

    def _hello(self, connection: int, hello: m.Hello) -> list[To]:
        if connection in self._logins:
            return [(connection, m.Bye(reason="already_logged_in", text="a connection logs in once"))]
        if hello.version != m.VERSION:
            expected = f"expected version {m.VERSION}, found {hello.version}"
            return [(connection, m.Bye(reason="bad_version", text=expected))]
        self._logins[connection] = hello
        self.trading.account(hello.account).connections.append(connection)
        matching = self.trading.matching
        listed = [
            m.Listed(symbol=one.symbol, tick=one.prices.text(1), lot=one.sizes.text(1), phase=phase_name(matching, k))
            for k, one in enumerate(self.trading.listings)
        ]
        welcome = m.Welcome(
            re=hello.seq, epoch=self.epoch, account=hello.account, sequence=matching.sequence, time_ns=self._time_ns,
            instruments=listed,
        )  # fmt: skip
        return [(connection, welcome)]

    def _account(self, connection: int) -> Account:
        return self.trading.account(self._logins[connection].account)

    def _new(self, connection: int, asked: m.New) -> list[To]:
        return self.trading.new(connection, self._account(connection), asked, self._time_ns)

    def _change(self, connection: int, asked: m.Cancel | m.Reduce | m.Replace) -> list[To]:
        return self.trading.change(connection, self._account(connection), asked, self._time_ns)

    # --- queries ------------------------------------------------------------------------------------------------------

    def _query_order(self, connection: int, asked: m.QueryOrder) -> list[To]:
        named = self.trading.orders.named(self._account(connection).name, asked.client_id)
        return self._page(connection, asked.seq, (order for order in named if order.number > asked.after))

    def _query_open(self, connection: int, asked: m.QueryOpen) -> list[To]:
        live = self.trading.orders.live(self._account(connection).name)
        return self._page(connection, asked.seq, (order for order in live if order.number > asked.after))

    def _page(self, connection: int, seq: int, orders: Iterable[Order]) -> list[To]:
        found = list(islice(orders, PAGE + 1))
        listings = self.trading.listings
        states = [state(listings[one.instrument] if one.instrument >= 0 else None, one) for one in found[:PAGE]]
        sequence = self.trading.matching.sequence
        return [(connection, m.Orders(re=seq, sequence=sequence, orders=states, more=len(found) > PAGE))]

    def _query_fills(self, connection: int, asked: m.QueryFills) -> list[To]:
        fills = self._account(connection).fills
        start = bisect_right(fills, asked.since, key=lambda fill: fill.sequence)
        found, sequence = fills[start : start + PAGE], self.trading.matching.sequence
        return [(connection, m.Fills(re=asked.seq, sequence=sequence, fills=found, more=len(fills) > start + PAGE))]

    def _query_position(self, connection: int, asked: m.QueryPosition) -> list[To]:
        matching = self.trading.matching
        lots = matching.exchange.positions[self._account(connection).owner].tolist()
        held = {one.symbol: one.sizes.text(n) for one, n in zip(self.trading.listings, lots, strict=True)}
        return [(connection, m.Positions(re=asked.seq, sequence=matching.sequence, positions=held))]

    def _subscribe(self, connection: int, asked: m.Subscribe) -> list[To]:
        instrument = self.trading.instrument(asked.symbol)
        return [(connection, one) for one in self.trading.market.subscribe(connection, asked, instrument)]

    def _heartbeat(self, connection: int, asked: m.Heartbeat) -> list[To]:
        return [(connection, m.Heartbeat(re=asked.seq, time_ns=self._time_ns))]

    # --- administration -----------------------------------------------------------------------------------------------

    def _set_phase(self, connection: int, asked: m.SetPhase) -> list[To]:
        self.check_admin()
        instrument = self.trading.instrument(asked.symbol)
        out = self.trading.set_phase(instrument, Phase[asked.phase.upper()], self._time_ns)
        return [*out, (connection, m.Done(re=asked.seq))]

    def _set_day_end(self, connection: int, asked: m.SetDayEnd) -> list[To]:
        self.check_admin()
        return [*self.trading.set_day_end(asked.end_ns, self._time_ns), (connection, m.Done(re=asked.seq))]
