"""What sets are worth on one part of the history after another.

A fold is a test part of a validation's definition (``platform/vector/validation``). Strategies see all bars before it,
so that indicators are as warm as the history allows, and trade none of them: the account begins with the fold. Nothing
after a fold is read. Nothing is trained either: a trial's parameters are given, so that only the tested parts count,
each of them once.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.bars import Bars
from lockstep.errors import SweepError
from lockstep.vector.sweep import numba_cells
from lockstep.vector.sweep.guided_space import GuidedSpace, Key
from lockstep.vector.sweep.portion import measured
from lockstep.vector.sweep.request import Request
from lockstep.vector.validation.expanding import expanding
from lockstep.vector.validation.history import Calendar, calendar_of
from lockstep.vector.validation.out_of_sample import check_kernel, run_out_of_sample
from lockstep.vector.validation.sessions import Range
from lockstep.vector.validation.terms import Terms

Floats = npt.NDArray[np.float64]


class Piece(NamedTuple):
    """A fold of one symbol, or of the portfolio."""

    request: Request
    """What is asked of its bars alone, with the objectives as metrics."""
    whole: Bars
    known: Bars | None
    """The bars before; None where there are none."""
    span: tuple[int, int]
    """From after this moment to this one, ns UTC."""


class Fold(NamedTuple):
    """A part of the history on which sets are scored."""

    name: str
    pieces: tuple[Piece, ...]
    """For each symbol."""

    def rows(self) -> int:
        """Return how many bars it has over all symbols."""
        return sum(piece.request.bars.rows for piece in self.pieces)


def folds_of(request: Request, given: Any, names: Sequence[str]) -> tuple[Fold, ...]:
    """Cut the bars by a definition, or into so many equal parts after a first one that only warms up.

    Raises ``SweepError`` for what is none and where a symbol has no bar in a fold, ``SplitError`` for a history that is
    too short and for a strategy that handles events.
    """
    definition = expanding(int(given)) if isinstance(given, Integral) else given
    if not hasattr(definition, "over"):
        raise SweepError(
            f"folds are a definition of validation, such as rolling('2y', '6mo'), or how many parts to test, found "
            f"{given!r}"
        )
    check_kernel(request.space.strategy_class)
    calendar = calendar_of(request.bars)
    splits = definition.over(calendar.days)
    tested = {
        sessions: " to ".join(map(str, dates))
        for split in splits
        for sessions, dates in zip(split.test, split.test_dates, strict=True)
    }
    return tuple(Fold(tested[one], _pieces(request, calendar, one, tuple(names))) for one in sorted(tested))


def _pieces(request: Request, calendar: Calendar, sessions: Range, names: tuple[str, ...]) -> tuple[Piece, ...]:
    span, pieces = calendar.span(sessions), []
    for part in request.slices:
        bars = calendar.some(part.bars, sessions)
        if bars is None:
            raise SweepError(
                f"{part.name} has no bar in sessions {sessions[0]} to {sessions[1] - 1}: leave it out, or take fewer "
                "folds"
            )
        known = calendar.some(part.bars, (0, sessions[0])) if sessions[0] else None
        benchmark = request.benchmark
        if benchmark is not None and not isinstance(benchmark, str):
            first = 0 if known is None else known.rows
            levels = benchmark.to_numpy() if hasattr(benchmark, "to_numpy") else benchmark
            benchmark = np.asarray(levels, np.float64)[first : first + bars.rows]
        asked = replace(request, bars=bars, metrics=names, benchmark=benchmark)
        pieces.append(Piece(asked, part.bars, known, span))
    return tuple(pieces)


def scores_on(
    fold: Fold, backend: str, space: GuidedSpace, keys: Sequence[Key], progress: Callable[[int], None]
) -> Floats:
    """Return float64[metrics, symbols, sets]: nan for a set that raised something."""
    run = _set_by_set if backend == "runs" else _side_by_side
    found = [run(piece, space, keys, progress) for piece in fold.pieces]
    return np.moveaxis(np.array(found), 0, 1)


def _side_by_side(piece: Piece, space: GuidedSpace, keys: Sequence[Key], progress: Callable[[int], None]) -> Floats:
    request = replace(piece.request, space=space.space(keys))
    (part,), (execution,) = request.slices, request.policies.values()
    cells = numba_cells.run(
        part.bars, space.strategy_class, request.values(0, len(keys)), cash=request.cash, execution=execution,
        convention=request.rules, facts=part.facts, given=request.columns, progress=progress, groups=request.groups,
        benchmark=None if request.benchmark is None or isinstance(request.benchmark, str) else [request.benchmark],
        before=piece.known,
    )  # fmt: skip
    values = measured(request, part, cells, np.array(sorted(cells.failed), np.int64))
    return np.array([values[name] for name in request.metrics], np.float64)


def _set_by_set(piece: Piece, space: GuidedSpace, keys: Sequence[Key], progress: Callable[[int], None]) -> Floats:
    request = piece.request
    (execution,) = request.policies.values()
    options: Any = asdict(execution)
    terms = Terms(
        request.cash, request.risk_free, request.rules, request.benchmark, request.columns, "auto", options,
        dict(request.model), {},
    )  # fmt: skip
    found = np.full((len(request.metrics), len(keys)), np.nan)
    sets = space.space(keys)
    for place in range(len(keys)):
        try:
            metrics = run_out_of_sample(piece.whole, sets.strategy(place), *piece.span, terms).metrics()
            found[:, place] = [metrics[name] for name in request.metrics]
        except Exception:  # whatever a user's code raises: the run over the whole history tells what
            found[:, place] = np.nan
        progress(request.bars.rows)
    return found
