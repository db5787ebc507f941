"""Parameter sweeps: what is searched, the backends that run it, and the result with its overfitting report."""

from importlib import import_module
from typing import TYPE_CHECKING

from lockstep.vector.sweep.run_sweep import SweepInterrupted, sweep
from lockstep.vector.sweep.space import Space
from lockstep.vector.sweep.values import log_span, span

if TYPE_CHECKING:
    from lockstep.vector.sweep.guided import guided_sweep
    from lockstep.vector.sweep.guided_axes import between
    from lockstep.vector.sweep.pareto_front import pareto
    from lockstep.vector.sweep.result import Sweep

__all__ = [
    "Space",
    "Sweep",
    "SweepInterrupted",
    "between",
    "guided_sweep",
    "log_span",
    "pareto",
    "span",
    "sweep",
]

if not TYPE_CHECKING:
    # xarray takes half a second to import, and few searches are guided.
    _LAZY = {"Sweep": "result", "guided_sweep": "guided", "between": "guided_axes", "pareto": "pareto_front"}

    def __getattr__(name: str) -> object:
        if name not in _LAZY:
            raise AttributeError(f"lockstep.vector.sweep has no name {name!r}; it has {', '.join(__all__)}")
        return getattr(import_module(f"lockstep.vector.sweep.{_LAZY[name]}"), name)
