"""One compiled loop per indicator, for arrays and for single bars: it fetches, calls the step and stores."""

from collections.abc import Callable
from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.layout import Layout

# Written out for each number of inputs and outputs: arrays are passed one by one, so that no column is
# copied.
_SOURCE = """
def make(load, step, store):
    def run(floats, integers, arena, offsets, outputs, {arguments}):
        state = load(floats, integers, arena, offsets)
        for i in range(x0.shape[0]):
            state, {results} = step(state, {values})
            {assignments}
        store(state, floats, integers)
    return run
"""

Entry = Callable[..., None]


def runner(layout: Layout, step: Callable[..., Any], inputs: int, outputs: int) -> Entry:
    """Return a compiled ``run(floats, integers, arena, offsets, outputs, *inputs)``.

    The first four arguments are a packed state, modified in place; ``outputs`` is float64[outputs, n],
    written in full; each of the ``inputs`` is float64[n] or int64[n]. One compile serves every parameter and
    every length.
    """
    source = _SOURCE.format(
        arguments=", ".join(f"x{i}" for i in range(inputs)),
        values=", ".join(f"x{i}[i]" for i in range(inputs)),
        results=", ".join(f"y{j}" for j in range(outputs)),
        assignments="; ".join(f"outputs[{j}, i] = y{j}" for j in range(outputs)),
    )
    scope: dict[str, Any] = {"__name__": __name__}
    exec(compile(source, f"<runner {inputs} {outputs}>", "exec"), scope)
    return kernel(cache=True)(scope["make"](layout.loader(), step, layout.storer()))
