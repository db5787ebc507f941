"""Which backend runs a sweep: sets side by side where they can, set by set where they can't, and a reason for each."""

import importlib.util
from typing import Any

import pytest
from tests.vector.sweep.test_sweep import Above, bars_of

from lockstep.errors import SweepError
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.strategies import CrossSectionalMomentum, EmaCross
from lockstep.vector.sweep import router, sweep

CASES: list[tuple[Any, dict[str, Any], str]] = [
    (EmaCross, {"grid": {"fast": [3, 4]}, "across": "portfolio"}, "the symbols share their cash"),
    (EmaCross, {"grid": {"fast": [3, 4]}, "limits": RiskLimits(max_order_size=5.0)}, "the full order model"),
    (Above, {"grid": {"level": [30.0, 40.0]}}, "the strategy gives orders from Python"),
    (CrossSectionalMomentum, {"grid": {"lookback": [5, 9], "skip": 1}}, "the strategy sees all symbols at once"),
]


def backend_of(kind: Any, **asked: Any) -> tuple[str, str]:
    found = sweep(bars_of(rows=120), kind, metrics=["trades"], **asked)
    return found.attrs["backend"], found.attrs["backend_reason"]


@pytest.mark.parametrize(("kind", "asked", "reason"), CASES)
def test_what_cannot_run_side_by_side_runs_set_by_set(kind: Any, asked: dict[str, Any], reason: str) -> None:
    backend, said = backend_of(kind, **asked)
    assert backend == "runs"
    assert said.startswith(f"set by set, because {reason}")
    with pytest.raises(SweepError, match=f"backend='numba' runs sets side by side, but {reason}"):
        backend_of(kind, **asked, backend="numba")


def test_a_portfolio_of_one_symbol_shares_nothing() -> None:
    found = sweep(bars_of(rows=120, symbols=("A",)), EmaCross, {"fast": [3, 4]}, across="portfolio", metrics=["trades"])
    assert found.attrs["backend"] == "numba"


@pytest.mark.parametrize("backend", ["numba", "runs"])
def test_what_is_asked_for_is_taken(backend: str) -> None:
    assert backend_of(EmaCross, grid={"fast": [3, 4]}, backend=backend) == (backend, "asked for")


def test_jax_is_not_started_where_it_has_no_accelerator(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in router.ACCELERATORS else real(name))
    monkeypatch.setattr("lockstep.vector.jax_start.start_jax", None)  # whoever called it would fail
    backend, said = backend_of(EmaCross, grid={"fast": [3, 4]})
    assert (backend, "JAX has no GPU or TPU here" in said) == ("numba", True)
