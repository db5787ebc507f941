"""A client of an exchange in memory: both without sockets, under a clock that is set by hand."""

import random

from tests.live.sources.virtual import START_NS

from lockstep.data.instrument import Instrument
from lockstep.data.recordings.tape_layout import Input
from lockstep.live.exchange.peer import End, Send
from lockstep.live.sources.exchange_client import ExchangeClient
from lockstep.live.sources.listener import FeedRules
from lockstep.live.sources.picture import Picture
from lockstep.live.sources.translate import Now

GAP = "gap"


class Ear:
    """Listens to a floor, reconnects when it is told to, and builds the books that it hears of."""

    def __init__(self, floor, symbols=("ACME",), *, rules=None, lots=None):
        facts = {symbol: Instrument(symbol, lot=(lots or {}).get(symbol, 1.0)) for symbol in symbols}
        self.client = ExchangeClient(facts, rules or FeedRules(stale_s=60.0), chance=random.Random(1))
        self.floor, self.seconds, self.number = floor, 0.0, 0
        self.pictures = [Picture() for _ in symbols]
        self.rows = []

    @property
    def now(self):
        return Now(self.seconds, START_NS + round(self.seconds * 1e9))

    def begin(self):
        """Connect."""
        self.number = len(self.floor.seats) + 1
        self.floor.seats[self.number] = self
        self.client.opened(self.now)
        self.floor.act(self.floor.gate.open(self.number, self.floor.now))
        return self.speak()

    def move(self, floor):
        """Lose the connection, and begin one with another floor."""
        self.client.closed("cut", self.now)
        self.floor = floor
        return self.begin()

    def act(self, action):
        """What a floor asks of those who sit there."""
        match action:
            case Send(_, data):
                self.client.heard(data, self.now)
            case End():
                self.number = 0

    def give(self, data):
        self.floor.act(self.floor.gate.receive(self.number, data, self.floor.now))

    def speak(self):
        while out := self.client.outgoing():
            self.give(*out)
        self.take()
        return self

    def wait(self, seconds, step=0.1):
        """Let time pass on both sides."""
        for _ in range(round(seconds / step)):
            self.seconds += step
            self.floor.wait(step * 1000)
            self.client.look(self.now)
            self.speak()
        return self

    def take(self):
        """Take what waits, as a session does."""
        for row in self.client.inbox.take(10**6):
            if row["input"] == Input.GAP:
                self.rows.append((int(row["symbol"]), GAP, int(row["lots"])))
                continue
            kind, side, tick, lots = (int(row[name]) for name in ("kind", "side", "tick", "lots"))
            self.pictures[row["symbol"]].apply(kind, side, tick, lots)
            self.rows.append((int(row["symbol"]), kind, tick))

    def heard(self):
        """What has come since the last time: (symbol, kind or gap, tick or number missing)."""
        rows, self.rows = self.rows, []
        return rows

    def books(self):
        """The books as they were heard."""
        return [picture.sides for picture in self.pictures]

    def news(self, kind):
        return [item for item in self.client.news(self.seconds) if item.kind == kind]


def shown(floor, symbols=1, levels=20):
    """The books as the exchange has them, as far as it shows them."""
    matching = floor.venue.trading.matching
    return [tuple(matching.depth(number, side, levels) for side in (0, 1)) for number in range(symbols)]
