"""What must be equal on two machines for their portions of a sweep to be one result.

Compiled steps and accounts give the same bits on every CPU of a kind: numba is told to reorder and fuse nothing, so
AVX2 and AVX-512 do the same IEEE operations on four numbers at a time or on eight. What may differ in the last bit are
logarithms and powers, which the C library and NumPy choose by CPU and version: some are tried, and told where they
differ.
"""

import hashlib
import math
import pickle
import platform
import sys
from functools import cache
from pathlib import Path

import numba
import numpy as np

import lockstep
from lockstep._version import __version__
from lockstep.strategies.base import Strategy
from lockstep.strategies.code_version import code_version

Fingerprint = dict[str, str]

PARTS = ("kernels", "data", "strategies", "vector", "analytics/metrics")
"""Folders of this package whose code decides numbers; pages and pictures may differ."""

ARITHMETIC = "last bits of logarithms and powers"
"""What may differ: results are right, but not the same to the bit."""


def fingerprint(kind: type[Strategy]) -> Fingerprint:
    """Return what decides the numbers of a sweep of a strategy in this process, by name."""
    return {
        "lockstep": __version__,
        "lockstep's code": _sources(),
        "Python": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "numba": numba.__version__,
        "NumPy": np.__version__,
        "kind of CPU": platform.machine(),
        "strategy's code": code_version(kind)[:16],
        ARITHMETIC: _arithmetic(),
    }


def fingerprint_of_packed(strategy: bytes) -> Fingerprint | str:
    """Return the fingerprint for a packed class, or in words why it can't be loaded here."""
    try:
        return fingerprint(pickle.loads(strategy))
    except Exception as error:  # whatever importing a user's module raises
        return f"can't load the strategy ({type(error).__name__}: {error})"


def differences(here: Fingerprint, there: Fingerprint) -> dict[str, str]:
    """Return what differs, by name, in words."""
    return {
        name: f"{name} is {there.get(name, 'unknown')!r}, here {value!r}"
        for name, value in here.items()
        if there.get(name) != value
    }


@cache
def _sources() -> str:
    """Return a hash of the source files that decide numbers."""
    digest = hashlib.sha256()
    root = Path(str(lockstep.__file__)).parent
    for part in PARTS:
        for path in sorted((root / part).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def _arithmetic() -> str:
    values = np.linspace(1e-3, 60.0, 4001)
    many = [np.log(values), np.log1p(values), np.exp(-values), np.power(values, 0.31), np.sqrt(values)]
    single = [[function(value) for value in values.tolist()] for function in (math.log, math.exp, math.sin, math.erf)]
    single.append([value**0.31 for value in values.tolist()])
    return hashlib.sha256(np.array([*many, *single]).tobytes()).hexdigest()[:16]
