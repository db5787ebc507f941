"""Which trial is which: one number for a strategy, its settings and its parameters."""

import hashlib
import json
from typing import Any

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]


def trial_hashes(identity: str, columns: dict[str, Any]) -> Hashes:
    """Return a hash for each of k trials, uint64[k].

    `identity` names the strategy, its version and the settings of the run; `columns` maps each parameter's name to its
    k values, in any order. 20 and 20.0 are the same value.
    """
    names = sorted(columns)
    count = len(columns[names[0]]) if names else 1
    found = np.full(count, _number("trial", identity, *names), np.uint64)
    for name in names:
        found = _mixed(found ^ _mixed(_bits(columns[name]) + np.uint64(_number(name))))
    return found


def _number(*texts: str) -> int:
    return int.from_bytes(hashlib.blake2b(json.dumps(texts).encode(), digest_size=8).digest(), "little")


def _bits(values: Any) -> Hashes:
    array = np.asarray(values)
    if array.dtype.kind in "biuf":
        # Adding 0 makes -0 and 0 one value.
        return (array.astype(np.float64) + 0.0).view(np.uint64)
    return np.array([_number("text", str(value)) for value in array.tolist()], np.uint64)


def _mixed(values: Hashes) -> Hashes:
    """Return the finaliser of splitmix64 (Steele, Lea and Flood, OOPSLA 2014) of each value."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))
