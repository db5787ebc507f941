"""The keywords of ``backtest``, sorted once for several runs that differ in a few of them."""

import inspect
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple, cast

from lockstep.strategies.over_bars.checks import whole
from lockstep.strategies.over_bars.execution import Execution
from lockstep.vector.backtest import ExecutionOptions, backtest, execution_of, question
from lockstep.vector.prepare import BLOCK_ROWS, Question, order_model_of

QUESTION = ("cash", "columns", "benchmark", "risk_free", "convention", "backend")
MODEL = ("market", "brokerage", "exits", "limits", "actions", "rates", "funding", "scores")


class Asked(NamedTuple):
    """What ``backtest`` was asked, in parts that variants replace."""

    question: Question
    """Its runs share what does not depend on fills."""
    execution: Execution
    model: dict[str, Any]
    """The keywords of the full order model, None where one is left out."""
    keep_rows: bool
    block_rows: int


def asked(bars: Any, strategy: Any, keywords: Mapping[str, Any]) -> Asked:
    """Return the parts; raises what ``backtest`` raises for what can't be run."""
    known = set(inspect.signature(backtest).parameters)
    options = {name: value for name, value in keywords.items() if name not in known}
    execution = execution_of(cast("ExecutionOptions", options))
    model = {name: keywords.get(name) for name in MODEL}
    found = question(bars, strategy, **{name: keywords[name] for name in QUESTION if name in keywords})
    if keywords.get("detail") is not None:
        order_model_of(model, found.parts, found.asked, execution)
        found = found.on_finer(keywords["detail"])
    block_rows = whole("block_rows", keywords.get("block_rows", BLOCK_ROWS), 1)
    return Asked(replace(found, shared={}), execution, model, keywords.get("keep_rows", True), block_rows)
