"""Lanes that have not begun: each does with the first event of its symbol, or of one of its symbols."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lockstep.data.recordings.terms import LaneTerms
from lockstep.strategies.over_ticks.joining import Shown, may_begin

Records = npt.NDArray[np.void]


class Waiting:
    """The lanes of a session that wait, by the numbers of their symbols; ``symbols`` are the session's."""

    def __init__(self, symbols: Sequence[str]) -> None:
        self._symbols = symbols
        self._lanes: dict[int, list[LaneTerms]] = defaultdict(list)
        self._books: dict[str, Shown | None] = {}
        """Of lanes that were added: the books of their symbols as they stood then, where somebody knew them."""

    def expect(self, lane: LaneTerms) -> None:
        """Have a lane wait."""
        for instrument in lane.bars.instruments if lane.bars else (lane.instrument,):
            self._lanes[self._symbols.index(instrument["symbol"])].append(lane)

    def join(self, lane: LaneTerms, book: Shown | None) -> None:
        """Have a lane wait that was added, when its symbol's book stood as ``book``."""
        self.expect(lane)
        if lane.bars is None:
            self._books[lane.name] = book

    def due(self, symbol: int, event: Records) -> list[LaneTerms]:
        """Return the lanes that begin with an event, who then wait no more."""
        found = [
            lane for lane in self._lanes.get(symbol, ())
            if lane.name not in self._books or may_begin(self._books[lane.name], event)
        ]  # fmt: skip
        for lane in found:
            self._leave(lane)
        return found

    def unheard(self, symbol: str) -> bool:
        """Does a lane wait that begins with whatever comes first of a symbol? Then nothing of it was heard so far."""
        waiting = self._lanes.get(self._symbols.index(symbol), ())
        return any(lane.bars is None and lane.name not in self._books for lane in waiting)

    def resumed(self, name: str) -> LaneTerms:
        """Return a lane that goes on from a snapshot, and waits no more; raises ``StopIteration`` for none."""
        lane = next(lane for lanes in self._lanes.values() for lane in lanes if lane.name == name)
        self._leave(lane)
        self._books.pop(name, None)
        return lane

    def book(self, name: str) -> Shown | None:
        """Return how the book of a lane that begins stood when it was added; None where nobody knew, or it was not."""
        return self._books.pop(name, None)

    def _leave(self, lane: LaneTerms) -> None:
        for symbol in [symbol for symbol, lanes in self._lanes.items() if lane in lanes]:
            self._lanes[symbol].remove(lane)
            if not self._lanes[symbol]:
                del self._lanes[symbol]

    def __bool__(self) -> bool:
        return bool(self._lanes)
