"""The exchange and the reference exchange, side by side through seeded commands.

After every command: the same reports and the same state hashes, no crossed book in continuous trading. After every ten
thousand: hashes summed afresh, queues order by order, positions, and an account kept from reports alone.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from tests.kernels.matching.audit import Audit
from tests.kernels.matching.flow import INSTRUMENTS, OWNERS, commands
from tests.twins.matching import ReferenceExchange

from lockstep.kernels.book.events import Phase
from lockstep.kernels.matching.frame import Exchange
from lockstep.kernels.matching.tables import COMMAND, MARK

WORD = 2**64 - 1
BLOCK = 10_000
Array = npt.NDArray[Any]


class Agreement:
    """Two exchanges that take the same commands; the fast one begins with hardly any room."""

    def __init__(self) -> None:
        self.fast = Exchange(owners=OWNERS, reports=0, expiries=0)
        self.twin = ReferenceExchange(owners=OWNERS)
        self.audit = Audit()
        for k in range(INSTRUMENTS):
            reference = 100 if k else None
            self.fast.list_instrument(90, window=64, slots=1, far_room=0, reference=reference)
            self.twin.list_instrument(90, reference=reference)
        self.largest = 0

    def take(self, block: Array) -> None:
        """Carry out COMMAND[n] on both and compare."""
        marks = np.zeros(len(block), MARK)
        reports = self.fast.run(block, marks).tolist()
        self.audit.take(reports)
        done = 0
        for k, (row, mark) in enumerate(zip(block.tolist(), marks.tolist(), strict=True)):
            expected = self.twin.submit(**dict(zip(COMMAND.names or (), row, strict=True)))
            found = reports[done : mark[0]]
            assert found == expected, f"command {k}: {block[k]}\nfound    {found}\nexpected {expected}"
            done = mark[0]
            hashes = [(2 * i + 1) * self.twin.digest(i) for i in range(INSTRUMENTS)]
            waiting = [(2 * i + 1) * self.twin.waiting_digest(i) for i in range(INSTRUMENTS)]
            assert (mark[1] & WORD, mark[2] & WORD) == (sum(hashes) & WORD, sum(waiting) & WORD), f"command {k}"
            self._check_uncrossed()
        self.check_whole()

    def _check_uncrossed(self) -> None:
        for m in self.twin.markets:
            self.largest = max(self.largest, len(m.book))
            if m.phase == Phase.CONTINUOUS:
                bids, asks = [o.tick for o in m.book if o.side == 0], [o.tick for o in m.book if o.side == 1]
                assert not bids or not asks or max(bids) < min(asks)

    def check_whole(self) -> None:
        """Compare all that there is."""
        live: dict[tuple[int, int], int] = {}
        for i, market in enumerate(self.twin.markets):
            assert self.fast.books[i].recount() == self.fast.books[i].digest == self.twin.digest(i)
            assert self.fast.stops[i].recount() == self.fast.stops[i].digest == self.twin.waiting_digest(i)
            for side in (0, 1):
                queue = self.fast.queue(i, side)
                expected = [(o.id, o.owner, o.tick, o.shown, o.left - o.shown, o.rank) for o in market.side(side)]
                assert queue.tolist() == expected
                depth = self.fast.books[i].depth(side)
                assert int(depth[:, 1].sum()) == int(queue["lots"].sum())
                assert int(depth[:, 2].sum()) == len(queue)
            live |= {(i, o.id): o.left for o in [*market.book, *market.stops]}
            assert tuple(self.fast.indicative(i)) == market.uncross()
        assert self.audit.left == live
        self.audit.check_sides()
        for owner in range(1, OWNERS):
            for i in range(INSTRUMENTS):
                held = self.audit.positions[owner, i]
                assert self.fast.positions[owner, i] == self.twin.position(owner, i) == held


def agree(seed: int, count: int) -> Agreement:
    """Assert that both agree through so many commands."""
    both, flow = Agreement(), commands(seed, count)
    for start in range(0, count, BLOCK):
        both.take(flow[start : start + BLOCK])
    return both
