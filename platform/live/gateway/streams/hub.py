"""The hub: reads all sessions by turns of some milliseconds, and tells each client what it has asked for."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from lockstep.live.gateway.monitoring.tail import TAIL, Tail
from lockstep.live.gateway.streams.audience import Audiences
from lockstep.live.gateway.streams.client import Asker, Client, Outlet, Told
from lockstep.live.gateway.streams.entries import STREAMS, Entries
from lockstep.live.gateway.streams.feed import SessionFeed
from lockstep.live.gateway.streams.item import Channel, Item, Rule
from lockstep.live.gateway.streams.requests import NO_TOKEN, POLICY, Requests
from lockstep.live.gateway.streams.session import Streamed
from lockstep.live.gateway.streams.words import Heartbeat
from lockstep.live.gateway.trouble import Trouble

TURN_S = 0.003
"""From one turn to the next: so long what has happened may wait to be told with what comes after it."""
IDLE_S = 0.05
"""The same while nobody listens."""
BEAT_S = 1.0
GOING_AWAY = 1001
"""Close code of RFC 6455."""
_log = logging.getLogger(STREAMS)


class Hub:
    """All streams of a gateway. ``run`` it for as long as it lives."""

    def __init__(self, *, now_ns: Callable[[], int] = time.time_ns, log: Tail = TAIL) -> None:
        self.now_ns = now_ns
        self.epoch = now_ns()
        """Numbers of market topics belong to it: another gateway counts anew."""
        self.audiences = Audiences()
        self.clients: dict[Client, set[asyncio.Task[None]]] = {}
        """With what is under way for each."""
        self.awaiting: set[Client] = set()
        """Those of them that have asked for a session that does not run yet."""
        self.gone: Counter[int] = Counter()
        """Clients that have left, by the code that they were closed with; 0 for those that left by themselves."""
        self.left_out = 0
        """Messages that others stood for, of clients that have left."""
        self.turned = asyncio.Event()
        """Set at the end of each turn, for a moment."""
        self.requests = Requests(self)
        self._feeds: dict[str, SessionFeed] = {}
        self.first: Callable[[], str] = lambda: ""
        """Tells which session is meant where none is named."""
        self._entries = Entries(log)
        self._own = {"jobs": (Channel("jobs", Rule.NEVER, "job", kept=256),), "logs": (self._entries.channel,)}
        self._trouble: dict[str, Trouble] = {}
        """Of each session, that it can't be told of."""
        self._said = {kind: Channel("", Rule.NEVER, kind) for kind in ("subscribed", "error")}
        self._beats = Channel("", Rule.LATEST, "heartbeat")

    def now(self) -> float:
        """Return seconds of a clock that never falls."""
        return asyncio.get_running_loop().time()

    # --- sessions -----------------------------------------------------------------------------------------------------

    def add(self, session: Streamed) -> None:
        """Tell of a session from now on; the first one is meant by clients that name none."""
        self._feeds[session.id] = SessionFeed(session, self.now())
        self.turn(self.now())

    def remove(self, session_id: str) -> None:
        """Tell of a session no more, and end the streams of it: who connects again hears another one."""
        feed = self._feeds.pop(session_id, None)
        if feed is None:
            return
        feed.close()
        for client in list(self.clients):
            if client.session == session_id:
                client.close(GOING_AWAY, f"session {session_id} is not here any more")

    def feed_of(self, client: Client) -> SessionFeed | None:
        """Return the session that a client hears: the one it has named, or the first when it asked for something."""
        if not client.session:
            client.session = self.first() or next(iter(self._feeds), "")
        return self._feeds.get(client.session)

    def publish(self, topic: str, content: dict[str, Any]) -> None:
        """Tell something of the gateway's own, such as how far a job is; it is numbered here."""
        channel = self._own[topic][0]
        channel.seq += 1
        self.tell([channel.item({**content, "seq": channel.seq, "ts_send": self.now_ns()})])

    def channels(self, topic: str) -> tuple[Channel, ...]:
        """Return the channels of a topic that is the gateway's own."""
        return self._own.get(topic, ())

    # --- clients ------------------------------------------------------------------------------------------------------

    def join(self, outlet: Outlet, asker: Asker | None = None, session: str = "") -> Client:
        """Take a client in."""
        client = Client(outlet, asker, session)
        self.clients[client] = set()
        return client

    def leave(self, client: Client) -> None:
        """Forget a client."""
        if client in self.clients:
            self.gone[client.code] += 1
            self.left_out += client.left_out + client.outbox.left_out
        for task in self.clients.pop(client, ()):
            task.cancel()
        self.awaiting.discard(client)
        self.audiences.move(client, ())

    def keep(self, client: Client, work: Coroutine[Any, Any, None]) -> None:
        """Have something done for a client until it leaves."""
        task = asyncio.ensure_future(work)
        self.clients[client].add(task)
        task.add_done_callback(lambda done: self.clients.get(client, set()).discard(done))

    @staticmethod
    def may_hear(client: Client, feed: SessionFeed) -> bool:
        """May a client hear a session? Without a token not one that is live."""
        return not feed.session.live or client.asker is None or bool(client.asker.name)

    def say(self, client: Client, kind: str, content: Any) -> None:
        """Say something to one client."""
        client.say([Item(self._said[kind], 0, content)], self.now())

    def tell(self, items: Iterable[Item]) -> None:
        """Tell all who hear it."""
        found = list(items)
        if found:
            now = self.now()
            for audience in self.audiences:
                audience.tell(found, now)

    # --- by turns -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Turn until cancelled; then all streams are closed."""
        beat_at = self.now()
        try:
            while True:
                await asyncio.sleep(TURN_S if self.clients else IDLE_S)
                now = self.now()
                self.turn(now)
                if now >= beat_at:
                    beat_at = max(beat_at + BEAT_S, now)
                    self._beat(now)
        finally:
            self.close()

    def close(self) -> None:
        """End all streams."""
        for client in list(self.clients):
            client.close(GOING_AWAY, "the gateway ends")
        for feed in self._feeds.values():
            feed.close()

    def turn(self, now: float) -> None:
        """Tell what has happened since the last turn, and send what waits."""
        for feed in list(self._feeds.values()):
            try:
                self.tell(feed.turn(now, self.now_ns(), self.audiences.heard))
            except Exception as error:  # one session's trouble is not the others'
                self._trouble_of(feed).comes(error, trace=True)
            else:
                self._trouble_of(feed).goes()
        for client in [each for each in self.awaiting if self._has_session(each)]:
            self.awaiting.discard(client)
            self.keep(client, self.requests.again(client))
        self.tell(self._entries.turn(now, heard=self.audiences.heard([self._entries.channel])))
        for client in [each for each in self.clients if each.waits_since is not None]:
            client.look(now)
        self.turned.set()
        self.turned.clear()

    def _has_session(self, client: Client) -> bool:
        """Is there the session that a client has asked for, with what it trades?"""
        feed = self.feed_of(client)
        return feed is not None and bool(feed.market.symbols)

    def _trouble_of(self, feed: SessionFeed) -> Trouble:
        name = feed.session.id
        if name not in self._trouble:
            self._trouble[name] = Trouble(_log, f"session {name} can't be told of", f"session {name} is told of again")
        return self._trouble[name]

    def _beat(self, now: float) -> None:
        for feed in self._feeds.values():
            if feed.session.live:
                self._end_nameless(feed)
        for audience in self.audiences:
            beat = Heartbeat(ts_send=self.now_ns(), topics=audience.numbers())
            told = Told([Item(self._beats, 0, beat)])
            for client in list(audience.clients):
                client.take(told, now)

    def _end_nameless(self, feed: SessionFeed) -> None:
        for client in list(self.clients):
            if client.topics and client.session == feed.session.id and not self.may_hear(client, feed):
                client.close(POLICY, NO_TOKEN)
