"""The feed of the tick benchmarks, generated once and read by processes of any environment: NumPy alone.

The layout of a file is TickBlock's, one array per column.
"""

from pathlib import Path
from typing import Any

import numpy as np

COLUMNS = ("time_ns", "received_ns", "kind", "side", "flags", "tick", "lots", "id", "slot")
TICK, LOT = 0.01, 1.0
SEED = 7
SET, CLEAR, TRADE = 6, 7, 9
"""Of EventKind."""
ASK = 1
MILLISECOND = 1_000_000
LATENCY_NS, FEED_NS = MILLISECOND, MILLISECOND // 2
"""Of requests and of reports; of the feed."""
RULE = {"lots": 1, "away": 0, "limit": 20, "interval_ms": 10}
"""Quotes of one lot at the best bid and ask, at most 20 lots held or short, looked after every 10 ms."""
MAKER_FEE, TAKER_FEE = -0.00001, 0.0002
POWER = 3.0


def write_feed(path: str, events: int) -> dict[str, Any]:
    """Generate an L2 feed and write it; return what it is: a job for our own environment."""
    from lockstep.data.ticks.flow import synthetic_flow

    ticks = synthetic_flow(events, "L2", seed=SEED)
    block = next(ticks.blocks(ticks.rows))
    np.savez(path, **block._asdict())
    start, end = ticks.span
    return {"events": ticks.rows, "seconds": (end - start) / 1e9, "trades": int((block.kind == TRADE).sum())}


def read_feed(path: str) -> dict[str, Any]:
    """Return the columns of a feed."""
    with np.load(Path(path)) as file:
        return {name: file[name] for name in COLUMNS}
