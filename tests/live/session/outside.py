"""A live session against a local exchange in this process, with a market that waits and somebody to trade with."""

import asyncio
import json
import time
from typing import Any

from lockstep.data.recordings.terms import LaneTerms, VenueTerms
from lockstep.data.ticks.execution import TickExecution
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.client import connect
from lockstep.live.exchange.log import read_log
from lockstep.live.exchange.run import Settings, build
from lockstep.live.exchange.server import Clock, Server
from lockstep.live.exchange.testimony import epochs_of
from lockstep.live.session.host import Host
from lockstep.live.session.new_terms import session_terms
from lockstep.live.session.outside import Address
from lockstep.live.sources.replay import Replay

ACCOUNT = "maker"


class Waits(Replay):
    """A history that goes on when the venue has answered; now and then somebody trades with what is quoted."""

    host: Any = None
    other: Any = None
    batch = 40

    async def batches(self):
        """Give a few events at a time."""
        count = 0
        async for batch in super().batches():
            for start in range(0, len(batch), self.batch):
                yield batch[start : start + self.batch]
                await self._settled()
                count += 1
                if self.other is not None and count % 3 == 0:
                    await self._trade(count)

    async def _settled(self):
        venue = self.host.outside.venue
        until = time.monotonic() + 20
        while not venue.ready or any(order.requests for order in venue.tracker.orders.values()) or venue._journaling:
            await asyncio.sleep(0)
            assert time.monotonic() < until, "the venue did not answer"

    async def _trade(self, count):
        orders = [order for order in self.host.outside.venue.tracker.orders.values() if order.accepted]
        if orders:
            order = orders[count % len(orders)]
            symbol, instrument = next(iter(self.instruments.items()))
            await self.other.request(m.New(
                client_id=f"other-{count}", symbol=symbol, side="sell" if order.side == 0 else "buy",
                quantity=f"{instrument.lot * order.remaining:.8f}".rstrip("0").rstrip("."),
                price=f"{order.tick * instrument.tick:.8f}".rstrip("0").rstrip("."), force="ioc",
            ))  # fmt: skip


def terms_of(
    source, instrument, *strategies, cancel_on_disconnect=True, limits=None, account=ACCOUNT, id="s1"
):  # fmt: skip
    """A live session's terms: each strategy, with its parameters, in a lane of its own."""
    execution = TickExecution(maker_fee=-1e-5, taker_fee=2e-4).to_dict()
    lanes = tuple(
        LaneTerms(f"lane{k}", name, parameters, instrument.to_dict(), execution, 1e6)
        for k, (name, parameters) in enumerate(strategies)
    )  # fmt: skip
    venue = VenueTerms("exchange", account, cancel_on_disconnect)
    return session_terms("live", source, lanes, now_ns=1, id=id, venue=venue, limits=limits)


class Place:
    """An exchange with a log that is kept in memory."""

    def __init__(self, instrument, tmp_path, faults=()):
        self.log: list[bytes] = []
        script = tmp_path / "faults.json"
        script.write_text(json.dumps(list(faults)))
        settings = Settings(f"{instrument.symbol}:{instrument.tick}:{instrument.lot}", faults=script)
        self.server = Server(build(settings, self.log.append, time.time_ns()), Clock())

    async def stop(self):
        """End the exchange."""
        self.server.stop()
        for _ in range(5):
            await asyncio.sleep(0)  # for the transports that were ended to be gone

    def epochs(self, tmp_path):
        """What is true."""
        path = tmp_path / "witness.jsonl"
        path.write_bytes(b"".join(self.log))
        return epochs_of(read_log(path))


async def trade(folder, ticks, place, *strategies, port=None, counterparty=True, seen=None, made=None, **changes):
    """Run a live session over a history to its end, at the exchange of a port where one is given; return its host."""
    own = port is None
    port = port or await place.server.start()
    source = Waits([ticks])
    terms = terms_of(source, ticks.instrument, *strategies, **changes)
    host = Host(folder, terms, source, venue=Address("127.0.0.1", port), seen=seen)
    source.host = host
    if made is not None:
        made(host)
    if counterparty:
        source.other = await connect("127.0.0.1", port, "other")
    try:
        await host.run()
    finally:
        if source.other is not None:
            await source.other.close()
        if own:
            await place.stop()
    return host
