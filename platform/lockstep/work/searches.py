"""Searches: sweeps and walk-forwards, asked for as `lockstep sweep` and `lockstep walk-forward` are, as documents."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from lockstep.errors import RequestError
from lockstep.work.backtests import bars_of, check_stored, thinned, times_of
from lockstep.work.desk import Desk

if TYPE_CHECKING:
    from lockstep.vector.validation import WalkForward


class Search(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """What is searched; see docs/sweeps.md."""

    strategy: str
    symbols: list[str]
    grid: dict[str, list[Any] | str]
    """Values by parameter, or as on the command line: "5:50:5"."""
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)
    """Of the strategy, that are not searched."""
    where: list[str] = msgspec.field(default_factory=list)
    subset: float | None = None
    seed: int = 0
    start_date: str | None = None
    end_date: str | None = None
    interval: str | None = None
    dataset: str | None = None
    initial_capital: float | None = None
    settings: dict[str, Any] = msgspec.field(default_factory=dict)
    """Of a request: {"commission": 0.001, "exits.stopLoss": 0.05}."""
    across: str = "symbol"
    backend: str = "auto"
    by: str = "sharpe"
    lowest: bool = False

    def made(self) -> Any:
        """Return the search. Raises ``LockstepError`` for one that can't be."""
        from lockstep.vector.sweep.asked import search_of

        return self._by(search_of)

    def check(self) -> None:
        """Raise ``LockstepError`` for a search that can't be, as far as that is soon known."""
        from lockstep.analytics.metrics.conventions import preset
        from lockstep.data.store import Store
        from lockstep.vector.sweep.asked import written_search_of
        from lockstep.vector.sweep.measured import require_comparable
        from lockstep.vector.sweep.request import check_words, metrics_of

        search = self._by(written_search_of)
        check_words(self.across, self.backend)
        convention = search.settings(self.across)["convention"]
        require_comparable(self.by, convention)
        metrics_of(self.measured(), preset(convention))
        check_stored(search.request, Store())

    def measured(self) -> list[str] | None:
        """Return the metrics that are asked for, None for all."""
        return [self.by]

    def _by(self, search_of: Callable[..., Any]) -> Any:
        grid = [f"{name}={_values(values)}" for name, values in self.grid.items()]
        return search_of(
            self.strategy, grid, param=_pairs(self.parameters), where=self.where, subset=self.subset, seed=self.seed,
            symbols=",".join(self.symbols), start=self.start_date, end=self.end_date, interval=self.interval,
            dataset=self.dataset, cash=self.initial_capital, setting=_pairs(self.settings),
        )  # fmt: skip


class SweepRequest(Search, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A sweep."""

    metrics: list[str] | None = None
    top: int = 10

    def measured(self) -> list[str] | None:
        """Return the metrics that are asked for, None for all."""
        return None if self.metrics is None else list(dict.fromkeys([*self.metrics, self.by]))


class WalkForwardRequest(Search, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A walk-forward; see docs/validation.md."""

    scheme: str = "rolling"
    train: str | None = None
    test: str | None = None
    step: str | None = None
    gap: int | None = None
    folds: int | None = None
    tested: int | None = None
    purge: int | None = None
    embargo: int | None = None

    def splits(self) -> Any:
        """Return how the history is split. Raises ``SplitError`` for what can't be."""
        from lockstep.vector.validation.asked import splits_of

        return splits_of(
            self.scheme, train=self.train, test=self.test, step=self.step, gap=self.gap, folds=self.folds,
            tested=self.tested, purge=self.purge, embargo=self.embargo,
        )  # fmt: skip


def check_sweep(body: dict[str, Any]) -> None:
    """Raise what is wrong with a request for a sweep."""
    _read(body, SweepRequest).check()


def check_walk_forward(body: dict[str, Any]) -> None:
    """Raise what is wrong with a request for a walk-forward."""
    asked = _read(body, WalkForwardRequest)
    asked.splits()
    asked.check()


def sweep(body: dict[str, Any], desk: Desk) -> dict[str, Any]:
    """Run all sets of a grid."""
    from lockstep.data.store import Store
    from lockstep.vector.sweep import sweep as swept
    from lockstep.vector.sweep.asked import plan_for
    from lockstep.vector.sweep.document import document_of

    asked = _read(body, SweepRequest)
    search = asked.made()
    options = search.settings(asked.across)
    options |= {"across": asked.across, "metrics": asked.measured(), "backend": asked.backend}
    bars, finer = bars_of(search.request, Store())
    plan, _ = plan_for(bars, search.space, options)
    desk.tell(f"{plan}", 0.0)
    cells = 0

    def advance(count: int) -> None:
        nonlocal cells
        cells += count
        desk.tell("sets", cells / plan.cells)

    found = swept(bars, search.space.strategy_class, search.space, progress=advance, **options)
    document = document_of(found, search, by=asked.by, lowest=asked.lowest, top=asked.top, plan=str(plan))
    return {**document, "resampledFrom": finer}


def walk_forward(body: dict[str, Any], desk: Desk) -> dict[str, Any]:
    """Choose on one part of a history and test on the next, again and again."""
    from lockstep.data.store import Store
    from lockstep.vector.validation import walk_forward as walked
    from lockstep.vector.validation.document import document_of

    asked = _read(body, WalkForwardRequest)
    splits = asked.splits()
    search = asked.made()
    bars, finer = bars_of(search.request, Store())
    found = walked(
        bars, search.space.strategy_class, search.space, splits, score=asked.by,
        pick="lowest" if asked.lowest else "highest", across=asked.across, backend=asked.backend,
        progress=lambda done, all_: desk.tell("tests", done / all_), **search.settings(asked.across),
    )  # fmt: skip
    return {**document_of(found), "curves": _curves(found), "resampledFrom": finer}


def _curves(found: "WalkForward") -> list[dict[str, Any]]:
    """Return equity out of sample beside the benchmark held over the same sessions, by symbol and path."""
    told = []
    for symbol in found.units:
        for path in found.known_paths(symbol):
            points = thinned(found.curve(path, symbol))
            values = {name: points[name].to_list() for name in ("equity", "benchmark")}
            told.append({"symbol": symbol, "path": path, "time": times_of(points["time"]), **values})
    return told


def _read(body: dict[str, Any], kind: Any) -> Any:
    try:
        return msgspec.convert(body, kind)
    except msgspec.ValidationError as error:
        raise RequestError(f"the request is not what is expected: {error} (see docs/jobs.md)") from None


def _values(values: list[Any] | str) -> str:
    return values if isinstance(values, str) else ",".join(_text(value) for value in values)


def _pairs(values: Mapping[str, Any]) -> list[str]:
    return [f"{name}={_text(value)}" for name, value in values.items()]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
