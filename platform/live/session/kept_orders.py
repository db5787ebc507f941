"""Where the journal has orders by hand that are over, by their client ids, for good: 40 bytes each.

The ids themselves lie in the journal. Here stand hashes of 8 bytes in their order, which say where to look: whoever
finds one reads there whether it is the id.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from struct import Struct
from typing import Any, NamedTuple

_SHELVES = 256
"""By the first byte of the hash: to put one of a million orders between the others moves 4,000 of them."""
_SHIFT = 56
_ORDER = Struct("=qqdd")


class Kept(NamedTuple):
    """Where an order is, and what its fills come to, which may lie anywhere between its rows."""

    row: int
    """Of the journal: its command."""
    end: int
    """The row that tells its end; 0: it was never sent."""
    average: float
    """Price of what it has traded, nan where that is nothing."""
    fees: float


class KeptOrders:
    """Orders by their client ids. What two ids share a hash of is told for both."""

    def __init__(self) -> None:
        self._hashes = [array("Q") for _ in range(_SHELVES)]
        self._orders = [bytearray() for _ in range(_SHELVES)]

    def keep(self, client_order_id: str, order: Kept) -> None:
        """Take an order."""
        mark = _hash(client_order_id)
        hashes, orders = self._hashes[mark >> _SHIFT], self._orders[mark >> _SHIFT]
        at = bisect_left(hashes, mark)
        hashes.insert(at, mark)
        at *= _ORDER.size
        orders[at:at] = _ORDER.pack(*order)

    def under(self, client_order_id: str) -> Iterator[Kept]:
        """Give the orders that may have an id: none or one, but for the rarest of chances."""
        mark = _hash(client_order_id)
        hashes, orders = self._hashes[mark >> _SHIFT], self._orders[mark >> _SHIFT]
        at = bisect_left(hashes, mark)
        while at < len(hashes) and hashes[at] == mark:
            yield Kept(*_ORDER.unpack_from(orders, at * _ORDER.size))
            at += 1

    def save_state(self) -> dict[str, bytes]:
        """Return all that it knows, as plain values."""
        return {"hashes": b"".join(map(bytes, self._hashes)), "orders": b"".join(self._orders)}

    def load_state(self, values: Mapping[str, Any]) -> None:
        """Stand where ``values`` were given."""
        hashes, orders, start = array("Q", values["hashes"]), values["orders"], 0
        for shelf in range(_SHELVES):
            end = bisect_left(hashes, (shelf + 1) << _SHIFT, start)
            self._hashes[shelf] = hashes[start:end]
            self._orders[shelf] = bytearray(orders[start * _ORDER.size : end * _ORDER.size])
            start = end


def _hash(client_order_id: str) -> int:
    return int.from_bytes(blake2b(client_order_id.encode(), digest_size=8).digest(), "big")
