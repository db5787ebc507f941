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


def quotes_of(ticks, events=None):
    """The best quotes and the trades of a history of levels, as a feed that has no more tells them."""
    frame, instrument = ticks.quotes(), ticks.instrument
    moments = frame["time"].to_physical().to_numpy()
    sides = [
        (side, np.rint(frame[price].to_numpy() / instrument.tick).astype(np.int64),
         np.rint(frame[f"{price}_size"].to_numpy() / instrument.lot).astype(np.int64))
        for side, price in ((0, "bid"), (1, "ask"))
    ]  # fmt: skip
    parts = [(moments, np.full(len(moments), side), tick, lots, EventKind.QUOTE) for side, tick, lots in sides]
    block = next(ticks.blocks(ticks.rows))
    traded = block.kind == EventKind.TRADE
    parts.insert(
        0, (*(column[traded] for column in (block.time_ns, block.side, block.tick, block.lots)), EventKind.TRADE)
    )
    times, side, tick, lots = (np.concatenate(columns) for columns in list(zip(*parts, strict=True))[:4])
    kind = np.concatenate([np.full(len(part[0]), part[4]) for part in parts])
    order = np.argsort(times, kind="stable")[:events]
    times = times[order]
    last = np.append(times[1:] != times[:-1], True)
    count = len(order)
    whole = TickBlock(
        time_ns=times, received_ns=times, kind=kind[order].astype(np.uint8), side=side[order].astype(np.int8),
        flags=np.where(last, EventFlag.LAST, 0).astype(np.uint8), tick=tick[order], lots=lots[order],
        id=np.zeros(count, np.int64), slot=np.full(count, -1, np.int32),
    )  # fmt: skip
    return Ticks.from_blocks(whole, instrument, level="L1")


async def gathered(source):
    """All batches of a source."""
    return [batch.copy() async for batch in source.batches()]
