"""Which set is chosen by what the sets score in training, and how steady the choice is."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.errors import SplitError

Floats = npt.NDArray[np.float64]
Pick = str | Callable[[Floats, Mapping[str, npt.NDArray[Any]]], Any]
"""\"highest", "lowest", or a function of the scores float64[k] and the sets' searched parameters, name -> array[k]."""


def check_pick(pick: Any) -> None:
    """Refuse what can't choose. Raises ``SplitError``."""
    if pick not in ("highest", "lowest") and not callable(pick):
        raise SplitError(
            f"pick must be 'highest', 'lowest' or a function of scores and parameters that returns the number of a "
            f"set, found {pick!r}"
        )


def picked(pick: Pick, scores: Floats, columns: Callable[[], Mapping[str, npt.NDArray[Any]]]) -> int | None:
    """Return the number of the set that is chosen, None where no set has a finite score.

    Of equal scores the first is taken. ``columns`` gives the parameters to a function that asks. Raises ``SplitError``
    for a function's answer that is no set with a score.
    """
    known = np.isfinite(scores)
    if not known.any():
        return None
    if isinstance(pick, str):
        signed = scores if pick == "highest" else -scores
        return int(np.argmax(np.where(known, signed, -np.inf)))
    found: Any = pick(scores.copy(), columns())
    if found is None:
        return None
    number = int(found) if isinstance(found, int | np.integer) and not isinstance(found, bool) else -1
    if not 0 <= number < len(scores) or not known[number]:
        raise SplitError(
            f"pick must return the number of a set with a finite score, from 0 to {len(scores) - 1}, or None; "
            f"found {found!r}"
        )
    return number


def stability(picks: Sequence[Mapping[str, Any] | None], axes: Mapping[str, npt.NDArray[Any]]) -> list[dict[str, Any]]:
    """Return for each parameter how the choice moved from split to split.

    ``distinct``: how many values were chosen; ``most``: the share of splits that chose the most frequent one;
    ``changed``: the share of steps from one split to the next on which the value changed; ``moved``: the mean length
    of a step as a share of the axis, counted in places of its sorted values: 0 stays, 1 goes from end to end, 1/3 is
    what values drawn at random on a long axis come to.
    """
    made = [pick for pick in picks if pick is not None]
    return [{"parameter": name, **_steadiness([pick[name] for pick in made], axis)} for name, axis in axes.items()]


def _steadiness(values: Sequence[Any], axis: npt.NDArray[Any]) -> dict[str, Any]:
    if not values:
        return {"distinct": 0, "most": np.nan, "changed": np.nan, "moved": np.nan}
    ordered = np.unique(axis)
    places = np.searchsorted(ordered, np.array(values, ordered.dtype))
    steps = np.abs(np.diff(places))
    return {
        "distinct": len(np.unique(places)),
        "most": float(np.bincount(places).max() / len(places)),
        "changed": float(np.mean(steps > 0)) if len(steps) else np.nan,
        "moved": float(np.mean(steps) / max(len(ordered) - 1, 1)) if len(steps) else np.nan,
    }
