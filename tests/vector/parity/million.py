"""Sessions of every kind of strategy on bars, quotes, L2 and L3, each proven by the batch from its tape.

    python -m tests.vector.parity.million --events 1000000

For each kind of feed a session is run at full speed beside a generated market and proven: every intent, refusal, fill
and end of an order, and every fingerprint, equal to the last bit. Prints what was proven; exit code 1 at a difference.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.live.session.bar_sessions import EVENTS as OVER_BARS
from tests.live.session.bar_sessions import SHIPPED, walking_bars
from tests.live.sources.histories import quotes_of

from lockstep.data.recordings.terms import LaneTerms
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.live.session.asked import lanes_of
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.sources.bar_replay import BarReplay
from lockstep.live.sources.replay import Replay
from lockstep.vector.parity.prove import Parity, prove

OVER_TICKS = Path(__file__).parents[2] / "live/session/event_strategies.py"
ORDER_KERNELS = (
    "simple_market_maker", "avellaneda_stoikov", "book_imbalance_taker", "twap", "vwap", "iceberg",
)  # fmt: skip
TICK_SETTINGS = {"latency.submit": 2_000_000, "latency.report": 1_000_000, "maker_fee": -1e-5, "taker_fee": 2e-4}
QUOTES_PER_EVENT = 4.4
"""Events of a book for one of its quotes and trades."""


def source_of(kind: str, events: int) -> Any:
    """Return a source of so many records of a kind."""
    if kind == "bars":
        return BarReplay(walking_bars(events // 4))
    if kind == "quotes":
        return Replay([quotes_of(synthetic_flow(int(events * QUOTES_PER_EVENT), "L2", seed=5), events)])
    return Replay([synthetic_flow(events, "L3" if kind == "L3" else "L2", seed=5)])


def lanes_for(kind: str, source: Any) -> tuple[LaneTerms, ...]:
    """Return every shipped strategy that can trade beside a feed of a kind, and an event strategy."""
    over_bars = [*SHIPPED, f"{OVER_BARS}:Rebound"]
    if kind == "bars":
        return _lanes(source, over_bars, {}, None)
    ticks = _lanes(source, [*ORDER_KERNELS, f"{OVER_TICKS}:Joiner"], TICK_SETTINGS, None)
    return ticks + _lanes(source, ["sma_cross", f"{OVER_BARS}:Rebound"], {}, "100ms")


def _lanes(source: Any, strategies: list[str], settings: dict[str, Any], bars: str | None) -> tuple[LaneTerms, ...]:
    found: list[LaneTerms] = []
    for text in strategies:
        parameters = {"lots": 200} if text in ("twap", "vwap", "iceberg") else {}
        if bars is None and text == "pairs" and len(source.instruments) < 2:
            continue
        found += lanes_of(source, [text], parameters, settings, 1e6, bars)
    return tuple(found)


def proven(folder: Path, kind: str, events: int) -> tuple[Parity, int, float, float]:
    """Run a session and prove it; return the proof, the number of lanes, and how long either took in seconds."""
    source = source_of(kind, events)
    lanes = lanes_for(kind, source)
    start = time.perf_counter()
    asyncio.run(Host(folder, session_terms("paper", source, lanes, now_ns=1, id=kind), source).run())
    ran = time.perf_counter()
    return prove(folder), len(lanes), ran - start, time.perf_counter() - ran


def main(told: Callable[[str], Any] = sys.stdout.write) -> int:
    """Prove a session of each kind of feed; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--feeds", default="bars,quotes,L2,L3")
    chosen = parser.parse_args()
    equal = True
    for kind in chosen.feeds.split(","):
        with tempfile.TemporaryDirectory() as folder:
            parity, lanes, ran_s, proven_s = proven(Path(folder) / "session", kind, chosen.events)
        equal &= parity.equal
        word = "equal" if parity.equal else f"DIFFERENT {parity.differences[0]}"
        told(
            f"{kind}: {parity.records:,} records, {lanes} strategies: {parity.rows:,} rows and {parity.states} states"
            f" {word}; session {ran_s:.0f} s, proof {proven_s:.0f} s\n"
        )
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
