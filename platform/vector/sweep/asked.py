"""What the command line asks of a search: a grid, conditions, policies and settings, spelled as texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from lockstep.data.bars import Bars
from lockstep.data.store import Store
from lockstep.errors import SweepError
from lockstep.strategies.parameters import camel_case, snake_case
from lockstep.strategies.registry import find
from lockstep.vector.backtest import ExecutionOptions
from lockstep.vector.request import BacktestRequest, pairs_of, request_of_options
from lockstep.vector.sweep.conditions import conditions_of
from lockstep.vector.sweep.draw import number_of, seeded
from lockstep.vector.sweep.expression import WrittenCondition
from lockstep.vector.sweep.guided_space import GuidedSpace
from lockstep.vector.sweep.guided_study import Objective, objectives_of
from lockstep.vector.sweep.plan import Plan, plan_of
from lockstep.vector.sweep.request import request_of
from lockstep.vector.sweep.router import Route, route
from lockstep.vector.sweep.space import Space
from lockstep.vector.sweep.values import log_span, span

GRID = "fast=5:50:5 (from, to, step), slow=20,50,100 (a list) or lookback=log:5:500:10 (from, to, how many)"

EXECUTION = tuple(ExecutionOptions.__annotations__)


Sets = TypeVar("Sets", Space, GuidedSpace)
"""All sets of a search, or what a sampler chooses them from."""


@dataclass(frozen=True)
class Search(Generic[Sets]):
    """A search as it was written."""

    space: Sets
    request: BacktestRequest
    """Bars and settings, as a backtest would be asked for; its strategy has no parameters."""

    def bars(self, store: Store) -> Bars:
        """Return the bars to search on."""
        return self.request.bars(store)

    def settings(self, across: str = "symbol") -> dict[str, Any]:
        """Return the keywords of ``sweep`` that backtests share: cash, convention, execution, order model.

        Raises ``SweepError`` for a benchmark that the runs can't be compared with, and what a bad setting raises.
        """
        self._check_benchmark(across)
        return {name: value for name, value in self.request.options().items() if name != "backend"}

    def _check_benchmark(self, across: str) -> None:
        name, symbols = self.request.benchmark, self.request.symbols
        together = across == "portfolio" or self.space.strategy_class.cross_sectional
        if name is None or (name in symbols and (together or len(symbols) == 1)):
            return
        if together:
            raise SweepError(
                f"--set benchmark={name}: expected one of the symbols that are searched, found --symbols "
                f"{','.join(symbols)}: add {name} to them, or leave the benchmark out"
            )
        raise SweepError(
            f"--set benchmark={name}: each symbol is searched alone, and can only be compared with itself; expected "
            f"--symbols {name}, found --symbols {','.join(symbols)}: search that one, or all together with --across "
            f"portfolio"
        )


def search_of(
    strategy: str, grid: Sequence[str], *, param: Sequence[str] = (), where: Sequence[str] = (),
    subset: float | None = None, seed: int = 0, **options: Any,
) -> Search[Space]:  # fmt: skip
    """Return the search that command-line options spell; ``options`` are those of ``request_of_options``.

    Raises ``SweepError`` for a grid, condition or setting that can't be read, and what ``Space.of`` raises.
    """
    kind = find(strategy)
    conditions = [WrittenCondition(text) for text in where]
    space = Space.of(values_of(grid, param), kind, where=conditions or None, subset=whole(subset), seed=seed)
    return Search(space, _settings_of(strategy, options))


def written_search_of(
    strategy: str, grid: Sequence[str], *, param: Sequence[str] = (), where: Sequence[str] = (),
    subset: float | None = None, seed: int = 0, **options: Any,
) -> Search[Space]:  # fmt: skip
    """Return what ``search_of`` returns, of all sets of the grid; raises what it raises for what is written wrongly.

    Which sets meet the conditions is not asked: of a large grid that takes long.
    """
    kind = find(strategy)
    space = Space.of(values_of(grid, param), kind)
    conditions_of([WrittenCondition(text) for text in where], kind.parameters, kind.name)
    if subset is not None:
        number_of(whole(subset), space.total)
    seeded(seed)
    return Search(space, _settings_of(strategy, options))


def guided_search_of(
    strategy: str, grid: Sequence[str], *, param: Sequence[str] = (), where: Sequence[str] = (), **options: Any
) -> Search[GuidedSpace]:
    """Return what ``search_of`` returns, its sets to be chosen one batch after another; no grid is too large."""
    kind = find(strategy)
    space = GuidedSpace(values_of(grid, param), kind, [WrittenCondition(text) for text in where] or None)
    return Search(space, _settings_of(strategy, options))


def values_of(grid: Sequence[str], param: Sequence[str]) -> dict[str, Any]:
    """Return what --grid searches and --param fixes, by parameter. Raises ``SweepError`` for one that is both."""
    values = grid_of_texts(grid)
    fixed = {snake_case(name): value for name, value in pairs_of("--param", param).items()}
    twice = sorted({snake_case(name) for name in values} & fixed.keys())
    if twice:
        raise SweepError(f"{twice[0]} is searched by --grid and fixed by --param: leave one of them out")
    return {**values, **fixed}


def _settings_of(strategy: str, options: Mapping[str, Any]) -> BacktestRequest:
    request = request_of_options(strategy=strategy, **options)
    if request.backend != "auto":
        raise SweepError("--set backend=... is a backtest's: a search has --backend")
    return request


def objectives_of_texts(texts: Sequence[str]) -> tuple[Objective, ...]:
    """Return NAME or NAME:minimize texts as what is searched for. Raises what ``objectives_of`` raises."""
    pairs = [(name.strip(), way.strip() or "maximize") for name, _, way in (text.partition(":") for text in texts)]
    return objectives_of(pairs)


def whole(subset: float | None) -> float | None:
    """Return a number of sets as a whole number, a share as it is."""
    return int(subset) if subset is not None and subset >= 1 and subset == int(subset) else subset


def grid_of_texts(texts: Sequence[str]) -> dict[str, Any]:
    """Return NAME=VALUES texts as a grid. Raises ``SweepError`` for what is none."""
    if not texts:
        raise SweepError(f"nothing is searched: give --grid for each parameter, {GRID}")
    grid: dict[str, Any] = {}
    for text in texts:
        name, equals, values = (part.strip() for part in text.partition("="))
        if not (name and equals and values):
            raise SweepError(f"--grid {text}: write NAME=VALUES, as {GRID}")
        if snake_case(name) in grid:
            raise SweepError(f"--grid {text}: {name} is given twice: write all its values in one")
        grid[snake_case(name)] = _values(text, values)
    return grid


def _values(text: str, values: str) -> Any:
    parts = [part.strip() for part in values.split(":")]
    if parts[0] == "log":
        if len(parts) != 4:
            raise SweepError(f"--grid {text}: a log range is log:FROM:TO:COUNT, as in lookback=log:5:500:10")
        low, high, count = (_number(text, part) for part in parts[1:])
        return log_span(low, high, int(count) if count == int(count) else count)
    if len(parts) in (2, 3):
        return span(*(_number(text, part) for part in parts))
    if len(parts) > 3:
        raise SweepError(f"--grid {text}: a range is FROM:TO or FROM:TO:STEP, as in fast=5:50:5")
    return [_value(text, part.strip()) for part in values.split(",")]


def _value(text: str, value: str) -> Any:
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    return _number(text, value)


def _number(text: str, value: str) -> Any:
    try:
        return int(value)
    except ValueError:
        pass
    try:
        number = float(value)
    except ValueError:
        raise SweepError(f"--grid {text}: expected a number, found {value!r}; {GRID}") from None
    if not np.isfinite(number):
        raise SweepError(f"--grid {text}: expected a finite number, found {value!r}")
    return number


def policies_of_texts(texts: Sequence[str]) -> dict[str, dict[str, Any]] | None:
    """Return NAME:KEY=VALUE,KEY=VALUE texts as policies, None without any. Raises ``SweepError``."""
    found: dict[str, dict[str, Any]] = {}
    for text in texts:
        name, _, settings = (part.strip() for part in text.partition(":"))
        if not name or name in found:
            raise SweepError(f"--policy {text}: write each as NAME:KEY=VALUE,..., as in dear:commission=0.002")
        given = pairs_of("--policy", [part for part in settings.split(",") if part.strip()])
        found[name] = {snake_case(key): value for key, value in given.items()}
        stray = [key for key in found[name] if key not in EXECUTION]
        if stray:
            known = ", ".join(map(camel_case, EXECUTION))
            raise SweepError(f"--policy {text}: a policy has no setting {stray[0]!r}; it has {known}")
    return found or None


def plan_for(bars: Bars, space: Space, options: Mapping[str, Any]) -> tuple[Plan, Route]:
    """Return what ``sweep`` with these options will take, and on which backend; errors as ``sweep``."""
    own = ("across", "metrics", "policies", "cash", "risk_free", "convention", "benchmark", "columns", "backend")
    execution: Any = {name: options[name] for name in EXECUTION if name in options}
    known = {name: options.get(name) for name in own}
    request = request_of(
        bars, space, **known,  # type: ignore[arg-type]  # checked there
        model={name: value for name, value in options.items() if name not in (*own, *EXECUTION)}, execution=execution,
    )  # fmt: skip
    way = route(request)
    return plan_of(request, way, None), way
