"""From a sweep to the promotion of its best set: what it is, what it is worth, and whether it reads the future."""

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from lockstep._version import __version__
from lockstep.data.bars import Bars
from lockstep.errors import BacktestError, PromotionError, SweepError
from lockstep.strategies.base import Strategy
from lockstep.strategies.code_version import code_version
from lockstep.strategies.promotion import Promotion, plain_number
from lockstep.strategies.reference import class_of, reference_of
from lockstep.vector.sweep.judge import RUNS, Winner, winner_of
from lockstep.vector.sweep.portion import Status
from lockstep.vector.sweep.request import Request
from lockstep.vector.sweep.settings import settings_kept

if TYPE_CHECKING:
    import xarray as xr

    from lockstep.vector.sweep.result import Sweep

MOST_VALUES = 1000
"""A parameter that was searched over more values is described, not listed."""

SEARCH_HELD_ELSEWHERE = ("strategy", "fixed", "dims")


def promoted(
    sweep: "Sweep", metric: str, lowest: bool, at: dict[str, Any], verify: bool, bars: Bars | None
) -> Promotion:
    """Return the promotion of the best set (see ``Sweep.best``)."""
    if sweep.attrs.get("history") == "ticks":
        raise SweepError("only strategies for bars are promoted, this was swept over ticks: take the set from frame()")
    won = winner_of(sweep, metric, lowest, at)
    request, attrs = sweep.source, sweep.attrs
    kind = class_of(attrs["strategy_class"]) if request is None else request.space.strategy_class
    _same_code(kind, attrs)
    on = _bars_of(sweep, request, won, bars)
    remarks: list[str] = []
    report = _report(sweep, metric, lowest, at, remarks)
    certificate = _certificate(kind(**won.parameters), on, request, verify, remarks)
    if attrs["interrupted"]:
        remarks.append("the search was interrupted: the best of what was done, not of what was asked for")
    settings, needs = settings_kept(sweep.attrs, won.run)
    return Promotion(
        strategy_name=kind.name, title=kind.title, reference=reference_of(kind), code=code_version(kind),
        parameters={name: won.parameters[name] for name in kind.parameters}, data=_data(sweep, won),
        settings=settings, needs=needs, metrics=_metrics(sweep, won), report=report, certificate=certificate,
        remarks=tuple(remarks), created_from=_search(sweep, metric, lowest, at, won), versions=_versions(),
        made_of=kind,
    )  # fmt: skip


def _same_code(kind: type[Strategy], attrs: Mapping[str, Any]) -> None:
    then, now = attrs["strategy_code"], code_version(kind)
    if then != now:
        raise PromotionError(
            f"the code of {kind.name} has changed since it was swept: swept was {then[:16]}, found {now[:16]} in "
            f"{attrs['strategy_class']}; sweep again, or restore the code"
        )


def _bars_of(sweep: "Sweep", request: Request | None, won: Winner, given: Bars | None) -> Bars | None:
    """Return the very bars on which the winner was chosen; None where nobody has them."""
    name = won.run.get("symbol")
    if request is not None:
        return next((part.bars for part in request.slices if part.name == name), request.slices[0].bars)
    if given is None:
        return None
    if given.data_hash != sweep.attrs["data_hash"]:
        raise SweepError(
            f"the sweep was made on bars with hash {sweep.attrs['data_hash'][:16]}, found {given.data_hash[:16]}: give "
            "the same symbols, span and adjustment, or none"
        )
    if name is None:
        return given
    return replace(given, histories=(given.histories[given.symbols.index(name)],))


def _report(sweep: "Sweep", metric: str, lowest: bool, at: dict[str, Any], remarks: list[str]) -> dict[str, Any] | None:
    try:
        return sweep.report(metric, lowest=lowest, **at).to_dict()
    except SweepError as error:
        remarks.append(f"there is no overfitting report: {error}")
        return None


def _certificate(
    strategy: Strategy, bars: Bars | None, request: Request | None, asked: bool, remarks: list[str]
) -> dict[str, Any] | None:
    """Return the certificate of the winner on its own bars; a remark says why there is none, or that it failed."""
    if not asked:
        remarks.append("look-ahead was not tested: it was promoted with verify=False")
        return None
    if bars is None:
        remarks.append(
            "look-ahead was not tested: the bars were not at hand, it was loaded or cut; best(bars=...) takes them"
        )
        return None
    if strategy.columns and request is None:
        remarks.append("look-ahead was not tested: the columns that the strategy reads were not at hand")
        return None
    from lockstep.vector.causality import verify

    try:
        made = verify(strategy, bars, columns=None if request is None else request.columns)
    except BacktestError as error:
        remarks.append(f"look-ahead can't be tested: {error}")
        return None
    if not made.passed:
        first = made.findings[0].sentence() if made.findings else "it is not the same each time"
        remarks.append(f"don't trade this, the test for look-ahead failed: {first}")
    return made.to_dict()


def _data(sweep: "Sweep", won: Winner) -> dict[str, Any]:
    attrs = sweep.attrs
    symbols, hashes = json.loads(attrs["symbols"]), json.loads(attrs["slice_hashes"])
    alone = "symbol" in won.run
    return {
        "dataset": attrs["dataset"],
        "source": attrs["source"],
        "symbols": [won.run["symbol"]] if alone else symbols,
        "interval": attrs["interval"],
        "adjust": attrs["adjust"],
        "span": json.loads(attrs["span"]),
        "data_hash": hashes[symbols.index(won.run["symbol"])] if alone else attrs["data_hash"],
    }


def _metrics(sweep: "Sweep", won: Winner) -> dict[str, Any]:
    cell = _cell(sweep, won)
    found = {}
    for name, variable in cell.data_vars.items():
        if variable.ndim == 0 and name != "status":
            value = variable.values[()]
            moment = isinstance(value, np.datetime64)
            found[str(name)] = (None if np.isnat(value) else str(value)) if moment else plain_number(float(value))
    return found


def _cell(sweep: "Sweep", won: Winner) -> "xr.Dataset":
    part = sweep.sel({name: value for name, value in won.run.items() if name in sweep.dims})
    sets = [name for name in part["status"].dims if name not in RUNS]
    if not sets:
        return part
    places = np.unravel_index(won.set, [part.sizes[name] for name in sets])
    return part.isel({name: int(place) for name, place in zip(sets, places, strict=True)})


def _search(sweep: "Sweep", metric: str, lowest: bool, at: dict[str, Any], won: Winner) -> dict[str, Any]:
    attrs = sweep.attrs
    space = {key: v for key, v in json.loads(attrs["space"]).items() if key not in SEARCH_HELD_ELSEWHERE}
    space["parameters"] = {name: _described(values) for name, values in space["parameters"].items()}
    states, counts = np.unique(sweep["status"].values, return_counts=True)
    return {
        "metric": metric,
        "lowest": lowest,
        "among": {name: plain_number(value) for name, value in at.items()},
        "run": dict(won.run),
        "space": space,
        "symbols": json.loads(attrs["symbols"]),
        "policies": json.loads(attrs["policies"]) if "policy" in won.run else {},
        "trials": int(attrs["trials"]),
        "sets": {Status(int(state)).name.lower(): int(count) for state, count in zip(states, counts, strict=True)},
        "data_hash": attrs["data_hash"],
        "backend": attrs["backend"],
        "interrupted": bool(attrs["interrupted"]),
        "lockstep_version": attrs["lockstep_version"],
    }


def _described(values: list[Any]) -> Any:
    if len(values) <= MOST_VALUES:
        return values
    return {"values": len(values), "lowest": min(values), "highest": max(values)}


def _versions() -> dict[str, str]:
    python = ".".join(map(str, sys.version_info[:3]))
    return {"lockstep": __version__, "python": python, **{name: version(name) for name in ("numpy", "numba")}}
