"""Validation out of sample: how a history is split into training and test, and what comes of it."""

from importlib import import_module
from typing import TYPE_CHECKING

from lockstep.vector.validation.cross_validation import combinatorial_purged, purged_k_fold
from lockstep.vector.validation.expanding import expanding
from lockstep.vector.validation.moving import anchored, rolling

if TYPE_CHECKING:
    from lockstep.vector.validation.history import sessions_of
    from lockstep.vector.validation.outcome import WalkForward
    from lockstep.vector.validation.runner import walk_forward

__all__ = [
    "WalkForward",
    "anchored",
    "combinatorial_purged",
    "expanding",
    "purged_k_fold",
    "rolling",
    "sessions_of",
    "walk_forward",
]

_HOME = {"WalkForward": "outcome", "sessions_of": "history", "walk_forward": "runner"}
"""Names that bring kernels with them, which a definition of splits never needs."""

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"lockstep.vector.validation has no name {name!r}; it has {', '.join(__all__)}")
        value = getattr(import_module(f"lockstep.vector.validation.{_HOME[name]}"), name)
        globals()[name] = value
        return value
