"""What every set scores in training: a sweep over each range of it."""

import json
import warnings
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.bars import Bars
from lockstep.data.trial_list import Search
from lockstep.vector.sweep.ledger import part_of
from lockstep.vector.sweep.portion import Status
from lockstep.vector.sweep.run_sweep import SweepInterrupted, sweep
from lockstep.vector.sweep.space import Space
from lockstep.vector.validation.checkpoint import Checkpoint, Trained
from lockstep.vector.validation.scores import Floats, Measured, together
from lockstep.vector.validation.sessions import Range
from lockstep.vector.validation.units import Unit


class Training:
    """Sweeps over parts of one symbol, or of the portfolio. A range that comes again is not run again.

    A sweep sees its range alone: indicators warm up within it, and no bar after it is there to be seen.
    """

    def __init__(
        self, unit: Unit, number: int, space: Space, names: tuple[str, ...], across: str, wanted: Iterable[Range],
        search: str, kept: Checkpoint | None,
    ) -> None:  # fmt: skip
        """Expect to be asked for the ``wanted`` ranges, each as often as it is listed.

        ``number`` is the unit's, ``search`` what all trainings are listed as in the ledger of trials.
        """
        self._bars, self._calendar, self._terms, self._number = unit.bars, unit.calendar, unit.terms, number
        self._space, self._names, self._across = space, names, across
        self._search, self._kept = search, kept
        self._left = Counter(wanted)
        self._known: dict[Range, Trained | None] = {}

    def score(self, ranges: tuple[Range, ...]) -> tuple[dict[str, Floats], int]:
        """Return (metric -> float64[sets], how many sets were tried); ranges without a bar are left out.

        Sets without numbers have nan.
        """
        found = [each for each in (self._measured(one) for one in ranges) if each is not None]
        if not found:
            return {name: np.full(self._space.size, np.nan) for name in self._names}, 0
        parts, tried, per_year = zip(*found, strict=True)
        return together(parts, self._terms.rules, self._terms.risk_free, per_year[0]), min(tried)

    def done_without(self, ranges: tuple[Range, ...]) -> None:
        """Take note that some ranges are not asked for this once: what they are for was kept."""
        for sessions in ranges:
            self._release(sessions)

    def _measured(self, sessions: Range) -> Trained | None:
        if sessions not in self._known:
            part = self._calendar.some(self._bars, sessions)
            self._known[sessions] = None if part is None else self._trained(part, sessions)
        found = self._known[sessions]
        self._release(sessions)
        return found

    def _release(self, sessions: Range) -> None:
        self._left[sessions] -= 1
        if self._left[sessions] <= 0:  # nobody asks again: hundreds of ranges may be to come
            self._known.pop(sessions, None)

    def _trained(self, part: Bars, sessions: Range) -> Trained:
        if self._kept is None:
            return self._swept(part, sessions, {})
        found = self._kept.trained(self._number, sessions)
        if found is None:
            found = self._swept(part, sessions, {"checkpoint": self._kept.sweep(self._number, sessions)})
            self._kept.keep_training(self._number, sessions, found)
        return found

    def _swept(self, part: Bars, sessions: Range, kept: dict[str, Any]) -> Trained:
        start, stop = sessions
        terms = self._terms.within(*self._calendar.rows[[start, stop]].tolist())
        with warnings.catch_warnings(), part_of(Search(self._search, f"{start}-{stop}")):
            # That this sweep can go on is nothing to a caller who never asked for it.
            warnings.filterwarnings("ignore", "interrupted: ", SweepInterrupted)
            found: Any = sweep(
                part, self._space.strategy_class, self._space, across=self._across, metrics=self._names,
                cash=terms.cash, risk_free=terms.risk_free, convention=terms.rules, benchmark=terms.benchmark,
                columns=terms.columns, backend=terms.backend, progress=False, **kept, **terms.model, **terms.search,
                **terms.execution,
            )  # fmt: skip
        if found.attrs["interrupted"]:
            raise KeyboardInterrupt
        ran = np.isin(self._flat(found["status"].values), (Status.DONE, Status.RUINED))
        values = {name: np.where(ran, self._flat(found[name].values), np.nan) for name in self._names}
        sums, squares = (self._flat(found[name].values.sum(axis=-1)) for name in ("block_sum", "block_squares"))
        periods = int(found["block_periods"].values.sum())
        per_year = float(json.loads(found.attrs["periods_per_year"])[0])
        return Trained(Measured(values, periods, sums, squares), int(ran.sum()), per_year)

    def _flat(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the values of one run in the order of the sets."""
        flat = values.reshape(-1)
        return flat if self._space.sparse else flat[self._space.cells]
