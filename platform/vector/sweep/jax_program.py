"""The compiled loop: all parameter sets through a block of rows of one symbol, nothing kept of a row.

This module is imported only where JAX is wanted, by ``jax_cells``.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax  # noqa: TID253 - loaded by the functions that want a trace

from lockstep.kernels.bar import Bar
from lockstep.kernels.stats.statistics import Rules as StatisticsRules
from lockstep.vector.sweep.jax_account import Asked, Moment, Rules, advance, end_trade
from lockstep.vector.sweep.jax_rows import Rows, Stretches
from lockstep.vector.sweep.jax_statistics import chosen, close_period, observe_row, settled


class Carry(NamedTuple):
    """What goes on from row to row and from block to block, for all parameter sets."""

    strategy: Any
    account: Any
    trades: Any
    rows: Any
    periods: Any
    block_sum: Any
    """float64[64, sets]: sum of the returns of each block of time, and of their squares."""
    block_squares: Any


class Fixed(NamedTuple):
    """What stays the same through a run, as data."""

    params: Any
    asked: Asked
    close_at_ns: Any
    """Close time of the row that closes all positions; -1 for none."""


def block_program(
    step: Callable[..., Any], axes: Any, rules: Rules, statistics: StatisticsRules
) -> Callable[[Carry, Fixed, Rows, Stretches], Carry]:
    """Return the function that moves all sets through a block; ``axes`` say where they lie in a strategy's state."""
    moved = (axes, 0, 0, 0)
    loop: Any = jax.lax.fori_loop

    def one(lane: Any, params: Any, bar: Bar, moment: Moment, benchmark: Any, asked: Asked) -> Any:
        state, account, trades, rows = lane
        state, target = settled(step(state, bar, params))
        running = ~account.ended
        account_then, trades_then, worth = advance(account, trades, target, moment, asked, rules)
        rows_then = observe_row(rows, statistics, bar.time_ns, bar.session, *worth, benchmark)
        return (
            state, chosen(running, account_then, account), chosen(running, trades_then, trades),
            chosen(running, rows_then, rows),
        )  # fmt: skip

    all_sets: Any = jax.vmap(one, in_axes=(moved, 0, None, None, None, None), out_axes=moved)
    close: Any = jax.vmap(lambda rows, periods, due: close_period(rows, periods, statistics, due), in_axes=(0, 0, None))

    def program(carry: Carry, fixed: Fixed, rows: Rows, stretches: Stretches) -> Carry:
        def row(t: Any, lanes: Any) -> Any:
            time_ns, number = rows.time_ns[t], rows.first + t
            bar = Bar._make((number, time_ns, rows.session[t], *rows.ohlcv[:, t], rows.extra[t]))
            last = time_ns == fixed.close_at_ns
            moment = Moment(number, time_ns, bar.close, rows.opening_ns[t], rows.opening[t], last)
            return all_sets(lanes, fixed.params, bar, moment, rows.benchmark[t], fixed.asked)

        def stretch(i: Any, carry: Carry) -> Carry:
            of_rows, periods, returned = close(carry.rows, carry.periods, stretches.due[i])
            lanes = (carry.strategy, carry.account, carry.trades, of_rows)
            state, account, trades, of_rows = loop(stretches.edges[i], stretches.edges[i + 1], row, lanes)
            place = stretches.place[i]
            sums = _added(carry.block_sum, returned, place)
            squares = _added(carry.block_squares, returned * returned, place)
            return Carry(state, account, trades, of_rows, periods, sums, squares)

        done: Carry = loop(0, stretches.number, stretch, carry)
        return done

    return program


def _added(sums: Any, values: Any, place: Any) -> Any:
    return jax.lax.dynamic_update_index_in_dim(sums, sums[place] + values, place, 0)


def end_trades(carry: Carry) -> Any:
    """Return the statistics of trades with those that are still open."""
    return jax.vmap(end_trade)(carry.account, carry.trades)
