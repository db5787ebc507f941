"""Is the cost of a backtest linear in bars and in symbols?

    python -m benchmarks.scaling [--repeats 5] [--short]

Prints times, and the straight line through the fastest of each, fitted in relative terms: its slope, what is left
over at zero, and the largest deviation from it. The fastest, because whatever else the machine does only adds.
"""

import tempfile
from collections.abc import Sequence

from benchmarks.harness import heading, in_fresh_process, options, spread
from benchmarks.stores import make

BARS = (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
SYMBOLS = (1, 2, 10, 50)
ROWS = 100_000


def fit(x: Sequence[float], y: Sequence[float]) -> tuple[float, float, float]:
    """Return slope, intercept and largest relative deviation of the line with the least relative squares."""
    # Weights 1 / y^2: a deviation of ten percent counts the same for a small run as for a big one.
    w = [1.0 / value**2 for value in y]
    mean_x = sum(a * b for a, b in zip(w, x, strict=True)) / sum(w)
    mean_y = sum(a * b for a, b in zip(w, y, strict=True)) / sum(w)
    slope = sum(a * (b - mean_x) * (c - mean_y) for a, b, c in zip(w, x, y, strict=True))
    slope /= sum(a * (b - mean_x) ** 2 for a, b in zip(w, x, strict=True))
    intercept = mean_y - slope * mean_x
    worst = max(abs((intercept + slope * b - c) / c) for b, c in zip(x, y, strict=True))
    return slope, intercept, worst


def main() -> None:
    """Measure both, and print the fits."""
    chosen = options(__doc__, repeats=5)
    heading(__doc__)
    sizes = BARS[:3] if chosen.short else BARS
    times = [_measure(rows, 1, chosen.repeats) for rows in sizes]
    _print_fit("bar", sizes, times)
    times = [_measure(ROWS, symbols, chosen.repeats) for symbols in SYMBOLS[: 3 if chosen.short else 4]]
    _print_fit(f"symbol of {ROWS:,} bars", SYMBOLS[: len(times)], times)


def _measure(rows: int, symbols: int, repeats: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        make(folder, rows, symbols)
        found = in_fresh_process("benchmarks.jobs:run", folder=folder, symbols=symbols, repeats=repeats)
    times = found.values["times"]
    each = min(times) / rows / symbols * 1e9
    print(
        f"{rows:>11,} bars x {symbols:>2} symbols: {spread(times, 'ms', 1e3, 1)}, {each:.1f} ns a bar and symbol; "
        f"{found.values['fills']:,} fills, peak memory {found.peak_mb:,.0f} MB"
    )
    return float(min(times))


def _print_fit(unit: str, x: Sequence[int], times: Sequence[float]) -> None:
    slope, intercept, worst = fit(x, times)
    unit_cost = f"{slope * 1e9:,.1f} ns" if slope < 1e-6 else f"{slope * 1e3:,.2f} ms"
    print(f"  {unit_cost} a {unit} + {intercept * 1e3:.1f} ms; no point is further than {worst:.0%} off\n")


if __name__ == "__main__":
    main()
