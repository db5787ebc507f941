"""Figures of streams: who listens, what waits, what was left out, who was closed."""

import pytest

from lockstep.live.gateway.monitoring.figures import StreamFigures
from lockstep.live.gateway.streams.client import TOO_SLOW, Told
from lockstep.live.gateway.streams.hub import Hub
from lockstep.live.gateway.streams.item import Channel, Item, Rule


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Stuck:
    """A way to a client who reads nothing."""

    ready = False

    def send(self, told):
        raise AssertionError

    def close(self, code, reason):
        pass


def figures(hub):
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in StreamFigures(hub).families()
        for sample in family.samples
    }


@pytest.mark.anyio
async def test_what_waits_is_left_out_and_closed_is_counted():
    hub = Hub()
    quotes, fills = Channel("quote:AAPL", Rule.LATEST, "marketData"), Channel("fills", Rule.NEVER, "fill")
    slow, other = hub.join(Stuck()), hub.join(Stuck())
    for number in range(3):
        slow.take(Told([Item(quotes, number, {"n": number})]), 0.0)
    slow.take(Told([Item(fills, 1, {"f": 1}), Item(fills, 2, {"f": 2})]), 0.0)
    found = figures(hub)
    assert (found["lockstep_stream_clients",], found["lockstep_stream_outbox_messages",]) == (2, 3)
    assert found["lockstep_stream_outbox_longest_messages",] == 3
    assert found["lockstep_stream_outbox_bytes",] == len('{"f":1}') * 2
    assert found["lockstep_stream_messages_left_out_total",] == 2
    slow.close(TOO_SLOW, "too slow")
    hub.leave(slow)
    hub.leave(slow)
    hub.leave(other)
    found = figures(hub)
    assert (found["lockstep_stream_clients",], found["lockstep_stream_outbox_messages",]) == (0, 0)
    assert found["lockstep_stream_messages_left_out_total",] == 2  # they stay counted
    assert found["lockstep_stream_clients_closed_total", "slow"] == 1
    assert found["lockstep_stream_clients_closed_total", "left"] == 1
