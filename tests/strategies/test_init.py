"""The package's table of contents."""

import json
import subprocess
import sys

import pytest

import lockstep.strategies
from lockstep.strategies.registry import ORDER_KERNELS, SHIPPED

EXPORTS = {
    *SHIPPED.values(),
    *ORDER_KERNELS.values(),
    "OrderKernel",
    *("Strategy", "CrossSectionalStrategy", "param", "kernel"),
    *("StrategyEntry", "StrategyManager", "Promotion"),
    *("BaseStrategy", "BookUpdate", "Fill", "MarketData", "Quote", "Signal", "Trade"),
    *("Cancel", "Order", "Replace", "bracket", "one_cancels_other"),
    *("create", "find", "listing", "names", "register"),
}


def test_exports_are_pinned_and_load() -> None:
    assert set(lockstep.strategies.__all__) == EXPORTS
    assert all(getattr(lockstep.strategies, name) is not None for name in EXPORTS)
    assert set(dir(lockstep.strategies)) >= EXPORTS


def test_a_misspelled_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(
        AttributeError, match=r"lockstep.strategies has no name 'MeanRevertion'; it has AvellanedaStoikov, BaseStrategy"
    ):
        lockstep.strategies.MeanRevertion  # type: ignore[attr-defined]  # noqa: B018 - what it refuses


def test_importing_it_and_listing_names_loads_nothing_heavy() -> None:
    code = (
        "import json, sys, lockstep.strategies as s; s.names(); s.StrategyManager; "
        "print(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"numpy", "numba", "llvmlite", "jax", "polars", "pyarrow", "pandas"}
    assert not heavy & set(json.loads(done.stdout))
