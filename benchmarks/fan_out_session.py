"""A session's process for benchmarks: a market maker beside a generated market at 2,000 events a second.

    python -m benchmarks.fan_out_session FOLDER

Its first line says that it trades. A line on its standard input begins the measurement; the next one is answered by
JSON: how long its engine took since from an event to the decision that it led to. It ends with its standard input.
"""

import asyncio
import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

TRADING = 2_000
"""Events after which all is warm."""
SYMBOL = "SYNTHETIC"
SPEED = 2.7
"""With which its market has 2,000 events a second."""


def host(folder: Path, seen: Any = None) -> Any:
    """Return a session that hasn't begun."""
    from lockstep.data.recordings.terms import LaneTerms
    from lockstep.data.ticks.execution import Latency, TickExecution
    from lockstep.data.ticks.flow import SYNTHETIC
    from lockstep.live.session.host import Host
    from lockstep.live.session.new_terms import session_terms
    from lockstep.live.sources.synthetic import Synthetic

    execution = TickExecution(Latency(submit=2_000_000, report=1_000_000)).to_dict()
    lane = LaneTerms("maker", "simple_market_maker", {"interval_ms": 20}, SYNTHETIC.to_dict(), execution, 1e6)
    source = Synthetic(speed=SPEED)
    terms = session_terms("paper", source, (lane,), now_ns=time.time_ns(), id=folder.name)
    return Host(folder, terms, source, seen=seen)


def main() -> None:
    """Trade until the standard input ends."""
    from lockstep.live.session import latencies

    trading = threading.Event()

    def seen(_: Any) -> None:
        if running.core.market_taken >= TRADING and not trading.is_set():
            trading.set()
            print("trades", flush=True)

    def answering() -> None:
        begun, events, cpu = time.monotonic(), 0, 0.0
        for line in sys.stdin:
            if line.strip() == "begin":
                begun, events, cpu = time.monotonic(), running.core.market_taken, time.process_time()
                continue
            seconds = time.monotonic() - begun
            latencies.WINDOW_NS = round(seconds * 1e9)
            took = running.latencies.view().decision
            told = {"p50": took.p50, "p99": took.p99, "decisions": took.measured}
            rate, busy = (running.core.market_taken - events) / seconds, (time.process_time() - cpu) / seconds
            print(json.dumps({**told, "events_s": rate, "cpu": busy}), flush=True)
        running.stop()

    running = host(Path(sys.argv[1]), seen)
    threading.Thread(target=answering, daemon=True).start()
    asyncio.run(running.run())


if __name__ == "__main__":
    main()
