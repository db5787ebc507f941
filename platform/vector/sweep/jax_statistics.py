"""Streaming statistics as JAX traces them: the kernels of ``kernels.stats``, with selects where those branch.

This module is imported only where JAX is wanted, by ``jax_cells``.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax  # noqa: TID253 - loaded by the functions that want a trace
import jax.numpy as jnp  # noqa: TID253 - as above

from lockstep.kernels.rebind import Rebinder
from lockstep.kernels.stats import curve as curves
from lockstep.kernels.stats import drawdown as drawdowns
from lockstep.kernels.stats import exposure as exposures
from lockstep.kernels.stats import growth as growths
from lockstep.kernels.stats import periods as period_statistics
from lockstep.kernels.stats import relative
from lockstep.kernels.stats import statistics as whole
from lockstep.kernels.stats import trades as trade_statistics
from lockstep.kernels.stats.curve import Curve
from lockstep.kernels.stats.drawdown import Drawdown
from lockstep.kernels.stats.exposure import Exposure
from lockstep.kernels.stats.growth import LARGE, SMALL, Growth
from lockstep.kernels.stats.periods import Periods
from lockstep.kernels.stats.relative import CoMoments
from lockstep.kernels.stats.statistics import Rules, Statistics
from lockstep.vector.jax_ops import COUNTERPARTS, MATH

settled: Any = jax.lax.optimization_barrier
"""Compute once what many numbers follow from: fused into each of them, a fill's sums were done fifty times over."""


class OfRows(NamedTuple):
    """What a row moves."""

    curve: Curve
    exposure: Exposure
    drawdown: Drawdown
    log_changes: CoMoments


def split(statistics: Statistics) -> tuple[OfRows, Periods]:
    """Return what rows move, and what the ends of periods move; the rules are fixed for a run."""
    _, curve, exposure, drawdown, log_changes, periods = statistics
    return OfRows(curve, exposure, drawdown, log_changes), periods


def joined(rules: Rules, rows: OfRows, periods: Periods) -> Statistics:
    """Put statistics together again."""
    return Statistics(rules, rows.curve, rows.exposure, rows.drawdown, rows.log_changes, periods)


def chosen(condition: Any, new: Any, old: Any) -> Any:
    """Return one of two states leaf by leaf, in the old one's types; what did not change is left alone."""
    if new is old:
        return old
    if isinstance(old, tuple):
        parts = [chosen(condition, *leaves) for leaves in zip(new, old, strict=True)]
        return type(old)(*parts) if hasattr(old, "_fields") else tuple(parts)
    return jnp.where(condition, jnp.asarray(new, jnp.result_type(old)), old)


def _compound(state: Growth, r: Any, included: Any) -> Growth:
    product: Any = state.product * jnp.where(included, 1.0 + r, 1.0)
    large, small = jnp.abs(product) >= LARGE, (jnp.abs(product) <= SMALL) & (product != 0.0)
    factor: Any = jnp.where(large, SMALL, jnp.where(small, LARGE, 1.0))
    scale: Any = state.scale + jnp.where(large, 1, 0) - jnp.where(small, 1, 0)
    return Growth(product * factor, scale)


def _observe_drawdown(state: Drawdown, time_ns: Any, equity: Any) -> Any:
    at_peak = (equity >= state.peak) | jnp.isnan(state.peak)
    return chosen(at_peak, _at_peak(state, time_ns, equity), _below_peak(state, time_ns, equity))


def _observe_curve(state: Curve, time_ns: Any, session: Any, equity: Any, benchmark: Any) -> Any:
    # ``mark_curve`` leaves a curve alone on which nothing is to be noted.
    return _move_curve(_mark_curve(state, time_ns, equity, benchmark), time_ns, session, equity, benchmark)


BRANCHES: dict[Any, Callable[..., Any]] = {
    growths.compound: _compound,
    drawdowns.observe_drawdown: _observe_drawdown,
    curves.observe_curve: _observe_curve,
}
"""Each kernel that branches on its numbers -> the same with both sides computed and one chosen."""

_traced = Rebinder(COUNTERPARTS | BRANCHES, {"numpy": jnp, "math": MATH})
_at_peak, _below_peak = _traced(drawdowns.at_peak), _traced(drawdowns.below_peak)
_mark_curve, _move_curve = _traced(curves.mark_curve), _traced(curves.move_curve)
_open_period, _close_curve = _traced(curves.open_period), _traced(curves.close_curve)
_observe_exposure = _traced(exposures.observe_exposure)
_observe_period = _traced(period_statistics.observe_period)
_log_change, _observe_co_moments = _traced(whole.log_change), _traced(relative.observe_co_moments)
closed_trade = _traced(trade_statistics.observe_closed_trade)
open_trade = _traced(trade_statistics.observe_open_trade)


def observe_row(
    state: OfRows, rules: Rules, time_ns: Any, session: Any, equity: Any, gross: Any, net: Any, benchmark: Any
) -> OfRows:
    """Take a row of the open period: what ``statistics.observe`` does but for the end of the period before."""
    curve = _observe_curve(state.curve, time_ns, session, equity, benchmark)
    drawdown, changes = state.drawdown, state.log_changes
    if rules.drawdown_on_rows:
        drawdown = _observe_drawdown(drawdown, time_ns, equity)
    if rules.log_beta:
        change = _log_change(state.curve.equity, equity)
        market = _log_change(state.curve.benchmark, curve.benchmark)
        changes = chosen(state.curve.rows > 0, _observe_co_moments(changes, change, market, True), changes)
    return OfRows(curve, _observe_exposure(state.exposure, equity, gross, net), drawdown, changes)


def close_period(rows: OfRows, periods: Periods, rules: Rules, due: Any) -> tuple[OfRows, Periods, Any]:
    """End the open period where ``due``; return (.., .., its return), 0 where none ends or it has no return."""
    period = _open_period(rows.curve)
    closed = due & period.closed
    counts = closed & (rows.curve.periods > 0) if rules.skip_first else closed
    moved = chosen(counts, _observe_period(periods, period.portfolio, period.benchmark), periods)
    drawdown = rows.drawdown
    if not rules.drawdown_on_rows:
        drawdown = chosen(closed, _observe_drawdown(drawdown, rows.curve.time_ns, rows.curve.equity), drawdown)
    curve = chosen(closed, _close_curve(rows.curve), rows.curve)
    return rows._replace(curve=curve, drawdown=drawdown), moved, jnp.where(counts, period.portfolio, 0.0)
