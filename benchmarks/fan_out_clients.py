"""Clients of a gateway's streams for benchmarks, in a process of their own: they note when messages arrive.

    python -m benchmarks.fan_out_clients --port 3002 --clients 50 --stalled 20 --topics quote:S0

Its first line says that all have their answer. A line on its standard input is answered by one of JSON: how long
messages took from `ts_event` to their arrival here since the line before, of each frame the one that waited longest.
`storm N` aborts N connections at once and opens as many, answered by how long that took. It ends with its standard
input.
"""

import argparse
import asyncio
import json
import socket
import sys
import time
from typing import Any, cast

HOST = "127.0.0.1"
HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
EVENT = b'"ts_event":'
TOGETHER = 100
"""Connections that are being opened at the same time."""
PATIENCE_S = 60.0


def masked(text: bytes) -> bytes:
    """Return a client's frame, with a mask of zeros."""
    size = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2, "big")
    return b"\x81" + size + b"\0\0\0\0" + text


class Healthy(asyncio.Protocol):
    """Reads frames as they come. A library would cost more than what is measured."""

    def __init__(self, request: bytes, took: list[int]) -> None:
        self._request, self._took = request, took
        self._left, self._upgraded = b"", False
        self.answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lost = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:  # noqa: D102 - of asyncio
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of it
        self.transport.write(HANDSHAKE)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: D102 - of asyncio
        self.lost = f"cut off ({exc})"
        if not self.answered.done():
            self.answered.set_exception(ConnectionError(self.lost))

    def data_received(self, data: bytes) -> None:  # noqa: D102 - of asyncio
        now = time.time_ns()
        data = self._left + data
        if not self._upgraded:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._left = head
                return
            self._upgraded = True
            self.transport.write(masked(self._request))
        at = 0
        while len(data) - at >= 2:
            size, head_size = data[at + 1] & 127, 2
            if size >= 126:
                head_size = 4 if size == 126 else 10
                size = int.from_bytes(data[at + 2 : at + head_size], "big")
            if len(data) - at < head_size + size:
                break
            at += head_size
            self._frame(data, at, at + size, now)
            at += size
        self._left = data[at:]

    def _frame(self, data: bytes, begin: int, end: int, now: int) -> None:
        if not self.answered.done() and data.find(b'"subscribed"', begin, end) >= 0:
            self.answered.set_result(None)
        found = data.find(EVENT, begin, end)
        if found >= 0:
            found += len(EVENT)
            self._took.append(now - int(data[found : found + 19]))


class Clients:
    """All clients of this process."""

    def __init__(self, port: int, topics: list[str]) -> None:
        self._port, self.took = port, list[int]()
        self._request = json.dumps({"type": "subscribe", "topics": topics}).encode()
        self.healthy: list[Healthy] = []
        self.deaf: list[socket.socket] = []

    async def open(self, count: int) -> None:
        """Connect so many, some at the same time, and wait for their answers."""
        turns = asyncio.Semaphore(TOGETHER)

        async def one() -> None:
            async with turns:
                made = asyncio.get_running_loop().create_connection(
                    lambda: Healthy(self._request, self.took), HOST, self._port
                )
                client = (await made)[1]
                await client.answered
                self.healthy.append(client)

        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*(one() for _ in range(count)))

    async def open_deaf(self, count: int) -> None:
        """Connect those that ask and then read nothing."""
        loop = asyncio.get_running_loop()
        for _ in range(count):
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.setblocking(False)
            await loop.sock_connect(one, (HOST, self._port))
            await loop.sock_sendall(one, HANDSHAKE)
            await loop.sock_recv(one, 4096)
            await loop.sock_sendall(one, masked(self._request))
            self.deaf.append(one)

    async def storm(self, count: int) -> float:
        """Cut so many connections, and open as many at once; return the seconds until all have their answer."""
        gone, self.healthy = self.healthy[:count], self.healthy[count:]
        since = time.perf_counter()
        for each in gone:
            each.transport.abort()
        await self.open(count)
        return time.perf_counter() - since

    def told(self) -> dict[str, Any]:
        """Return what was measured since the last time."""
        found, count = sorted(self.took), len(self.took)
        self.took.clear()
        at = {name: found[min(int(count * share), count - 1)] / 1e6 if count else 0.0
              for name, share in (("p50", 0.5), ("p99", 0.99), ("most", 1.0))}  # fmt: skip
        return {**at, "frames": count, "lost": [each.lost for each in self.healthy if each.lost]}


async def run(chosen: argparse.Namespace) -> None:
    """Connect all, and answer until the standard input ends."""
    clients = Clients(chosen.port, chosen.topics.split(","))
    await clients.open(chosen.clients)
    await clients.open_deaf(chosen.stalled)
    print("connected", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        word, _, count = line.strip().partition(" ")
        if word == "storm":
            print(json.dumps(await clients.storm(int(count))), flush=True)
        else:
            print(json.dumps(clients.told()), flush=True)


def main() -> None:
    """Listen."""
    import uvloop

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--stalled", type=int, default=0)
    parser.add_argument("--topics", default="quote:S0")
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
