"""``bands``: one pass over the bars with an account for every rung of a ladder."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from lockstep.data.bars import Bars
from lockstep.errors import BacktestError
from lockstep.vector.backtest import quiet
from lockstep.vector.bands.fan import Envelope, FanCurve
from lockstep.vector.bands.found import Bands
from lockstep.vector.bands.ladder import REFERENCE, Rung, checked, default_ladder
from lockstep.vector.prepare import Prepared, Question
from lockstep.vector.run import walk
from lockstep.vector.variants import Asked, asked

VOLUME = 4


def bands(
    bars: Any,
    strategy: Any,
    *,
    ladder: Sequence[Rung] | None = None,
    progress: Callable[[int], None] | None = None,
    **keywords: Any,
) -> Bands:
    """Run one strategy under a ladder of fill policies and return an interval for every metric.

    All rungs go through the bars together, once. What a compiled strategy or columns decide does not depend on
    fills and is computed once for all of them; event strategies run anew on each rung.

    Args:
        bars: as for ``backtest``.
        strategy: as for ``backtest``.
        ladder: rungs to run beside the settings given; by default ``default_ladder`` (docs/bands.md), without the
            rungs that can't be run under these settings, which are named in ``Bands.skipped``.
        progress: called after each block with the number of its rows.
        **keywords: those of ``backtest``. The run they ask for is the reference; its rows are kept.

    Raises:
        BacktestError: for a ladder that is none, and whatever ``backtest`` raises.
    """
    given = asked(bars, strategy, keywords)
    settings, market, question = given.execution, given.model["market"], given.question
    envelope = Envelope(max(history.rows for history in question.bars.histories))
    curve = partial(FanCurve, envelope=envelope)
    runs = {REFERENCE: question.prepare(settings, given.model, given.keep_rows, curve)}
    rungs = checked(ladder) if ladder is not None else _default(given)
    used, skipped = [], {}
    for rung in rungs:
        try:
            changed, on_market = rung.applied(settings, market)
            runs[rung.name] = question.prepare(changed, given.model | {"market": on_market}, False, curve)
            used.append(rung)
        except BacktestError as error:
            if ladder is not None:
                raise BacktestError(f"rung {rung.name!r}: {error}") from error
            skipped[rung.name] = str(error)
    walk(question.bars, [prepared.run for prepared in runs.values()], given.block_rows, progress or quiet)
    return _found(question, runs, used, skipped, envelope)


def _found(
    question: Question, runs: Mapping[str, Prepared], used: list[Rung], skipped: dict[str, str], envelope: Envelope
) -> Bands:
    lines = {}
    for name, prepared in runs.items():
        curve = prepared.run.total
        assert isinstance(curve, FanCurve)
        curve.last_out()
        lines[name] = curve.line()
    results = {name: question.collect(prepared) for name, prepared in runs.items()}
    return Bands(tuple(used), results, skipped, envelope.low.copy(), envelope.high.copy(), lines)


def _default(given: Asked) -> tuple[Rung, ...]:
    brokerage, bars = given.model["brokerage"], given.question.bars
    liquidates = brokerage is not None and brokerage.account == "margin"
    orders = any(part.gives_orders for part in given.question.parts)
    resting = liquidates or orders or given.model["exits"] is not None
    return default_ladder(given.execution, given.model["market"], resting=resting, volume=_has_volume(bars))


def _has_volume(bars: Bars) -> bool:
    """Do the first bars say what was traded?"""
    first = next(iter(bars.blocks()), None)
    return first is not None and bool(np.nansum(first.ohlcv[:, VOLUME]) > 0.0)
