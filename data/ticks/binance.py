"""Recorded Binance streams, spot and futures: depth, snapshots, trades and best quotes as JSON, one message a line.

https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams (spot) and
https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams (futures; those margined
in coins alike). A line is a message of a combined stream, {"stream": ..., "data": {...}}, the bare data, or the answer
to a request for the depth, {"lastUpdateId": ..., "bids": ..., "asks": ...}; in front of it may stand the time of
receipt.

Futures tell when the matching engine made a change (T); spot depth has only the time it was sent (E), spot quotes none:
they get their aligned time of receipt. Trades come from `trade` or `aggTrade`, whichever a symbol shows first.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from lockstep.data.ticks.epochs import Epoch, Whole, ns_of
from lockstep.data.ticks.message import BAD_JSON, Levels, Message, Said
from lockstep.data.ticks.rows import UNTIMED
from lockstep.data.ticks.stream import StreamReader, Unreadable
from lockstep.kernels.book.tables import ASK, BID


class _Data(msgspec.Struct):
    """A message's data: all fields of all kinds, so that one decoder reads them."""

    e: str = ""
    E: Epoch = 0
    T: Epoch = 0
    s: str = ""
    U: Whole = 0
    u: Whole = 0
    pu: Whole | None = None
    b: Levels | str = ""
    a: Levels | Whole | str = ""
    B: str = ""
    A: str = ""
    t: Whole = 0
    p: str = ""
    q: str = ""
    m: bool = False
    X: str = "MARKET"
    lastUpdateId: Whole = 0  # noqa: N815  # the venue's names
    bids: Levels = []
    asks: Levels = []


class _Line(_Data):
    """The same, or a combined stream's wrapping of it."""

    stream: str = ""
    data: _Data | None = None
    result: Any = None
    id: Any = None


class _Times(msgspec.Struct):
    E: Epoch = 0
    T: Epoch = 0


class _TimesLine(_Times):
    data: _Times | None = None


_LINE = msgspec.json.Decoder(_Line)
_TIMES = msgspec.json.Decoder(_TimesLine)


class BinanceReader(StreamReader):
    """Reads recordings of Binance's streams, see StreamReader."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._trade_kinds: dict[str, str] = {}

    def sent_ns(self, line: bytes) -> int:
        """Return the time that the line's events get."""
        try:
            said = _TIMES.decode(line)
        except BAD_JSON:
            return UNTIMED
        times = said.data or said
        return ns_of(times.T or times.E)

    def parse(self, line: bytes, spot: int, received_ns: int) -> Iterable[Message]:
        """Return what a line says."""
        try:
            said = _LINE.decode(line)
        except BAD_JSON as error:
            raise Unreadable(f"expected a message of Binance's in JSON: {error}") from error
        data = said.data or said
        time_ns = ns_of(data.T or data.E)
        if data.lastUpdateId:
            return [self._snapshot(data, said.stream, spot, time_ns, received_ns)]
        if not data.s and (data.u or data.e in ("depthUpdate", "trade", "aggTrade")):
            raise Unreadable(f"expected a symbol in s, found none in {line[:80]!r}")
        if data.e == "depthUpdate" and isinstance(data.b, list) and isinstance(data.a, list):
            return [
                Message(Said.DIFF, data.s, spot, time_ns, received_ns, data.U, data.u, data.pu, data.b, data.a)
            ]  # fmt: skip
        if data.e in ("trade", "aggTrade"):
            return self._trade(data, spot, time_ns, received_ns)
        if data.e in ("bookTicker", "") and data.u and isinstance(data.b, str) and isinstance(data.a, str):
            bid, ask = [(data.b, data.B)], [(data.a, data.A)]
            return [Message(Said.QUOTE, data.s, spot, time_ns, received_ns, data.u, data.u, None, bid, ask)]
        if data.e or said.stream or said.result is not None or said.id is not None:
            return ()  # another stream, as klines, or the answer to a subscription
        raise Unreadable("expected depth, a snapshot, a trade or a quote, found JSON of another kind")

    def _snapshot(self, data: _Data, stream: str, spot: int, time_ns: int, received_ns: int) -> Message:
        symbol = data.s or stream.partition("@")[0].upper()
        if not symbol:
            if len(self.instruments) != 1:
                raise Unreadable(
                    f"a snapshot names no symbol, and {len(self.instruments)} instruments were given: record each "
                    "symbol to a file of its own"
                )
            (symbol,) = self.instruments
        number = data.lastUpdateId
        return Message(
            Said.SNAPSHOT, symbol, spot, time_ns, received_ns, number, number, None, data.bids, data.asks
        )  # fmt: skip

    def _trade(self, data: _Data, spot: int, time_ns: int, received_ns: int) -> Iterable[Message]:
        if self._trade_kinds.setdefault(data.s, data.e) != data.e:
            return ()  # the same trades a second time, in another grouping
        number = data.t if data.e == "trade" else _number(data.a)
        kind = Said.TRADE if data.X == "MARKET" else Said.UNLIT_TRADE
        side = BID if data.m else ASK
        return [
            Message(kind, data.s, spot, time_ns, received_ns, bids=[(data.p, data.q)], side=side, id=number)
        ]  # fmt: skip


def _number(value: object) -> int:
    if isinstance(value, int):
        return value
    raise Unreadable(f"expected the number of an aggregate trade, found {value!r}")
