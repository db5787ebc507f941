"""Tick blocks from lists of commands."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from tests.kernels.book.commands import Command

from lockstep.kernels.book.events import TickBlock


def block(commands: Sequence[Command], flags: Sequence[int] | None = None) -> TickBlock:
    """Return the commands as a TickBlock, one nanosecond apart."""
    columns = np.array(commands, np.int64).reshape(-1, 6).T
    kind, side, tick, lots, order_id, slot = columns
    time_ns = np.arange(len(kind))
    return TickBlock(
        time_ns, time_ns, kind.astype(np.uint8), side.astype(np.int8),
        np.zeros(len(kind), np.uint8) if flags is None else np.array(flags, np.uint8),
        tick.copy(), lots.copy(), order_id.copy(), slot.astype(np.int32),
    )  # fmt: skip


def cut(events: TickBlock, start: int, stop: int) -> TickBlock:
    """Return the events from start to stop."""
    columns: Any = [column[start:stop] for column in events]
    return TickBlock(*columns)
