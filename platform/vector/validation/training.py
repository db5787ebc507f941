"""What every set scores in training: a sweep over each range of it."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.bars import Bars
from lockstep.vector.sweep.portion import Status
from lockstep.vector.sweep.run_sweep import sweep
from lockstep.vector.sweep.space import Space
from lockstep.vector.validation.history import Calendar
from lockstep.vector.validation.scores import Floats, Measured, together
from lockstep.vector.validation.sessions import Range
from lockstep.vector.validation.terms import Terms


class Training:
    """Sweeps over parts of one symbol, or of the portfolio. A range that comes again is not run again.

    A sweep sees its range alone: indicators warm up within it, and no bar after it is there to be seen.
    """

    def __init__(
        self, bars: Bars, calendar: Calendar, space: Space, names: tuple[str, ...], across: str, terms: Terms,
        wanted: Iterable[Range],
    ) -> None:  # fmt: skip
        """Expect to be asked for the ``wanted`` ranges, each as often as it is listed."""
        self._bars, self._calendar, self._space = bars, calendar, space
        self._names, self._across, self._terms = names, across, terms
        self._left = Counter(wanted)
        self._known: dict[Range, tuple[Measured, int, float] | None] = {}

    def score(self, ranges: tuple[Range, ...]) -> tuple[dict[str, Floats], int]:
        """Return (metric -> float64[sets], how many sets were tried); ranges without a bar are left out.

        Sets without numbers have nan.
        """
        found = [each for each in (self._measured(one) for one in ranges) if each is not None]
        if not found:
            return {name: np.full(self._space.size, np.nan) for name in self._names}, 0
        parts, tried, per_year = zip(*found, strict=True)
        return together(parts, self._terms.rules, self._terms.risk_free, per_year[0]), min(tried)

    def _measured(self, sessions: Range) -> tuple[Measured, int, float] | None:
        if sessions not in self._known:
            part = self._calendar.some(self._bars, sessions)
            self._known[sessions] = None if part is None else self._swept(part, sessions)
        found = self._known[sessions]
        self._left[sessions] -= 1
        if self._left[sessions] <= 0:  # nobody asks again: hundreds of ranges may be to come
            del self._known[sessions]
        return found

    def _swept(self, part: Bars, sessions: Range) -> tuple[Measured, int, float]:
        start, stop = sessions
        terms = self._terms.within(*self._calendar.rows[[start, stop]].tolist())
        found: Any = sweep(
            part, self._space.strategy_class, self._space, across=self._across, metrics=self._names, cash=terms.cash,
            risk_free=terms.risk_free, convention=terms.rules, benchmark=terms.benchmark, columns=terms.columns,
            backend=terms.backend, progress=False, **terms.model, **terms.search, **terms.execution,
        )  # fmt: skip
        if found.attrs["interrupted"]:
            raise KeyboardInterrupt
        ran = np.isin(self._flat(found["status"].values), (Status.DONE, Status.RUINED))
        values = {name: np.where(ran, self._flat(found[name].values), np.nan) for name in self._names}
        sums, squares = (self._flat(found[name].values.sum(axis=-1)) for name in ("block_sum", "block_squares"))
        periods = int(found["block_periods"].values.sum())
        return (
            Measured(values, periods, sums, squares),
            int(ran.sum()),
            float(json.loads(found.attrs["periods_per_year"])[0]),
        )

    def _flat(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the values of one run in the order of the sets."""
        flat = values.reshape(-1)
        return flat if self._space.sparse else flat[self._space.cells]
