"""How late do clients hear what happens, when many listen, when some of them don't read, and after storms of connects?

    python -m benchmarks.fan_out [--repeats 5] [--seconds 10] [--short]

This process writes quotes or trades into a session's ring, each with the moment at which it was written as its time; a
gateway of its own process tells them, and clients of a third one note when they arrive. Of each frame that message is
timed that waited longest. Then a session with a market maker trades in a process of its own, alone and with listeners:
does its engine decide as fast?
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.fan_out_ring import SYMBOLS, Written
from benchmarks.fan_out_session import SYMBOL
from benchmarks.harness import ROOT, heading, options, spread, versions

WARM_S = 1.0
FILES = 8192


class Child:
    """A module of benchmarks in a process of its own, which answers lines; it ends with its standard input."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", *arguments], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def say(self, line: str) -> None:
        """Say a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def line(self) -> str:
        """Return what it says next."""
        assert self.process.stdout is not None
        found = self.process.stdout.readline().strip()
        if not found:
            raise RuntimeError(f"{self.process.args!r} ended")
        return found

    def ask(self, line: str) -> Any:
        """Return its answer."""
        self.say(line)
        return json.loads(self.line())


@contextmanager
def child(*arguments: str) -> Iterator[Child]:
    """Run a module of benchmarks."""
    started = Child(*arguments)
    try:
        yield started
    finally:
        assert started.process.stdin is not None
        started.process.stdin.close()
        try:
            started.process.wait(30)
        except subprocess.TimeoutExpired:
            started.process.kill()
            started.process.wait()


@contextmanager
def gateway() -> Iterator[tuple[Written, Child, str]]:
    """Run a gateway of a ring that is written here; gives it with its port."""
    with tempfile.TemporaryDirectory() as home:
        written = Written(Path(home) / "one")
        try:
            with child("benchmarks.fan_out_gateway", str(Path(home) / "one")) as serving:
                yield written, serving, serving.line()
        finally:
            written.close()


@contextmanager
def clients(port: str, count: int, topics: Sequence[str], stalled: int = 0) -> Iterator[Child]:
    """Connect so many, until the end."""
    counts = ("--port", port, "--clients", str(count), "--stalled", str(stalled))
    with child("benchmarks.fan_out_clients", *counts, "--topics", ",".join(topics)) as listening:
        if listening.line() != "connected":
            raise RuntimeError("clients have not connected")
        yield listening


def heard(what: str, rate: float, count: int, stalled: int, seconds: float) -> dict[str, Any]:
    """Return how late messages came, what the gateway took, and when the stalled were closed and gone."""
    from lockstep.kernels.book.kinds import EventKind

    kind, topics = int(EventKind[what.upper()]), [f"{what}:S{k}" for k in range(SYMBOLS)]
    with gateway() as (written, serving, port):
        before = serving.ask("state")
        with clients(port, count, topics, stalled) as listening:
            written.write(kind, rate, WARM_S)
            listening.ask("told"), serving.ask("state")
            since, cpu = time.monotonic(), serving.ask("state")["cpu_s"]
            written.write(kind, rate, seconds)
            found: dict[str, Any] = listening.ask("told")
            after = serving.ask("state")
    found["grown_mb"] = after["peak_mb"] - before["resident_mb"]
    found["cpu"] = (after["cpu_s"] - cpu) / (time.monotonic() - since)
    found["closed"], found["gone_s"] = (
        len(after["closed"]),
        sorted(gone - closed for closed, gone in zip(sorted(after["closed"]), sorted(after["gone"]), strict=False)),
    )
    if found["lost"] or len(after["gone"]) != stalled:
        raise RuntimeError(f"of {stalled} stalled {len(after['gone'])} had gone, and of the others {found['lost']}")
    return found


def fan_out(seconds: float, runs: int) -> None:
    """Quotes to 50 clients."""
    shown("2,000 quotes/s, 50 clients", [heard("quote", 2_000, 50, 0, seconds) for _ in range(runs)])


def stalled(seconds: float, runs: int) -> None:
    """Trades, none of which may be left out, to 80 clients; then to 20 more that do not read."""
    alone, beside = [], []
    for _ in range(runs):
        alone.append(heard("trade", 5_000, 80, 0, seconds))
        beside.append(heard("trade", 5_000, 80, 20, max(seconds, 6.0)))
    shown("5,000 trades/s, 80 clients", alone)
    shown("5,000 trades/s, 80 clients and 20 that don't read", beside)
    gone = [each for found in beside for each in found["gone_s"]]
    print(f"  closed as their outbox was full: {[each['closed'] for each in beside]} of 20;"
          f" gone after {spread(gone, 's', digits=1)}")  # fmt: skip
    ratios = [with_["p99"] / without["p99"] for with_, without in zip(beside, alone, strict=True)]
    print(f"  p99 beside that without the stalled: {spread(ratios, 'times', digits=2)}")


def shown(what: str, found: Sequence[dict[str, Any]]) -> None:
    """Print the figures of some runs."""
    print(f"{what}:")
    for name in ("p50", "p99", "most"):
        print(f"  {name:4} {spread([each[name] for each in found], 'ms', digits=2)}")
    print(f"  {median(each['frames'] for each in found):,.0f} frames;"
          f" gateway: {spread([each['cpu'] for each in found], 'of a core', digits=2)},"
          f" memory +{spread([each['grown_mb'] for each in found], 'MB', digits=1)}", flush=True)  # fmt: skip


def storms(connects: int, again: int, runs: int) -> None:
    """Connect many, cut half of them and let them come again, and leave; what remains?"""
    topics = [f"quote:S{k}" for k in range(SYMBOLS)]
    with gateway() as (_, serving, port):
        with clients(port, 10, topics):
            pass
        states, opened, took = [settled(serving)], [], []
        for _ in range(max(runs, 2)):
            since = time.perf_counter()
            with clients(port, connects, topics) as listening:
                opened.append(time.perf_counter() - since)
                took.append(float(listening.ask(f"storm {again}")))
                during = settled(serving, connects)
            states.append(settled(serving))
    print(
        f"{connects:,} connects with the start of their process: {spread(opened)}; a storm of {again}: {spread(took)}"
    )
    print(f"  during: {standing(during)}")
    for name, state in zip(("before", "after one", f"after {len(states) - 1}"), (*states[:2], states[-1]), strict=True):
        print(f"  {name}: {standing(state)}", flush=True)


def settled(serving: Child, count: int = 0) -> dict[str, Any]:
    """Return how the gateway stands once so many clients are there."""
    until = time.monotonic() + 30
    while (found := serving.ask("state"))["clients"] != count or found["connections"] != count:
        if time.monotonic() > until:
            break
        time.sleep(0.05)
    state: dict[str, Any] = found
    return state


def standing(state: dict[str, Any]) -> str:
    """Return a gateway's state in words."""
    return (f"{state['clients']} clients, {state['connections']} connections, {state['tasks']} tasks,"
            f" {state['handles']} handles, {state['resident_mb']:.1f} MB")  # fmt: skip


def decided(count: int, seconds: float) -> dict[str, float]:
    """Return how long a session's engine took beside a gateway with so many clients."""
    topics = [f"{kind}:{SYMBOL}" for kind in ("quote", "book", "trade")] + ["orders", "fills", "positions", "pnl"]
    with tempfile.TemporaryDirectory() as home:
        folder = str(Path(home) / "one")
        with child("benchmarks.fan_out_session", folder) as trading:
            trading.line()
            with child("benchmarks.fan_out_gateway", folder) as serving, clients(serving.line(), count, topics):
                trading.say("begin")
                time.sleep(seconds)
                found: dict[str, float] = trading.ask("told")
    return found


def engine(count: int, seconds: float, runs: int) -> None:
    """What do listeners do to a session's engine? Runs with and without them take turns."""
    found: dict[int, list[dict[str, float]]] = {0: [], count: []}
    for _ in range(runs):
        for listeners in found:
            found[listeners].append(decided(listeners, seconds))
    for listeners, all_ in found.items():
        p50, p99 = (spread([each[name] for each in all_], "us", digits=0) for name in ("p50", "p99"))
        events, busy = (median(each[name] for each in all_) for name in ("events_s", "cpu"))
        print(f"engine, {listeners} clients: event to decision p50 {p50}, p99 {p99};"
              f" {events:,.0f} events/s, {busy:.2f} of a core", flush=True)  # fmt: skip


def main() -> None:
    """Print every figure."""
    chosen = options(__doc__, repeats=3, seconds=10)
    heading(__doc__)
    print(versions("uvicorn", "uvloop", "starlette", "websockets", "msgspec") + "\n")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard < FILES and hard > 0 else FILES, hard))
    seconds, runs = (2.0, 1) if chosen.short else (float(chosen.seconds), chosen.repeats)
    fan_out(seconds, runs)
    stalled(seconds, runs)
    storms(*((200, 100) if chosen.short else (1_000, 500)), runs)
    engine(50, seconds, runs)


if __name__ == "__main__":
    main()
