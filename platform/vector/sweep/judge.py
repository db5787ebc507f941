"""From a sweep to the overfitting report of its best set."""

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.analytics.overfitting import Earlier, OverfittingReport, overfitting_report
from lockstep.errors import OverfittingInputError, SweepError
from lockstep.vector.sweep.gather import annual_sharpes
from lockstep.vector.sweep.ledger import earlier, hashes_of, remember
from lockstep.vector.sweep.measured import metrics_in, require_metric
from lockstep.vector.sweep.places import placed, require_name
from lockstep.vector.sweep.portion import Status
from lockstep.vector.sweep.request import Request

if TYPE_CHECKING:
    import xarray as xr

    from lockstep.vector.result import Result
    from lockstep.vector.sweep.result import Sweep
    from lockstep.vector.ticks.result import TickResult

RUNS = ("policy", "symbol", "portfolio")
"""Dimensions along which the same sets are run again."""

Floats = npt.NDArray[np.float64]


class Winner(NamedTuple):
    """The best cell of a sweep."""

    run: dict[str, str]
    """Its place among policies and symbols."""
    set: int
    """Its place among the sets of that run, in the order of the dimensions."""
    parameters: dict[str, Any]
    score: float


def winner_of(sweep: "xr.Dataset", metric: str, lowest: bool, at: dict[str, Any]) -> Winner:
    """Return the best cell; ties go to the first. Raises ``SweepError`` where there is none."""
    stray = [name for name in at if name not in RUNS]
    if stray:
        require_name(sweep, stray[0])
        raise SweepError(f"symbols and policies can be picked, found {stray[0]!r}: cut first, .sel({stray[0]}=...)")
    part = _part(sweep, metric, at)
    runs, sets = _dims(part)
    scores = _scores(part, metric, lowest).transpose(*runs, *sets)
    values = scores.values.reshape(-1)
    if not np.isfinite(values).any():
        raise SweepError(f"no set has a {metric}: {_why_none(part)}")
    best = int(np.nanargmax(np.where(np.isfinite(values), values, np.nan)))
    places = np.unravel_index(best, scores.shape)
    number = int(np.ravel_multi_index(places[len(runs) :], scores.shape[len(runs) :])) if sets else 0
    cell = part.isel({name: int(place) for name, place in zip(scores.dims, places, strict=True)})
    run = {name: str(cell[name].values) for name in RUNS if name in cell.coords}
    return Winner(run, number, parameters_of(cell), float(cell[metric].values))


def parameters_of(cell: "xr.Dataset") -> dict[str, Any]:
    """Return all parameters of one cell as Python values."""
    fixed: dict[str, Any] = json.loads(cell.attrs["fixed"])
    names = json.loads(cell.attrs["space"])["parameters"]
    return fixed | {name: cell[name].values.item() for name in names}


def judged(sweep: "Sweep", metric: str, lowest: bool, at: dict[str, Any]) -> OverfittingReport:
    """Return the report on the best cell: its own run's sets are searched, all others are earlier trials."""
    won = winner_of(sweep, metric, lowest, at)
    part = sweep.sel({name: value for name, value in won.run.items() if name in sweep.dims})
    _, sets = _dims(part)
    scores = _scores(part, metric, lowest).transpose(*sets).values.ravel()
    fields = (part[name].transpose(*sets, "block").values for name in ("block_sum", "block_squares"))
    sums, squares = (values.reshape(-1, values.shape[-1]) for values in fields)
    counts = part["block_periods"].values
    per_year = _per_year(sweep, won.run.get("symbol"))
    ran = np.isfinite(sums).all(axis=1)
    scores = np.where(ran, scores, np.nan)
    own, key, label = _hashes(sweep, part, won)[ran], _key(sweep, won), str(sweep.attrs["strategy"])
    again = _winner_again(sweep, won)
    shape = {} if "set" in sets else {"shape": tuple(part.sizes[name] for name in sets)}
    placed = {"coordinates": _coordinates(part)} if "set" in sets else {"cells": np.arange(len(scores))}
    try:
        report = overfitting_report(
            sums, squares, counts, periods_per_year=per_year, scores=scores, metric=metric,
            **_moments(part, sets, again, won.set, len(scores)), **shape, **placed,  # type: ignore[arg-type]
            earlier=_others(sweep, won, earlier(key, own)),
            winner_returns=None if again is None else again.total.finished.periods["portfolio"],
        )  # fmt: skip
    except OverfittingInputError as error:
        raise SweepError(f"the best set can't be judged: {error}") from error
    remember(key, own, annual_sharpes(sums, squares, counts, per_year)[ran], label, report.effective)
    return report


def _part(sweep: "xr.Dataset", metric: str, at: dict[str, Any]) -> "xr.Dataset":
    _require_whole(sweep)
    require_metric(metric, metrics_in(sweep))
    return placed(sweep, at)


def _require_whole(sweep: "xr.Dataset") -> None:
    if not _whole(sweep):
        raise SweepError("this was computed from a sweep and is none itself: cells have no parameters of their own")


def _whole(sweep: "xr.Dataset") -> bool:
    """Has every cell its parameters, status and sums? Means and sums over dimensions have not."""
    fields = {"status", "block_sum", "block_squares", "block_periods"}
    if "space" not in sweep.attrs or not fields <= set(sweep.data_vars) or sweep["status"].dtype.kind != "i":
        return False
    return set(json.loads(sweep.attrs["space"])["parameters"]) <= set(sweep.coords)


def _dims(part: "xr.Dataset") -> tuple[list[Any], list[Any]]:
    runs = [name for name in part["status"].dims if name in RUNS]
    return runs, [name for name in part["status"].dims if name not in RUNS]


def _scores(part: "xr.Dataset", metric: str, lowest: bool) -> "xr.DataArray":
    """Return what the best has most of, nan for cells without numbers."""
    values = part[metric].astype(np.float64) * (-1.0 if lowest else 1.0)
    scores = values.where(part["status"].isin([Status.DONE, Status.RUINED]))
    # What a guided search gave up counts among the trials and can't win.
    lost = np.nextafter(float(scores.min()), -np.inf)
    return scores.where(part["status"] != Status.PRUNED, lost)


def _why_none(part: "xr.Dataset") -> str:
    states = np.unique(part["status"].values)
    if set(states.tolist()) <= {Status.DONE, Status.RUINED}:
        if part.attrs.get("history") == "ticks":
            return (
                "its sets ran, but nobody traded, or there are too few sessions to compare: measure from sample to "
                "sample, convention=replace(preset('lockstep'), per_bar=True)"
            )
        return "its sets ran, but their returns don't vary, as where nobody trades: search other values"
    reasons = json.loads(part.attrs.get("reasons", "{}"))
    said = f", the first because {next(iter(reasons.values()))}" if reasons else ""
    return f"its sets are {', '.join(Status(int(state)).name.lower().replace('_', ' ') for state in states)}{said}"


def _coordinates(part: "xr.Dataset") -> Floats:
    names = json.loads(part.attrs["space"])["parameters"]
    return np.array([part[name].values.astype(np.float64) for name in names]).T


def _columns(part: "xr.Dataset") -> dict[str, Any]:
    """Return every parameter's values in all sets of one run, in the order of the dimensions."""
    _, sets = _dims(part)
    searched = json.loads(part.attrs["space"])["parameters"]
    like = part["status"].transpose(*sets)
    found = {name: part[name].broadcast_like(like).transpose(*sets).values.ravel() for name in searched}
    fixed = json.loads(part.attrs["fixed"])
    return found | {name: np.full(like.size, value) for name, value in fixed.items()}


def _hashes(sweep: "xr.Dataset", part: "xr.Dataset", won: Winner) -> npt.NDArray[np.uint64]:
    policies = list(json.loads(sweep.attrs["policies"]))
    settings = json.loads(sweep.attrs["trial_settings"])[policies.index(won.run.get("policy", policies[0]))]
    return hashes_of(settings, _columns(part))


def _key(sweep: "xr.Dataset", won: Winner) -> str:
    keys: list[str] = json.loads(sweep.attrs["trial_keys"])
    symbols = json.loads(sweep.attrs["symbols"])
    return keys[symbols.index(won.run["symbol"])] if "symbol" in won.run else keys[0]


def _per_year(sweep: "xr.Dataset", symbol: str | None) -> float:
    """Return the periods of a year of one run: markets that never close have more than others."""
    years: list[float] = json.loads(sweep.attrs["periods_per_year"])
    return years[json.loads(sweep.attrs["symbols"]).index(symbol)] if symbol is not None else years[0]


def _others(sweep: "xr.Dataset", won: Winner, known: Earlier) -> Earlier:
    """Add what was swept on other symbols, which the ledger has under other names, be it cut away or not."""
    symbols = json.loads(sweep.attrs["symbols"])
    if "symbol" not in won.run or len(symbols) < 2:
        return known
    sharpes = [known.sharpes]
    number = 0
    others = [name for name in np.atleast_1d(sweep["symbol"].values) if name != won.run["symbol"]]
    for name in others:
        one = sweep.sel(symbol=name)
        counts = one["block_periods"].values
        sums, squares = (one[field].values.reshape(-1, counts.size) for field in ("block_sum", "block_squares"))
        found = annual_sharpes(sums, squares, counts, _per_year(sweep, str(name)))
        number += int(np.isfinite(sums).all(axis=1).sum())
        sharpes.append(found[np.isfinite(found)])
    # All symbols ran the same sets: what was cut away is known by its number.
    number = max(number, round(int(sweep.attrs["trials"]) * (len(symbols) - 1) / len(symbols)))
    return Earlier(known.trials + number, known.independent + number, np.concatenate(sharpes))


def _moments(part: "xr.Dataset", sets: list[Any], again: "Result | None", place: int, number: int) -> dict[str, Floats]:
    """Return skew and kurtosis of the sets where they were measured, else the winner's by its own run."""
    if "skew" in part and "kurtosis" in part:
        skew, kurtosis = (part[name].transpose(*sets).values.ravel() for name in ("skew", "kurtosis"))
        return {"skew": np.nan_to_num(skew), "excess_kurtosis": np.nan_to_num(kurtosis)}
    if again is None:
        return {}
    measured = again.metrics()
    found = {}
    for name, source in (("skew", "skew"), ("excess_kurtosis", "kurtosis")):
        found[name] = np.zeros(number)
        found[name][place] = np.nan_to_num(measured[source])
    return found


def _winner_again(sweep: "Sweep", won: Winner) -> "Result | None":
    """Run the winner once more, for its returns; None where the bars are not at hand."""
    if sweep.source is None or sweep.attrs.get("history") == "ticks":
        return None  # over ticks its returns are in the sums: those from sample to sample
    return run_again(sweep.source, won.run, won.parameters, keep_rows=False)


def cell_again(sweep: "Sweep", at: dict[str, Any]) -> "Result | TickResult":
    """Return the whole run of one cell (see ``Sweep.again``)."""
    from lockstep.vector.ticks.search import TickSearch

    request: Any = sweep.source
    if request is None:
        raise SweepError("the bars of this result are not at hand (it was loaded or cut): run backtest on one set")
    _require_whole(sweep)
    cell = placed(sweep, at)
    if cell["status"].size != 1:
        left = ", ".join(str(name) for name in cell["status"].dims if cell.sizes[name] != 1)
        raise SweepError(f"one cell is expected, found {cell['status'].size:,}: say which {left}")
    cell = cell.squeeze()
    run = {name: str(cell[name].values) for name in RUNS if name in cell.coords}
    if isinstance(request, TickSearch):
        return request.again(run, parameters_of(cell))
    return run_again(request, run, parameters_of(cell), keep_rows=True)


def run_again(request: Request, run: dict[str, str], parameters: dict[str, Any], *, keep_rows: bool) -> "Result":
    """Return the backtest of one cell."""
    from lockstep.vector.backtest import quiet
    from lockstep.vector.prepare import BLOCK_ROWS
    from lockstep.vector.run import walk

    name = run.get("symbol")
    bars = next((part.bars for part in request.slices if part.name == name), request.slices[0].bars)
    asked = request.ask(bars, request.space.strategy_class(**parameters))
    execution = request.policies.get(run.get("policy", ""), next(iter(request.policies.values())))
    prepared = asked.prepare(execution, dict(request.model), keep_rows)
    walk(bars, [prepared.run], BLOCK_ROWS, quiet)
    return asked.collect(prepared)
