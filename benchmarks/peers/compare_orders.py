"""The full order model beside backtesting.py and vectorbt: entries, exits, gaps, several levels in one bar."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from benchmarks.harness import in_fresh_process
from benchmarks.peers.differences import NOT_ASKED, PLANS, SIGNALS, Meaning
from benchmarks.peers.environments import python_of
from benchmarks.peers.order_cases import plan_case, signal_case, write_sample
from benchmarks.peers.order_ours import answer, run_plan, run_signals
from benchmarks.peers.settle import Answer, Settled, settle

from lockstep.vector.result import Result


class Peer(NamedTuple):
    """How one peer's cases are made and run on both sides."""

    name: str
    environment: str
    job: str
    case: Callable[[int], dict[str, Any]]
    here: Callable[[dict[str, Any]], Result]
    known: Mapping[str, Meaning]


PEERS = {
    "plans": Peer(
        "backtesting.py, plans of orders", "backtesting", "benchmarks.peers.record_plans:plans", plan_case, run_plan,
        PLANS,
    ),
    "signals": Peer(
        "vectorbt, signals with exits", "vectorbt", "benchmarks.peers.record_signals:exits", signal_case, run_signals,
        SIGNALS,
    ),
}  # fmt: skip


def settled(peer: Peer, cases: list[dict[str, Any]]) -> tuple[list[Settled], dict[str, str]]:
    """Compare cases until each is settled; return them with the peer's versions."""
    write_sample()
    versions: dict[str, str] = {}

    def there(asked: list[dict[str, Any]]) -> list[Answer]:
        said = in_fresh_process(peer.job, python=python_of(peer.environment), cases=asked).values
        versions.update(said["versions"])
        answers: list[Answer] = said["runs"]
        return answers

    return settle(cases, lambda case: answer(peer.here(case)), there), versions


def compare(peer: Peer, seeds: range) -> list[str]:
    """Compare random configurations, print what was found, and return what is not explained."""
    found, versions = settled(peer, [peer.case(seed) for seed in seeds])
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    kinds = Counter(one.case["kind"] for one in found)
    real = sum(one.case["source"] != "random" for one in found)
    at_once = sum(not one.differences and not one.unexplained for one in found)
    explained = sum(bool(one.differences) and not one.unexplained for one in found)
    print(
        f"{peer.name} ({named}): {len(found)} configurations, {real} of them on real bars\n"
        f"  {', '.join(f'{n} {kind}' for kind, n in sorted(kinds.items()))}\n"
        f"  final equity and all fills equal: {at_once} as they are, {explained} without the orders that known "
        f"differences are about; {sum(one.fills for one in found):,} fills; not explained: "
        f"{len(found) - at_once - explained}"
    )
    show(peer, found)
    return [f"{peer.name}: {one.unexplained}" for one in found if one.unexplained]


def show(peer: Peer, found: list[Settled]) -> None:
    """Print a table of the known differences with how often each was met."""
    met = Counter(name for one in found for name in one.differences)
    runs = Counter(name for one in found for name in set(one.differences))
    print("\n| known difference | theirs | ours | times | in runs |\n|---|---|---|---|---|")
    for name, meaning in peer.known.items():
        print(f"| {name} | {meaning.theirs} | {meaning.ours} | {met[name]} | {runs[name]} |")
    print(f"\nNot asked: {'; '.join(NOT_ASKED[peer.name.split(',')[0]])}\n")
