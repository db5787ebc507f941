"""A session whose feed stops at a gate, so that it can be talked to in the middle."""

import asyncio

from msgspec.structs import replace

from lockstep.data.recordings.terms import LaneTerms
from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.sources.replay import Replay

EXECUTION = TickExecution(Latency(submit=2_000_000, report=1_000_000), maker_fee=-1e-5, taker_fee=2e-4)


class Gated(Replay):
    """A replay that stops once so many events were given, until ``gate`` is set."""

    def __init__(self, ticks, until):
        super().__init__([ticks])
        self.until, self.reached, self.gate = until, asyncio.Event(), asyncio.Event()

    async def batches(self):
        given = 0
        async for batch in super().batches():
            for k in range(0, len(batch), 500):
                yield batch[k : k + 500]
                given += len(batch[k : k + 500])
                if given >= self.until:
                    self.reached.set()
                    await self.gate.wait()


def lane_of(ticks, name="maker", **parameters):
    return LaneTerms(
        name, "simple_market_maker", {"interval_ms": 20} | parameters, ticks.instrument.to_dict(), EXECUTION.to_dict(),
        1e6, ticks.slots,
    )  # fmt: skip


def gated_host(folder, ticks, until=4000, limits=None, by_hand=False):
    """A market maker, and a strategy for orders by hand."""
    source, lanes = Gated(ticks, until), [lane_of(ticks)]
    if by_hand:
        lanes.append(replace(lanes[0], name="hand", strategy="manual", parameters={}, cash=0.0))
    return Host(folder, session_terms("paper", source, tuple(lanes), now_ns=1, id="one", limits=limits), source)


def talked(host, *work):
    """Run a session, and functions in a thread while it stands at its gate; return what they return."""

    async def running():
        task = asyncio.ensure_future(host.run())
        await host._source.reached.wait()
        found = [await asyncio.to_thread(each) for each in work]
        host._source.gate.set()
        try:
            await task
        finally:
            host.ended = task.exception()
        return found

    return asyncio.run(running())
