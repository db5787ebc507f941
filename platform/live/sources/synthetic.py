"""Generated order flow as a source: endless or bounded, at its own pace, some times as fast, or as fast as can be."""

import asyncio
import math
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.flow import START_NS, SYNTHETIC, FlowParameters, flow_blocks
from lockstep.errors import SessionError
from lockstep.live.sources.merge import merged
from lockstep.live.sources.pace import MOST, Due, Pace, left
from lockstep.live.sources.rows import received
from lockstep.live.sources.source import News

Records = npt.NDArray[np.void]


class Synthetic:
    """Generates each symbol's book as levels and trades (L2), seeded; symbol k has the flow of ``seed`` + k.

    A symbol's price begins at ``middles[symbol]`` ticks. ``events`` of all symbols together end it, None never does.
    ``speed`` inf waits for nothing, and the session's clock is that of the flow. At another speed it goes by the
    machine's clock, as a feed does: the exchange's time alone is the flow's.

    One that is to go on generates anew what was taken, and goes on behind that.
    """

    name = "synthetic"
    synthetic = True

    def __init__(
        self, symbols: Mapping[str, Instrument] | None = None, speed: float = 1.0, *, seed: int = 7,
        events: int | None = None, middles: Mapping[str, int] | None = None, start_ns: int = START_NS,
        parameters: FlowParameters | None = None, monotonic: Callable[[], float] | None = None,
        sleep: Callable[[float], Any] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._instruments = dict(symbols or {SYNTHETIC.symbol: SYNTHETIC})
        if events is not None and events < 1:
            raise SessionError(f"a generated feed has at least 1 event, found {events}: None is one without an end")
        self.own_clock = math.isinf(speed)
        self._pace = Pace(speed, monotonic=monotonic, sleep=sleep)
        self._seed, self._events, self._start_ns, self._parameters = seed, events, start_ns, parameters
        self._middles = dict(middles or {})
        self._taken = 0

    @property
    def instruments(self) -> dict[str, Instrument]:
        """What is traded, by symbol."""
        return {symbol: replace(facts, symbol=symbol) for symbol, facts in self._instruments.items()}

    @property
    def slots(self) -> dict[str, int]:
        """None: levels name no orders."""
        return dict.fromkeys(self._instruments, 0)

    def go_on(self, taken: int) -> None:
        """Leave out so many events."""
        self._taken = taken

    async def batches(self) -> AsyncGenerator[Records, None]:
        """Give the events when they are due."""
        streams = [self._flow(number, symbol) for number, symbol in enumerate(self._instruments)]
        given = self._pace.given(left(_first(merged(streams), self._events), self._taken))
        try:
            async for batch in given:
                if not self.own_clock:
                    batch["received_ns"] = 0  # when it comes, by the machine's clock
                yield batch
        finally:
            await given.aclose()

    def due(self, now_ns: int) -> Due | None:
        """Return when its events are due by the machine's clock; None where they are not, or none was given yet."""
        return None if self.own_clock else self._pace.due(now_ns)

    def news(self) -> list[News]:
        """Nothing happens to a generator."""
        return []

    def _flow(self, number: int, symbol: str) -> Iterator[Records]:
        latest_ns = 0
        blocks = flow_blocks(
            "L2", seed=self._seed + number, middle=self._middles.get(symbol, 100_000), parameters=self._parameters,
            start_ns=self._start_ns, size=MOST,
        )  # fmt: skip
        for block in blocks:
            if len(block.time_ns):
                records = received(block, number, latest_ns)
                latest_ns = int(records["received_ns"][-1])
                yield records


def _first(batches: Iterator[Records], events: int | None) -> Iterator[Records]:
    """Give so many events, all without a number."""
    for batch in batches:
        if events is None:
            yield batch
            continue
        yield batch[:events]
        events -= len(batch)
        if events <= 0:
            return
