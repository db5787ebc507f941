"""The carry of a run before its first row, where it lies on the devices, and what it is after the last.

This module is imported only where JAX is wanted, by ``jax_cells``.
"""

from collections.abc import Callable
from typing import Any

import jax  # noqa: TID253 - loaded by the functions that want a trace
import numpy as np
import numpy.typing as npt
from jax.sharding import NamedSharding, PartitionSpec  # noqa: TID253 - as above

from lockstep.kernels.account import End, FillAt, Rebalance
from lockstep.kernels.costs import Costs
from lockstep.kernels.layout import FLOAT, Layout
from lockstep.kernels.sizing import Instruction, Limits
from lockstep.kernels.stats.block import STATISTICS, TRADE_STATISTICS
from lockstep.kernels.stats.statistics import Rules as StatisticsRules
from lockstep.kernels.stats.statistics import Statistics
from lockstep.kernels.stats.trades import trade_statistics_init
from lockstep.strategies.base import Strategy
from lockstep.strategies.over_bars.signals import version_of
from lockstep.vector.sweep.cells import TIME_BLOCKS
from lockstep.vector.sweep.jax_account import Asked, Rules, new_account
from lockstep.vector.sweep.jax_program import Carry, Fixed, block_program, end_trades
from lockstep.vector.sweep.jax_rings import filled_up, stacked, traced_step
from lockstep.vector.sweep.jax_statistics import joined, split
from lockstep.vector.sweep.sets import Sets

Spec: Any = PartitionSpec
SETS = "sets"
KEEP_BARRIERS = {"xla_disable_hlo_passes": "cse_barrier_expander"}
"""On a CPU the compiler drops barriers before it fuses, and fuses what they were to keep apart."""


def carry_of(sets: Sets, copies: int, rings: bool, cash: float, initial: Statistics) -> tuple[Carry, Any]:
    """Return (the carry before the first row in NumPy arrays, where the sets lie in the strategy's states)."""
    strategy, axes = stacked(sets.states, copies, rings)
    rows, periods = split(initial)
    rows, periods, account, trades = (
        _tiled(value, copies) for value in (rows, periods, new_account(cash), trade_statistics_init())
    )
    rows = rows._replace(curve=rows.curve._replace(warm_up=filled_up(sets.warm_ups, copies)))
    sums = (np.zeros((TIME_BLOCKS, copies)) for _ in range(2))
    return Carry(strategy, account, trades, rows, periods, *sums), axes


def fixed_of(sets: Sets, copies: int, rules: npt.NDArray[np.void], lot: float) -> tuple[Fixed, Rules]:
    """Return (what stays the same as data, what as choices) of the engine's record of settings, RULES[1]."""
    given = rules[0]
    params = type(sets.params[0])(*(filled_up(column, copies) for column in zip(*sets.params, strict=True)))
    costs = Costs(*(np.float64(given[name]) for name in Costs._fields))
    limits = Limits(np.float64(lot), np.bool_(given["long"]), np.bool_(given["short"]))  # type: ignore[arg-type]
    fixed = Fixed(params, Asked(costs, limits, np.float64(given["band"])), np.int64(given["close_at_ns"]))
    kind, fill_at, rebalance = Instruction(given["kind"]), FillAt(given["fill_at"]), Rebalance(given["rebalance"])
    return fixed, Rules(kind, fill_at, rebalance)


def specs_of(axes: Any) -> tuple[Any, Any]:
    """Return how the carry and what is fixed are spread: each device holds some of the sets, and all that is shared."""
    first, second = Spec(SETS), Spec(None, SETS)
    carry = Carry(_mapped_axes(axes), first, first, first, first, second, second)
    return carry, Fixed(first, Spec(), Spec())


def _mapped_axes(axes: Any) -> Any:
    if isinstance(axes, tuple):
        parts = [_mapped_axes(part) for part in axes]
        return type(axes)(*parts) if hasattr(axes, "_fields") else tuple(parts)
    return Spec() if axes is None else Spec(*(None,) * axes, SETS)


def placed(carry: Carry, fixed: Fixed, axes: Any, mesh: Any) -> Any:
    """Return both on the devices of a mesh."""
    shardings = jax.tree.map(lambda spec: NamedSharding(mesh, spec), specs_of(axes), is_leaf=_is_spec)
    return jax.device_put((carry, fixed), shardings)


def _is_spec(value: Any) -> bool:
    return isinstance(value, PartitionSpec)


_programs: dict[Any, Callable[..., Any]] = {}


def compiled(
    strategy_class: type[Strategy], axes: Any, rules: Rules, statistics: StatisticsRules, rings: bool, mesh: Any
) -> Callable[..., Any]:
    """Return the program of a class under some rules; JAX compiles it anew for each shape of its arguments."""
    key = (strategy_class, version_of(strategy_class), repr(axes), rules, statistics, rings, mesh)  # type: ignore[arg-type]
    if key not in _programs:
        program = block_program(traced_step(strategy_class.step, rings), axes, rules, statistics)
        if mesh.size > 1:
            carry, fixed = specs_of(axes)
            rest = Spec()
            program = jax.shard_map(
                program, mesh=mesh, in_specs=(carry, fixed, rest, rest), out_specs=carry, check_vma=False
            )
        options = KEEP_BARRIERS if jax.default_backend() == "cpu" else None
        _programs[key] = jax.jit(program, donate_argnums=0, compiler_options=options)
    return _programs[key]


_end_trades = jax.jit(end_trades)


def results(carry: Carry, rules: StatisticsRules) -> tuple[npt.NDArray[Any], ...]:
    """Return the results of a run's end, [sets, ...] each, in the order of ``Cells``."""
    trades = _end_trades(carry)
    sets = carry.account.cash.shape[0]
    statistics = joined(_tiled(rules, sets), carry.rows, carry.periods)
    sums = (np.asarray(part).T for part in (carry.block_sum, carry.block_squares))
    ended = np.where(np.asarray(carry.account.ended), End.RUINED, End.RUNNING).astype(np.int8)
    return (
        *_packed(statistics, STATISTICS),
        *_packed(trades, TRADE_STATISTICS),
        *sums,
        np.asarray(carry.account.fees),
        ended,
    )


def _packed(state: Any, layout: Layout) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    leaves = list(zip((np.asarray(leaf) for leaf in jax.tree.leaves(state)), layout.leaves, strict=True))
    floats = [leaf for leaf, kind in leaves if kind == FLOAT]
    integers = [leaf for leaf, kind in leaves if kind != FLOAT]
    return np.stack(floats, axis=1), np.stack(integers, axis=1).astype(np.int64)


def _tiled(value: Any, copies: int) -> Any:
    return jax.tree.map(lambda leaf: filled_up([leaf], copies), value)
