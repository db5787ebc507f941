"""Put what the portions of a sweep came to into one Dataset."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lockstep._version import __version__
from lockstep.analytics.metrics.facts import periods_per_year
from lockstep.analytics.overfitting.blocks import BlockSums, Floats
from lockstep.strategies.code_version import code_version
from lockstep.strategies.reference import reference_of
from lockstep.vector.sweep.cells import TIME_BLOCKS
from lockstep.vector.sweep.ledger import hashes_of, key_of, remember, search_of, settings_of
from lockstep.vector.sweep.periods import count_periods
from lockstep.vector.sweep.plan import Plan, Portion
from lockstep.vector.sweep.portion import MOST_REASONS, Found, Status, unknown
from lockstep.vector.sweep.request import Request
from lockstep.vector.sweep.router import Route
from lockstep.vector.sweep.settings import written_settings

if TYPE_CHECKING:
    from lockstep.vector.sweep.result import Sweep


class Gathering:
    """Room for all cells of a sweep, filled portion by portion."""

    def __init__(self, request: Request, route: Route, plan: Plan) -> None:
        self._request, self._route, self._plan = request, route, plan
        space = request.space
        self._cells = space.size if space.sparse else space.total
        self._runs = (len(request.policies), len(request.slices))
        shape = (*self._runs, self._cells)
        self._status = np.full(shape, Status.LEFT_OUT, np.int8)
        for places in self._places():
            self._status[..., places] = Status.NOT_RUN
        self._metrics: dict[str, npt.NDArray[Any]] = {}
        self._sums, self._squares = (np.full((*shape, TIME_BLOCKS), np.nan) for _ in range(2))
        self._reasons: dict[str, str] = {}
        self.done = 0

    def _places(self) -> Iterator[npt.NDArray[np.int64]]:
        step = 1 << 16
        for start in range(0, self._request.space.size, step):
            yield self._place(start, min(start + step, self._request.space.size))

    def _place(self, start: int, stop: int) -> npt.NDArray[np.int64]:
        return np.arange(start, stop) if self._request.space.sparse else self._request.space.cells_between(start, stop)

    def put(self, portion: Portion, found: Found) -> None:
        """Take a portion."""
        at = (portion.policy, portion.slice, self._place(portion.start, portion.stop))
        self._status[at] = found.status
        self._sums[at], self._squares[at] = found.sums, found.squares
        self._make_room(found.metrics)
        for name, values in found.metrics.items():
            self._metrics[name][at] = values
        for place, reason in found.reasons.items():
            if len(self._reasons) < MOST_REASONS:
                self._reasons[self._named(portion, place)] = reason
        self.done += 1

    def _make_room(self, metrics: dict[str, npt.NDArray[Any]]) -> None:
        for name, values in metrics.items():
            if name not in self._metrics:
                nothing = np.datetime64("NaT", "ns") if values.dtype.kind == "M" else np.nan
                self._metrics[name] = np.full(self._status.shape, nothing, values.dtype)

    def _named(self, portion: Portion, place: int) -> str:
        where = [f"{name}={value}" for name, value in self._request.space.params(place).items()]
        policies = list(self._request.policies)
        if len(self._request.slices) > 1:
            where.append(self._request.slices[portion.slice].name)
        return ", ".join([*where, *([policies[portion.policy]] if policies != [""] else [])])

    def sweep(self, seconds: float, interrupted: bool) -> "Sweep":
        """Return the Dataset."""
        from lockstep.vector.sweep.result import Sweep

        request, space = self._request, self._request.space
        if not self._metrics:  # stopped before the first portion was done
            self._make_room(self._unknown())
        runs: dict[str, list[str]] = {"policy": list(request.policies)} if "" not in request.policies else {}
        runs[request.across] = [part.name for part in request.slices]
        dims = (*runs, *space.dims)
        shape = tuple(map(len, runs.values())) + ((space.size,) if space.sparse else space.shape)
        variables: dict[str, Any] = {name: (dims, values.reshape(shape)) for name, values in self._metrics.items()}
        variables["status"] = (dims, self._status.reshape(shape))
        for name, sums in (("block_sum", self._sums), ("block_squares", self._squares)):
            variables[name] = ((*dims, "block"), sums.reshape(*shape, TIME_BLOCKS))
        variables["block_periods"] = ((request.across, "block"), self._periods())
        coordinates: dict[str, Any] = {name: list(values) for name, values in runs.items()}
        if space.sparse:
            coordinates["set"] = np.arange(space.size)
            coordinates |= {name: ("set", values) for name, values in space.columns().items()}
        else:
            coordinates |= dict(space.axes)
        coordinates["block"] = np.arange(TIME_BLOCKS)
        made = Sweep(variables, coordinates, self._about(seconds, interrupted))
        made.source = request
        return made

    def _unknown(self) -> dict[str, npt.NDArray[Any]]:
        return unknown(self._request, self._request.slices[0], 0)

    def _periods(self) -> npt.NDArray[np.int64]:
        """Return int64[slices, 64]: period returns in each block of time."""
        from lockstep.analytics.metrics.facts import statistics_for

        counts = []
        for part in self._request.slices:
            periods = count_periods(part.bars, statistics_for(self._request.rules, part.facts).rules)
            counts.append(np.bincount(np.arange(periods) * TIME_BLOCKS // periods, minlength=TIME_BLOCKS))
        return np.array(counts, np.int64)

    def _about(self, seconds: float, interrupted: bool) -> dict[str, Any]:
        request, space = self._request, self._request.space
        bars, kind = request.bars, space.strategy_class
        first = next(iter(request.policies.values()))
        searched = {"fixed": space.fixed, "space": space.describe()}
        return {
            "strategy": kind.name,
            "strategy_title": kind.title,
            "strategy_class": reference_of(kind),
            "strategy_code": code_version(kind),
            **{name: json.dumps(value) for name, value in searched.items()},
            "dataset": bars.dataset,
            "source": bars.source,
            "interval": bars.interval,
            "adjust": bars.adjust,
            "symbols": json.dumps(list(bars.symbols)),
            "data_hash": bars.data_hash,
            "slice_hashes": json.dumps([part.bars.data_hash for part in request.slices]),
            "span": json.dumps(list(bars.span)),
            "convention": request.rules.name,
            "cash": request.cash,
            "risk_free": request.risk_free,
            **written_settings(request),
            "execution": json.dumps(first.to_dict()),
            "trial_settings": json.dumps(self._settings()),
            "trial_keys": json.dumps(self._keys()),
            "policies": json.dumps({name: execution.to_dict() for name, execution in request.policies.items()}),
            "backend": self._route.backend,
            "backend_reason": self._route.reason,
            "trials": int(np.isin(self._status, (Status.DONE, Status.RUINED)).sum()),
            "periods_per_year": json.dumps(self._years()),
            "interrupted": int(interrupted),
            "reasons": json.dumps(self._reasons),
            "seconds": seconds,
            "lockstep_version": __version__,
        }

    def remember(self) -> None:
        """Enter all trials into the store's ledger: whoever searches these data again competes with them."""
        request = self._request
        places = np.concatenate(list(self._places()))
        periods, years = self._periods(), self._years()
        columns, keys = request.space.values(), self._keys()
        for policy, settings in enumerate(self._settings()):
            hashes = hashes_of(settings, columns)
            for at, key in enumerate(keys):
                ran = np.isin(self._status[policy, at, places], (Status.DONE, Status.RUINED))
                if ran.any():
                    kept = places[ran]
                    sums, squares = self._sums[policy, at, kept], self._squares[policy, at, kept]
                    sharpes = annual_sharpes(sums, squares, periods[at], years[at])
                    label, search = request.space.strategy_class.name, search_of(hashes)
                    remember(key, hashes[ran], sharpes, label, search=search)

    def _settings(self) -> list[str]:
        """Return what makes other trials of the same parameters, for each policy."""
        return [settings_of(self._request, execution) for execution in self._request.policies.values()]

    def _keys(self) -> list[str]:
        """Return under which name the trials on each slice stand."""
        return [key_of(part.bars) for part in self._request.slices]

    def _years(self) -> list[float]:
        """Return the periods of a year of each slice."""
        return [periods_per_year(self._request.rules, part.facts) for part in self._request.slices]


def annual_sharpes(sums: Floats, squares: Floats, counts: npt.NDArray[np.int64], per_year: float) -> Floats:
    """Return annual Sharpe ratios float64[k] by sums [k, 64] of returns and of squares; nan where there is none."""
    found, ran = np.full(len(sums), np.nan), np.isfinite(sums).all(axis=-1)
    if ran.any():
        blocks = BlockSums.of(sums, squares, counts, ran)
        mean, deviation, _ = blocks.moments
        varies = deviation > 0.0
        found[blocks.rows[varies]] = mean[varies] / deviation[varies] * np.sqrt(per_year)
    return found
