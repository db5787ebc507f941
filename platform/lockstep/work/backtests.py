"""Backtests: the request of `lockstep backtest FILE`, and what came of it as one document with curves and trades."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from lockstep.work.desk import Desk

if TYPE_CHECKING:
    import polars as pl

    from lockstep.data.bars import Bars
    from lockstep.vector.request import BacktestRequest
    from lockstep.vector.result import Account

INTERVAL = "1d"
"""Of a request that names none."""
POINTS = 2_000
"""Of a curve."""
ROWS = 5_000
"""Of trades and fills; `counts` tells of how many, and `result.npz` has all."""


def run(body: dict[str, Any], desk: Desk) -> dict[str, Any]:
    """Run a request; leaves `result.npz` and `report.html` in the folder.

    ``interval`` may be left out, and bars may be finer than it: the document's ``resampledFrom`` says so.
    """
    from lockstep.data.store import Store
    from lockstep.vector.request import parse_request

    asked = parse_request(msgspec.json.encode(body))
    store = Store()
    desk.tell("reading bars", 0.0)
    bars, finer = bars_of(asked, store)
    result = asked.run_on(bars, lambda share: desk.tell("backtest", share))
    desk.tell("writing the result", 1.0)
    result.save(desk.folder / "result.npz")
    result.report(desk.folder / "report.html")
    accounts: dict[str, Account] = {"total": result, **result.strategies}
    return {
        **result.to_dict(), **asked.notes(result), "resampledFrom": finer,
        "equity": {name: _curve(account.equity) for name, account in accounts.items()},
        "trades": _rows(result.trades), "fills": _rows(result.fills),
    }  # fmt: skip


def check(body: dict[str, Any]) -> None:
    """Raise what ``run`` would for a request that can't be, or of which no bars are stored."""
    from lockstep.data.store import Store
    from lockstep.vector.request import parse_request

    asked = parse_request(msgspec.json.encode(body))
    asked.manager()
    asked.options()
    check_stored(asked, Store())


def bars_of(asked: "BacktestRequest", store: Any) -> tuple["Bars", str | None]:
    """Return bars of the asked interval and, where they were put together, that of the bars they were made of."""
    return _found(asked, store, lambda bars, wanted: bars.resample(wanted))


def check_stored(asked: "BacktestRequest", store: Any) -> None:
    """Raise what ``bars_of`` would for bars that are not stored; nothing is put together."""
    _found(asked, store, lambda bars, _: bars)


def _found(
    asked: "BacktestRequest", store: Any, made: "Callable[[Bars, str], Bars]"
) -> tuple["Bars", str | None]:  # fmt: skip
    """Return bars, and of which finer ones they were ``made``."""
    from lockstep.data.interval import interval_ns, parse_interval
    from lockstep.errors import NoDataError

    wanted = parse_interval(asked.interval or INTERVAL)
    try:
        return msgspec.structs.replace(asked, interval=wanted).bars(store), None
    except NoDataError as error:
        missing = error
        stored = {one.interval for one in store.datasets() if one.kind == "bars" and one.interval}
        finer = [each for each in stored if interval_ns(each) < interval_ns(wanted)]
        for each in sorted(finer, key=interval_ns, reverse=True):
            try:
                return made(msgspec.structs.replace(asked, interval=each).bars(store), wanted), each
            except NoDataError as of_finer:
                missing = of_finer
        raise missing from None


def _curve(frame: "pl.DataFrame") -> dict[str, list[Any]]:
    """Return time and equity, thinned where there are many."""
    thin = thinned(frame)
    return {"time": times_of(thin["time"]), "equity": thin["equity"].to_list(), "gross": thin["gross"].to_list()}


def thinned(frame: "pl.DataFrame") -> "pl.DataFrame":
    """Return at most ``POINTS`` rows of a curve, the last one kept."""
    step = -(-frame.height // POINTS) if frame.height else 1
    return frame[::-1].gather_every(step)[::-1]


def _rows(frame: "pl.DataFrame") -> list[dict[str, Any]]:
    from lockstep.strategies.parameters import camel_case

    times = {name: times_of(frame[name]) for name, kind in frame.schema.items() if kind.is_temporal()}
    names = {name: camel_case(name) for name in frame.columns}
    return [
        {names[name]: times[name][k] if name in times else value for name, value in row.items()}
        for k, row in enumerate(frame.head(ROWS).iter_rows(named=True))
    ]


def times_of(column: "pl.Series") -> list[str | None]:
    """Return moments as ISO 8601 in UTC, days as dates."""
    import polars as pl

    if column.dtype == pl.Date:
        return column.dt.strftime("%Y-%m-%d").to_list()
    return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ").to_list()
