"""A whole backtest on JAX makes the orders and the equity of one on numba, on real bars."""

import polars as pl
import pytest
from tests.strategies.cases import CASES, symbols_of

from lockstep.data import Store
from lockstep.data.sample import install_real
from lockstep.strategies.base import Strategy
from lockstep.vector import backtest
from lockstep.vector.jax_start import start_jax


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    made = Store(tmp_path_factory.mktemp("store"))
    install_real(made)
    return made


@pytest.mark.parametrize("strategy", CASES[::2], ids=repr)
def test_orders_and_equity_agree(store: Store, strategy: Strategy) -> None:
    if not start_jax().exact:
        pytest.skip(f"JAX can't be exact here: {start_jax().reason}")
    # GOOG was listed in 2004: three years of rows on which it has no bar.
    symbols = ["MSFT", "AAPL", "GOOG"][: symbols_of(strategy)]
    bars = store.bars(symbols, interval="1d", start="2001-06-01", end="2009-12-31")
    numba, jax = (
        backtest(bars, strategy, cash=100_000, commission=0.001, backend=backend) for backend in ("numba", "jax")
    )
    assert len(numba.orders) > 0
    assert numba.orders.equals(jax.orders, null_equal=True)
    apart = (numba.equity["equity"] / jax.equity["equity"] - 1.0).abs().max()
    assert isinstance(apart, float)
    assert apart <= 1e-9
    assert isinstance(numba.fills, pl.DataFrame)
    assert numba.fills.equals(jax.fills, null_equal=True)
