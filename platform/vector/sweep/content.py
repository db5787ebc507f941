"""What a sweep was given besides bars and parameters, as a hash of all of its values."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np


def content_hash(value: Any) -> str:
    """Return the SHA-256 (hex) of settings, arrays, series, frames, and mappings and sequences of these.

    Arrays and frames count with every value, which their ``repr`` leaves out. Anything else counts as it is printed.
    """
    digest = hashlib.sha256()
    for part in _parts(value):
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()


def _parts(value: Any) -> Iterator[bytes]:
    """Yield what a value is made of, each collection with its kind and length before it."""
    if isinstance(value, Mapping):
        yield f"mapping {len(value)}".encode()
        for name, part in sorted(value.items(), key=lambda item: str(item[0])):
            yield str(name).encode()
            yield from _parts(part)
    elif hasattr(value, "columns"):  # a frame of polars or pandas
        yield from _parts({name: value[name] for name in value.columns})
    elif is_dataclass(value) and not isinstance(value, type):
        yield type(value).__qualname__.encode()
        yield from _parts({field.name: getattr(value, field.name) for field in fields(value)})
    elif isinstance(value, list | tuple):
        yield f"sequence {len(value)}".encode()
        for part in value:
            yield from _parts(part)
    elif isinstance(value, np.ndarray) or hasattr(value, "to_numpy"):
        yield from _array_parts(np.asarray(value.to_numpy() if hasattr(value, "to_numpy") else value))
    else:
        yield repr(value).encode()


def _array_parts(array: np.ndarray[Any, Any]) -> Iterator[bytes]:
    yield f"{array.dtype.str} {array.shape}".encode()
    yield repr(array.tolist()).encode() if array.dtype.hasobject else np.ascontiguousarray(array).tobytes()
