"""Against backtesting.py 0.6.6 and vectorbt 1.2.0: recorded runs of the full order model, within 1e-9 of their size.

Each run was settled in rounds: where it parted from the peer, the order or signal behind a known difference was left
out on both sides, until final equity and all fills were the same. The rounds are gone through again here, with the
peer's answers as recorded and ours as they are now; ``make peers`` does it with the peers beside us, on 200 of each.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from benchmarks.peers.compare_orders import PEERS, Peer
from benchmarks.peers.diverge import agrees, partings
from benchmarks.peers.order_cases import order_bars, plan_case, signal_case
from benchmarks.peers.order_ours import answer
from benchmarks.peers.recorded_orders import order_inputs
from benchmarks.peers.settle import Settled, advance, explanations
from tests.peers.recorded import runs

RUNS = [(peer, run) for name, peer in PEERS.items() for run in runs(f"{peer.environment}_{name}")]


@pytest.mark.parametrize(
    ("peer", "run"), RUNS, ids=[f"{peer.environment}-{run['case']['kind']}-{run['case']['seed']}" for peer, run in RUNS]
)
def test_recorded_runs_are_equal_or_differ_as_known(peer: Peer, run: dict[str, Any]) -> None:
    case = run["case"]
    assert order_inputs(case) == run["inputs"], "the generator has changed: record again"
    one = Settled(case, case)
    for said in run["rounds"]:
        assert json.loads(json.dumps(one.next.get("dropped", []))) == said["left_out"]
        advance(one, answer(peer.here(one.next)), said["theirs"])
        assert not one.unexplained
    assert one.done
    assert one.fills > 0
    assert one.differences == run["differences"]


@pytest.mark.parametrize("peer", PEERS.values(), ids=list(PEERS))
def test_recorded_runs_show_every_kind(peer: Peer) -> None:
    recorded = [run for of, run in RUNS if of is peer]
    assert len(recorded) == 12
    kinds = {peer.case(seed)["kind"] for seed in range(100)}
    assert {run["case"]["kind"] for run in recorded} == kinds
    assert {run["case"]["same_close"] for run in recorded} == {False, True}
    assert sum(not run["differences"] for run in recorded) >= 2
    assert {name for run in recorded for name in run["differences"]} <= set(peer.known)


def moved(fill: list[float]) -> list[list[float]]:
    return [[*fill[:3], fill[3] * 1.007]]


def doubled(fill: list[float]) -> list[list[float]]:
    return [[*fill[:2], 2.0 * fill[2], fill[3]]]


def lost(fill: list[float]) -> list[list[float]]:
    return []


@pytest.mark.parametrize("wrong", [moved, doubled, lost])
@pytest.mark.parametrize("peer", PEERS.values(), ids=list(PEERS))
def test_a_wrong_fill_is_never_explained(peer: Peer, wrong: Callable[[list[float]], list[list[float]]]) -> None:
    # The last round of each run is equal; one fill of it, changed, is a difference that nobody knows.
    for of, run in RUNS:
        if of is not peer:
            continue
        said = run["rounds"][-1]
        case = {
            **run["case"],
            "dropped": [tuple(what) if isinstance(what, list) else what for what in said["left_out"]],
        }
        mine, theirs = answer(peer.here(case)), said["theirs"]
        assert agrees(mine, theirs)
        i = case["seed"] % len(theirs["fills"])
        fills = [*theirs["fills"][:i], *wrong(theirs["fills"][i]), *theirs["fills"][i + 1 :]]
        changed = {**theirs, "fills": fills}
        assert not agrees(mine, changed)
        assert partings(mine, changed)[0].row == theirs["fills"][i][0]
        assert explanations(case, mine, changed) == []


def test_an_equity_that_fills_do_not_account_for_is_never_explained() -> None:
    peer, run = next((of, run) for of, run in RUNS if not run["differences"])
    theirs = run["rounds"][0]["theirs"]
    one = Settled(run["case"], run["case"])
    advance(one, answer(peer.here(run["case"])), {**theirs, "final": theirs["final"] + 0.01})
    assert one.done
    assert one.unexplained


@pytest.mark.parametrize("seed", range(5))
def test_a_seed_always_gives_the_same(seed: int) -> None:
    for made in (plan_case, signal_case):
        case = made(seed)
        assert made(seed) == case
        assert order_inputs(case) == order_inputs(case)
        bars = order_bars(case)
        assert (bars["low"] <= bars["open"]).all()
        assert (bars["high"] >= bars["close"]).all()
        assert (bars["low"] > 0.0).all()
