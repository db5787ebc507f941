"""Which backend runs a sweep, and why."""

import importlib.util
from typing import NamedTuple

from lockstep.errors import SweepError
from lockstep.strategies.check import check_strategy
from lockstep.vector.backends import smallest_number_of_symbols
from lockstep.vector.sweep.request import Request

ACCELERATORS = ("jax_cuda12_plugin", "jax_cuda13_plugin", "jax_rocm60_plugin", "jax_rocm7_plugin", "libtpu")
"""Packages that come with JAX for a GPU or TPU: without one there is no reason to start it."""


class Route(NamedTuple):
    """A backend and the reason for it."""

    backend: str
    reason: str


def route(request: Request) -> Route:
    """Return the backend of a sweep.

    Sets of one strategy on one symbol run side by side: on a GPU or TPU where JAX has one and can trace the step, else
    on numba. Whatever shares cash between symbols, gives orders or needs the full order model runs set by set
    ("runs"), as ``backtest`` would. Raises ``SweepError`` when the backend asked for can't run this, ``StrategyError``
    for a strategy that is not sound.
    """
    strategy, asked = request.example, request.backend
    if not strategy.event_driven:
        check_strategy(strategy, smallest_number_of_symbols(strategy))
    alone = _why_alone(request)
    if asked == "runs":
        return Route("runs", "asked for")
    if alone:
        if asked != "auto":
            raise SweepError(f"backend={asked!r} runs sets side by side, but {alone}: leave the backend to 'auto'")
        return Route("runs", f"set by set, because {alone}")
    if asked == "numba":
        return Route("numba", "asked for")
    if asked == "auto" and not any(map(importlib.util.find_spec, ACCELERATORS)):
        return Route("numba", "sets side by side on all cores; JAX has no GPU or TPU here")
    return _jax_or_not(request, asked)


def _why_alone(request: Request) -> str:
    """Return why sets can't run side by side; empty where they can."""
    kind = request.space.strategy_class
    if kind.event_driven:
        return "the strategy gives orders from Python"
    if kind.cross_sectional:
        return "the strategy sees all symbols at once"
    if request.across == "portfolio" and len(request.bars.symbols) > 1:
        return "the symbols share their cash"
    return "" if request.simple else "the full order model is asked for"


def _jax_or_not(request: Request, asked: str) -> Route:
    from lockstep.vector.jax_start import start_jax
    from lockstep.vector.jax_trace import why_not

    started = start_jax()
    refused = why_not(request.example, 1)
    if refused:
        if asked == "jax":
            raise SweepError(f"JAX can't trace the strategy: {refused}; leave the backend to 'auto'")
        return Route("numba", f"JAX can't trace the strategy: {refused}")
    if asked == "jax":
        return Route("jax", f"asked for; JAX runs on the {started.platform}")
    if started.platform == "cpu":
        return Route("numba", "sets side by side on all cores; JAX found no GPU or TPU")
    return Route("jax", f"JAX runs on the {started.platform}")
