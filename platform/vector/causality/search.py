"""Running a subject under futures that never happened, and noticing what changed."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from lockstep.vector.causality.cuts import Cut
from lockstep.vector.causality.market import Market
from lockstep.vector.causality.outputs import Difference, Output, differences
from lockstep.vector.causality.poison import POISONS, Poison, poisoned
from lockstep.vector.causality.subjects import Failed, Subject, attempt

CUT_OFF = "cut off"
"""Names the future that is no future: nothing follows."""
FEW = 16
"""With no more cuts than this, every poison is tried at each whatever it costs."""

Progress = Callable[[str, float], None]


class Hit(NamedTuple):
    """An output that changed under one false future."""

    difference: Difference
    cut: int
    poison: Poison | None
    """None: the history was cut off."""

    @property
    def how(self) -> str:
        """The future's name."""
        return CUT_OFF if self.poison is None else self.poison.name


class Search:
    """Runs of one subject over one history, counted."""

    def __init__(self, subject: Subject, market: Market, seed: int) -> None:
        self.subject, self.market, self.seed = subject, market, seed
        self.runs = 0
        self.failures: list[str] = []
        self.clean = self._attempt(market)
        # Code that names the times from which its numbers are known may name any, not closes alone.
        self._between_closes = any(not np.isin(output.known_at, market.close_time).all() for output in self.clean)

    def _attempt(self, market: Market) -> list[Output]:
        self.runs += 1
        return attempt(self.subject, market)

    def run(self, market: Market) -> list[Output] | None:
        """Run the subject on another history; None where its code raises."""
        try:
            return self._attempt(market)
        except Failed as failure:
            self.failures.append(str(failure))
            return None

    def until(self, cut: int, poison: Poison | None = None) -> int:
        """Return the close of the last row that is known at a cut, ns UTC; the last moment before the next close."""
        if poison is not None and poison.after_open:
            return int(self.market.close_time[cut + 1]) - 1
        return int(self.market.close_time[cut])

    def false(self, cut: int, poison: Poison | None, **only: object) -> Market:
        """Return a history whose rows after ``cut`` are false, or missing."""
        if poison is None:
            return self.market.part(0, cut + 1)
        return poisoned(self.market, cut, poison, self.seed, **only)  # type: ignore[arg-type]

    def changed(self, false: Market, until_ns: int, poison: Poison | None) -> list[Difference]:
        """Return how outputs known by a time differ under a false future; nothing where the code raised."""
        other = self.run(false)
        if other is None:
            return []
        return differences(self.clean, other, until_ns, poison.reach if poison else 1.0)

    def hits(self, cuts: list[Cut], progress: Progress) -> dict[str, list[Hit]]:
        """Try false futures at all cuts; return what changed by output."""
        found: dict[str, list[Hit]] = {}
        for done, cut in enumerate(cuts):
            progress(f"cut {done + 1} of {len(cuts)}", done / len(cuts))
            for poison in self._futures(done, len(cuts)):
                false = self.false(cut.row, poison)
                for difference in self.changed(false, self.until(cut.row, poison), poison):
                    found.setdefault(difference.output, []).append(Hit(difference, cut.row, poison))
        return found

    def _futures(self, number: int, cuts: int) -> Iterator[Poison | None]:
        """Yield the futures tried at one cut: all where that costs little, else they take turns."""
        yield None
        turn = POISONS[number % len(POISONS)]
        yield from POISONS if self.subject.compiled or cuts <= FEW else (turn,)
        if self._between_closes:
            yield turn._replace(after_open=True)

    def repeats(self, market: Market, before: list[Output] | None = None) -> Difference | None:
        """Run the same history again; return the first number that came out otherwise."""
        first = self.clean if before is None else before
        again = self.run(market)
        until = int(market.close_time[-1])
        found = differences(first, again, until) if again is not None else []
        return min(found, key=lambda difference: difference.known_at, default=None)
