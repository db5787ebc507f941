"""How fresh market data is: what lies between an event and the session's having it.

An event of a feed was when its exchange says. One of a generated market was when it was due by the machine's clock:
its own time is the market's.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from prometheus_client.core import Metric

from lockstep.data.recordings.tape_layout import Input
from lockstep.live.gateway.monitoring.exposition import Labels, counter, histogram
from lockstep.live.gateway.monitoring.symbols import Symbols
from lockstep.live.ring.layout import RingDescription
from lockstep.live.session.tally import CLASSES, SECONDS, Tally

Records = npt.NDArray[np.void]
LONGEST_NS = 60_000_000_000
"""More lies between two clocks, as those of a history, and is no latency; feeds refuse it too."""
ROUNDED_NS = 1_000_000
"""So much before it was due is at once: two clocks of a machine that were read one after the other."""
Due = Callable[[npt.NDArray[np.int64]], npt.NDArray[np.int64] | None]
"""Tells when events of some moments were due; None where that is not another moment."""
_BOUNDS_NS = np.array(SECONDS) * 1e9


class MarketFigures:
    """Counts records of rings, by session and symbol."""

    def __init__(self, symbols: Symbols) -> None:
        self._symbols = symbols
        self.latency: defaultdict[Labels, Tally] = defaultdict(Tally)
        self.events: defaultdict[Labels, float] = defaultdict(float)
        self.gaps: defaultdict[Labels, float] = defaultdict(float)

    def hear(
        self, session: str, description: RingDescription, records: Records, due: Due = lambda _: None
    ) -> None:  # fmt: skip
        """Take TAPE[n] of a session in."""
        for number in np.unique(records["symbol"]).tolist():
            if number >= len(description.symbols):
                continue
            labels = (session, self._symbols.label(description.symbols[number].symbol))
            of = records[records["symbol"] == number]
            self.gaps[labels] += int(np.count_nonzero(of["input"] == Input.GAP))
            events = of[of["input"] == Input.MARKET]
            self.events[labels] += len(events)
            self._late(labels, _late_ns(events, due))

    def families(self) -> Iterator[Metric]:
        """Give the figures."""
        names = ("session", "symbol")
        yield counter("market_events_total", "Events of the market that a session took.", names, self.events)
        yield counter("market_gaps_total", "Times that events of a feed were missing.", names, self.gaps)
        yield histogram("market_data_latency_seconds", "From an event to the session's having it.",
                        names, self.latency)  # fmt: skip

    def _late(self, labels: Labels, late_ns: npt.NDArray[np.int64]) -> None:
        late_ns = late_ns[(late_ns >= 0) & (late_ns < LONGEST_NS)]
        if len(late_ns):
            classes = np.searchsorted(_BOUNDS_NS, late_ns, side="left")
            counts = np.bincount(classes, minlength=CLASSES).tolist()
            self.latency[labels].add(counts, float(late_ns.sum()) / 1e9)


def _late_ns(events: Records, due: Due) -> npt.NDArray[np.int64]:
    moments = due(events["time_ns"])
    if moments is None:
        found: npt.NDArray[np.int64] = events["received_ns"] - events["time_ns"]
        return found
    late = events["received_ns"] - moments
    return np.where((late < 0) & (late > -ROUNDED_NS), 0, late)
