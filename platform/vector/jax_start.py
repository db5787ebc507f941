"""Start JAX so that it computes what numba computes, and find out whether it does.

XLA contracts ``a * b + c`` into one rounding where the processor can, which flips comparisons that are near their
threshold. On x86 the flag ``--xla_cpu_max_isa=AVX`` forbids it (AVX has no such instruction); it is read when JAX
starts. Where JAX runs already, or on a GPU, results may differ by rounding: that is measured and remembered.
"""

import importlib.util
import os
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from lockstep._extras import how_to_install
from lockstep.errors import BacktestError

FLAG = "xla_cpu_max_isa"


class Started(NamedTuple):
    """How JAX runs in this process."""

    platform: str
    """"cpu", "gpu" or "tpu"."""
    exact: bool
    """Are products and sums rounded one by one, as in compiled kernels?"""
    reason: str
    """Why they are or aren't, in words."""


@lru_cache(maxsize=1)
def start_jax() -> Started:
    """Start JAX once in this process, with the flag where it is not too late.

    An ``xla_cpu_max_isa`` in ``XLA_FLAGS`` stays as it is. Raises ``BacktestError`` when JAX is not installed.
    """
    if importlib.util.find_spec("jax") is None:
        raise BacktestError(f"JAX is not installed: {how_to_install('jax')}; or use backend='numba'")
    flags = os.environ.get("XLA_FLAGS", "")
    if FLAG not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} --{FLAG}=AVX".strip()
    import jax

    platform = jax.default_backend()
    if platform != "cpu":
        return Started(platform, False, f"JAX runs on the {platform}, which rounds products and sums together")
    if _contracts():
        return Started(
            platform,
            False,
            f"JAX was running before --{FLAG}=AVX could be set in XLA_FLAGS, or it is set to another value",
        )
    return Started(platform, True, "products and sums are rounded one by one")


def double_precision() -> Any:
    """Return a context in which JAX computes in 64 bits; outside it the user's own setting stays."""
    import jax

    return jax.enable_x64(True)


def _contracts() -> bool:
    """Return whether ``a * a + c`` is rounded once: then the last bit of the square survives."""
    import jax

    value, cancel = 1.0 + 2.0**-30, -(1.0 + 2.0**-29)
    with double_precision():
        left = jax.jit(lambda a, c: a * a + c)(np.full(9, value), np.full(9, cancel))
    return bool(np.asarray(left).any())
