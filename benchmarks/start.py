"""How long until something happens: the import, and a process's first backtest, cache warm and empty?

    python -m benchmarks.start [--peer vectorbt] [--repeats 7] [--short]

Each figure is of processes of their own, from their start to their end, the interpreter's own start included. The
backtest runs mean reversion over AAPL, GOOG and MSFT from the sample and asks for a metric.
"""

import tempfile
from collections.abc import Sequence

from benchmarks.harness import Outcome, heading, in_fresh_process, options, spread
from benchmarks.peers.environments import python_of


def main() -> None:
    """Measure, and print a line for each."""
    chosen = options(__doc__, repeats=7, peers=("vectorbt",))
    repeats = 2 if chosen.short else chosen.repeats
    heading(__doc__)
    empty = in_fresh_process("benchmarks.harness:nothing")
    print(f"the interpreter and this harness alone: {empty.wall_s:.3f} s")
    runs = [in_fresh_process("benchmarks.jobs:import_alone") for _ in range(repeats + 1)][1:]
    print(f"import lockstep: {spread([run.values['import'] for run in runs])} (goal: 0.3)")
    with tempfile.TemporaryDirectory() as folder:
        in_fresh_process("benchmarks.jobs:install_sample", folder=folder)
        runs = [in_fresh_process("benchmarks.jobs:first_backtest", folder=folder) for _ in range(repeats + 1)][1:]
        _print("first backtest, warm cache (goal: 1.5)", runs)
        print(f"  modules loaded that should not be: {', '.join(runs[0].values['heavy']) or 'none'}")
        cold = []
        for _ in range(1 if chosen.short else 3):
            with tempfile.TemporaryDirectory() as cache:
                env = {"LOCKSTEP_CACHE_DIR": cache}
                cold.append(in_fresh_process("benchmarks.jobs:first_backtest", env=env, folder=folder))
        _print("first backtest, empty cache (goal: 15)", cold)
    if chosen.peer:
        _vectorbt(repeats, short=chosen.short)


def _vectorbt(repeats: int, *, short: bool) -> None:
    python, module = python_of("vectorbt"), "benchmarks.peers.measure_vectorbt"
    runs = [in_fresh_process(f"{module}:import_alone", python=python) for _ in range(repeats + 1)][1:]
    print(f"import vectorbt {runs[0].values['version']}: {spread([run.values['import'] for run in runs])}")
    for engine in ("numba", "auto"):
        name = {"numba": "numba", "auto": "rust"}[engine]
        runs = [in_fresh_process(f"{module}:first_backtest", python=python, engine=engine) for _ in range(repeats + 1)][
            1:
        ]
        _print(f"vectorbt ({name}) first run, its cache warm", runs)
        with tempfile.TemporaryDirectory() as cache:
            env = {"NUMBA_CACHE_DIR": cache}
            found = [in_fresh_process(f"{module}:first_backtest", python=python, env=env, engine=engine)]
        if not short:
            _print(f"vectorbt ({name}) first run, its cache empty", found)


def _print(name: str, runs: Sequence[Outcome]) -> None:
    walls, imports = [run.wall_s for run in runs], [run.values["import"] for run in runs]
    peak = max(run.peak_mb for run in runs)
    print(f"{name}: {spread(walls)}, of which imports {spread(imports)}; peak memory {peak:,.0f} MB")


if __name__ == "__main__":
    main()
