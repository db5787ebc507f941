"""A result as the plots and the report want it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lockstep.analytics.view import RunView
from lockstep.errors import BacktestError
from lockstep.vector.result import Result
from lockstep.vector.summary import summary

if TYPE_CHECKING:
    import polars as pl

PRICES = ("open", "high", "low", "close", "volume")


def view(result: Result) -> RunView:
    """Return the frames and words of a result. Without its bars (a loaded result) prices are not drawn.

    Raises ``BacktestError`` when the rows were not kept.
    """
    if not len(result.total.finished.rows[0]):
        raise BacktestError(
            "a plot or report needs the equity of every row, and the run was made with keep_rows=False: run it again"
            " and keep the rows"
        )
    several = result.strategies if len(result.strategies) > 1 else {}
    return RunView(
        title=result.total.title,
        source=result.provenance.source,
        symbols=result.total.symbols,
        span=result.provenance.span,
        equity=result.equity,
        fills=_records(result, "fills").sort("time", maintain_order=True),
        trades=_trades(result),
        bars=_bars(result),
        metrics=[(group, list(rows)) for group, rows in summary(result)],
        strategies={name: account.equity.select("time", "equity") for name, account in several.items()},
        settings=_settings(result),
        provenance=_provenance(result),
        conventions=(f"Numbers follow the convention '{result.settings.convention.name}' (docs/metrics.md).",),
        notes=() if result.end_reason == "end of data" else (f"The run ended early: {result.end_reason}.",),
        initial=result.total.facts.initial_cash,
        zone=result.bars.instruments[0].time_zone if result.bars else "UTC",
        currency=result.bars.instruments[0].currency if result.bars else "",
        days_per_year=result.total.facts.sessions_per_year or 252.0,
        risk_free=result.total.facts.risk_free,
    )


def _records(result: Result, kind: str) -> "pl.DataFrame":
    """All accounts' records with the strategy that made them."""
    import polars as pl

    frames: list[pl.DataFrame] = [
        getattr(account, kind).with_columns(pl.lit(name).alias("strategy"))
        for name, account in result.strategies.items()
    ]
    return pl.concat(frames)


def _trades(result: Result) -> "pl.DataFrame":
    import polars as pl

    trades = _records(result, "trades")
    return trades.with_columns(
        pl.when(pl.col("direction") > 0).then(pl.lit("long")).otherwise(pl.lit("short")).alias("direction"),
        pl.when("open").then(None).otherwise(pl.col("exit_time")).alias("exit_time"),
    ).sort("entry_time", maintain_order=True)


def _bars(result: Result) -> "pl.DataFrame":
    import polars as pl

    if result.bars is not None:
        return result.bars.frame()
    times = {"close_time": pl.Datetime("ns", "UTC")}
    return pl.DataFrame(schema={"symbol": pl.String, **times, **dict.fromkeys(PRICES, pl.Float64)})


def _settings(result: Result) -> dict[str, dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {
        f"Parameters of {name}": dict(account.parameters) for name, account in result.strategies.items()
    }
    groups["Execution"] = result.settings.execution.to_dict()
    for name, values in (result.settings.order_model or {}).items():
        if isinstance(values, Mapping):
            groups[name.capitalize()] = {key: value for key, value in values.items() if value is not None}
    groups["Account"] = {
        "initial capital": result.total.facts.initial_cash,
        "risk-free rate": result.total.facts.risk_free,
    }
    return groups


def _provenance(result: Result) -> dict[str, Any]:
    made_from = result.provenance
    return {
        "dataset": made_from.dataset,
        "source": made_from.source,
        "interval": made_from.interval,
        "prices": {"split": "split-adjusted", "none": "as traded"}[made_from.adjust],
        "data hash": made_from.data_hash,
        "warm-up (bars)": result.total.facts.warm_up,
        "end": result.end_reason,
        **{f"version of {name}": version for name, version in made_from.versions.items()},
    }
