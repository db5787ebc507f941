"""Do backtesting.py and vectorbt, run beside us on the same data, say the same?

    python -m benchmarks.peers.compare [--cases 200] [--orders 200] [--first 0]

Seeded random configurations, all figures within 1e-9: ``--cases`` of targets and plain orders, with a run for each
known difference; then ``--orders`` of limits, stops, exits and gaps, where every known difference is counted. Ends
with 1 when something differs and is not known to.
"""

import argparse
import sys
from typing import Any

from benchmarks.harness import heading, in_fresh_process
from benchmarks.peers import ours
from benchmarks.peers.agree import OF_THE_CURVE, disagreements
from benchmarks.peers.cases import cross_case, portfolio_case
from benchmarks.peers.compare_orders import PEERS
from benchmarks.peers.compare_orders import compare as compare_orders
from benchmarks.peers.differences import BACKTESTING, VECTORBT, Difference
from benchmarks.peers.environments import python_of


def ask(peer: str, job: str, **arguments: Any) -> dict[str, Any]:
    """Run a recording job in a peer's environment."""
    return in_fresh_process(f"benchmarks.peers.record_{peer}:{job}", python=python_of(peer), **arguments).values


def crosses(cases: list[dict[str, Any]]) -> list[str]:
    """Compare SMA crosses with backtesting.py, every statistic; return what disagrees."""
    found = ask("backtesting", "cross", cases=cases)
    print(f"backtesting.py ({_named(found)}): {len(cases)} SMA crosses, commission, finalize, fill and sides at random")
    wrong, figures = [], 0
    for case, theirs in zip(cases, found["stats"], strict=True):
        mine = ours.labelled(ours.cross(case), "backtesting.py")
        left_out = OF_THE_CURVE if case["same_close"] and case["commission"] else ()
        wrong += [f"{case}: {line}" for line in disagreements(mine, theirs, left_out)]
        figures += len(theirs.keys() - set(left_out)) - 2
    print(f"  {figures:,} figures compared, {len(wrong)} differ by more than 1e-9")
    return wrong


def portfolios(cases: list[dict[str, Any]]) -> list[str]:
    """Compare orders and targets with vectorbt: final equity, orders, turnover, fees; return what disagrees."""
    found = ask("vectorbt", "portfolios", cases=cases)
    print(f"vectorbt ({_named(found)}): {len(cases)} runs of orders or targets, symbols sharing cash")
    wrong, fills = [], 0
    for case, theirs in zip(cases, found["runs"], strict=True):
        wrong += [f"{case}: {line}" for line in disagreements(ours.summary(ours.portfolio(case)), theirs)]
        fills += theirs["orders"]
    kinds = sorted({f"{case['kind']} {case['direction']}" for case in cases})
    figures = 4 * len(cases)
    print(
        f"  {fills:,} fills; {', '.join(kinds)}\n  {figures:,} figures compared, {len(wrong)} differ by more than 1e-9"
    )
    return wrong


def show(name: str, differences: tuple[Difference, ...], mine: list[float], theirs: list[float]) -> None:
    """Print a table of known differences, with both final equities."""
    print(f"\n| where {name} differs on purpose | theirs | ours | final equity, theirs | ours |\n|---|---|---|---|---|")
    for known, there, here in zip(differences, theirs, mine, strict=True):
        print(f"| {known.what} | {known.theirs} | {known.ours} | {there:,.2f} | {here:,.2f} |")


def _named(found: dict[str, Any]) -> str:
    return ", ".join(f"{name} {version}" for name, version in found["versions"].items())


def main() -> None:
    """Compare, print, and end with 1 on a difference that is not known."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--orders", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="seed of the first case")
    chosen = parser.parse_args()
    heading(__doc__)
    seeds = range(chosen.first, chosen.first + chosen.cases)
    wrong = crosses([cross_case(seed) for seed in seeds]) + portfolios([portfolio_case(seed) for seed in seeds])
    cases = [known.case for known in BACKTESTING]
    theirs = [stats["Equity Final [$]"] for stats in ask("backtesting", "cross", cases=cases)["stats"]]
    show("backtesting.py", BACKTESTING, [ours.summary(ours.cross(case))["final"] for case in cases], theirs)
    cases = [known.case for known in VECTORBT]
    theirs = [run["final"] for run in ask("vectorbt", "portfolios", cases=cases)["runs"]]
    show("vectorbt", VECTORBT, [ours.summary(ours.portfolio(case))["final"] for case in cases], theirs)
    print("\nNot compared: " + "; ".join(f"{label}, {why}" for label, why in _not_compared().items()))
    print()
    for peer in PEERS.values():
        wrong += compare_orders(peer, range(chosen.first, chosen.first + chosen.orders))
    for line in wrong:
        print(f"DIFFERS: {line}", file=sys.stderr)
    sys.exit(bool(wrong))


def _not_compared() -> dict[str, str]:
    from benchmarks.peers.agree import NOT_COMPARED

    return NOT_COMPARED


if __name__ == "__main__":
    main()
