"""Two devices share the sets between them and give what one gives."""

import os
import subprocess
import sys

CODE = """
import numpy as np
from lockstep.vector.jax_start import start_jax
start_jax()
import jax
from tests.vector.histories import history
from lockstep.strategies.donchian import Donchian
from lockstep.vector.sweep import jax_carry
from tests.vector.sweep.test_jax_cells import SHIPPED, assert_cells

assert jax.device_count() == 2
spread = []
placed = jax_carry.placed
jax_carry.placed = lambda *given: spread.append(placed(*given)) or spread[-1]
kind, columns, convention, settings = next(case for case in SHIPPED if case[0] is Donchian)
assert_cells(history(1, 300, seed=20, gaps=0.05), kind, columns, convention, **settings)
((carry, fixed),) = spread
ring = carry.strategy.entry.highs.values
assert [len({*leaf.sharding.device_set}) for leaf in jax.tree.leaves((carry, fixed))].count(2) > 100
assert ring.values.sharding.shard_shape(ring.values.shape)[1] * 2 == ring.values.shape[1]
assert ring.pushes.sharding.is_fully_replicated
"""


def test_sets_are_spread_over_the_devices() -> None:
    flags = "--xla_force_host_platform_device_count=2"
    environment = os.environ | {"XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu", "PYTHONPATH": os.getcwd()}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", CODE], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr
