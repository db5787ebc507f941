"""What clients ask for: read, refused where it can't be, and let happen."""

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from lockstep.live.gateway.streams.client import MOST_A_SECOND, MOST_BAD, Client
from lockstep.live.gateway.streams.feed import SessionFeed
from lockstep.live.gateway.streams.item import Channel, Item
from lockstep.live.gateway.streams.words import (
    MOST_TOPICS,
    Fault,
    Request,
    Subscribe,
    Subscribed,
    Unsubscribe,
    decoder,
    topics_of,
)

if TYPE_CHECKING:
    from lockstep.live.gateway.streams.hub import Hub

PIECE = 500
"""Rows of the journal that are read at once for whoever comes back."""
_UNREADABLE = msgspec.DecodeError, UnicodeError, RecursionError
POLICY = 1008
"""Close code of RFC 6455."""
NO_SESSION = "no session runs here yet: it is told as soon as one does"
NO_TOKEN = "a live session tells only who has a token: send Authorization: Bearer TOKEN, or auth: {token}"


class Requests:
    """Answers the requests of a hub's clients."""

    def __init__(self, hub: "Hub") -> None:
        self._hub = hub

    async def read(self, client: Client, data: str | None) -> None:
        """Take what a client has sent, None for what is no text."""
        try:
            await self.take(client, lambda: decoder.decode(data if data is not None else b"\xff"))
        except _UNREADABLE as error:
            self.unreadable(client, str(error) if data is not None else "requests are text")

    def unreadable(self, client: Client, why: str) -> None:
        """Take that a client has sent what is no request."""
        client.bad += 1
        if client.bad > MOST_BAD:
            client.close(POLICY, f"{client.bad} requests could not be read")
        else:
            self._hub.say(client, "error", Fault(code="malformed", message=why[:300]))

    async def take(self, client: Client, read: Callable[[], Request]) -> Subscribed | None:
        """Let a request happen, and answer it; raises what ``read`` does."""
        if not client.may_ask(self._hub.now()):
            often = Fault(code="rate_limit", message=f"at most {MOST_A_SECOND} requests a second")
            self._hub.say(client, "error", often)
            return None
        request, feed = read(), self._hub.feed_of(client)
        topics = topics_of(request)
        if isinstance(request, Unsubscribe):
            for topic in topics:
                client.topics.pop(topic, None)
            client.forget(topics)
            self._listen(client)
            return self._answer(client, request, feed, {})
        return await self._subscribe(client, request, feed, topics)

    async def again(self, client: Client) -> None:
        """Take up what a client has asked for before there was a session to hear."""
        awaited, client.awaited = client.awaited, []
        for request in awaited:
            await self._subscribe(client, request, self._hub.feed_of(client), request.topics)

    async def _subscribe(
        self, client: Client, request: Subscribe, feed: SessionFeed | None, topics: list[str]
    ) -> Subscribed | None:
        refused = self._join(client, topics, feed)
        waiting = [topic for topic, why in refused.items() if why == NO_SESSION]
        if waiting and client.wait(replace(request, topics=waiting, symbols=[], data_types=[])):
            self._hub.awaiting.add(client)
        if feed is not None and not all(map(feed.has_shown, topics)):
            self._hub.tell(await feed.look(self._hub.now_ns()))
            if client not in self._hub.clients:  # it has left meanwhile
                return None
        answer = self._answer(client, request, feed, refused)
        self._begin(client, request, feed, [topic for topic in topics if topic not in refused])
        return answer

    def _join(self, client: Client, topics: Iterable[str], feed: SessionFeed | None) -> dict[str, str]:
        """Take up topics; return those that are refused, and why."""
        refused = {}
        for topic in topics:
            found = self._found(client, topic, feed)
            if isinstance(found, str):
                refused[topic] = found
            elif topic not in client.topics and len(client.topics) >= MOST_TOPICS:
                refused[topic] = f"a client hears at most {MOST_TOPICS} topics"
            else:
                client.topics[topic] = found
        return refused

    def _found(self, client: Client, topic: str, feed: SessionFeed | None) -> tuple[Channel, ...] | str:
        """Return the channels of a topic: the gateway's own, and those of the session."""
        own, of = self._hub.channels(topic), self._of(client, topic, feed)
        if isinstance(of, str):
            return own if own and of != NO_TOKEN else of
        return (*of, *own)

    def _of(self, client: Client, topic: str, feed: SessionFeed | None) -> tuple[Channel, ...] | str:
        if feed is None:
            return NO_SESSION
        return feed.channels(topic) if self._hub.may_hear(client, feed) else NO_TOKEN

    def _answer(
        self, client: Client, request: Request, feed: SessionFeed | None, refused: dict[str, str]
    ) -> Subscribed:
        numbers = {topic: channels[0].seq for topic, channels in client.topics.items()}
        answer = Subscribed(
            id=request.id, ts_send=self._hub.now_ns(), topics=numbers, refused=refused, epoch=self._hub.epoch,
            session=feed.session.id if feed else None,
        )  # fmt: skip
        self._hub.say(client, "subscribed", answer)
        return answer

    def _begin(self, client: Client, request: Subscribe, feed: SessionFeed | None, topics: list[str]) -> None:
        """Show how things stand, or what has come since; from here on the client is told what happens."""
        late: list[Channel] = []
        items: list[Item] = []
        first = None
        for topic in topics:
            after = request.after.get(topic) if isinstance(request.after, dict) else request.after
            for channel in client.topics[topic]:
                if after is not None and feed is not None and feed.is_journal(channel):
                    late.append(channel)
                    first = after if first is None else min(first, after)
                else:
                    items += self._since(channel, after, request.epoch)
        client.say(items, self._hub.now())
        self._listen(client, without=late)
        if first is not None and feed is not None:
            self._hub.keep(client, self._replay(client, feed, late, request, first))

    def _since(self, channel: Channel, after: int | None, epoch: int) -> list[Item]:
        found = channel.since(after) if after is not None and epoch == self._hub.epoch else None
        return channel.shown() if found is None else found

    async def _replay(
        self, client: Client, feed: SessionFeed, channels: list[Channel], request: Subscribe, at: int
    ) -> None:
        """Tell what rows of the journal say behind one, then what happens: nothing is missing between them."""
        after = {channel: request.after.get(channel.topic, at) if isinstance(request.after, dict) else at
                 for channel in channels}  # fmt: skip
        while at < feed.cursor and not client.closed:
            rows = await asyncio.to_thread(feed.journal().rows, at, PIECE)
            known = [row for row in rows if row.seq <= feed.cursor]
            at = known[-1].seq if known else feed.cursor
            client.say(
                (item for row in known for item in feed.told(row, channels) if item.seq > after[item.channel]),
                self._hub.now(),
            )
            while client.behind and not client.closed:
                await self._hub.turned.wait()
        self._listen(client)

    def _listen(self, client: Client, without: Iterable[Channel] = ()) -> None:
        wanted = {channel for channels in client.topics.values() for channel in channels}
        if not client.closed:
            self._hub.audiences.move(client, wanted - set(without))
