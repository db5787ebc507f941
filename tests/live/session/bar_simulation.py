"""A session part of which trades over bars of the trades, in one thread, with crashes at any step: all from one seed.

What holds of every session (simulation.py) is checked after each seed.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from tests.live.session.bar_sessions import EVENTS
from tests.live.session.simulation import World, instrument_of

from lockstep.data.recordings.terms import BarTerms, LaneTerms
from lockstep.kernels.book.events import EventFlag, EventKind


class BarWorld(World):
    """One seed, with a compiled strategy and one that is not, each over bars."""

    def __init__(self, seed: int, bug: str = "") -> None:
        super().__init__(seed, bug)
        instrument = instrument_of().to_dict()
        bars = BarTerms("2ms", (instrument,), built=True)
        compiled = LaneTerms(
            "bars", "sma_cross", {"fast": 1, "slow": 2}, instrument, {"fractional": True}, 1e6, bars=bars
        )
        told = LaneTerms("told", f"{EVENTS}:Keeper", {}, instrument, {"fractional": True}, 1e6, bars=bars)
        self.terms = msgspec.structs.replace(self.terms, lanes=(*self.terms.lanes, compiled, told))

    def _feed(self) -> Iterator[Any]:
        """Give events, and trades at some of their prices."""
        for record in super()._feed():
            yield record
            if self.chance.random() < 0.5:
                trade = record.copy()
                trade["kind"], trade["lots"], trade["side"], trade["flags"] = EventKind.TRADE, 1, 0, EventFlag.LAST
                trade["tick"] += self.chance.randint(-3, 3)
                yield trade
