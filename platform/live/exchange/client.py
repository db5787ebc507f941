"""A client of the local exchange: log in, send, await answers, hear reports. To connect again is the caller's."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import TypeVar, cast

from lockstep.errors import ConnectionEndedError, ExchangeError, WireError
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.conversation import Conversation

MOST_UNREAD = 1 << 16
"""Messages that wait to be read at most: whoever reads no more has no connection any more."""
_ANSWERS = (m.Orders, m.Fills, m.Positions, m.Subscribed, m.Done, m.Welcome, m.Heartbeat)
"""What goes to those who asked, and to nobody else."""

A = TypeVar("A")


class Client(asyncio.Protocol):
    """A connection of an account. ``async for message in client`` gives all but answers to queries, in their order.

    It ends with the connection, and ``ended`` says why then. What was sent and not answered may have been done or not:
    ask on another connection. See ``connect``.
    """

    def __init__(self) -> None:
        self.conversation = Conversation()
        self.welcome: m.Welcome | None = None
        self.ended = ""
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._asked: dict[int, asyncio.Future[m.FromExchange]] = {}
        self._unread: deque[m.FromExchange] = deque()
        self._news = asyncio.Event()
        self._gone = asyncio.Event()
        self._beat: asyncio.TimerHandle | None = None

    def send(self, message: m.FromClient) -> int:
        """Send a message; return its number. Raises ConnectionEndedError."""
        if self.ended or self._transport is None:
            raise ConnectionEndedError(f"nothing was sent: the connection has ended ({self.ended}); connect again")
        number, data = self.conversation.say(message)
        self._transport.write(data)
        return number

    async def request(self, message: m.FromClient, *, timeout: float = 5.0) -> m.FromExchange:
        """Send a message and return what answers it first: of an order accepted or rejected, of a query its answer.

        Raises ConnectionEndedError, and TimeoutError: both say that nothing is known of what was asked.
        """
        number = self.send(message)
        answer = self._asked[number] = self._loop.create_future()
        try:
            async with asyncio.timeout(timeout):
                found: m.FromExchange = await answer
                return found
        finally:
            self._asked.pop(number, None)

    async def orders(self, client_id: str) -> list[m.OrderState]:
        """Ask for all orders with a client id."""
        return await self._all_orders(lambda after: m.QueryOrder(client_id=client_id, after=after))

    async def open_orders(self) -> list[m.OrderState]:
        """Ask for all live orders."""
        return await self._all_orders(lambda after: m.QueryOpen(after=after))

    async def _all_orders(self, query: Callable[[int], m.FromClient]) -> list[m.OrderState]:
        found: list[m.OrderState] = []
        more = True
        while more:
            answer = await self._answer(query(found[-1].order if found else 0), m.Orders)
            found += answer.orders
            more = answer.more
        return found

    async def fills(self, since: int = 0) -> list[m.Fill]:
        """Ask for all fills after a report."""
        found: list[m.Fill] = []
        more = True
        while more:
            answer = await self._answer(m.QueryFills(since=found[-1].sequence if found else since), m.Fills)
            found += answer.fills
            more = answer.more
        return found

    async def positions(self) -> dict[str, str]:
        """Ask for the positions."""
        answer = await self._answer(m.QueryPosition(), m.Positions)
        return answer.positions

    async def _answer(self, query: m.FromClient, kind: type[A]) -> A:
        answer = await self.request(query)
        if not isinstance(answer, kind):
            raise ExchangeError(f"a query expected {kind.__name__} as its answer, found {answer}")
        return answer

    def __aiter__(self) -> "Client":
        return self

    async def __anext__(self) -> m.FromExchange:
        while not self._unread:
            if self.ended:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._unread.popleft()

    async def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.close()
            await self._gone.wait()

    # --- what asyncio calls -------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Hand out what came."""
        try:
            for message in self.conversation.hear(data):
                self._hand_out(message)
        except WireError as error:
            self._give_up(str(error))
        if len(self._unread) > MOST_UNREAD:
            self._give_up(f"more than {MOST_UNREAD:,} messages were not read")
        self._news.set()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell everyone who waits."""
        self.ended = self.ended or (str(error) if error else "the exchange ended it")
        if self._beat is not None:
            self._beat.cancel()
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(ConnectionEndedError(f"no answer came: {self.ended}; ask what became of it"))
        self._news.set()
        self._gone.set()

    def _hand_out(self, message: m.FromExchange) -> None:
        if isinstance(message, m.Bye):
            self.ended = f"{message.reason}: {message.text}"
            return
        answer = self._asked.get(getattr(message, "re", 0))
        if answer is not None and not answer.done():
            answer.set_result(message)
        if not isinstance(message, _ANSWERS):
            self._unread.append(message)

    def _give_up(self, reason: str) -> None:
        self.ended = reason
        if self._transport is not None:
            self._transport.abort()

    def beat(self, seconds: float) -> None:
        """Send a heartbeat now and every so many seconds from now on."""
        with contextlib.suppress(ConnectionEndedError):
            self.send(m.Heartbeat())
            self._beat = self._loop.call_later(seconds, self.beat, seconds)


async def connect(
    host: str, port: int, account: str, *, cancel_on_disconnect: bool = False, heartbeat_ms: int = 0,
    timeout: float = 5.0,
) -> Client:  # fmt: skip
    """Connect and log in. Raises OSError, ConnectionEndedError for a login that is refused, TimeoutError."""
    async with asyncio.timeout(timeout):
        _, client = await asyncio.get_running_loop().create_connection(Client, host, port)
        try:
            answer = await client.request(
                m.Hello(account=account, cancel_on_disconnect=cancel_on_disconnect, heartbeat_ms=heartbeat_ms)
            )
        except BaseException:
            await client.close()
            raise
    if not isinstance(answer, m.Welcome):
        raise ExchangeError(f"a login expected welcome, found {answer}")
    client.welcome = answer
    if heartbeat_ms:
        client.beat(heartbeat_ms / 1000)
    return client
