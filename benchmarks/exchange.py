"""How long from an order sent to the local exchange to its acceptance heard, and how many orders a second does it take?

    python -m benchmarks.exchange [--orders 20000] [--repeats 5] [--short]

The exchange is a process of its own with a log, the client another, over loopback. One order at a time for the round
trip; for orders a second, all are sent before the last is awaited, by one client and by four. Then the same beside the
generated market at ten times its speed, and with the log synced to the disk. Last, the exchange's own work for an
order, without sockets.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.harness import heading, in_fresh_process, memory_mb, options, spread

HOST = "127.0.0.1"
LISTED = ("--instruments", "ACME:0.01:1")


def orders(count: int, client: int = 0) -> list[Any]:
    """Return orders that rest on a hundred levels, far from the market."""
    from lockstep.live.exchange.messages import New

    return [
        New(client_id=f"{client}-{k}", symbol="ACME", side="buy", quantity="1", price=f"{900 + k % 100 / 100:.2f}")
        for k in range(count)
    ]


async def round_trips(port: int, count: int) -> list[float]:
    """Return the seconds from sending an order to hearing of it, one order at a time."""
    from lockstep.live.exchange.client import connect

    client = await connect(HOST, port, "trips")
    times = []
    for order in orders(count):
        start = time.perf_counter()
        await client.request(order)
        times.append(time.perf_counter() - start)
    await client.close()
    return times


async def stream(port: int, count: int, name: str) -> None:
    """Send orders without waiting, and wait for the answer to the last."""
    from lockstep.live.exchange.client import connect

    client = await connect(HOST, port, name)
    *first, last = orders(count)
    for k, order in enumerate(first):
        client.send(order)
        if k % 200 == 199:  # let the answers in: nobody reads them all at the end
            await asyncio.sleep(0)
    await client.request(last, timeout=300)
    await client.close()


async def rate(port: int, count: int, clients: int, name: str) -> float:
    """Return orders a second, sent by several clients at once."""
    start = time.perf_counter()
    await asyncio.gather(*(stream(port, count // clients, f"{name}-{k}") for k in range(clients)))
    return count / (time.perf_counter() - start)


def measure(arguments: Sequence[str], count: int, repeats: int, sync: bool) -> dict[str, Any]:
    """Run an exchange and trade with it; the first round is left out."""
    with tempfile.TemporaryDirectory() as folder:
        log = ["--log", str(Path(folder) / "log"), *(["--sync"] if sync else [])]
        command = [sys.executable, "-c", "from lockstep.cli import main; main()", "exchange", *LISTED, *log, *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            found: dict[str, Any] = {"trips": [], "one": [], "four": []}
            asyncio.run(round_trips(port, 200))
            memory, sent = memory_mb(process.pid).get("VmRSS", 0.0), 0
            for repeat in range(repeats):
                found["trips"].append(sorted(asyncio.run(round_trips(port, count // 10))))
                for name, clients in (("one", 1), ("four", 4)):
                    found[name].append(asyncio.run(rate(port, count, clients, f"{name}{repeat}")))
                sent += count // 10 + 2 * count
            found["bytes"] = (memory_mb(process.pid).get("VmRSS", 0.0) - memory) * 1e6 / sent
            process.terminate()
    return found


def inside(count: int, repeats: int) -> dict[str, Any]:
    """Return the processor seconds that the gate takes for an order, bytes in and bytes out, its log to a file."""
    from msgspec.structs import replace

    from lockstep.live.exchange.gate import Gate
    from lockstep.live.exchange.listing import read_listings
    from lockstep.live.exchange.log import Log
    from lockstep.live.exchange.messages import Hello
    from lockstep.live.exchange.protocol import encode
    from lockstep.live.exchange.venue import Venue

    frames = [encode(replace(order, seq=k + 2)) for k, order in enumerate(orders(count))]
    found = []
    with tempfile.TemporaryFile("wb", buffering=0) as file:
        for _ in range(repeats + 1):
            gate = Gate(Venue(read_listings(LISTED[1]), epoch=1, start_ns=1), time_ns=1, log=Log(file.write))
            gate.open(1, 1)
            gate.receive(1, encode(Hello(seq=1, account="ann")), 1)
            start = time.process_time()
            for frame in frames:
                gate.receive(1, frame, 1)
            found.append((time.process_time() - start) / count)
    return {"seconds": found[1:]}


def show(title: str, found: dict[str, Any]) -> None:
    """Print the figures of one exchange."""
    p50 = [trips[len(trips) // 2] for trips in found["trips"]]
    p99 = [trips[len(trips) * 99 // 100] for trips in found["trips"]]
    print(f"{title}:")
    print(f"  new to accepted: p50 {spread(p50, 'us', 1e6, 0)}, p99 {spread(p99, 'us', 1e6, 0)}")
    for name, clients in (("one", "one client"), ("four", "four clients")):
        print(f"  {clients}: {spread(found[name], 'orders/s', 1.0, 0)}")


def main() -> None:
    """Measure in fresh processes and print."""
    chosen = options(__doc__, orders=20_000)
    count, repeats = (4_000, 2) if chosen.short else (chosen.orders, chosen.repeats)
    heading(__doc__)
    cases: dict[str, tuple[list[str], bool]] = {
        "with its log": ([], False),
        "beside the generated market at ten times its speed": (["--flow", "7", "--flow-speed", "10"], False),
        "with its log synced before each answer": ([], True),
    }
    for title, (arguments, sync) in cases.items():
        given: dict[str, Any] = {"arguments": arguments, "count": count, "repeats": repeats, "sync": sync}
        found = in_fresh_process("benchmarks.exchange:measure", **given).values
        show(title, found)
        if not arguments and not sync:
            print(f"  memory of the exchange: {found['bytes']:,.0f} bytes an order")
    seconds = in_fresh_process("benchmarks.exchange:inside", count=count, repeats=repeats).values["seconds"]
    print(f"without sockets: {spread(seconds, 'us', 1e6, 1)} of processor time an order, {1 / median(seconds):,.0f}/s")


if __name__ == "__main__":
    main()
