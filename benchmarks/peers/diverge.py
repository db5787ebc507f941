"""Where two runs part: the first row whose fills are not the same."""

from collections import defaultdict
from typing import Any, NamedTuple

from benchmarks.peers.agree import same

NEAR = 1e-9


class Parting(NamedTuple):
    """The first row and symbol at which fills differ, and what each side did there."""

    row: int
    symbol: int
    held: float
    """Units held before, by both."""
    mine: list[list[float]]
    """[units, price, reason] of each fill of the row."""
    theirs: list[list[float]]


def partings(mine: dict[str, Any], theirs: dict[str, Any]) -> list[Parting]:
    """Return where the fills of each symbol part first; nothing where none do.

    Fills of a row are taken together: their units and value. One side may book a reversal as two trades.
    """
    here = _by_place([[*fill, reason] for fill, reason in zip(mine["fills"], mine["reasons"], strict=True)])
    there = _by_place(theirs["fills"])
    found: dict[int, Parting] = {}
    for place in sorted(here.keys() | there.keys()):
        row, symbol = place
        if symbol not in found and not _alike(here[place], there[place]):
            held = sum(units for at, s, units, _ in theirs["fills"] if s == symbol and at < row)
            found[symbol] = Parting(row, symbol, round(held, 9), here[place], there[place])
    return list(found.values())


def agrees(mine: dict[str, Any], theirs: dict[str, Any]) -> bool:
    """Tell whether final equity is the same within 1e-9 of its size, and so are all fills."""
    return same(mine["final"], theirs["final"]) and not partings(mine, theirs)


def _by_place(fills: list[list[float]]) -> dict[tuple[int, int], list[list[float]]]:
    found: dict[tuple[int, int], list[list[float]]] = defaultdict(list)
    for row, symbol, *rest in fills:
        found[int(row), int(symbol)].append(rest)
    return found


def _alike(mine: list[list[float]], theirs: list[list[float]]) -> bool:
    size = max(sum(abs(fill[0]) for fill in side) for side in (mine, theirs))
    value = max(sum(abs(fill[0] * fill[1]) for fill in side) for side in (mine, theirs))
    units = sum(fill[0] for fill in mine) - sum(fill[0] for fill in theirs)
    paid = sum(fill[0] * fill[1] for fill in mine) - sum(fill[0] * fill[1] for fill in theirs)
    return abs(units) <= NEAR * size and abs(paid) <= NEAR * value
