"""Recorded Bybit streams (v5) and the order book files that Bybit offers for download: one JSON message a line.

https://bybit-exchange.github.io/docs/v5/websocket/public/orderbook and .../public/trade. Topics `orderbook.N.SYMBOL`
(snapshots and deltas; the update id grows by one, a snapshot with 1 follows a restart) and `publicTrade.SYMBOL`; the
files, such as 2024-12-01_XRPUSDT_ob500.data.zip, are such lines without a time of receipt. Times are the matching
engine's (cts, T), the time of sending (ts) where a message has none.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from lockstep.data.ticks.epochs import Epoch, Whole, ns_of
from lockstep.data.ticks.message import BAD_JSON, Levels, Message, Said
from lockstep.data.ticks.rows import UNTIMED
from lockstep.data.ticks.stream import StreamReader, Unreadable
from lockstep.kernels.book.tables import ASK, BID

_SIDES = {"Buy": ASK, "Sell": BID}
"""The side of the book that a taker hits."""


class _Depth(msgspec.Struct):
    s: str
    u: Whole
    b: Levels = []
    a: Levels = []


class _Trade(msgspec.Struct):
    T: Epoch
    s: str
    S: str
    v: str
    p: str
    i: str = ""
    BT: bool = False


class _Line(msgspec.Struct):
    topic: str = ""
    type: str = ""
    ts: Epoch = 0
    cts: Epoch = 0
    data: msgspec.Raw = msgspec.Raw()
    op: str = ""


class _Time(msgspec.Struct):
    T: Epoch = 0


_LINE = msgspec.json.Decoder(_Line)
_DEPTH = msgspec.json.Decoder(_Depth)
_TRADES = msgspec.json.Decoder(list[_Trade])
_TRADE_TIMES = msgspec.json.Decoder(list[_Time])


class BybitReader(StreamReader):
    """Reads recordings of Bybit's streams and its order book files, see StreamReader.

    Level "L1" takes `orderbook.1`, "L2" the deeper book that the files show first; `depth` chooses another.
    """

    in_band = True

    def __init__(self, *args: Any, depth: int | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._depth = 1 if self.level == "L1" else depth

    def sent_ns(self, line: bytes) -> int:
        """Return the time that the line's events get."""
        try:
            said = _LINE.decode(line)
            if said.topic.startswith("publicTrade."):
                return ns_of(max((trade.T for trade in _TRADE_TIMES.decode(said.data)), default=0))
        except BAD_JSON:
            return UNTIMED
        return ns_of(said.cts or said.ts)

    def parse(self, line: bytes, spot: int, received_ns: int) -> Iterable[Message]:
        """Return what a line says."""
        try:
            said = _LINE.decode(line)
            if said.topic.startswith("orderbook."):
                return self._book(said, _DEPTH.decode(said.data), spot, received_ns)
            if said.topic.startswith("publicTrade."):
                return [_trade(trade, spot, received_ns) for trade in _TRADES.decode(said.data)]
        except BAD_JSON as error:
            raise Unreadable(f"expected a message of Bybit's in JSON: {error}") from error
        if said.topic or said.op:
            return ()  # another topic, or the answer to a subscription
        raise Unreadable("expected a topic orderbook or publicTrade, found JSON of another kind")

    def _book(self, said: _Line, depth: _Depth, spot: int, received_ns: int) -> Iterable[Message]:
        levels = said.topic.split(".")[1]
        if not levels.isdigit():
            return ()
        if self.level == "L2" and self._depth is None and int(levels) > 1:
            self._depth = int(levels)
        if int(levels) != self._depth:
            return ()
        time_ns = ns_of(said.cts or said.ts)
        if said.type not in ("snapshot", "delta"):
            raise Unreadable(f"expected a snapshot or a delta, found type {said.type!r}")
        if self.level == "L1":
            bid, ask = _best(depth.b), _best(depth.a)
            # Without the update id: it starts again from 1 whenever the service does.
            return [Message(Said.QUOTE, depth.s, spot, time_ns, received_ns, bids=bid, asks=ask)]
        kind = Said.SNAPSHOT if said.type == "snapshot" else Said.DIFF
        return [
            Message(kind, depth.s, spot, time_ns, received_ns, depth.u, depth.u, None, depth.b, depth.a)
        ]  # fmt: skip


def _best(levels: Levels) -> Levels:
    """Return what a side of `orderbook.1` is now: no level where it did not change, no lots where it is empty."""
    filled = [level for level in levels if level[1].strip("0.")]
    return filled[-1:] or ([("0", "0")] if levels else [])


def _trade(trade: _Trade, spot: int, received_ns: int) -> Message:
    """Trades outside the book (BT, block trades) take nothing from it; ids of contracts are no numbers."""
    kind = Said.UNLIT_TRADE if trade.BT else Said.TRADE
    return Message(
        kind, trade.s, spot, ns_of(trade.T), received_ns, bids=[(trade.p, trade.v)], side=_SIDES.get(trade.S, -1)
    )  # fmt: skip
