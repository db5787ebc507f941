"""Schemes spelled by command-line options are the definitions that Python makes."""

from typing import Any

import pytest

from lockstep.errors import SplitError
from lockstep.vector.validation import anchored, combinatorial_purged, expanding, purged_k_fold, rolling
from lockstep.vector.validation.asked import splits_of


@pytest.mark.parametrize(
    ("scheme", "options", "expected"),
    [
        ("rolling", {}, rolling("2y", "6mo")),
        ("rolling", {"train": "252", "test": "0.1", "step": "1mo", "gap": 5}, rolling(252, 0.1, "1mo", gap=5)),
        ("anchored", {"train": "2005-01-01", "test": "1y"}, anchored("2005-01-01", "1y")),
        ("expanding", {"folds": 4, "test": "60"}, expanding(4, test=60)),
        ("expanding", {"train": "3y"}, expanding(minimum="3y")),
        ("kfold", {"folds": 7, "purge": 3, "embargo": 2}, purged_k_fold(7, purge=3, embargo=2)),
        ("cpcv", {"folds": 8, "tested": 3}, combinatorial_purged(8, 3)),
    ],
)
def test_options_make_the_definition(scheme: str, options: dict[str, Any], expected: Any) -> None:
    every = dict.fromkeys(("train", "test", "step", "gap", "folds", "tested", "purge", "embargo"))
    assert splits_of(scheme, **{**every, **options}) == expected


@pytest.mark.parametrize(
    ("scheme", "options", "words"),
    [
        ("walking", {}, "must be one of rolling, anchored, expanding, kfold, cpcv"),
        ("kfold", {"train": "2y"}, "--scheme kfold has no --train: it has --folds, --purge, --embargo"),
        ("rolling", {"train": "soon"}, "train must be"),
        ("rolling", {"train": "2m"}, "months are written 6mo"),
    ],
)
def test_what_can_t_be_is_told(scheme: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(SplitError, match=words):
        splits_of(scheme, **options)
