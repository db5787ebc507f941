"""Compare runs with a peer until nothing is left to explain.

Where two runs part, the cause must be a known difference (told by bars, orders and fills, not by the result). The order
or signal behind it is left out on both sides and the case is run again, until final equity and all fills are the same.
So one difference never hides another, and a difference that is not known is never passed over.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.peers.diverge import agrees, partings
from benchmarks.peers.explain_plans import explain_plan
from benchmarks.peers.explain_signals import explain_signals

Answer = dict[str, Any]
MOST_ROUNDS = 60


@dataclass
class Settled:
    """One configuration: what parted its runs on the way to equality."""

    case: dict[str, Any]
    next: dict[str, Any]
    """The case, less what was left out so far."""
    differences: list[str] = field(default_factory=list)
    rounds: list[tuple[dict[str, Any], Answer]] = field(default_factory=list)
    """(case with what was left out, their answer) of each run."""
    fills: int = 0
    """Of the last run, equal on both sides."""
    unexplained: str = ""
    done: bool = False


def explanations(case: dict[str, Any], mine: Answer, theirs: Answer) -> list[tuple[str, Any]]:
    """Return the known difference that parts each symbol's fills and what to leave out; nothing if one isn't known.

    Several symbols trade few enough units for none to take another's cash: each is explained for itself.
    """
    found = [
        explain_plan(case, parted, theirs) if "sides" in case else explain_signals(case, parted, theirs)
        for parted in partings(mine, theirs)
    ]
    known = [one for one in found if one is not None]
    fresh = all(what not in case.get("dropped", []) for _, what in known)
    return known if fresh and len(known) == len(found) else []


def advance(one: Settled, mine: Answer, theirs: Answer) -> None:
    """Take the answers of a round: equal; explained, with something to leave out of the next; or unexplained."""
    case = one.next
    one.rounds.append((case, theirs))
    if agrees(mine, theirs):
        one.done, one.fills = True, len(theirs["fills"])
        return
    found = explanations(case, mine, theirs)
    if not found or len(one.rounds) == MOST_ROUNDS:
        one.done = True
        one.unexplained = f"{case}: {mine['final']!r} here, {theirs['final']!r} there; {partings(mine, theirs)}"
        return
    one.differences += [name for name, _ in found]
    one.next = {**case, "dropped": [*case.get("dropped", []), *(what for _, what in found)]}


def settle(
    cases: list[dict[str, Any]],
    here: Callable[[dict[str, Any]], Answer],
    there: Callable[[list[dict[str, Any]]], list[Answer]],
) -> list[Settled]:
    """Run cases on both sides until each is settled."""
    found = [Settled(case, case) for case in cases]
    while left := [one for one in found if not one.done]:
        for one, theirs in zip(left, there([one.next for one in left]), strict=True):
            advance(one, here(one.next), theirs)
    return found
