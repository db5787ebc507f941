"""Record what peers say into tests/peers/recorded, for tests that need no peer.

python -m benchmarks.peers.record
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.harness import ROOT
from benchmarks.peers.cases import cross_case, cross_prices, portfolio_case, portfolio_prices, portfolio_sizes
from benchmarks.peers.compare import ask

FOLDER = ROOT / "tests" / "peers" / "recorded"
CROSSES = 12

GOOG: dict[str, dict[str, Any]] = {
    "A: 10/30, no costs, closed at the end": {"fast": 10, "slow": 30, "commission": 0.0, "finalize": True},
    "B: 10/20, commission": {"fast": 10, "slow": 20, "commission": 0.002, "finalize": False},
    "B: 10/20, commission, closed at the end": {"fast": 10, "slow": 20, "commission": 0.002, "finalize": True},
    "B: 10/20, no costs": {"fast": 10, "slow": 20, "commission": 0.0, "finalize": False},
}
STEPS = ["inf", "-inf", "nan", "inf", "-inf"]
VECTORS: dict[str, dict[str, Any]] = {
    f"{size_type} {direction}": {"size": size, "size_type": size_type, "direction": direction}
    for size_type, size in (("amount", STEPS), ("targetpercent", [0.5] * 5))
    for direction in ("both", "longonly", "shortonly")
}
STATS_CASE: dict[str, Any] = {
    "seed": 101, "kind": "target_units", "rows": 400, "symbols": 1, "direction": "both", "same_close": True,
    "fees": 0.001, "fixed_fees": 0.0, "slippage": 0.0, "whole_units": False, "cash": 10_000.0, "round_trips": True,
}  # fmt: skip


def checksum(*arrays: Any) -> float:
    """Return a number that changes when generated inputs do."""
    return float(sum(np.nansum(array * np.arange(1, array.size + 1).reshape(array.shape)) for array in arrays))


def cross_inputs(case: dict[str, Any]) -> float:
    """Return the checksum of an SMA cross case's bars."""
    return checksum(*cross_prices(case).values())


def portfolio_inputs(case: dict[str, Any]) -> float:
    """Return the checksum of a portfolio case's bars and sizes."""
    return checksum(*portfolio_prices(case).values(), portfolio_sizes(case))


def portfolio_cases() -> list[dict[str, Any]]:
    """Return the first case of each kind and direction."""
    first: dict[tuple[str, str], dict[str, Any]] = {}
    for seed in range(200):
        case = portfolio_case(seed)
        first.setdefault((case["kind"], case["direction"]), case)
    return list(first.values())


def main() -> None:
    """Ask both peers, and write one file for each question."""
    cases = [cross_case(seed) for seed in range(CROSSES)]
    found = ask("backtesting", "cross", cases=cases)
    _write("backtesting_crosses", found, cases, [cross_inputs(case) for case in cases], found["stats"])
    runs = {name: {**run, "cash": 10_000.0} for name, run in GOOG.items()}
    found = ask("backtesting", "goog", runs=runs)
    _write("backtesting_goog", found, list(runs.values()), list(runs), list(found["stats"].values()))
    cases = portfolio_cases()
    found = ask("vectorbt", "portfolios", cases=cases)
    _write("vectorbt_portfolios", found, cases, [portfolio_inputs(case) for case in cases], found["runs"])
    found = ask("vectorbt", "vectors", runs=VECTORS)
    _write("vectorbt_vectors", found, list(VECTORS.values()), list(VECTORS), list(found["runs"].values()))
    found = ask("vectorbt", "stats", case=STATS_CASE)
    _write("vectorbt_stats", found, [STATS_CASE], [portfolio_inputs(STATS_CASE)], [found["stats"]])


def _write(name: str, found: dict[str, Any], cases: list[Any], inputs: list[Any], theirs: list[Any]) -> None:
    rows = [
        {"case": case, "inputs": value, "theirs": says} for case, value, says in zip(cases, inputs, theirs, strict=True)
    ]
    path = Path(FOLDER, f"{name}.json")
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"versions": found["versions"], "runs": rows}, indent=1) + "\n")
    print(f"{path.relative_to(ROOT)}: {len(rows)}")


if __name__ == "__main__":
    main()
