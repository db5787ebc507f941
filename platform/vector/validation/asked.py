"""What the command line asks of a validation: a scheme by name, lengths as texts."""

from collections.abc import Callable
from typing import Any

from lockstep.errors import SplitError
from lockstep.vector.validation.cross_validation import combinatorial_purged, purged_k_fold
from lockstep.vector.validation.expanding import expanding
from lockstep.vector.validation.moving import anchored, rolling
from lockstep.vector.validation.splits import Definition

MOVING = {"train": "train", "test": "test", "step": "step", "gap": "gap"}
BESIDE = {"purge": "purge", "embargo": "embargo"}

SCHEMES: dict[str, tuple[Callable[..., Definition], dict[str, str], dict[str, Any]]] = {
    "rolling": (rolling, MOVING, {"train": "2y", "test": "6mo"}),
    "anchored": (anchored, MOVING, {"train": "2y", "test": "6mo"}),
    "expanding": (expanding, {"folds": "tests", "test": "test", "train": "minimum", "gap": "gap"}, {}),
    "kfold": (purged_k_fold, {"folds": "k", **BESIDE}, {}),
    "cpcv": (combinatorial_purged, {"folds": "n_groups", "tested": "k_test", **BESIDE}, {}),
}
"""Name -> what makes the splits, option -> its argument, and what is taken where nothing is said."""


def splits_of(scheme: str, **options: Any) -> Definition:
    """Return the splits that options spell; None is what was left out.

    Raises ``SplitError`` for an unknown scheme, an option that it doesn't have, and lengths that can't be.
    """
    if scheme not in SCHEMES:
        raise SplitError(f"--scheme must be one of {', '.join(SCHEMES)}, found {scheme!r}")
    make, known, defaults = SCHEMES[scheme]
    given = {name: value for name, value in options.items() if value is not None}
    stray = [name for name in given if name not in known]
    if stray:
        raise SplitError(f"--scheme {scheme} has no --{stray[0]}: it has {', '.join(f'--{name}' for name in known)}")
    lengths = {known[name]: _length(value) for name, value in given.items()}
    return make(**{**defaults, **lengths})


def _length(value: Any) -> Any:
    """Return a text as a number of sessions or a share where it is one."""
    if not isinstance(value, str):
        return value
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value
