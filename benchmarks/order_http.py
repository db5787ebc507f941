"""How long from an order sent over HTTP to its answer, which comes when it is durable and past the risk check?

    python -m benchmarks.order_http [--orders 1000] [--repeats 5] [--short]

`lockstep serve` in a process of its own with one paper session in another, beside a generated market of three symbols
at its own pace (about 2,000 events a second), and beside the same at a tenth of it, as the first session has it. One
client with one connection that stays sends limit orders far from the market, one when the last is answered, and cancels
each, which is not timed. Beside them stand bare commits of the same journal on the same disk, each of a row and the
tape, and orders at 200 a second. The journal is NORMAL (the operating system has a row) and FULL (the disk has it).
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Literal, NamedTuple

from benchmarks.harness import heading, in_fresh_process, options

BODY = b'{"symbol":"AAPL","side":"buy","quantity":1,"orderType":"limit","limitPrice":20.00}'
RATE = 200
WARM = 200
START = ("-c", "from lockstep.cli import main; main()")
FIRST, BUSY = "200 ticks/s", "2,000 ticks/s"
PACES = {FIRST: "synthetic:7@0.1x", BUSY: "synthetic:7"}
PRICES = {"AAPL": 150.1, "GOOGL": 90.2, "MSFT": 370.0}


class Times(NamedTuple):
    """Of one run, in milliseconds."""

    p50: float
    p99: float
    most: float


class Client:
    """One connection that stays."""

    def __init__(self, port: int, session: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        body = BODY[:-1] + f',"sessionId":"{session}"}}'.encode()
        head = f"POST /api/orders HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\n"
        self._order = head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body
        self._port = port

    def order(self) -> tuple[float, str]:
        """Send an order; return how long its answer took in seconds, and where it is."""
        since = time.perf_counter()
        told = self._said(self._order)
        took = time.perf_counter() - since
        head, _, _ = told.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 201"):
            raise RuntimeError(told.decode())
        (where,) = (line[10:] for line in head.decode().split("\r\n") if line.lower().startswith("location: "))
        return took, where

    def cancel(self, where: str) -> None:
        """Cancel an order."""
        told = self._said(f"DELETE {where} HTTP/1.1\r\nHost: localhost:{self._port}\r\n\r\n".encode())
        if not told.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(told.decode())

    def _said(self, request: bytes) -> bytes:
        self._socket.sendall(request)
        told = b""
        while True:
            told += self._socket.recv(1 << 16)
            head, end, body = told.partition(b"\r\n\r\n")
            if end and len(body) >= int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]):
                return told


def bare(folder: str, durable: Literal["full", "normal"], count: int) -> dict[str, Any]:
    """Return how long commits of one row and a few records take."""
    import numpy as np

    from lockstep.data.recordings.files import HEAD, JOURNAL, TAPE_FILE
    from lockstep.data.recordings.journal_rows import Row, encode
    from lockstep.data.recordings.tape_layout import TAPE
    from lockstep.live.storage.head import HeadFile
    from lockstep.live.storage.journal_file import JournalFile
    from lockstep.live.storage.tape import Tape

    at = Path(folder)
    file = JournalFile(at / JOURNAL, HeadFile(at / HEAD), durable=durable)
    tape = Tape(at / TAPE_FILE, file.end)
    body, took = encode({"order": json.loads(BODY), "wire": [1] * 10}), []
    for k in range(1, count + 1):
        for _ in range(4):
            tape.append(np.ones(1, TAPE))
        tape.flush()
        row = Row(k, k, "submit_order", "", "", tape.taken, body, b"")
        since = time.perf_counter()
        file.commit([row], tape, tape.written)
        took.append(time.perf_counter() - since)
    tape.close()
    file.close()
    return _told(took)._asdict()


@contextmanager
def serving(home: Path, durable: str) -> Iterator[int]:
    """Run a gateway; give its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {
        **os.environ, "LOCKSTEP_HOME": str(home), "LOCKSTEP_STORE": str(home / "store"), "PORT": str(port),
        "LOCKSTEP_JOURNAL": durable, "LOCKSTEP_RATE": "1000000",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, *START, "serve", "--empty"], env=environment, cwd=home, stdout=subprocess.DEVNULL
    )
    try:
        _answers(port)
        yield port
    finally:
        process.terminate()
        process.wait(120)


def _asked(port: int, method: str, path: str, body: Any = None) -> Any:
    from http.client import HTTPConnection

    connection = HTTPConnection("localhost", port, timeout=60)
    try:
        said = None if body is None else json.dumps(body)
        connection.request(method, path, said, {"Content-Type": "application/json"})
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def _answers(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            _asked(port, "GET", "/api/sessions")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the gateway does not answer")


def _await(port: int, session: str) -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until:
        try:
            quotes = _asked(port, "GET", f"/api/sessions/{session}").get("quotes", [])
            if quotes and all(each["bid"] and each["ask"] for each in quotes) and not _installs(port):
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"session {session} does not trade")


def _installs(port: int) -> bool:
    """Is what a first start installs still under way?"""
    jobs = _asked(port, "GET", "/api/jobs")["jobs"]
    return any(job["state"] in ("queued", "running") for job in jobs)


def back_to_back(client: Client, orders: int) -> Times:
    """Send one order when the last is answered and canceled."""
    took = []
    for _ in range(orders):
        seconds, where = client.order()
        took.append(seconds)
        client.cancel(where)
    return _told(took)


def at_rate(client: Client, orders: int) -> Times:
    """Send orders at an even pace; each is timed from when it fell due."""
    took, left = [], []
    due = time.perf_counter()
    for _ in range(orders):
        due += 1 / RATE
        while (wait := due - time.perf_counter()) > 0:
            time.sleep(wait)
        _, where = client.order()
        took.append(time.perf_counter() - due)
        left.append(where)
        if len(left) > 100:
            client.cancel(left.pop(0))
    for where in left:
        client.cancel(where)
    return _told(took)


def _told(seconds: list[float]) -> Times:
    ordered = sorted(seconds)
    return Times(*(1e3 * ordered[min(int(len(ordered) * share), len(ordered) - 1)] for share in (0.5, 0.99, 1.0)))


def _memory(home: Path) -> str:
    """Return what gateway and sessions hold, by /proc."""
    import psutil

    found = []
    for process in psutil.process_iter(["environ", "cmdline"]):
        if (process.info["environ"] or {}).get("LOCKSTEP_HOME") == str(home):
            memory = process.memory_full_info()
            kind = "session" if "lockstep.hosted" in process.info["cmdline"] else "gateway"
            if "worker" in " ".join(process.info["cmdline"]):
                continue  # it installs bars, and is gone a minute later
            found.append(f"{kind} {memory.rss / 1e6:.0f} MB ({memory.pss / 1e6:.0f} its own share)")
    return ", ".join(found)


def measured(durable: str, orders: int, runs: int) -> None:
    """Print the figures of one kind of journal."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        with serving(home, durable) as port:
            for number, (pace, source) in enumerate(PACES.items()):
                session = f"session-{number}"
                asked = {"id": session, "symbols": list(PRICES), "source": source, "prices": PRICES}
                _asked(port, "POST", "/api/sessions", asked)
                _await(port, session)
                client = Client(port, session)
                back_to_back(client, WARM)
                found = [back_to_back(client, orders) for _ in range(runs)]
                _show(f"{durable}, beside {pace}, back to back", found)
                if pace == BUSY:
                    _show(f"{durable}, beside {pace}, {RATE} orders/s", [at_rate(client, orders) for _ in range(runs)])
                print(f"  memory: {_memory(home)}")
                _asked(port, "DELETE", f"/api/sessions/{session}")
        commits = []
        for _ in range(runs):
            with tempfile.TemporaryDirectory(dir=folder) as at:
                told = in_fresh_process("benchmarks.order_http:bare", folder=at, durable=durable, count=orders)
                commits.append(Times(**told.values))
        _show(f"{durable}, bare commits", commits)


def _show(what: str, found: list[Times]) -> None:
    p50, p99, most = (median(getattr(each, name) for each in found) for name in Times._fields)
    spread = f"{min(each.p99 for each in found):.2f} to {max(each.p99 for each in found):.2f}"
    print(f"{what:48} p50 {p50:7.3f} ms  p99 {p99:7.3f} ms ({spread})  most {most:8.2f} ms")


def main() -> None:
    """Print the figures."""
    chosen = options(__doc__, orders=1000)
    heading(__doc__)
    orders, runs = (200, 2) if chosen.short else (chosen.orders, chosen.repeats)
    for durable in ("normal", "full"):
        measured(durable, orders, runs)


if __name__ == "__main__":
    main()
