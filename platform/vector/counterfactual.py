"""What limits cost or saved: a run with all of them, without each, and with none."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from lockstep.errors import BacktestError
from lockstep.kernels.risk.codes import RiskCode
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.strategies.parameters import camel_case
from lockstep.vector.backtest import quiet
from lockstep.vector.result import Result
from lockstep.vector.run import walk
from lockstep.vector.variants import asked

if TYPE_CHECKING:
    import polars as pl

ALL, NONE = "all limits", "no limits"
CODES: dict[str, tuple[RiskCode, ...]] = {
    "max_position_size": (RiskCode.MAX_POSITION_SIZE,),
    "max_order_size": (RiskCode.MAX_ORDER_SIZE,),
    "max_daily_loss": (RiskCode.MAX_DAILY_LOSS, RiskCode.TRADING_REDUCING),
    "max_gross_exposure": (RiskCode.MAX_GROSS_EXPOSURE,),
    "max_symbol_exposure": (RiskCode.MAX_SYMBOL_EXPOSURE,),
    "max_order_notional": (RiskCode.MAX_ORDER_NOTIONAL,),
    "max_drawdown": (RiskCode.MAX_DRAWDOWN,),
    "max_concentration": (RiskCode.MAX_CONCENTRATION,),
    "max_leverage": (RiskCode.MAX_LEVERAGE,),
    "price_collar": (RiskCode.PRICE_COLLAR,),
    "max_mark_age": (RiskCode.MARKET_DATA_STALE, RiskCode.MARKET_DATA_AHEAD),
    "max_order_rate": (RiskCode.ORDER_RATE,),
    "max_session_orders": (RiskCode.MAX_SESSION_ORDERS,),
    "max_open_orders": (RiskCode.MAX_OPEN_ORDERS,),
    "max_symbol_open_orders": (RiskCode.MAX_SYMBOL_OPEN_ORDERS,),
    "duplicate_window": (RiskCode.DUPLICATE_ORDER,),
    "prevent_self_trade": (RiskCode.SELF_TRADE,),
    "allow_long": (RiskCode.LONG_NOT_ALLOWED,),
    "allow_short": (RiskCode.SHORT_NOT_ALLOWED,),
    "allow_outside_hours": (RiskCode.OUTSIDE_TRADING_HOURS,),
}
"""Limit -> the codes with which it refuses. ``order_rate_window`` is no limit of its own."""
CHECK = frozenset(int(code) for code in RiskCode if code != RiskCode.PASSED)
LOOSEST = {"prevent_self_trade": False, "allow_long": True, "allow_short": True, "allow_outside_hours": True}
"""Of the limits that are truth values, the one that refuses nothing; the others are None."""


class Without(NamedTuple):
    """One run of the comparison."""

    run: str
    """``all limits``, ``without`` a limit, or ``no limits``."""
    limit: str | None
    """The limit that is left out, under its name in JSON."""
    value: float | None
    """What it was set to; 1 and 0 for true and false."""
    refused: int
    """Orders that the limit refused in the run with all limits; for that run all that the check refused."""
    end_value: float
    total_return: float
    max_drawdown: float
    saved: float
    """Final equity with all limits less that of this run: what the limit saved, or cost where it is negative."""


@dataclass(frozen=True, eq=False)
class Counterfactual:
    """What each limit of a run cost or saved. What single limits saved need not add up to what all of them saved."""

    rows: tuple[Without, ...]
    results: Mapping[str, Result]
    """Run -> result, that with all limits first; only it keeps its rows."""

    @property
    def reference(self) -> Result:
        """The run with all limits, the same as ``backtest`` returns."""
        return self.results[ALL]

    def table(self) -> "pl.DataFrame":
        """Return one row per run: run, limit, value, refused, end_value, total_return, max_drawdown, saved."""
        import polars as pl

        text, count = dict.fromkeys(("run", "limit"), pl.String), {"refused": pl.Int64}
        schema: Any = {name: (text | count).get(name, pl.Float64) for name in Without._fields}
        return pl.DataFrame(list(self.rows), schema=schema, orient="row")

    def to_dict(self) -> list[dict[str, Any]]:
        """Return the rows as plain values for JSON, camelCase keys; nan becomes null."""
        return [{camel_case(name): _finite(value) for name, value in row._asdict().items()} for row in self.rows]


def what_limits_cost(
    bars: Any,
    strategy: Any,
    *,
    limits: RiskLimits | Mapping[str, Any],
    progress: Callable[[int], None] | None = None,
    **keywords: Any,
) -> Counterfactual:
    """Run a strategy with all limits, without each of those that are set, and with none, in one pass over the bars.

    Args:
        bars: as for ``backtest``.
        strategy: as for ``backtest``.
        limits: ``RiskLimits``, or a mapping with the keys of docs/risk.md.
        progress: called after each block with the number of its rows.
        **keywords: the others of ``backtest``.

    Raises:
        BacktestError: where no limit is set, and whatever ``backtest`` raises.
        RiskLimitsError: for limits that can't be.
    """
    made = limits if isinstance(limits, RiskLimits) else RiskLimits.from_mapping(limits)
    given = [name for name in CODES if getattr(made, name) != loosest(name) and _is_set(made, name, limits)]
    if not given:
        raise BacktestError("no limit is set, so none can be left out: give limits={'maxOrderSize': 100} or the like")
    run = asked(bars, strategy, keywords)
    settings = {ALL: made} | {name: without(made, name) for name in given} | {NONE: None}
    runs = {
        name: run.question.prepare(run.execution, run.model | {"limits": value}, name == ALL and run.keep_rows)
        for name, value in settings.items()
    }
    walk(run.question.bars, [prepared.run for prepared in runs.values()], run.block_rows, progress or quiet)
    results = {name: run.question.collect(prepared) for name, prepared in runs.items()}
    rows = tuple(_row(name, made, results) for name in results)
    return Counterfactual(rows, {row.run: result for row, result in zip(rows, results.values(), strict=True)})


def loosest(name: str) -> bool | None:
    """Return the value of a limit that refuses nothing."""
    return LOOSEST.get(name)


def without(limits: RiskLimits, name: str) -> RiskLimits:
    """Return the limits but for one."""
    changed: dict[str, Any] = {name: loosest(name)}
    return replace(limits, **changed)


def _is_set(made: RiskLimits, name: str, given: Any) -> bool:
    """Was a limit asked for? Two refuse by themselves: they count where they are named."""
    default = {field.name: field.default for field in fields(RiskLimits)}[name]
    return getattr(made, name) != default or (isinstance(given, Mapping) and camel_case(name) in given)


def _row(name: str, limits: RiskLimits, results: Mapping[str, Result]) -> Without:
    found = results[name].metrics()
    end = float(found["end_value"])
    single = name in CODES
    codes = results[ALL].refusals["code"].to_list() if name != NONE else []
    refused = sum(code in CODES[name] for code in codes) if single else sum(code in CHECK for code in codes)
    return Without(
        run=f"without {camel_case(name)}" if single else name,
        limit=camel_case(name) if single else None,
        value=float(getattr(limits, name)) if single else None,
        refused=refused,
        end_value=end,
        total_return=float(found["total_return"]),
        max_drawdown=float(found["max_drawdown"]),
        saved=float(results[ALL].metrics()["end_value"]) - end,
    )


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
