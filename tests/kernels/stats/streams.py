"""Random equity curves and the ways to run statistics over them."""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from lockstep.kernels.stats.block import PERIOD, STATISTICS, finish_block, observe_block
from lockstep.kernels.stats.statistics import Statistics

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
MINUTE_NS = 60_000_000_000


@dataclass(frozen=True)
class Stream:
    """Rows as a driver hands them over."""

    time_ns: Integers
    session: Integers
    equity: Floats
    gross: Floats
    net: Floats
    benchmark: Floats
    initial: float

    def slice(self, start: int, stop: int) -> Any:
        """The columns of some rows, in the order of ``observe_block``."""
        columns = (self.time_ns, self.session, self.equity, self.gross, self.net, self.benchmark)
        return tuple(column[start:stop] for column in columns)

    def head(self, rows: int) -> "Stream":
        """The first rows."""
        arguments: Any = (*self.slice(0, rows), self.initial)
        return Stream(*arguments)


@st.composite
def streams(draw: st.DrawFn, min_rows: int = 1) -> Stream:
    """Equity as a random walk, rounded or not, with flat stretches; sessions of one or several rows, with gaps."""
    rows = draw(st.integers(min_rows, 60) | st.integers(200, 500))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scale = draw(st.sampled_from([1e-6, 1e-2, 0.1]))
    initial = draw(st.sampled_from([1.0, 1e5, 1e15]))
    steps = np.clip(rng.normal(0.0, scale, (2, rows)), -0.5, 0.5)
    steps[0, rng.random(rows) < draw(st.sampled_from([0.0, 0.3, 1.0]))] = 0.0
    equity, benchmark = np.cumprod(1.0 + steps, axis=1)
    benchmark[rng.random(rows) < draw(st.sampled_from([0.0, 0.2, 1.0]))] = np.nan
    gross = np.abs(rng.normal(0.0, 1.0, rows)) * (rng.random(rows) < 0.6)
    session = np.cumsum(rng.random(rows) < draw(st.sampled_from([1.0, 0.1]))) * draw(st.integers(1, 3)) + 19000
    time_ns = np.cumsum(rng.integers(1, 5, rows)) * MINUTE_NS
    sign = np.where(rng.random(rows) < 0.5, 1.0, -1.0)
    return Stream(
        time_ns.astype(np.int64),
        session.astype(np.int64),
        equity * initial,
        gross * initial,
        gross * sign * initial,
        benchmark * 50.0,
        initial,
    )


def run(stream: Stream, start: Statistics, cuts: tuple[int, ...] = ()) -> tuple[Statistics, npt.NDArray[np.void]]:
    """Run statistics over a stream, in blocks ending at ``cuts``, and finish."""
    rows = len(stream.equity)
    periods = np.zeros(rows + 1, PERIOD)
    state, written = start, 0
    edges = sorted({0, rows, *(min(c, rows) for c in cuts)})
    for begin, end in itertools.pairwise(edges):
        packed = STATISTICS.pack(state)  # laid out afresh each time: as after a restart
        arguments: Any = (packed.floats, packed.integers, *stream.slice(begin, end), periods, written)
        written = observe_block(*arguments)
        state = STATISTICS.unpack(packed)
    packed = STATISTICS.pack(state)
    written = finish_block(packed.floats, packed.integers, periods, written)
    return STATISTICS.unpack(packed), periods[:written]


def same_bits(a: Any, b: Any) -> bool:
    """Say whether two states are equal bit for bit, nan included."""
    one, two = STATISTICS.pack(a), STATISTICS.pack(b)
    return one.floats.tobytes() == two.floats.tobytes() and one.integers.tobytes() == two.integers.tobytes()


def assert_close(state: Any, twin: dict[str, Any], scale: float = 0.0, rel: float = 1e-9) -> None:
    """Compare a state with its twin, field by field; ``scale`` is what a sum of squares may round by."""
    from lockstep.kernels.stats.growth import Growth, total_growth

    for name, expected in twin.items():
        found = getattr(state, name)
        if isinstance(found, Growth):
            found = total_growth(found)
        if isinstance(expected, dict):
            assert_close(found, expected, scale, rel)
        elif isinstance(expected, (bool, int, np.integer)):
            assert found == expected, name
        else:
            tolerance = rel * max(1.0 if scale == 0.0 else scale, abs(expected))
            assert found == expected or abs(found - expected) <= tolerance, (name, found, expected)
