"""The fills of two runs side by side: of a session and a backtest, of a live session and its simulation, of any two."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from lockstep.data.recordings.additions import terms_in
from lockstep.data.recordings.recording import Recording
from lockstep.errors import ParityError
from lockstep.strategies.over_ticks.rows import RowMaker
from lockstep.vector.parity.causes import Cause, cause_of

Fill = dict[str, Any]
"""The content of a journal's row ``fill``."""
_TOLD = ("order", "time_ns", "side", "price", "quantity", "maker", "fee")


class Pair(NamedTuple):
    """The fill that came as the ``number``-th of an order, from 1, in each of two runs; None where one has none."""

    order: int
    number: int
    first: Fill | None
    second: Fill | None
    cause: Cause | None
    """What a difference points to, None where they are the same."""
    why: str


class FillDiff(NamedTuple):
    """All fills of two runs."""

    pairs: tuple[Pair, ...]
    """By order."""

    @property
    def differences(self) -> tuple[Pair, ...]:
        """Those that are not the same."""
        return tuple(pair for pair in self.pairs if pair.cause is not None)

    @property
    def causes(self) -> dict[str, int]:
        """How many differences point to what."""
        return dict(Counter(str(pair.cause) for pair in self.differences))

    @property
    def quantities(self) -> tuple[float, float]:
        """Units that each run has traded."""
        first, second = (sum(fill["quantity"] for fill in side if fill) for side in self._sides())
        return first, second

    @property
    def costs(self) -> tuple[float, float]:
        """Paid less received in each run, fees included, for a multiplier of 1."""
        first, second = (sum(_cost(fill) for fill in side if fill) for side in self._sides())
        return first, second

    def _sides(self) -> tuple[Iterator[Fill | None], Iterator[Fill | None]]:
        return (pair.first for pair in self.pairs), (pair.second for pair in self.pairs)


def compare_fills(first: Iterable[Fill], second: Iterable[Fill]) -> FillDiff:
    """Pair the fills of two runs by order, and within one by their order in time."""
    ours, theirs = _by_order(first), _by_order(second)
    return FillDiff(tuple(
        _pair(order, number, one, other)
        for order in sorted(ours.keys() | theirs.keys())
        for number, (one, other) in enumerate(zip_longest(ours[order], theirs[order]), 1)
    ))  # fmt: skip


def fills_of(run: str) -> list[Fill]:
    """Return the fills of FOLDER or FOLDER:LANE, a session, or of FILE, a saved tick result.

    Raises ``ParityError`` for a session of several lanes of which none is named.
    """
    path, _, lane = run.partition(":")
    if not Path(path).is_dir():
        from lockstep.vector.ticks.archive import load

        result = load(run)
        return list(RowMaker(result.instrument).fills(result.records["fills"]))
    with Recording(path) as recording:
        names = [one.name for one in terms_in(recording).lanes]
        lane = lane or (names[0] if len(names) == 1 else "")
        if lane not in names:
            raise ParityError(f"{path} has the lanes {', '.join(names)}: name one, {path}:{names[0]}")
        return [row.content() for row in recording.rows(kinds=["fill"]) if row.strategy == lane]


def _by_order(fills: Iterable[Fill]) -> dict[int, list[Fill]]:
    found = defaultdict(list)
    for fill in fills:
        found[fill["order"]].append({name: fill[name] for name in _TOLD})
    return found


def _pair(order: int, number: int, first: Fill | None, second: Fill | None) -> Pair:
    if first == second:
        return Pair(order, number, first, second, None, "")
    if first is None or second is None:
        return Pair(
            order, number, first, second, Cause.FILL, f"the {'second' if first is None else 'first'} alone has it"
        )
    return Pair(order, number, first, second, *cause_of("fill", first, second))


def _cost(fill: Fill) -> float:
    value = float(fill["price"] * fill["quantity"])
    return (value if fill["side"] == "buy" else -value) + float(fill["fee"])
