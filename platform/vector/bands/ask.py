"""``bands``: one pass over the bars with an account for every rung of a ladder."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

import numpy as np

from lockstep.data.bars import Bars
from lockstep.errors import BacktestError
from lockstep.vector.backtest import ExecutionOptions, backtest, execution_of, question, quiet
from lockstep.vector.bands.fan import Envelope, FanCurve
from lockstep.vector.bands.found import Bands
from lockstep.vector.bands.ladder import REFERENCE, Rung, checked, default_ladder
from lockstep.vector.checks import whole
from lockstep.vector.execution import Execution
from lockstep.vector.market import Market
from lockstep.vector.prepare import BLOCK_ROWS, Prepared, Question
from lockstep.vector.run import walk

QUESTION = ("cash", "columns", "benchmark", "risk_free", "convention", "backend")
MODEL = ("market", "brokerage", "exits", "limits", "actions", "rates", "funding", "scores")
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
    settings, given, asked, block_rows = _asked(bars, strategy, keywords)
    envelope = Envelope(max(history.rows for history in asked.bars.histories))
    curve = partial(FanCurve, envelope=envelope)
    runs = {REFERENCE: asked.prepare(settings, given, keywords.get("keep_rows", True), curve)}
    market = given["market"]
    rungs = checked(ladder) if ladder is not None else _default(asked, settings, given)
    used, skipped = [], {}
    for rung in rungs:
        try:
            changed, on_market = rung.applied(settings, market)
            runs[rung.name] = asked.prepare(changed, given | {"market": on_market}, False, curve)
            used.append(rung)
        except BacktestError as error:
            if ladder is not None:
                raise BacktestError(f"rung {rung.name!r}: {error}") from error
            skipped[rung.name] = str(error)
    walk(asked.bars, [prepared.run for prepared in runs.values()], block_rows, progress or quiet)
    return _found(asked, runs, used, skipped, envelope)


def _found(
    asked: Question, runs: Mapping[str, Prepared], used: list[Rung], skipped: dict[str, str], envelope: Envelope
) -> Bands:
    lines = {}
    for name, prepared in runs.items():
        curve = prepared.run.total
        assert isinstance(curve, FanCurve)
        curve.last_out()
        lines[name] = curve.line()
    results = {name: asked.collect(prepared) for name, prepared in runs.items()}
    return Bands(tuple(used), results, skipped, envelope.low.copy(), envelope.high.copy(), lines)


def _asked(bars: Any, strategy: Any, keywords: Mapping[str, Any]) -> tuple[Execution, dict[str, Any], Question, int]:
    """Return the settings, the order model's part of them, the question and the size of blocks."""
    known = set(inspect.signature(backtest).parameters) - {"bars", "strategy", "progress"}
    options = {name: value for name, value in keywords.items() if name not in known}
    settings = execution_of(cast("ExecutionOptions", options))
    given = {name: keywords.get(name) for name in MODEL}
    asked = question(bars, strategy, **{name: keywords[name] for name in QUESTION if name in keywords})
    if keywords.get("detail") is not None:
        asked = asked.on_finer(keywords["detail"])
    block_rows = whole("block_rows", keywords.get("block_rows", BLOCK_ROWS), 1)
    return settings, given, replace(asked, shared={}), block_rows


def _default(asked: Question, execution: Execution, given: Mapping[str, Any]) -> tuple[Rung, ...]:
    brokerage = given["brokerage"]
    liquidates = brokerage is not None and brokerage.account == "margin"
    resting = liquidates or given["exits"] is not None or any(part.gives_orders for part in asked.parts)
    market: Market | None = given["market"]
    return default_ladder(execution, market, resting=resting, volume=_has_volume(asked.bars))


def _has_volume(bars: Bars) -> bool:
    """Do the first bars say what was traded?"""
    first = next(iter(bars.blocks()), None)
    return first is not None and bool(np.nansum(first.ohlcv[:, VOLUME]) > 0.0)
