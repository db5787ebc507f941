"""The matching kernels, one command at a time: fields in, reports out as named tuples."""

from collections.abc import Sequence
from typing import NamedTuple

from lockstep.kernels.book.events import Phase
from lockstep.kernels.matching.codes import CommandKind
from lockstep.kernels.matching.frame import Exchange
from lockstep.live.exchange.listing import Listing

_WINDOW = 1 << 13


class Told(NamedTuple):
    """A report of the matching; the fields of REPORT, in its order."""

    kind: int
    reason: int
    instrument: int
    owner: int
    side: int
    maker: int
    id: int
    other: int
    tick: int
    lots: int
    remaining: int
    sequence: int
    time_ns: int


class Matching:
    """All instruments, in one phase to begin with."""

    def __init__(self, listings: Sequence[Listing], *, start_ns: int, phase: Phase) -> None:
        self.exchange = Exchange()
        self.run(CommandKind.TIME, time_ns=start_ns)
        for listing in listings:
            number = self.exchange.list_instrument(
                listing.middle - _WINDOW // 2, window=_WINDOW, reference=listing.middle
            )
            self.run(CommandKind.PHASE, instrument=number, lots=phase)

    def run(self, kind: CommandKind, **fields: int) -> list[Told]:
        """Carry out one command."""
        return [Told._make(report) for report in self.exchange.submit(kind, **fields).tolist()]

    @property
    def now_ns(self) -> int:
        """The time of the latest command."""
        return int(self.exchange.venue["now_ns"][0])

    @property
    def sequence(self) -> int:
        """The number of the latest report."""
        return int(self.exchange.venue["sequence"][0])

    def phase(self, instrument: int) -> Phase:
        """An instrument's phase."""
        return Phase(int(self.exchange.markets["phase"][instrument]))

    def depth(self, instrument: int, side: int, levels: int) -> dict[int, int]:
        """The best levels of a side as tick: displayed lots, best first."""
        found = self.exchange.books[instrument].depth(side, levels)
        return {tick: lots for tick, lots, _ in found.tolist()}
