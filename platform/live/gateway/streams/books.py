"""A symbol's book by what a session's ring says of it: levels, single orders, or the best of both sides."""

from collections.abc import Mapping
from typing import Any

from lockstep.kernels.book.kinds import ASK, BID, EventKind, Phase

_ADD, _REDUCE, _DELETE, _EXECUTE, _MODIFY, _SET, _CLEAR, _QUOTE = (
    int(getattr(EventKind, name)) for name in ("ADD", "REDUCE", "DELETE", "EXECUTE", "MODIFY", "SET", "CLEAR", "QUOTE")
)
_PHASES = {phase.name.lower(): int(phase) for phase in Phase}
Levels = dict[int, int]


class LevelBook:
    """Lots by tick on both sides. ``changed`` gathers what has changed since it was taken."""

    def __init__(self) -> None:
        self.sides: tuple[Levels, Levels] = {}, {}
        self.changed: tuple[Levels, Levels] = {}, {}
        self.anew = False
        """Was it built anew since? Then changes don't tell it all."""
        self.phase = int(Phase.CONTINUOUS)
        self._orders: dict[int, tuple[int, int, int]] = {}
        """Side, tick and lots by slot, or by ``~id`` where orders have none."""

    def apply(self, kind: int, side: int, tick: int, lots: int, order_id: int, slot: int) -> None:
        """Take an event of the market; one that doesn't change a book changes nothing."""
        if kind == _SET:
            self._put(side, tick, lots)
        elif kind == _QUOTE:
            for other in list(self.sides[side]):
                if other != tick:
                    self._put(side, other, 0)
            self._put(side, tick, lots)
        elif kind == _CLEAR:
            self._clear((BID, ASK) if side < 0 else (side,))
        elif kind <= _MODIFY:
            self._order(kind, side, tick, lots, slot if slot >= 0 else ~order_id)

    def _order(self, kind: int, side: int, tick: int, lots: int, key: int) -> None:
        if kind == _ADD:
            self._orders[key] = side, tick, lots
            self._add(side, tick, lots)
            return
        known = self._orders.get(key)
        if known is None:
            return
        of, at, left = known
        if kind == _MODIFY:
            self._add(of, at, -left)
            self._orders[key] = of, tick, lots
            self._add(of, tick, lots)
            return
        taken = left if kind == _DELETE else min(lots, left)
        self._add(of, at, -taken)
        if taken == left:
            del self._orders[key]
        else:
            self._orders[key] = of, at, left - taken

    def _add(self, side: int, tick: int, lots: int) -> None:
        self._put(side, tick, self.sides[side].get(tick, 0) + lots)

    def _put(self, side: int, tick: int, lots: int) -> None:
        if lots > 0:
            self.sides[side][tick] = lots
        elif self.sides[side].pop(tick, None) is None:
            return
        self.changed[side][tick] = max(lots, 0)

    def _clear(self, sides: tuple[int, ...]) -> None:
        self.anew = True
        for side in sides:
            self.sides[side].clear()
        for key in [key for key, order in self._orders.items() if order[0] in sides]:
            del self._orders[key]

    def stand(self, told: Mapping[str, Any]) -> None:
        """Stand as a session says that its book does."""
        self._clear((BID, ASK))
        for side, name in ((BID, "bids"), (ASK, "asks")):
            self.sides[side].update((int(tick), int(lots)) for tick, lots in told[name])
        self._orders = {int(key): (int(side), int(tick), int(lots)) for key, side, tick, lots in told["orders"]}
        self.phase = _PHASES[told["phase"]]

    def best(self) -> tuple[int | None, int | None]:
        """Return the ticks of the best bid and ask."""
        bids, asks = self.sides
        return max(bids, default=None), min(asks, default=None)

    def take_changes(self) -> tuple[Levels, Levels]:
        """Return sizes of levels that have changed since the last call."""
        found, self.changed, self.anew = self.changed, ({}, {}), False
        return found
