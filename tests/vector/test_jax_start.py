"""Whether JAX rounds as numba does is decided when it starts, and measured."""

import importlib.util
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from lockstep.errors import BacktestError
from lockstep.vector.jax_start import start_jax


def fresh(code: str, flags: str | None = None) -> Any:
    """Run code in a process of its own and return what it printed as JSON."""
    environment = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    if flags is not None:
        environment["XLA_FLAGS"] = flags
    environment["JAX_PLATFORMS"] = "cpu"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


SHOW = "import json, os; print(json.dumps([*start_jax(), os.environ['XLA_FLAGS']]))"
START = "from lockstep.vector.jax_start import start_jax\n"


@pytest.fixture(scope="module")
def contracts() -> bool:
    """Does this processor multiply and add in one rounding?"""
    return not fresh(START + SHOW, "--xla_cpu_max_isa=AVX2")[1]


def test_the_flag_is_set_before_jax_starts_and_others_are_kept() -> None:
    assert fresh(START + SHOW)[1:] == [True, "products and sums are rounded one by one", "--xla_cpu_max_isa=AVX"]
    flags = "--xla_cpu_multi_thread_eigen=true"
    assert fresh(START + SHOW, flags)[3] == f"{flags} --xla_cpu_max_isa=AVX"


def test_a_flag_of_the_user_s_is_respected_and_what_it_costs_is_remembered(contracts: bool) -> None:
    if not contracts:
        pytest.skip("this processor rounds products and sums one by one anyway")
    platform, exact, reason, flags = fresh(START + SHOW, "--xla_cpu_max_isa=AVX2")
    assert (platform, exact, flags) == ("cpu", False, "--xla_cpu_max_isa=AVX2")
    assert "or it is set to another value" in reason


def test_where_jax_runs_already_it_is_too_late_and_that_is_remembered(contracts: bool) -> None:
    if not contracts:
        pytest.skip("this processor rounds products and sums one by one anyway")
    code = "import jax; jax.numpy.ones(3).sum().block_until_ready()\n" + START + SHOW
    platform, exact, reason, _ = fresh(code)
    assert (platform, exact) == ("cpu", False)
    assert "JAX was running before" in reason


def test_without_jax_the_cure_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    start_jax.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BacktestError, match=r"JAX is not installed: .* pip install -e '.\[jax\]'`; or use"):
        start_jax()
    start_jax.cache_clear()


def test_it_is_decided_once() -> None:
    assert start_jax() is start_jax()
