"""A strategy becomes machine code of its own, called by the engine through its address."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numba import carray

from lockstep.kernels._jit import kernel
from lockstep.kernels.address import pointer
from lockstep.kernels.layout import Layout, Packed
from lockstep.kernels.ticks.call import address_of
from lockstep.kernels.ticks.kinds import checker
from lockstep.kernels.ticks.tables import TICK_RUN


class Bound(NamedTuple):
    """A compiled strategy: keep it as long as its address is used."""

    entry: Any
    address: int
    state: Layout
    params: Layout

    def pack(self, state: Any, params: Any) -> tuple[Packed, Packed]:
        """Return the packed values that a run starts with."""
        return self.state.pack(state), self.params.pack(params)


def bind(act: Callable[..., Any], state: Any, params: Any) -> Bound:
    """Compile ``act(state, desk, params) -> state`` for states and parameters shaped like these.

    Raises ``TypeError`` where ``act`` returns a state of other kinds of numbers than this one.
    """
    return _bound(act, Layout(state), Layout(params, "params"))


@lru_cache(256)  # finding the machine code of an earlier run again takes 7 ms
def _bound(act: Callable[..., Any], layout: Layout, values: Layout) -> Bound:
    entry = _entry(act, layout.loader(), layout.storer(), values.loader(), checker(layout))
    return Bound(entry, address_of(entry), layout, values)


def _entry(act: Any, load: Any, store: Any, load_params: Any, check: Any) -> Any:
    @kernel(cache=True)
    def enter(address: int) -> int:
        desk = carray(pointer(address), 1, TICK_RUN)[0]
        floats = carray(pointer(desk.floats_address), desk.float_count, np.float64)
        integers = carray(pointer(desk.integers_address), desk.integer_count, np.int64)
        arena = carray(pointer(desk.arena_address), desk.arena_size, np.float64)
        offsets = carray(pointer(desk.offsets_address), (desk.window_count, 3), np.int64)
        param_floats = carray(pointer(desk.param_floats_address), desk.param_float_count, np.float64)
        param_integers = carray(pointer(desk.param_integers_address), desk.param_integer_count, np.int64)
        state = load(floats, integers, arena, offsets)
        params = load_params(param_floats, param_integers, arena, offsets)
        moved = act(state, desk, params)
        check(moved)
        store(moved, floats, integers)
        return 0

    return enter
