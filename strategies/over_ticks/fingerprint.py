"""A hash over all that a run beside ticks knows: two runs with the same one go on alike."""

import hashlib

import numpy as np

from lockstep.kernels.ticks.frame import Frame
from lockstep.kernels.ticks.tables import TICK_RUN

_PLACES = frozenset((
    "next", "count", "seen_next", "seen_count", "known_ns", "last_ns", "heard_by_ns", "finished", "seen_finished",
    "act", "guard", "passed_ns", "refused", "overrun", "fresh_ns", "best_own_bid", "best_own_ask", "worst_own_bid",
    "worst_own_ask", "sample_count", "next_sample_ns",
))  # fmt: skip
"""Where a run stands in a block, in its book's window or in memory: nothing that it knows.

Nor are samples of the account: where it is known that nothing comes for a while, one stands for many.
"""
_RUN = tuple(
    name for name in TICK_RUN.names or () if not name.endswith(("_address", "_column", "_room")) and name not in _PLACES
)


def fingerprint(frame: Frame) -> str:
    """Return the SHA-256 (hex) of book, own orders, messages under way, account, risk, and the strategy's state."""
    run = frame.run[0]
    digest = hashlib.sha256(repr([run[name].item() for name in _RUN]).encode())
    for book in (frame.book, frame.seen):
        if book is not None:
            digest.update(int(book.digest).to_bytes(8, "little"))
            for side in (0, 1):
                digest.update(np.ascontiguousarray(book.depth(side)).tobytes())
    rows = {"own": run["own_used"], "resting": run["resting_count"], "requests": run["request_count"],
            "reports": run["report_count"]}  # fmt: skip
    for name, count in rows.items():
        digest.update(getattr(frame, name)[: int(count)].tobytes())
    for part in (frame.account, frame.holding, frame.state.floats, frame.state.integers, frame.state.arena):
        digest.update(part.tobytes())
    if frame.guards is not None:
        digest.update(frame.guards.known(frame.lane))
    return digest.hexdigest()
