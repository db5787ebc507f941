"""A gateway's side of the conversation in plain Python: it numbers what it says, and can leave messages out."""

import json
from collections import defaultdict

from tests.live.sources.virtual import START_NS


class Speaker:
    """Says messages as text. Topics are numbered from 0 through its life, whoever listens."""

    def __init__(self):
        self.seqs = defaultdict(int)
        self.subscribed = {}
        self.now_ns = START_NS

    def answer(self, request, *, refuse=(), pictures=True):
        """What is said to a subscription: the answer, then pictures."""
        asked = json.loads(request)
        topics = [f"{kind}:{symbol}" for symbol in asked["symbols"] for kind in asked["dataTypes"]]
        refused = {topic: "not told here" for topic in topics if topic in refuse}
        for topic in topics:
            if topic not in refused:
                self.subscribed[topic] = None
        said = [self.say("subscribed", topics=self.latest(), refused=refused, id=asked["id"])]
        books = [topic.partition(":")[2] for topic in topics if topic.startswith("book:") and topic not in refused]
        return said + ([self.picture(symbol) for symbol in books] if pictures else [])

    def latest(self):
        return {topic: self.seqs[topic] for topic in self.subscribed}

    def say(self, kind, **content):
        return json.dumps({"type": kind, "ts_send": self.now_ns, **content})

    def number(self, kind, symbol):
        self.seqs[f"{kind}:{symbol}"] += 1
        return self.seqs[f"{kind}:{symbol}"]

    def quote(self, symbol, bid, ask, **content):
        seq = content.pop("seq", None) or self.number("quote", symbol)
        return self.say("quote", symbol=symbol, seq=seq, bid=bid, bidSize=5, ask=ask, askSize=6, **content)

    def trade(self, symbol, price, size=1, **content):
        seq = content.pop("seq", None) or self.number("trade", symbol)
        return self.say("trade", symbol=symbol, seq=seq, price=price, size=size, **content)

    def book(self, symbol, bids=(), asks=(), **content):
        seq = content.pop("seq", None) or self.number("book", symbol)
        return self.say("book", symbol=symbol, seq=seq, bids=bids, asks=asks, **content)

    def picture(self, symbol, bids=(("10.00", 5),), asks=(("10.02", 7),)):
        seq = self.seqs[f"book:{symbol}"]
        return self.say("book", symbol=symbol, seq=seq, bids=bids, asks=asks, snapshot=True)

    def heartbeat(self):
        return self.say("heartbeat", topics=self.latest())
