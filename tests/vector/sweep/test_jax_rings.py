"""Rings of unequal windows, side by side in one array, answer as each window alone does on numba."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from lockstep.kernels.ops import where
from lockstep.kernels.plain import plain
from lockstep.kernels.window import (
    Window,
    push,
    push_vector,
    rolling_max,
    rolling_min,
    vector_window,
    window,
    window_deviation,
    window_max,
    window_min,
)
from lockstep.vector.jax_start import double_precision, start_jax

SIZES = (1, 2, 3, 5, 8, 9, 31)


class Held(NamedTuple):
    values: Window
    pairs: Window
    highest: float
    lowest: float


def initial(size: int) -> Held:
    """Begin in the midst of a window: init functions may fill theirs."""
    ring = Window(np.arange(float(size)) * 1.5, size // 2, size)
    return Held(ring, vector_window(size + 2, 2, 0.5), float(size - 1) * 1.5, 0.0)


def step(state: Held, value: float, _params: Any) -> Any:
    values, evicted = push(state.values, value)
    pairs, left = push_vector(state.pairs, np.array([value, evicted]))
    highest = rolling_max(values, evicted, value, state.highest)
    lowest = rolling_min(values, evicted, value, state.lowest)
    spread = window_max(values) - window_min(values)
    newest = values.values[values.head - 1] + values.values[-1] + values.values[0] + values.values[values.size // 2]
    total = spread + highest * 3.0 - lowest + newest * 7.0 + evicted + left[0] * 0.1 + left[1]
    return Held(values, pairs, highest, lowest), total + where(spread > 1.0, window_deviation(values, value), 0.0)


@pytest.mark.parametrize("missing", [0.0, 0.03])
def test_every_operation_and_every_index(missing: float) -> None:
    start_jax()
    import jax

    from lockstep.vector.sweep.jax_rings import stacked, traced_step

    rng = np.random.default_rng(3)
    values = rng.normal(0.0, 1.0, 150)
    values[rng.random(150) < missing] = np.nan
    with double_precision():
        state, axes = stacked([initial(size) for size in SIZES], 10, True)
        stepped = jax.jit(jax.vmap(traced_step(step, True), (axes, None, None), (axes, 0)))
        found = []
        for value in values:
            state, total = stepped(state, value, None)
            found.append(np.asarray(total))
    alone = plain(step)
    for place, size in enumerate(SIZES):
        one = initial(size)
        expected = []
        for value in values:
            one, total = alone(one, value, None)
            expected.append(total)
        # The windows' own sums are in one order; only XLA's rounding of the last sum may differ.
        np.testing.assert_allclose(np.array(found)[:, place], expected, rtol=1e-13)
    np.testing.assert_array_equal(np.array(found)[:, -1], np.array(found)[:, len(SIZES) - 1])


def test_windows_start_with_what_init_put_into_them() -> None:
    start_jax()
    from lockstep.vector.sweep.jax_rings import stacked

    ring, axes = stacked([window(3, 7.0), Window(np.array([1.0, 2.0]), 1, 2)], 2, True)
    assert ring.values.shape == (4, 2)
    assert ring.values[1:, 0].tolist() == [7.0, 7.0, 7.0]
    assert ring.values[2:, 1].tolist() == [2.0, 1.0]  # oldest first, up to the slot that is written next
    assert (axes.values, axes.head, axes.size, axes.pushes) == (1, 0, 0, None)
