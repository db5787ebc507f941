"""What `lockstep backtest` and `lockstep sweep` do where the history is one of ticks."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lockstep.errors import RequestError
from lockstep.terminal import progress

if TYPE_CHECKING:
    from lockstep.data import Store
    from lockstep.vector.sweep import Sweep
    from lockstep.vector.ticks.request import TickRequest


def run_over_ticks(
    asked: "TickRequest",
    store: "Store",
    report: Path | None,
    save: Path | None,
    for_bars: dict[str, Any],
    as_json: bool,
) -> None:
    """Run a request over ticks and show its result; `for_bars` are options that must not be given."""
    from lockstep.terminal_ticks import show_tick_result
    from lockstep.vector.ticks.request import document

    refuse_for_bars(for_bars)
    with progress(as_json) as shown:
        shown("compiling, once", 0.0)
        result = asked.run(store, lambda share: shown("backtest", share))
        written = [("result", result.save(save))] if save else []
        if report:
            shown("writing the report", 1.0)
            written.append(("report", result.report(report)))
    if as_json:
        print(json.dumps(document(result) | {name: str(path) for name, path in written}))
        return
    show_tick_result(result)
    for name, path in written:
        print(f"{name}: {path.resolve()}")


def sweep_over_ticks(
    strategy: str, grid: Sequence[str], options: dict[str, Any], *, param: Sequence[str], where: Sequence[str],
    subset: float | None, seed: int, metrics: list[str] | None, policy: Sequence[str], store: "Store",
    shown: bool | None, told: Any,
) -> tuple["Sweep", Any, str]:  # fmt: skip
    """Run every set over the histories; return the result, the search, and the estimate that `told` was told before."""
    from lockstep.strategies.registry import find
    from lockstep.vector.sweep.asked import values_of, whole
    from lockstep.vector.sweep.expression import WrittenCondition
    from lockstep.vector.sweep.measured import require_comparable
    from lockstep.vector.sweep.space import Space
    from lockstep.vector.ticks.request import policies_of, tick_request_of
    from lockstep.vector.ticks.search import search_of
    from lockstep.vector.ticks.sweep import plan_of, tick_sweep

    conditions = [WrittenCondition(text) for text in where]
    space = Space.of(values_of(grid, param), find(strategy), where=conditions or None, subset=whole(subset), seed=seed)
    given = options.pop("setting") or ()
    request = tick_request_of(strategy=strategy, setting=given, **options)
    policies = policies_of(
        policy, lambda own: tick_request_of(strategy=strategy, setting=[*given, *own], **options)
    )  # fmt: skip
    require_comparable(metrics[-1] if metrics else "sharpe", request.convention)
    search = search_of(
        request.ticks(store), space, metrics=metrics, policies=policies,
        execution=None if policies else request.execution(), cash=request.initial_capital, risk_free=request.risk_free,
        convention=request.convention, for_bars={},
    )  # fmt: skip
    plan = plan_of(search, None)
    said = str(plan).replace(" bars", " events")
    told(f"{said}, on all cores")
    return tick_sweep(search, shown, None), search, said


def refuse_for_bars(given: dict[str, Any]) -> None:
    """Raise ``RequestError`` for options that are about bars."""
    names = [f"--{name}" for name, value in given.items() if value not in (None, False, [], ())]
    if names:
        verb = "are" if len(names) > 1 else "is"
        them = "them" if len(names) > 1 else "it"
        raise RequestError(f"{', '.join(names)} {verb} for bars alone: leave {them} out over ticks")
