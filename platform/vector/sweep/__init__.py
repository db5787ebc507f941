"""Parameter sweeps: what is searched, the backends that run it, and the result with its overfitting report."""

from importlib import import_module
from typing import TYPE_CHECKING

from lockstep.vector.sweep.run_sweep import SweepInterrupted, sweep
from lockstep.vector.sweep.space import Space
from lockstep.vector.sweep.values import log_span, span

if TYPE_CHECKING:
    from lockstep.vector.sweep.result import Sweep

__all__ = ["Space", "Sweep", "SweepInterrupted", "log_span", "span", "sweep"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name != "Sweep":  # xarray takes half a second to import
            raise AttributeError(f"lockstep.vector.sweep has no name {name!r}; it has {', '.join(__all__)}")
        return import_module("lockstep.vector.sweep.result").Sweep
