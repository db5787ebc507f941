"""Which compiler runs a strategy over a history, and why."""

from lockstep.errors import BacktestError, StrategyError
from lockstep.strategies.base import Strategy
from lockstep.strategies.check import check_strategy

BACKENDS = ("auto", "numba", "jax")


def choose_backend(strategy: Strategy, asked: str = "auto", symbols: int | None = None) -> tuple[str, str]:
    """Return ("numba" or "jax", the reason) after trying the strategy's class (see ``check_strategy``).

    A single backtest runs on numba, which is faster for it and starts sooner; JAX is taken when it is asked for.
    A strategy whose step branches can't be traced and runs on numba whatever was asked. ``symbols`` is the number
    of symbols in the run, which cross-sectional strategies may need to be tried.

    Raises ``BacktestError`` for an unknown backend and when JAX is asked for but not installed.
    """
    if asked not in BACKENDS:
        raise BacktestError(f"backend must be one of {', '.join(BACKENDS)}, found {asked!r}")
    count = smallest_number_of_symbols(strategy) if symbols is None else symbols
    check_strategy(strategy, count)
    if asked == "numba":
        return "numba", "asked for"
    if asked == "auto":
        return "numba", "a single backtest"
    from lockstep.vector.jax_trace import why_not  # JAX takes a second to import

    reason = why_not(strategy, count)
    return ("numba", f"can't be traced by JAX: {reason}") if reason else ("jax", "asked for")


MOST_SYMBOLS = 64
"""How many symbols a cross-sectional strategy is tried with when nobody says how many there are."""


def smallest_number_of_symbols(strategy: Strategy) -> int:
    """Return the smallest number of symbols, from 2 on, that a strategy takes."""
    if not strategy.cross_sectional:
        return 1
    for symbols in range(2, MOST_SYMBOLS):
        try:
            strategy.init(strategy.params, symbols)
        except StrategyError:
            continue
        return symbols
    return MOST_SYMBOLS
