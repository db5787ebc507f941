"""What clients of streams may send: requests nearly right, texts that are none, packets cut in pieces, raw bytes."""

import json
import random
import struct
from typing import Any, TypeVar

from tests.live.gateway.fuzzing.known import SYMBOLS

T = TypeVar("T", str, bytes)
_ODD: tuple[Any, ...] = (
    None, True, False, -1, 0, 1.5, 1e308, 1 << 62, 1 << 63, 1 << 70, -(1 << 70), "", "x" * 5000, "\x00", "\u202e", "é",
    [], {}, [[]], [None], {"": None}, ["quote"] * 300, {"a": {"b": {"c": []}}}, "NaN", "quote:AAPL",
)  # fmt: skip
_TOPICS = (
    *(f"{kind}:{symbol}" for kind in ("quote", "book", "trade") for symbol in SYMBOLS), "bar:AAPL:1m", "bar:MSFT:5s",
    "orders", "fills", "positions", "pnl", "risk", "signals", "jobs", "logs",
)  # fmt: skip
_ODD_TOPICS = ("", ":", "::", "bar:", "bar:AAPL:0s", "bar:AAPL:9999999d", "quote:", "quote:ELSE", "é:é", "x" * 80,
               "x" * 81, "orders:1", "quote:AAPL:1m", "\x00", "trade:AAPL\n")  # fmt: skip
_KINDS = ("quote", "trade", "bar", "book", "orders", "nothing")
_EVENTS = ("subscribe", "unsubscribe", "connect", "disconnect", "message", "buy", "", "x" * 300, "__class__")


class Frames:
    """Makes up what is sent."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def plain(self) -> str | bytes:
        """Return a message for a plain WebSocket."""
        chance = self._chance
        kind = chance.random()
        if kind < 0.45:
            return self._cut(json.dumps(self._request()), 0.1)
        if kind < 0.65:
            return self._cut(json.dumps(self._spoilt(self._request())), 0.1)
        if kind < 0.72:
            return json.dumps([self._request() for _ in range(chance.randrange(4))])
        return chance.choice((
            chance.randbytes(chance.randrange(300)), "[" * chance.randrange(30_000), "{" * 100, " " * 60_000, "\x00",
            json.dumps(chance.choice(_ODD)), '{"type":"subscribe","topics":[' + '"orders",' * 3000 + '"orders"]}',
            '{"type":"subscribe","type":"unsubscribe"}', '{"type":"subscribe","id":1e999}', '{"type":NaN}', "",
            b'{"type":"subscribe","topics":["orders"]}', "x" * 65_536, chance.choice(("x" * 65_537, b"\x00" * 70_000)),
        ))  # fmt: skip

    def socket_io(self) -> str | bytes:
        """Return a packet of engine.io, mostly with one of Socket.IO inside."""
        chance = self._chance
        kind = chance.random()
        if kind < 0.4:
            event = json.dumps([chance.choice(_EVENTS[:2]), self._spoilt(self._request(), 0.3)])
            return self._cut(f"42{chance.choice(('', '', '1', '99999999999999999999', '/x,'))}{event}", 0.1)
        if kind < 0.55:
            return self._cut(f"42{json.dumps([chance.choice(_EVENTS), *chance.choices(_ODD, k=2)])}", 0.2)
        if kind < 0.75:
            return f"{chance.choice('0123456789b')}{chance.choice(('', 'probe', '0', '1', '3', '4', 'x', '{}', '{'))}"
        placeholder = json.dumps(["subscribe", {"_placeholder": True, "num": chance.choice((0, -1, 7, "x", None))}])
        return chance.choice((
            f"45{chance.choice(('0', '1', '2', '9999', '-1', ''))}-{placeholder}", b"\x00\x01", b"", "40", "40/x,",
            '40{"token": "wrong"}', "41", "41/x,", "43", "431[]", "436[1,2]", "44", '44"x"', "46", "47", "4", "42",
            "42[]", "42{}", "42null", '42["subscribe"', "42" + "[" * 20_000, "4" * 5000, "6", "5", "2probe", "3probe",
            "\x1e", "42\x1e42", "b!!!", "bAAAA", "x" * 65_536, "x" * 65_537, chance.randbytes(chance.randrange(99)),
        ))  # fmt: skip

    def payload(self) -> bytes:
        """Return the body of a polling client: packets with separators, or none."""
        chance = self._chance
        packets = [self.socket_io() for _ in range(chance.choice((0, 1, 1, 2, 5, 40)))]
        body = b"\x1e".join(each if isinstance(each, bytes) else each.encode() for each in packets)
        return chance.choice((body, body, body, b"d=" + body, b"\xff\xfe" + body, b"\x1e" * 20, b"1", b"d="))

    def raw(self) -> bytes:
        """Return bytes that are a frame of RFC 6455, or nearly."""
        chance = self._chance
        body = chance.randbytes(chance.randrange(200))
        first = chance.choice((0x81, 0x82, 0x80, 0x01, 0x88, 0x89, 0x8A, 0xC1, 0x83, 0x8F, 0x00, chance.randrange(256)))
        mask = 0x80 if chance.random() < 0.8 else 0
        said = chance.choice((len(body), len(body), len(body) + 7, 0, 1 << 40, (1 << 64) - 1))
        if said < 126:
            head = bytes((first, mask | said))
        elif said < 1 << 16:
            head = bytes((first, mask | 126)) + struct.pack("!H", said)
        else:
            head = bytes((first, mask | 127)) + struct.pack("!Q", said)
        return self._cut(head + (b"\x00" * 4 if mask else b"") + body, 0.2)

    def flood(self) -> list[str]:
        """Return many requests that are right, one after another, as somebody asks who asks too often."""
        return [json.dumps(self._request()) for _ in range(250)]

    def _request(self) -> dict[str, Any]:
        chance = self._chance
        request: dict[str, Any] = {"type": chance.choice(("subscribe", "subscribe", "subscribe", "unsubscribe"))}
        topics = [*_TOPICS, *_ODD_TOPICS] if chance.random() < 0.3 else _TOPICS
        if chance.random() < 0.5:
            request["topics"] = chance.choices(topics, k=chance.choice((0, 1, 3, 10, 250)))
        else:
            request |= {"symbols": chance.choices((*SYMBOLS, "ELSE"), k=2), "dataTypes": chance.choices(_KINDS, k=2)}
        if chance.random() < 0.5:
            request["id"] = chance.randrange(1000)
        if request["type"] == "subscribe" and chance.random() < 0.4:
            some = {topic: chance.randrange(50) for topic in chance.choices(_TOPICS, k=3)}
            request["after"] = chance.choice((0, 1, 5, 1 << 62, some))
            request["epoch"] = chance.choice((0, 1, 1 << 62))
        return request

    def _spoilt(self, request: dict[str, Any], often: float = 1.0) -> dict[str, Any]:
        """Return a request of which something is not what it should be."""
        if self._chance.random() >= often:
            return request
        name = self._chance.choice((*request, "after", "epoch", "id", "bid"))
        return {**request, name: self._chance.choice(_ODD)}

    def _cut(self, text: T, often: float) -> T:
        return text[: self._chance.randrange(len(text) + 1)] if self._chance.random() < often else text
