"""Step many parameter sets of one strategy over a block of bars of one symbol."""

from collections.abc import Callable
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.bar import Bar
from lockstep.kernels.borrow import borrow
from lockstep.kernels.layout import Layout
from lockstep.kernels.sweep.lanes import LANES, LaneLayout
from lockstep.kernels.sweep.wide import WIDTH, put_at
from lockstep.kernels.sweep.wide_layout import WideLayout

WINDOWS = ("",)
"""Asks a loader to be told where windows lie: no leaf has this name."""


def bind_steps(step: Callable[..., Any], state: Layout, params: Layout) -> Callable[..., None]:
    """Compile the loop of a strategy whose state holds no windows: all sets of a row together.

    Returns ``run(floats, integers, params_floats, params_integers, first, time_ns, session, ohlcv, extra, scale,
    targets)``: states and parameters lie side by side (see ``lanes``), ``first`` is the index of the first bar, ohlcv
    float64[1, 5, n], extra float64[1, n, columns]; writes targets float64[n, LANES] times ``scale``.
    """
    places = LaneLayout(state)
    load, store, load_params = places.loader(), places.storer(), LaneLayout(params).loader()

    @kernel(cache=True)
    def run(
        floats: Any, integers: Any, params_floats: Any, params_integers: Any, first: int, time_ns: Any, session: Any,
        ohlcv: Any, extra: Any, scale: float, targets: Any,
    ) -> None:  # fmt: skip
        floats, integers, targets = borrow(floats), borrow(integers), borrow(targets)
        params_floats, params_integers = borrow(params_floats), borrow(params_integers)
        ohlcv, extra = borrow(ohlcv), borrow(extra)
        for t in range(targets.shape[0]):
            bar = Bar(
                first + t, time_ns[t], session[t], ohlcv[0, 0, t], ohlcv[0, 1, t], ohlcv[0, 2, t], ohlcv[0, 3, t],
                ohlcv[0, 4, t], extra[0, t],
            )  # fmt: skip
            for lane in range(LANES):
                params = load_params(params_floats, params_integers, lane)
                state, target = step(load(floats, integers, lane), bar, params)
                store(state, floats, integers, lane)
                targets[t, lane] = target * scale

    return run


def bind_wide_steps(step: Callable[..., Any], state: Layout, params: Layout) -> Callable[..., None]:
    """Compile the same loop with states in registers, as ``bind_steps`` has it but for targets float64[n * LANES].

    ``step`` is widened (see ``widen``); numba refuses one that branches.
    """
    places, given = WideLayout(state), WideLayout(params)
    load, store, settle, load_params = places.loader(), places.storer(), places.settler(), given.loader()

    @kernel(inline=False)
    def walk(
        floats: Any, integers: Any, params_floats: Any, params_integers: Any, lane: int, first: int, time_ns: Any,
        session: Any, ohlcv: Any, extra: Any, scale: float, targets: Any,
    ) -> None:  # fmt: skip
        params, state = load_params(params_floats, params_integers, lane), load(floats, integers, lane)
        for t in range(time_ns.size):
            bar = Bar(
                first + t, time_ns[t], session[t], ohlcv[0, 0, t], ohlcv[0, 1, t], ohlcv[0, 2, t], ohlcv[0, 3, t],
                ohlcv[0, 4, t], extra[0, t],
            )  # fmt: skip
            moved, target = step(state, bar, params)
            state = settle(moved)
            put_at(targets, t * LANES + lane, target * scale)
        store(state, floats, integers, lane)

    @kernel(cache=True)
    def run(
        floats: Any, integers: Any, params_floats: Any, params_integers: Any, first: int, time_ns: Any, session: Any,
        ohlcv: Any, extra: Any, scale: float, targets: Any,
    ) -> None:  # fmt: skip
        floats, integers, targets = borrow(floats), borrow(integers), borrow(targets.reshape(-1))
        params_floats, params_integers = borrow(params_floats), borrow(params_integers)
        ohlcv, extra, time_ns, session = borrow(ohlcv), borrow(extra), borrow(time_ns), borrow(session)
        for part in range(LANES // WIDTH):
            walk(
                floats, integers, params_floats, params_integers, part * WIDTH, first, time_ns, session, ohlcv, extra,
                scale, targets,
            )  # fmt: skip

    return run


def bind_windowed_steps(step: Callable[..., Any], state: Layout, params: Layout) -> Callable[..., None]:
    """Compile the loop of a strategy whose state holds windows: one set after the other, its state in registers.

    Returns ``run(floats, integers, arena, offsets, params_floats, params_integers, first, time_ns, session, ohlcv,
    extra, scale, targets)``: states lie side by side, their windows as ``WideLayout`` has them; the rest as in
    ``bind_steps``.
    """
    load, store, load_params = state.loader(), state.storer(), params.loader()

    @kernel(cache=True)
    def run(
        floats: Any, integers: Any, arena: Any, offsets: Any, params_floats: Any, params_integers: Any, first: int,
        time_ns: Any, session: Any, ohlcv: Any, extra: Any, scale: float, targets: Any,
    ) -> None:  # fmt: skip
        arena, targets, ohlcv, extra = borrow(arena), borrow(targets), borrow(ohlcv), borrow(extra)
        time_ns, session = borrow(time_ns), borrow(session)
        floats, integers = borrow(floats.reshape(-1, LANES).T), borrow(integers.reshape(-1, LANES).T)
        given = borrow(params_floats.reshape(-1, LANES).T), borrow(params_integers.reshape(-1, LANES).T)
        places = borrow(offsets.reshape(-1, 3, LANES))
        for lane in range(LANES):
            windows = places[:, :, lane]
            params = load_params(given[0][lane], given[1][lane], arena, windows)
            state = load(floats[lane], integers[lane], arena, windows)
            for t in range(targets.shape[0]):
                bar = Bar(
                    first + t, time_ns[t], session[t], ohlcv[0, 0, t], ohlcv[0, 1, t], ohlcv[0, 2, t], ohlcv[0, 3, t],
                    ohlcv[0, 4, t], extra[0, t],
                )  # fmt: skip
                state, target = step(state, bar, params)
                targets[t, lane] = target * scale
            store(state, floats[lane], integers[lane])

    return run


def bind_wide_windowed_steps(step: Callable[..., Any], state: Layout, params: Layout) -> Callable[..., None]:
    """Compile the same loop for WIDTH sets at a time; ``step`` is widened."""
    places = WideLayout(state)
    load, store, settle = places.loader(common=WINDOWS), places.storer(), places.settler()
    load_params = WideLayout(params).loader()

    @kernel(inline=False)
    def walk(
        floats: Any, integers: Any, arena: Any, offsets: Any, params_floats: Any, params_integers: Any, lane: int,
        first: int, time_ns: Any, session: Any, ohlcv: Any, extra: Any, scale: float, targets: Any,
    ) -> None:  # fmt: skip
        arena = borrow(arena)
        params = load_params(params_floats, params_integers, lane)
        state = load(floats, integers, lane, (arena, offsets))
        for t in range(time_ns.size):
            bar = Bar(
                first + t, time_ns[t], session[t], ohlcv[0, 0, t], ohlcv[0, 1, t], ohlcv[0, 2, t], ohlcv[0, 3, t],
                ohlcv[0, 4, t], extra[0, t],
            )  # fmt: skip
            moved, target = step(state, bar, params)
            state = settle(moved)
            put_at(targets, t * LANES + lane, target * scale)
        store(state, floats, integers, lane)

    @kernel(cache=True)
    def run(
        floats: Any, integers: Any, arena: Any, offsets: Any, params_floats: Any, params_integers: Any, first: int,
        time_ns: Any, session: Any, ohlcv: Any, extra: Any, scale: float, targets: Any,
    ) -> None:  # fmt: skip
        floats, integers, targets = borrow(floats), borrow(integers), borrow(targets.reshape(-1))
        params_floats, params_integers = borrow(params_floats), borrow(params_integers)
        ohlcv, extra, time_ns, session = borrow(ohlcv), borrow(extra), borrow(time_ns), borrow(session)
        arena, offsets = borrow(arena), borrow(offsets)
        for part in range(LANES // WIDTH):
            walk(
                floats, integers, arena, offsets, params_floats, params_integers, part * WIDTH, first, time_ns, session,
                ohlcv, extra, scale, targets,
            )  # fmt: skip

    return run
