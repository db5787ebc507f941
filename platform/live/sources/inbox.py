"""What a feed has said and the session has not taken yet: bounded, quotes give way to later ones, nothing else does."""

from collections import deque

import numpy as np
import numpy.typing as npt

from lockstep.live.sources.pace import MOST
from lockstep.live.sources.rows import unpacked

Records = npt.NDArray[np.void]
CONFLATE_FROM = 256
"""With so many records waiting, a quote takes away the one of its symbol that waits."""
ROOM = 1 << 16
"""Records at most."""


class _Entry:
    """Records of one message, emptied when they are taken or a later quote stands for them."""

    __slots__ = ("count", "rows")

    def __init__(self, rows: bytes, count: int) -> None:
        self.rows, self.count = rows, count


class Inbox:
    """Records in the order in which they came."""

    def __init__(self, *, room: int = ROOM, conflate_from: int = CONFLATE_FROM) -> None:
        self._room, self._conflate_from = room, conflate_from
        self._entries: deque[_Entry] = deque()
        self._quotes: dict[int, _Entry] = {}
        self.waiting = 0
        """Records."""
        self.conflated = 0
        """Quotes that gave way."""

    def put(self, rows: bytes, count: int, quote_of: int | None = None, *, must: bool = False) -> bool:
        """Take packed records, all of one message; ``quote_of`` is the symbol of a quote.

        Return whether there was room: if not, nothing was taken, but for what ``must`` be.
        """
        if quote_of is not None and self.waiting >= self._conflate_from:
            self._give_way(quote_of)
        if self.waiting + count > self._room and not must:
            return False
        entry = _Entry(rows, count)
        self._entries.append(entry)
        self.waiting += count
        if quote_of is not None:
            self._quotes[quote_of] = entry
        return True

    def _give_way(self, symbol: int) -> None:
        before = self._quotes.pop(symbol, None)
        if before is not None and before.count:
            self.waiting -= before.count
            before.rows, before.count = b"", 0
            self.conflated += 1
        # Entries that gave way still stand in the line: with them it is never longer than twice the room.
        if len(self._entries) > 2 * self._room:
            self._entries = deque(entry for entry in self._entries if entry.count)

    def take(self, most: int = MOST) -> Records:
        """Return TAPE[n] of the first messages: as many as fit, but at least one."""
        rows: list[bytes] = []
        count = 0
        while self._entries and (not count or count + self._entries[0].count <= most):
            entry = self._entries.popleft()
            rows.append(entry.rows)
            count += entry.count
            entry.rows, entry.count = b"", 0
        self.waiting -= count
        return unpacked(b"".join(rows))

    def clear(self) -> int:
        """Drop all; return how many records that were."""
        dropped, self.waiting = self.waiting, 0
        self._entries.clear()
        self._quotes.clear()
        return dropped
