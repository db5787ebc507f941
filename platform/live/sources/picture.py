"""How a book stands by what a source has said, so that it can be shown to whoever begins to listen."""

from collections.abc import Iterable

from lockstep.kernels.book.events import EventKind
from lockstep.kernels.book.tables import ASK, BID
from lockstep.live.sources.rows import LAST, SNAPSHOT, packed

_QUOTE, _SET, _CLEAR, _PHASE = (
    int(kind) for kind in (EventKind.QUOTE, EventKind.SET, EventKind.CLEAR, EventKind.PHASE)
)


class Picture:
    """The levels of one symbol's book, lots by tick, and the trading phase."""

    def __init__(self) -> None:
        self.sides: tuple[dict[int, int], dict[int, int]] = {}, {}
        self._phase: int | None = None
        self._kind = _SET

    def apply(self, kind: int, side: int, tick: int, lots: int) -> None:
        """Take an event; one that is not about levels or phases changes nothing."""
        if kind == _SET:
            self._set(side, tick, lots)
        elif kind == _QUOTE:
            self.sides[side].clear()
            self._set(side, tick, lots)
        elif kind == _CLEAR:
            for each in (BID, ASK) if side < 0 else (side,):
                self.sides[each].clear()
        elif kind == _PHASE:
            self._phase = lots
        if kind in (_SET, _QUOTE):
            self._kind = kind

    def _set(self, side: int, tick: int, lots: int) -> None:
        if lots:
            self.sides[side][tick] = lots
        else:
            self.sides[side].pop(tick, None)

    def rows(self, symbol: int, received_ns: int) -> Iterable[bytes]:
        """Give packed records that show it: the book is emptied, then built; the best levels first."""
        bids, asks = sorted(self.sides[BID], reverse=True), sorted(self.sides[ASK])
        middle = next(iter(bids or asks), 0)
        events = [(_CLEAR, -1, middle, 0)]
        events += [(self._kind, BID, tick, self.sides[BID][tick]) for tick in bids]
        events += [(self._kind, ASK, tick, self.sides[ASK][tick]) for tick in asks]
        if self._phase is not None:
            events.append((_PHASE, -1, 0, self._phase))
        for k, event in enumerate(events):
            flags = SNAPSHOT | (LAST if k == len(events) - 1 else 0)
            yield packed(symbol, *event, received_ns=received_ns, flags=flags)
