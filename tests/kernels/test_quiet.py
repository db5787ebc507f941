"""A stretch of quiet rows is valued as single rows are, bit for bit."""

from typing import Any

import numpy as np
import pytest
from tests.kernels.engine_run import Outcome, run

from lockstep.kernels.account import End, Rebalance
from lockstep.kernels.sizing import Instruction

UNITS: dict[str, Any] = {"kind": Instruction.TARGET_UNITS, "cash": 1000.0}


def same(a: Outcome, b: Outcome) -> None:
    for name in ("cash", "equity", "realised", "fees", "row", "orders", "end"):  # what waits may differ: see below
        assert a.account[name] == b.account[name], name
    for name in ("fills", "trades", "equity", "gross", "net"):
        assert np.array_equal(getattr(a, name), getattr(b, name), equal_nan=name in ("equity", "gross", "net")), name
    assert np.array_equal(a.holdings["mark"], b.holdings["mark"], equal_nan=True)


@pytest.mark.parametrize("seed", range(12))
def test_quiet_rows_equal_rows_on_which_targets_are_read_again(seed: int) -> None:
    """Rebalancing to unchanged units trades nothing, but waits and so visits every row; on change, rows are quiet."""
    rng = np.random.default_rng(seed)
    symbols, n = rng.integers(1, 4), 700  # more than two stretches
    close = 20.0 * np.exp(np.cumsum(rng.normal(0.0, 0.05, (symbols, n)), axis=1))
    present = rng.random((symbols, n)) < 0.8
    changes = rng.random((symbols, n)) < 0.02
    units = np.where(changes, rng.integers(-10, 11, (symbols, n)), np.nan)
    filled = np.array([_forward(row) for row in units])
    rich = UNITS | {"cash": 1e6}  # nothing is cut, or it would be asked for again
    visited = run(close, filled, present=present, rebalance=Rebalance.EVERY_BAR, **rich)
    quiet = run(close, filled, present=present, rebalance=Rebalance.ON_CHANGE, **rich)
    assert len(quiet.fills) > 3
    same(visited, quiet)


def _forward(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    last, out = np.nan, values.copy()
    for i, value in enumerate(values):
        last = out[i] = last if np.isnan(value) else value
    return out


def test_a_ruin_inside_a_stretch_ends_the_run_at_its_row() -> None:
    close = np.array([10.0, 10.0, 10.0, 15.0, 35.0, 36.0, 5.0])
    short = np.array([-90.0, *[np.nan] * 6])
    found = run(close, short, **UNITS)
    assert found.account["end"][0] == End.RUINED
    assert found.account["row"][0] == 5
    # 1000 - 90 * (35 - 10); behind it nothing was written.
    assert found.equity[4] == -1250.0
    assert np.isnan(found.equity[5:]).all()
    assert found.holdings["mark"][0] == 35.0


def test_a_long_run_is_closed_at_its_last_row_though_all_others_are_quiet() -> None:
    close = np.linspace(10.0, 20.0, 600)
    target = np.full(600, 5.0)
    found = run(close, target, close_at_ns=599 * 10 + 9, **UNITS)
    assert found.fills["quantity"].tolist() == [5.0, -5.0]
    assert found.fills["row"].tolist() == [1, 599]
