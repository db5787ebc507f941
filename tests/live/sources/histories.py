"""Small histories written by hand, and a look at records."""

import numpy as np

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.ticks import Ticks
from lockstep.kernels.book.events import EventFlag, EventKind, TickBlock

SECOND = 1_000_000_000
ACME = Instrument("ACME", tick=0.01, lot=1.0)
BETA = Instrument("BETA", tick=0.05, lot=0.1)


def block_of(moments, *, ticks=None):
    """Trades at moments in ns; their ids count from 0."""
    count = len(moments)
    moments = np.array(moments, np.int64)
    return TickBlock(
        time_ns=moments, received_ns=moments, kind=np.full(count, EventKind.TRADE, np.uint8),
        side=np.zeros(count, np.int8), flags=np.full(count, EventFlag.LAST, np.uint8),
        tick=np.array(ticks if ticks is not None else [100] * count, np.int64), lots=np.ones(count, np.int64),
        id=np.arange(count, dtype=np.int64), slot=np.full(count, -1, np.int32),
    )  # fmt: skip


def history(instrument, moments):
    return Ticks.from_blocks(block_of(moments), instrument, level="L2")


async def gathered(source):
    """All batches of a source."""
    return [batch.copy() async for batch in source.batches()]
