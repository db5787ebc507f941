"""Record a dozen configurations of the full order model for tests that need no peer, each with all its rounds.

python -m benchmarks.peers.recorded_orders
"""

import json
from typing import Any

import numpy as np
from benchmarks.peers.compare_orders import PEERS, settled
from benchmarks.peers.order_cases import order_bars, plan, signals
from benchmarks.peers.record import FOLDER, checksum
from benchmarks.peers.settle import Settled

DOZEN, SEEDS, FEW = 12, 80, 3
"""How many to record, of how many, and the most differences one may have met."""


def order_inputs(case: dict[str, Any]) -> float:
    """Return the checksum of a case's bars and of what is decided on them."""
    if "sides" in case:
        steps = [[float(v) for v in step.values() if not isinstance(v, str)] for step in plan(case)]
        return checksum(*order_bars(case).values(), np.array(steps))
    return checksum(*order_bars(case).values(), signals(case))


def chosen(found: list[Settled]) -> list[Settled]:
    """Return a dozen that show every kind and every known difference that came up, then the first ones."""
    few = [one for one in found if len(one.differences) <= FEW and not one.unexplained]
    picked: list[Settled] = []
    shown: set[Any] = set()
    for one in sorted(few, key=lambda one: -len(set(one.differences))):
        shows = {one.case["kind"], ("close", one.case["same_close"]), *one.differences}
        if shows - shown and len(picked) < DOZEN:
            picked.append(one)
            shown |= shows
    picked += [one for one in few if one not in picked][: DOZEN - len(picked)]
    return sorted(picked, key=lambda one: int(one.case["seed"]))


def main() -> None:
    """Ask both peers and write one file for each."""
    for name, peer in PEERS.items():
        found, versions = settled(peer, [peer.case(seed) for seed in range(SEEDS)])
        rows = [
            {
                "case": one.case, "inputs": order_inputs(one.case), "differences": one.differences,
                "rounds": [{"left_out": case.get("dropped", []), "theirs": theirs} for case, theirs in one.rounds],
            }
            for one in chosen(found)
        ]  # fmt: skip
        lines = ",\n".join(json.dumps(row) for row in rows)
        path = FOLDER / f"{peer.environment}_{name}.json"
        path.write_text(f'{{"versions": {json.dumps(versions)}, "runs": [\n{lines}\n]}}\n')
        print(f"{path.name}: {len(rows)}")


if __name__ == "__main__":
    main()
