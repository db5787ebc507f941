"""Does the causality certificate find all planted look-ahead and accuse nobody else, on many histories and seeds?

    python -m benchmarks.causality [--seeds 3] [--cuts 120]

Prints one line for each mistake and a summary; the exit code is 1 when there was one. `make verify` runs it.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from tests.strategies.cases import CASES, symbols_of
from tests.vector.causality import leaks, markets
from tests.vector.causality.clean import ALONE, FUNCTIONS
from tests.vector.causality.test_clean import first
from tests.vector.causality.test_leaks import DAILY, WITHIN_THE_DAY

from lockstep.data import Bars, Store
from lockstep.data.sample import REAL, SYNTHETIC, install_real, install_synthetic
from lockstep.errors import VerifyError
from lockstep.vector.causality import verify


def histories(store: Store) -> dict[str, Bars]:
    """Return real days, generated minutes, and generated days with gaps, stretches at rest and late listings."""
    return {
        "real days": store.bars(["AAPL", "FB", "IBM"], dataset=REAL),
        "minutes": store.bars(["AAPL", "GOOGL", "MSFT"], dataset=SYNTHETIC, start="2023-11-20", end="2023-11-29"),
        "gaps": markets.gappy(600),
        "two clocks": markets.clocks(),
        "at rest": markets.still(300),
    }


def planted(store: Store) -> Iterator[tuple[str, Any, Bars, dict[str, Any], tuple[str, ...]]]:
    """Yield look-ahead: its name, the code, bars, columns and the inputs it comes through."""
    real = store.bars(["IBM"], dataset=REAL, start="2005-01-01")
    minutes = store.bars(["MSFT"], dataset=SYNTHETIC, start="2023-11-20", end="2023-11-24")
    for function, _, inputs in DAILY:
        yield function.__name__, function, real, {}, inputs
    for function, _, inputs in WITHIN_THE_DAY:
        yield function.__name__, function, minutes, {}, inputs
    for bars in (real, markets.daily()):
        closes = bars.frame()["close"].to_numpy()
        yield "frozen_history", leaks.frozen_history(closes), bars, {}, ("series",)
        yield "fitted_to_the_whole_sample", leaks.fitted_to_the_whole_sample, bars, {}, ("close",)
        yield "at_the_open", leaks.ReadsDaily(), bars, {"columns": leaks.at_the_open}, ("close",)
    times = real.frame()["close_time"]
    mood = {"known_at": times, "value": np.sin(np.arange(len(times)))}
    yield "beyond_its_columns", leaks.BeyondItsColumns(), real, {"columns": {"mood": mood}}, ("mood",)


def innocent(store: Store) -> Iterator[tuple[str, Any, Bars]]:
    """Yield code that looks back only, on every history that it takes."""
    for name, bars in histories(store).items():
        for strategy in CASES:
            if len(bars.symbols) >= symbols_of(strategy):
                yield f"{strategy!r} on {name}", strategy, first(bars, symbols_of(strategy))
        for function in FUNCTIONS:
            yield f"{function.__name__} on {name}", function, bars
        for function in ALONE:
            yield f"{function.__name__} on {name}", function, first(bars, 1)


def main() -> int:
    """Test everything; return the number of mistakes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--cuts", type=int, default=120)
    asked = parser.parse_args()
    mistakes, found, passed, refused = 0, 0, 0, 0
    start = time.perf_counter()
    with TemporaryDirectory() as folder:
        store = Store(folder)
        install_real(store)
        install_synthetic(store)
        for seed in range(asked.seeds):
            for name, code, bars, columns, inputs in planted(store):
                # A step behind its columns reads them on 50 bars only: every bar is a cut.
                cuts = bars.rows if name == "beyond_its_columns" else asked.cuts
                made = verify(code, bars, **columns, cuts=cuts, seed=seed)
                right = made.verdict == "leak" and made.findings[0].inputs == inputs
                found += right
                if not right:
                    mistakes += 1
                    print(f"MISSED {name}, seed {seed}: {made}")
            for name, code, bars in innocent(store):
                try:
                    made = verify(code, bars, cuts=asked.cuts, seed=seed)
                except VerifyError as error:
                    refused += 1
                    print(f"not tested: {name}: {error}")
                    continue
                passed += made.passed
                if not made.passed:
                    mistakes += 1
                    print(f"ACCUSED {name}, seed {seed}: {made}")
    seconds = time.perf_counter() - start
    print(
        f"{found} leaks found with their inputs, {passed} innocents passed, {refused} not tested, {mistakes} mistakes"
    )
    print(f"{asked.seeds} seeds, {asked.cuts} cuts, {seconds:.0f} s")
    return mistakes


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
