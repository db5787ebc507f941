"""A hash over all that an account over bars knows: two with the same one go on alike."""

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

_PLACES = frozenset(("intents", "free", "first", "last", "next", "tag", "group"))
"""Where records lie in memory, and numbers that a strategy's process gave its orders: nothing that is known."""


def fingerprint(*records: npt.NDArray[Any]) -> str:
    """Return the SHA-256 (hex) of arrays and of the fields of records."""
    digest = hashlib.sha256()
    for array in records:
        _add(digest, array)
    return digest.hexdigest()


def _add(digest: Any, array: npt.NDArray[Any]) -> None:
    if array.dtype.names is None:
        digest.update(np.ascontiguousarray(array).tobytes())
        return
    for name in array.dtype.names:
        if name not in _PLACES:
            _add(digest, array[name])
