"""A hub whose turns a test takes itself, and clients without a socket."""

import json
from contextlib import contextmanager
from typing import Any

import msgspec
from tests.live.gateway.streams.sessions import Played

from lockstep.live.gateway.streams.hub import Hub

NOW_NS = 1_767_225_600_000_000_000


class Ear:
    """Hears messages; ``ready`` is as the test says."""

    def __init__(self):
        self.ready, self.heard, self.closed, self.told = True, [], None, []

    def send(self, told):
        self.told.append(told)
        self.heard += [json.loads(item.body) for item in told.items]

    def close(self, code, reason):
        self.closed = code, reason

    def take(self, *types):
        """What was heard of some types since it was asked last, of all without one."""
        found = [message for message in self.heard if not types or message["type"] in types]
        self.heard = [message for message in self.heard if types and message["type"] not in types]
        return found


class Desk:
    """A hub over one session, or none."""

    def __init__(self, session=None):
        self.hub = Hub(now_ns=lambda: NOW_NS)
        self.session = session
        self.at: Any = None
        if session is not None:
            self.hub.add(session)
            self.turn()

    def turn(self, seconds=0.3):
        self.at = (self.hub.now() if self.at is None else self.at) + seconds
        self.hub.turn(self.at)

    def join(self, asker=None, session=""):
        ear = Ear()
        return ear, self.hub.join(ear, asker, session)

    async def ask(self, client, kind="subscribe", **request):
        await self.hub.requests.read(client, msgspec.json.encode({"type": kind, **request}).decode())

    async def listening(self, *topics, **request):
        ear, client = self.join()
        await self.ask(client, topics=list(topics), **request)
        return ear, client


@contextmanager
def played(folder, **how):
    session = Played(folder, **how)
    try:
        yield session
    finally:
        session.close()
