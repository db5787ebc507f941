"""A gateway that speaks a generated market over a WebSocket, at an even rate: a process of its own for benchmarks.

    python -m benchmarks.gateway --rate 2000

Its first line is its port. The messages are those of docs/feed.md, each an event of the generated flow: a level or a
trade. `ts_event` is the moment at which it fell due, another one for each message, and `ts_send` the moment at which it
was sent. It plays to one listener at a time, ends by SIGTERM, and with its standard input: whoever started it may die.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

HOST = "127.0.0.1"
SYMBOL = "SYNTHETIC"
QUIET = 1_000
"""Events of the flow that come before anybody listens: the book fills."""
BEHIND_S = 1.0
"""A sender that is so far behind leaves the moments out that it has missed."""


class Market:
    """The generated flow as messages; the book as it stands."""

    def __init__(self, seed: int) -> None:
        self._events = _events(seed)
        self._levels: tuple[dict[int, int], dict[int, int]] = {}, {}
        self._seqs = {f"book:{SYMBOL}": 0, f"trade:{SYMBOL}": 0}
        for _ in range(QUIET):
            self.next(0)

    def next(self, due_ns: int) -> str:
        """Return the next event as a message."""
        from benchmarks.tick_feed import TRADE

        kind, side, tick, lots = next(self._events)
        if kind == TRADE:
            number, price = self._count("trade"), f"{tick / 100:.2f}"
            rest = f'"price":"{price}","size":"{lots}","side":"{"buy" if side else "sell"}"'
            return _said("trade", number, due_ns, rest)
        levels = self._levels[side]
        if lots:
            levels[tick] = lots
        else:
            levels.pop(tick, None)
        change = f'[["{tick / 100:.2f}","{lots}"]]'
        sides = f'"bids":[],"asks":{change}' if side else f'"bids":{change},"asks":[]'
        return _said("book", self._count("book"), due_ns, sides)

    def answer(self, text: str | bytes) -> list[str]:
        """Return what is said to a request: all that is told, and a picture of the book."""
        asked = json.loads(text)
        refused = {f"{kind}:{SYMBOL}": "not told here" for kind in asked["dataTypes"] if kind in ("phase", "quote")}
        said = {"type": "subscribed", "id": asked["id"], "topics": self._seqs, "refused": refused}
        sides = [[[f"{tick / 100:.2f}", str(lots)] for tick, lots in levels.items()] for levels in self._levels]
        picture = {
            "type": "book", "symbol": SYMBOL, "seq": self._seqs[f"book:{SYMBOL}"], "snapshot": True, "bids": sides[0],
            "asks": sides[1],
        }  # fmt: skip
        return [json.dumps(said), json.dumps(picture)]

    def heartbeat(self) -> str:
        """Return a sign of life."""
        return json.dumps({"type": "heartbeat", "ts_send": time.time_ns(), "topics": self._seqs})

    def _count(self, kind: str) -> int:
        topic = f"{kind}:{SYMBOL}"
        self._seqs[topic] += 1
        return self._seqs[topic]


def _said(kind: str, number: int, due_ns: int, rest: str) -> str:
    head = f'{{"type":"{kind}","symbol":"{SYMBOL}","seq":{number}'
    return f'{head},"ts_event":{due_ns},"ts_send":{time.time_ns()},{rest}}}'


def _events(seed: int) -> Iterator[tuple[int, int, int, int]]:
    """Give kind, side, tick and lots of levels and trades, without an end."""
    from benchmarks.tick_feed import SET, TRADE

    from lockstep.data.ticks.flow import flow_blocks

    for block in flow_blocks("L2", seed=seed, start_ns=0, size=4096):
        for event in zip(*(getattr(block, name).tolist() for name in ("kind", "side", "tick", "lots")), strict=True):
            if event[0] in (SET, TRADE):
                yield event


async def speak(connection: Any, market: Market, rate: float) -> None:
    """Say one event after the other until the connection ends."""
    for text in market.answer(await connection.recv()):
        await connection.send(text)
    listening = asyncio.create_task(_answers(connection, market))
    step = round(1e9 / rate)
    due = time.time_ns() + step
    beat = due
    try:
        while True:
            # A sleep of the thread is exact to some microseconds; the event loop's are whole milliseconds.
            time.sleep(max(0, due - time.time_ns()) / 1e9)
            await connection.send(market.next(due))
            if due >= beat:
                beat += 10**9
                await connection.send(market.heartbeat())
            await asyncio.sleep(0)
            due = max(due + step, time.time_ns() - round(BEHIND_S * 1e9))
    finally:
        listening.cancel()


async def _answers(connection: Any, market: Market) -> None:
    async for request in connection:
        for text in market.answer(request):
            await connection.send(text)


async def serving(seed: int, rate: float) -> None:
    """Listen on a free port until the standard input ends."""
    from websockets.asyncio.server import serve
    from websockets.exceptions import ConnectionClosed

    market, loop = Market(seed), asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(sys.stdin, ended.set)

    async def handler(connection: Any) -> None:
        with suppress(ConnectionClosed):
            await speak(connection, market, rate)

    async with serve(handler, HOST, 0, compression=None, ping_interval=None) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await ended.wait()


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rate", type=float, default=2_000.0)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    asyncio.run(serving(chosen.seed, chosen.rate))


if __name__ == "__main__":
    main()
